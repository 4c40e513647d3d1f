// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { play } from "../support/play.ts";

/** Everything that must hold after a movie ran: it ran at all, counts are exact, nothing is left over. */
function expectClean(source: string, lastLine: string): void {
  const { player, output } = play(source);
  expect(output.at(-1)).toBe(lastLine);
  expect(player.audit()).toEqual([]);
  expect(player.leaks()).toEqual([]);
  expect(player.dispose()).toBe(0);
}

describe("what slices have looked at is still found by a complete collection", () => {
  it("cycles of old objects through closures", () => {
    expectClean(
      `function make() { var o = {}; o.f = function () { return o; }; return o; }
       var live = [];
       for (var i = 0; i < 30000; i++) live[i % 3000] = make();
       live = null;
       trace(i);`,
      "30000",
    );
  });
});
