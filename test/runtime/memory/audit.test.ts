// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { BlockKind } from "../../../lib/heap/block-kind.ts";
import type { Miscount } from "../../../runtime/index.ts";
import { play } from "../support/play.ts";

it("counts are exact after every script, also while a timer that removed itself still runs", () => {
  const findings: Miscount[][] = [];
  const { player, output } = play(
    `var held = { list: [1, { a: 2 }] };
     var id = setInterval(function (o) { clearInterval(id); trace(o.list.length); }, 10, held);`,
    { onScriptEnd: (each) => findings.push(each.audit()) },
  );
  const before = findings.length;
  player.advanceTimers(50);
  expect(output).toEqual(["2"]);
  expect(before).toBeGreaterThan(0);
  expect(findings.length).toBe(before + 1);
  expect(findings.flat()).toEqual([]);
  player.dispose();
});

it("a wrong count is found with block, kind, what is counted and what exists", () => {
  const { player, heap, memory } = play("var held = [1, 2, 3];");
  const array = [...heap.blocks()].findLast(({ kind }) => kind === BlockKind.Array)!;
  const count = memory.I32[array.ptr >> 2];
  memory.I32[array.ptr >> 2]++;
  expect(player.audit()).toEqual([
    { kind: "array", ptr: array.ptr, counted: count + 1, existing: count, preview: expect.stringContaining("length") },
  ]);
  memory.I32[array.ptr >> 2]--;
  expect(player.audit()).toEqual([]);
});
