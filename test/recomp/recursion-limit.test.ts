// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { AddressSpace } from "../../lib/index.ts";
import { compileMovie } from "../../tools/compiled-movies.ts";
import { engine } from "../../tools/engine.ts";
import { compileFixture } from "../../tools/fixture-compiler/index.ts";

/** Every call is a level, whether its function has a frame, runs without one, passes on to another that has none, or is written where it is called. */
const source = (depth: number, last: string): string => `
var last = "${last}";
function half(a, b) { return (a + b) / 2; }
function Level() { this.n = 0; }
Level.prototype.end = function (n) { return n; };
Level.prototype.passes = function (n) { return this.end(n); };
Level.prototype.computes = function (n) { var s = n * 1; s = half(s, 4) + this.n; return s; };
Level.prototype.frames = function (n) { var made = {n: n}; return made.n; };
Level.prototype.down = function (n, last) { this.n = n; if (n == 0) return this[last](n); return this.down(n - 1, last); };
var level = new Level();
for (var i = 0; i < 5; i++) { level.down(5, "end"); level.down(5, "passes"); level.down(5, "frames"); level.down(5, "computes"); level.passes(1); }
for (var d = ${depth}; d < 260; d++) { trace(d + " " + level.down(d, "end")); trace(level.down(d, last)); }
`;

function outputOf(depth: number, last: string, optimise: 0 | 1 | 2): string[] {
  const memory = new AddressSpace(64 << 20);
  const output: string[] = [];
  const movie = compileMovie(compileFixture(source(depth, last), { version: 7 }), { name: "levels", optimise });
  const player = engine.createPlayer(movie, {
    memory,
    heap: engine.createHeap("o1heap-chain", memory),
    onTrace: (line) => output.push(line),
  });
  player.runFrame();
  expect(player.dispose()).toBe(0);
  return output;
}

it.each([
  [240, "passes"],
  [240, "frames"],
  [250, "computes"],
])("reaches the same depth at all levels of optimisation, from %i on, by a function that %s", (depth, last) => {
  const literal = outputOf(depth, last, 0);
  expect(literal.length).toBeGreaterThan(0);
  expect(literal.length).toBeLessThan((260 - depth) * 2);
  expect(outputOf(depth, last, 1)).toEqual(literal);
  expect(outputOf(depth, last, 2)).toEqual(literal);
});
