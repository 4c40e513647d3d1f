// SPDX-License-Identifier: AGPL-3.0-or-later

import type { Heap } from "../lib/heap/heap.ts";
import { createHeap, resolveHeapSpec, type WrapperTable, wrapperTables } from "../lib/index.ts";
import type { AddressSpace } from "../lib/memory/address-space.ts";
import { createPlayer } from "../runtime/index.ts";
import type { CompiledMovie } from "../runtime/movie/compiled-movie.ts";
import type { Player } from "../runtime/player/player-api.ts";
import type { PlayerOptions } from "../runtime/player/player-options.ts";
import { buildMovie, compileMovie, loadBuiltMovie } from "./compiled-movies.ts";
import { inspectMovie } from "./inspect/inspect.ts";
import { compileCached } from "./movie-cache.ts";

/** Optimisation level of the recompiler: 0 is the literal translation, 2 the default. */
export type OptimisationLevel = 0 | 1 | 2;

/** One file that `reswf build` writes; `path` is relative to the output folder, with forward slashes. */
export interface EmittedFile {
  path: string;
  contents: string | Uint8Array;
}

/**
 * Everything the tools need from the layers below. The commands take it as a parameter, so that tests can run them
 * against a scripted player; `engine` is the real one.
 */
export interface Engine {
  /**
   * Recompiles a SWF. `positions`: its code tells at every action where it is.
   * @throws an error named `SwfError` (see `isSwfError`) when the bytes are no readable SWF
   */
  compileMovie(bytes: Uint8Array, options: { name: string; optimise: OptimisationLevel; positions?: boolean }): CompiledMovie;
  /** Like `compileMovie`, by way of a folder that keeps what has been recompiled before. */
  compileCached(bytes: Uint8Array, options: { name: string; optimise: OptimisationLevel }, folder: string): CompiledMovie;
  /** Files of `reswf build`: sources that type-check, and what `run` loads. Throws as `compileMovie` does. */
  buildMovie(bytes: Uint8Array, options: { name: string; optimise: OptimisationLevel }): EmittedFile[];
  /** Loads a folder that `buildMovie` wrote. Throws when the folder holds no built movie. */
  loadBuiltMovie(folder: string): Promise<CompiledMovie>;
  /** Text of `reswf inspect`: header, tags, and with `actions` the disassembly. Throws as `compileMovie` does. */
  inspectMovie(bytes: Uint8Array, options: { name: string; actions: boolean }): string;
  /** Makes a player. @throws `OutOfMemoryError` when not even the start-up structures fit the heap */
  createPlayer(movie: CompiledMovie, options: PlayerOptions): Player;
  /**
   * The heap specification that applies: the flag's, else `RESWF_HEAP`'s, else the default.
   * @throws an error with a one-line message when a name, key or value is unknown
   */
  resolveHeapSpec(flag: string | undefined, environment: Readonly<Record<string, string | undefined>>): string;
  /** What the wrappers around a heap have found out. */
  wrapperTables(heap: Heap): WrapperTable[];
  /** Makes a heap from a specification `NAME:key=value,…`. Throws as `resolveHeapSpec` does. */
  createHeap(spec: string, memory: AddressSpace): Heap;
}

/** The real thing. */
export const engine: Engine = {
  compileMovie,
  compileCached,
  buildMovie,
  loadBuiltMovie,
  inspectMovie,
  createPlayer,
  resolveHeapSpec,
  wrapperTables,
  createHeap,
};
