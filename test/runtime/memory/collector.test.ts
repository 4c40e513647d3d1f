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
  // At the peak 500 pairs and what 4,096 candidates hold, several times as many until V8 has compiled the collector, with the
  // environment: 4.6 MB, more on a busy machine; without slices it would be 20 MB.
  expect(heap.diagnostics().peakAllocated).toBeLessThan(8 << 20);
  expect(player.leaks()).toEqual([]);
  expect(player.dispose()).toBe(0);
});

it("a garbage cycle through more properties than a slice has room for waits for a complete collection", () => {
  expectClean(
    `var big = {};
     for (var i = 0; i < 40000; i++) big["p" + i] = {back: big};
     big = null;
     ${PAIRS}`,
    "500",
  );
});

it("a round that is garbage in part gives what was alive its counts back", () => {
  expectClean(
    `function node(i, next) { var n = {i: i, next: next, self: null}; n.self = n; return n; }
     var shared = node(-1, null); var kept = []; var sum = 0;
     for (var i = 0; i < 60000; i++) {
       var n = node(i, i % 3 == 0 ? shared : kept[i % 50]);
       if (i % 7 == 0) kept[i % 50] = n;
       // A candidate that stays alive, and one that dies by itself.
       var other = n; other = {i: n.i, n: n.next}; sum += other.i;
     }
     trace(sum + " " + shared.i + " " + kept.length);`,
    "1799970000 -1 50",
  );
});

it("a cycle that only a temporary holds while a complete collection runs is not forgotten", () => {
  const { output, player } = play(
    `function make(i) { var o = {i: i}; o.get = function () { return o.i; }; return o; }
     function fill() { var s = 0; for (var i = 0; i < 60000; i++) s += make(i).get(); return s; }
     function use(h, x) { h.x = null; fill(); return x.n; }
     function run(h) { var s = 0; for (var k = 0; k < 3; k++) { h.x = {n: k}; h.x.self = h.x; s += use(h, h.x); } return s; }
     trace(run({}));`,
    { heap: "o1heap:max=4M" },
  );
  expect(output).toEqual(["3"]);
  expect(player.leaks()).toEqual([]);
  expect(player.dispose()).toBe(0);
});

it("garbage of all sorts gives back what it holds, as often as it holds it", () => {
  expectClean(
    `function shared() {}
     function make() { return function () {}; }
     var words = ["one", "two"];
     function family(i, Kind) {
       var p = new Kind(); p.self = p;
       p.text = "text " + i; p.word = words[i % 2]; p.same = p.word; p.call = shared; p.again = shared; p.own = make();
       p.empty = []; p.emptied = [i]; p.emptied.pop(); p.named = []; p.named.name = p; p.alien = []; p.alien.constructor = shared;
       p.full = [p, [], [p], "x" + i, words, shared, null, 1, [i]];
       p.plain = {p: p, e: []}; delete p.plain.e; p.plain.later = p.empty;
       p.bare = {p: p}; p.bare.__proto__ = null; p.mixed = {p: p}; p.mixed.__proto__ = words;
       return p;
     }
     var live = []; var Kind; var held = 0;
     for (var i = 0; i < 20000; i++) {
       // A class of its own for every hundred, which dies with the last of them.
       if (i % 100 == 0) { Kind = function () { this.kids = []; }; Kind.prototype.method = shared; }
       live[i % 60] = family(i, Kind);
     }
     for (var k = 0; k < 60; k++) if (live[k].full[0] == live[k] && live[k].method == shared && live[k].full[5] == shared) held++;
     live = Kind = null;
     trace(held + " " + words.length);`,
    "60 2",
  );
});
