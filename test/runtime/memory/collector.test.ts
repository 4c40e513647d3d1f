// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { play } from "../support/play.ts";

/** Objects that each hold a closure over themselves: slices, which look through data only, can't tell that they are garbage. */
const CLOSURES = `
  function make(i) { var o = {i: i}; o.get = function () { return o.i; }; return o; }
  var s = 0;
  for (var i = 0; i < 60000; i++) s += make(i).get();
  trace(s);
`;

/** Pairs that hold each other, 500 of them alive at a time. */
const PAIRS = `
  function pair(i) { var a = {i: i}; var b = {other: a}; a.other = b; return a; }
  var live = [];
  for (var i = 0; i < 100000; i++) live[i % 500] = pair(i);
  trace(live.length);
`;

it("what only a complete collection finds goes before memory runs out", () => {
  const { output, player } = play(CLOSURES, { heap: "o1heap:max=4M" });
  expect(output).toEqual(["1799970000"]);
  expect(player.dispose()).toBe(0);
});

it("garbage that slices find does not pile up", () => {
  const { output, player, heap } = play(PAIRS, {});
  expect(output).toEqual(["500"]);
  // At the peak 500 pairs and what 4,096 candidates hold, with the environment; without slices it would be 20 MB.
  expect(heap.diagnostics().peakAllocated).toBeLessThan(5 << 20);
  expect(player.leaks()).toEqual([]);
  expect(player.dispose()).toBe(0);
});
