// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { AddressSpace } from "../../../lib/index.ts";
import { statisticsText } from "../../../tools/cli/report.ts";
import { engine } from "../../../tools/engine.ts";
import { compileFixture } from "../../../tools/fixture-compiler/index.ts";

const SOURCE = "function fill(list) { for (var i = 0; i < 100; i++) list.push({n: i}); } var all = []; fill(all);";

function heapAfterRun(spec: string) {
  const memory = new AddressSpace();
  const heap = engine.createHeap(spec, memory);
  const movie = engine.compileMovie(compileFixture(SOURCE, { version: 7 }), { name: "tables", optimise: 2 });
  const player = engine.createPlayer(movie, { memory, heap });
  player.runFrame();
  return heap;
}

it("track tells blocks and bytes by the ActionScript function that allocated them", () => {
  const tables = engine.wrapperTables(heapAfterRun("track+o1heap"));
  const functions = tables.find(({ title }) => title.includes("function"))!.rows;
  const fill = functions.find(({ name }) => name === "function fill")!;
  expect(fill.blocks).toBeGreaterThanOrEqual(100);
  expect(Number(fill.bytes)).toBeGreaterThanOrEqual(100 * 48);
  // Whatever is alive was allocated somewhere.
  expect(functions.map(({ name }) => name)).not.toContain("");
});

it("profile counts requests by size; a heap without wrappers has no tables; the text shows them all", () => {
  const heap = heapAfterRun("track+profile+o1heap");
  const tables = engine.wrapperTables(heap);
  const sizes = tables.find(({ title }) => title.includes("by size"))!.rows;
  expect(sizes.find(({ name }) => name === "up to 64 bytes")?.count).toBeGreaterThanOrEqual(100);
  expect(engine.wrapperTables(heapAfterRun("o1heap"))).toEqual([]);
  const statistics = { ...heap.diagnostics(), heap: heap.name, kinds: [], frames: 1, movieMs: 0, wallMs: 1, exitCode: 0, tables };
  const text = statisticsText(statistics);
  for (const { title } of tables) expect(text).toContain(`${title}:\n`);
  expect(text).toMatch(/function fill +\d+ +\d+ +\d+\n/);
});
