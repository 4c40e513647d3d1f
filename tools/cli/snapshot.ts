// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { AddressSpace } from "../../lib/memory/address-space.ts";
import type { OptimisationLevel } from "../engine.ts";
import { type HeapSnapshot, toHeapSnapshot } from "../snapshot/devtools.ts";
import { differencesText, diffSnapshots, parseSnapshot } from "../snapshot/diff.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { directoryReader, movieUrl } from "./file-access.ts";
import { loadMovieFrom, systemMessage } from "./movie-source.ts";
import type { SnapshotOptions } from "./option-table.ts";
import { play } from "./playback.ts";
import type { CommandContext } from "./program.ts";

/** `reswf snapshot MOVIE`. */
export async function snapshot({ terminal, engine }: CommandContext, path: string, options: SnapshotOptions): Promise<ExitCode> {
  const optimise = Number(options.O) as OptimisationLevel;
  const { movie, directory } = await loadMovieFrom(path, engine, optimise);
  const memory = new AddressSpace(options.maxMemory);
  const player = engine.createPlayer(movie, {
    memory,
    heap: createHeap(() => engine.createHeap(engine.resolveHeapSpec(options.heap, terminal.environment), memory)),
    clock: { mode: "virtual" },
    url: movieUrl(path),
    readFile: directoryReader(directory),
    compile: (bytes, url) => engine.compileMovie(bytes, { name: url, optimise }),
  });
  play(player, { frames: options.atFrame, clock: "virtual" });
  if (player.frameNumber < options.atFrame) {
    terminal.err(`reswf: note: the movie ended after ${player.frameNumber} frames\n`);
  }
  player.collect();
  const file = options.output ?? `${basename(path)}.frame-${player.frameNumber}.heapsnapshot`;
  const written = toHeapSnapshot(player.heapGraph());
  try {
    writeFileSync(file, JSON.stringify(written));
  } catch (error) {
    throw new CommandError(ExitCode.Usage, `${file}: ${systemMessage(error)}`);
  }
  const { node_count, edge_count } = written.snapshot;
  terminal.out(`${file}: ${node_count} nodes, ${edge_count} edges\n`);
  return ExitCode.Done;
}

function createHeap<Heap>(create: () => Heap): Heap {
  try {
    return create();
  } catch (error) {
    throw new CommandError(ExitCode.Usage, (error as Error).message);
  }
}

/** `reswf snapshot diff BEFORE AFTER`. */
export async function snapshotDiff({ terminal }: CommandContext, before: string, after: string): Promise<ExitCode> {
  terminal.out(differencesText(diffSnapshots(readSnapshot(before), readSnapshot(after))));
  return ExitCode.Done;
}

function readSnapshot(file: string): HeapSnapshot {
  try {
    return parseSnapshot(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CommandError(ExitCode.Usage, `${file}: ${systemMessage(error)}`);
  }
}
