// SPDX-License-Identifier: AGPL-3.0-or-later
import fc from "fast-check";
import { expect, it } from "vitest";
import { AddressSpace } from "../../lib/index.ts";
import { compileMovie } from "../../tools/compiled-movies.ts";
import { engine } from "../../tools/engine.ts";
import { compileFixture } from "../../tools/fixture-compiler/index.ts";
import { program } from "./support/programs.ts";

/** Programs of one run; the 10,000 by RESWF_PROGRAMS=10000. */
const RUNS = Number(process.env.RESWF_PROGRAMS ?? 150);
const VERSIONS = [5, 6, 7, 8] as const;

/** Output of a program at a level; counts must be exact and nothing may be left over. */
function outputOf(bytes: Uint8Array, optimise: 0 | 1 | 2, memory: AddressSpace, heap = "o1heap-chain"): string[] {
  memory.recycle();
  const output: string[] = [];
  const movie = compileMovie(bytes, { name: "program", optimise });
  const player = engine.createPlayer(movie, {
    memory,
    heap: engine.createHeap(heap, memory),
    onTrace: (line) => output.push(line),
  });
  player.runFrame();
  expect(player.audit()).toEqual([]);
  expect(player.leaks()).toEqual([]);
  expect(player.dispose()).toBe(0);
  return output;
}

it(`prints at -O1 and -O2 what it prints at -O0 (${RUNS} programs)`, { timeout: 3_600_000 }, () => {
  const memory = new AddressSpace(256 << 20);
  fc.assert(
    fc.property(program, fc.constantFrom(...VERSIONS), (source, version) => {
      const bytes = compileFixture(source, { version });
      const literal = outputOf(bytes, 0, memory);
      expect(outputOf(bytes, 2, memory)).toEqual(literal);
      // That heap overwrites what is freed: reading it prints something else, too.
      expect(outputOf(bytes, 2, memory, "guard+o1heap-chain")).toEqual(literal);
      expect(outputOf(bytes, 1, memory)).toEqual(literal);
    }),
    { numRuns: RUNS },
  );
});
