// SPDX-License-Identifier: AGPL-3.0-or-later
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AddressSpace } from "../../lib/index.ts";
import type { CompiledMovie } from "../../runtime/movie/compiled-movie.ts";
import { engine } from "../../tools/engine.ts";
import { compileFixture } from "../../tools/fixture-compiler/index.ts";
import { compileCached } from "../../tools/movie-cache.ts";

const bytes = compileFixture('trace("kept");', { version: 7 });

function outputOf(movie: CompiledMovie): string[] {
  const memory = new AddressSpace(64 << 20);
  const output: string[] = [];
  const heap = engine.createHeap("o1heap-chain", memory);
  const player = engine.createPlayer(movie, { memory, heap, onTrace: (text) => output.push(text) });
  player.runFrame();
  player.dispose();
  return output;
}

it("keeps a movie by content and level, and gets over a damaged entry", () => {
  const folder = mkdtempSync(join(tmpdir(), "reswf-cache-"));
  try {
    const options = { name: "a.swf", optimise: 2 } as const;
    expect(outputOf(compileCached(bytes, options, folder))).toEqual(["kept"]);
    const [entry, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    expect(outputOf(compileCached(bytes, { ...options, name: "b.swf" }, folder))).toEqual(["kept"]);
    expect(readdirSync(folder)).toEqual([entry]);
    compileCached(bytes, { ...options, optimise: 0 }, folder);
    expect(readdirSync(folder)).toHaveLength(2);
    writeFileSync(join(folder, entry), "{");
    expect(outputOf(compileCached(bytes, options, folder))).toEqual(["kept"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
