// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { play } from "../support/play.ts";

const list = (nodes: number): string => `
  var list = null;
  for (var i = 0; i < ${nodes}; i++) list = {next: list};
  this.onEnterFrame = function () { list = null; };
`;

/** A list of two million nodes, made in quarters: no script comes near the time that scripts may take. */
const LONG_LIST = `
  var list = null; var quarters = 0;
  this.onEnterFrame = function () {
    if (quarters++ == 4) list = null;
    else for (var i = 0; i < 500000; i++) list = {next: list};
  };
`;

it("a list of two million nodes dies at once, without deep recursion", () => {
  const { player, heap } = play(LONG_LIST, { memoryBytes: 512 << 20, frames: 5 });
  expect([...heap.blocks()].length).toBeGreaterThan(2_000_000);
  player.runFrame();
  expect([...heap.blocks()].length).toBeLessThan(100_000);
  expect(player.dispose()).toBe(0);
}, 60_000);

it("or in slices, when wanted: each frame frees its share, and counts are exact all the while", () => {
  const { player, heap } = play(list(10_000), { releaseLimit: 1000 });
  const alive = (): number => [...heap.blocks()].length;
  const before = alive();
  player.runFrame();
  const left: number[] = [];
  for (let frame = 0; frame < 12; frame++) {
    left.push(before - alive());
    player.runFrame();
  }
  // The release itself frees a thousand, and so do others in the frame, and its end.
  const shares = left.map((freed, i) => freed - (left[i - 1] ?? 0));
  expect(Math.max(...shares)).toBeLessThanOrEqual(4000);
  expect(shares[0]).toBeGreaterThan(0);
  // The blocks of a few stay until the collector has looked at them again, which found them alive in the first frame.
  expect(left.at(-1)).toBeGreaterThanOrEqual(9700);
  expect(player.audit()).toEqual([]);
  expect(player.leaks()).toEqual([]);
  expect(before - alive()).toBeGreaterThanOrEqual(9990);
  expect(player.dispose()).toBe(0);
});

it("a heap that is full gets what waits back at once", () => {
  const source = `${list(10_000)} this.createEmptyMovieClip("c", 1).onEnterFrame = function () { var a = []; for (var i = 0; i < 9000; i++) a.push({x: i}); if (list == null) { var more = []; for (i = 0; i < 9000; i++) more.push({y: i}); } trace("ok"); };`;
  const { player, output } = play(source, { heap: "o1heap:max=2M", releaseLimit: 10 });
  for (let frame = 0; frame < 5; frame++) player.runFrame();
  expect(output.length).toBeGreaterThanOrEqual(4);
  expect(player.limitHit).toBe(null);
  expect(player.dispose()).toBe(0);
});

it("an audit between slices finds nothing, nor does a dispose in the middle", () => {
  const { player } = play(list(5000), { releaseLimit: 100 });
  player.runFrame();
  expect(player.dispose()).toBe(0);
});
