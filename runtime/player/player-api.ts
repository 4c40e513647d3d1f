// SPDX-License-Identifier: MIT
import type { HeapDiagnostics } from "../../lib/heap/heap.ts";
import type { CountSites } from "../memory/count-watch.ts";
import type { CompiledMovie } from "../movie/compiled-movie.ts";
import type { StopReason } from "./player-options.ts";

/** Why `OutOfMemoryError` was thrown: enough for a report without a stack trace. */
export interface OutOfMemoryReport {
  heapName: string;
  requestBytes: number;
  requestKind: string;
  diagnostics: HeapDiagnostics;
  /** Largest kinds alive, by bytes. */
  kinds: { kind: string; blocks: number; bytes: number }[];
}

/** A block whose reference count is not the number of references there are. */
export interface Miscount {
  kind: string;
  ptr: number;
  /** What the block's count says, and the references that the heap and the roots hold. */
  counted: number;
  existing: number;
  preview: string;
}

/** A block that is alive without any root holding it. */
export interface Leak {
  kind: string;
  ptr: number;
  referenceCount: number;
  preview: string;
  /** Who holds it, who holds that, and so on; ends at a block that nothing in the heap holds, or where it comes round. */
  referrers: readonly string[];
}

/** One reference in a heap graph. */
export interface HeapGraphEdge {
  /** `property`: by name, `element`: by index, `internal`: by a field that scripts can't see. */
  type: "property" | "element" | "internal";
  name: string | number;
  /** Index of the node that is held. */
  to: number;
}

/** One live block of the heap. */
export interface HeapGraphNode {
  /** Address; the same block keeps it all its life. */
  ptr: number;
  kind: string;
  /** Payload bytes of this block alone. */
  sizeBytes: number;
  /** A few words on what it holds, quoted text for strings; may be empty. */
  preview: string;
  edges: HeapGraphEdge[];
}

/** All live blocks and the references between them. Roots are indices of nodes, each once. */
export interface HeapGraph {
  nodes: HeapGraphNode[];
  /** Held by the player: clips, timers, loads, registered classes. */
  playerRoots: number[];
  /** Held by the machine: built-in classes, stacks, names. */
  machineRoots: number[];
}

/**
 * A movie being played. Made by `createPlayer(movie, options)`.
 *
 * Out-of-memory is thrown by the advancing calls as `OutOfMemoryError` (with a `report`); the player can still be
 * disposed afterwards. A script limit stops only that script, is remembered in `limitHit`, and the frames go on.
 */
export interface Player {
  readonly movie: CompiledMovie;
  /** Milliseconds of movie time since the start. */
  readonly timeMs: number;
  /** Frames executed so far. */
  readonly frameNumber: number;
  /** Set once `fscommand("quit")` was called. */
  readonly quitRequested: boolean;
  /** Text of the first script limit that was hit, or null. */
  readonly limitHit: string | null;
  /** Runs one frame of the player (all clips), and drains the action queue; does not advance the clock. */
  runFrame(): void;
  /** Moves the clock and fires the timers that are due, in order. No frames. */
  advanceTimers(ms: number): void;
  /** Moves the clock by `ms`; runs frames (at the movie's rate) and timers as they come due, in the order of time. */
  advance(ms: number): StopReason | null;
  /** Delivers finished loads (LoadVars, XML, loadMovie …) to their listeners. */
  deliverLoads(): void;
  /** Time of the next thing that is due (frame, timer), movie ms; `Infinity` when nothing is. */
  nextEventMs(): number;
  /** True when no playing timeline, handler, timer or load could run script any more. */
  isAtRest(): boolean;
  /**
   * Grows the heap now for `bytes` more, so that it need not grow while the movie plays: for a loading screen. Leave room for
   * rounding, which may double small blocks.
   * @returns false when the heap has no room and can't grow that far; the player goes on as before
   */
  reserve(bytes: number): boolean;
  /** Collects cycles completely; number of blocks freed. */
  collect(): number;
  /** Recomputes every reference count; what differs. Call it when no script runs. */
  audit(): Miscount[];
  /** Where the count of a block of `PlayerOptions.watch` last rose and fell, in a movie that was recompiled with positions. */
  sitesOf(ptr: number): CountSites;
  /** Every live block with what it holds, for snapshots. Collects nothing first; call it between frames. */
  heapGraph(): HeapGraph;
  /** Blocks that no root holds after a complete collection. */
  leaks(): Leak[];
  /** Releases everything the movie holds; afterwards a leak-free player has no live block. Number of blocks still live. */
  dispose(): number;
}
