// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { AddressSpace } from "../../lib/index.ts";
import { compileMovie } from "../../tools/compiled-movies.ts";
import { engine } from "../../tools/engine.ts";
import { compileFixture } from "../../tools/fixture-compiler/index.ts";

/** Every call is a level, whether its function has a frame, runs without one, or passes on to another that has none. */
const source = (depth: number): string => `
function Level() { this.n = 0; }
Level.prototype.end = function (n) { return n; };
Level.prototype.passes = function (n) { return this.end(n); };
Level.prototype.frames = function (n) { var made = {n: n}; return made.n; };
Level.prototype.down = function (n, last) { this.n = n; if (n == 0) return this[last](n); return this.down(n - 1, last); };
var level = new Level();
for (var i = 0; i < 5; i++) { level.down(5, "end"); level.down(5, "passes"); level.down(5, "frames"); level.passes(1); }
for (var d = ${depth}; d < 260; d++) { trace(d + " " + level.down(d, "end")); trace(level.down(d, "passes")); trace(level.down(d, "frames")); }
`;

function outputOf(depth: number, optimise: 0 | 1 | 2): string[] {
  const memory = new AddressSpace(64 << 20);
  const output: string[] = [];
  const movie = compileMovie(compileFixture(source(depth), { version: 7 }), { name: "levels", optimise });
  const player = engine.createPlayer(movie, {
    memory,
    heap: engine.createHeap("o1heap-chain", memory),
    onTrace: (line) => output.push(line),
  });
  player.runFrame();
  expect(player.dispose()).toBe(0);
  return output;
}

it.each([240, 252])("reaches the same depth at all levels of optimisation, from %i on", (depth) => {
  const literal = outputOf(depth, 0);
  expect(literal.length).toBeGreaterThan(0);
  expect(literal.length).toBeLessThan((260 - depth) * 3);
  expect(outputOf(depth, 1)).toEqual(literal);
  expect(outputOf(depth, 2)).toEqual(literal);
});
