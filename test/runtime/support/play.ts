// SPDX-License-Identifier: AGPL-3.0-or-later

import type { Heap } from "../../../lib/heap/heap.ts";
import { AddressSpace } from "../../../lib/index.ts";
import type { Player } from "../../../runtime/player/player-api.ts";
import { compileMovie } from "../../../tools/compiled-movies.ts";
import { engine } from "../../../tools/engine.ts";
import { compileFixture } from "../../../tools/fixture-compiler/fixture-compiler.ts";

export interface Played {
  player: Player;
  heap: Heap;
  memory: AddressSpace;
  /** Lines of trace output so far. */
  output: string[];
}

export interface PlayOptions {
  heap?: string;
  /** Frames to run before returning; default 1. */
  frames?: number;
  memoryBytes?: number;
  releaseLimit?: number;
  /** See `PlayerOptions`; is given the player. Not called before there is one. */
  onScriptEnd?: (player: Player) => void;
}

/** Compiles ActionScript (the fixtures' dialect) and plays its first frames. */
export function play(
  source: string,
  { heap: spec = "o1heap-chain", frames = 1, memoryBytes = 256 << 20, releaseLimit, onScriptEnd }: PlayOptions = {},
): Played {
  const memory = new AddressSpace(memoryBytes);
  const heap = engine.createHeap(spec, memory);
  const movie = compileMovie(compileFixture(source, { version: 7 }), { name: "test", optimise: 2 });
  const output: string[] = [];
  let started: Player | null = null;
  const player = engine.createPlayer(movie, {
    memory,
    heap,
    releaseLimit,
    onTrace: (text) => output.push(text),
    onScriptEnd: () => started !== null && onScriptEnd?.(started),
  });
  started = player;
  for (let i = 0; i < frames; i++) player.runFrame();
  return { player, heap, memory, output };
}
