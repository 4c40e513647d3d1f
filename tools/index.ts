// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Heap } from "../lib/heap/heap.ts";
import { AddressSpace } from "../lib/memory/address-space.ts";
import type { CompiledMovie } from "../runtime/movie/compiled-movie.ts";
import type { Player } from "../runtime/player/player-api.ts";
import type { PlayerOptions } from "../runtime/player/player-options.ts";
import { engine, type OptimisationLevel } from "./engine.ts";

/** The embedding interface of the package: load a movie, make a player, advance it, dispose of it. */

export type { Heap, HeapBlock, HeapDiagnostics } from "../lib/heap/heap.ts";
export { AddressSpace } from "../lib/memory/address-space.ts";
export type { CompiledMovie } from "../runtime/movie/compiled-movie.ts";
export type { Leak, OutOfMemoryReport, Player } from "../runtime/player/player-api.ts";
export type { ClockOptions, FileReader, PlayerOptions, StopReason } from "../runtime/player/player-options.ts";
export { directoryReader } from "./cli/file-access.ts";
export type { OptimisationLevel } from "./engine.ts";
export { isOutOfMemory, isSwfError, type OutOfMemoryLike } from "./errors.ts";

export interface LoadOptions {
  /** Name of the movie in messages and in the emitted code. */
  name?: string;
  /** Default 2. */
  optimise?: OptimisationLevel;
}

/**
 * Recompiles a SWF, compressed or not.
 * @param bytes the whole file
 * @returns a movie that any number of players may play
 * @throws an error named `SwfError` with the byte offset when the bytes are no readable SWF
 */
export function loadMovie(bytes: Uint8Array, options: LoadOptions = {}): CompiledMovie {
  return engine.compileMovie(bytes, { name: options.name ?? "movie.swf", optimise: options.optimise ?? 2 });
}

/** Options of a player; memory and heap are made when they are not given. */
export interface EmbeddingOptions extends Omit<PlayerOptions, "memory" | "heap"> {
  /** Address space; default: 1 GiB reserved for this player. Two players never share one. */
  memory?: AddressSpace;
  /** A heap over `memory`, or a specification `NAME:key=value,…`; default: `o1heap-chain`. */
  heap?: Heap | string;
}

/**
 * Makes a player. Nothing is global: many players live in one process, each with its own memory.
 * @throws an error named `OutOfMemoryError` when not even the start-up structures fit, RangeError when the memory can't be reserved, and
 * TypeError for a heap without its memory
 */
export function createPlayer(movie: CompiledMovie, options: EmbeddingOptions = {}): Player {
  if (typeof options.heap === "object" && options.memory === undefined) {
    throw new TypeError("a heap needs the address space that it was made over: pass `memory` too");
  }
  const memory = options.memory ?? new AddressSpace();
  const heap =
    typeof options.heap === "object" ? options.heap : engine.createHeap(engine.resolveHeapSpec(options.heap, {}), memory);
  const compile = (bytes: Uint8Array, url: string) => loadMovie(bytes, { name: url });
  return engine.createPlayer(movie, { compile, ...options, memory, heap });
}
