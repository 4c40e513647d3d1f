// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Table from "cli-table3";
import { Command } from "commander";
import { AddressSpace } from "../../lib/index.ts";
import type { Player } from "../../runtime/index.ts";
import type { engine as Engine } from "../engine.ts";
import { compileFixture } from "../fixture-compiler/index.ts";

/**
 * `npm run bench:compare -- MOVIE BUNDLE...`: builds of the engine (copies of dist/tools/engine.bundle.js) run the same movie in one
 * process, a frame of each in turn. So they share the machine's good and bad moments, in which separate runs differ by half, and a
 * difference of three in a hundred shows. Only what happens after warming up is seen: the first quarter of the frames does not count.
 * Run it twice, with the builds in either order: V8 may have its moods for a whole run.
 */
interface Side {
  name: string;
  player: Player;
  /** Time of the collector's slices in the present frame, in ms. */
  inSlices: number;
  frames: number[];
  slices: number[];
}

/** What is looked at inside a player: the collector, whose slices are timed. */
interface Inside {
  core: { vm: { collector: { slice(): void } } };
}

async function open(bundle: string, movie: Uint8Array, heapSpec: string): Promise<Side> {
  const { engine } = (await import(pathToFileURL(resolve(bundle)).href)) as { engine: typeof Engine };
  const memory = new AddressSpace();
  const heap = engine.createHeap(heapSpec, memory);
  const compiled = engine.compileMovie(movie, { name: basename(bundle), optimise: 2 });
  const player = engine.createPlayer(compiled, { memory, heap });
  const side: Side = { name: basename(bundle), player, inSlices: 0, frames: [], slices: [] };
  const { collector } = (player as unknown as Inside).core.vm;
  const slice = collector.slice;
  collector.slice = () => {
    const start = performance.now();
    slice.call(collector);
    side.inSlices += performance.now() - start;
  };
  return side;
}

function quantile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
}

async function main(file: string, bundles: readonly string[], flags: { frames: string; heap: string }): Promise<void> {
  const bytes = readFileSync(file);
  const movie = file.endsWith(".as") ? compileFixture(bytes.toString(), { version: 7 }) : new Uint8Array(bytes);
  const sides: Side[] = [];
  for (const bundle of bundles) sides.push(await open(bundle, movie, flags.heap));
  const count = Number(flags.frames);
  for (let frame = 0; frame < count; frame++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(frame + turn) % sides.length];
      side.inSlices = 0;
      const start = performance.now();
      side.player.runFrame();
      const time = performance.now() - start;
      if (frame < count / 4) continue;
      side.frames.push(time);
      side.slices.push(side.inSlices);
    }
  }
  const table = new Table({
    head: ["build", "frame, quartile", "median", "to the first", "slices, quartile", "median", "share"],
  });
  const first = quantile(sides[0].frames, 0.5);
  for (const { name, frames, slices } of sides) {
    const [frame, slice] = [quantile(frames, 0.5), quantile(slices, 0.5)];
    table.push([
      name,
      `${quantile(frames, 0.25).toFixed(3)} ms`,
      `${frame.toFixed(3)} ms`,
      (frame / first).toFixed(3),
      `${quantile(slices, 0.25).toFixed(3)} ms`,
      `${slice.toFixed(3)} ms`,
      `${((100 * slice) / frame).toFixed(1)} %`,
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

await new Command("bench:compare")
  .description("Compare builds of the engine on a movie whose frames do the work, frame by frame, in one process.")
  .argument("<movie>", "SWF, or ActionScript that is compiled for SWF 7")
  .argument("<bundles...>", "copies of dist/tools/engine.bundle.js")
  .option("--frames <n>", "frames of each", "600")
  .option("--heap <spec>", "heap of each", "o1heap-chain")
  .action(main)
  .parseAsync();
