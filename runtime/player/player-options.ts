// SPDX-License-Identifier: MIT
import type { Heap } from "../../lib/heap/heap.ts";
import type { AddressSpace } from "../../lib/memory/address-space.ts";
import type { CompiledMovie } from "../movie/compiled-movie.ts";

/** Where the player finds the time. All in milliseconds. */
export interface ClockOptions {
  /** `virtual` advances only by the frame loop; `real` follows the host. */
  mode: "virtual" | "real";
  /** What `new Date()` says at start, milliseconds since 1970 UTC; may have a fraction. */
  startMs: number;
  /** Minutes that local time is ahead of UTC, e.g. 345 for UTC+05:45. */
  utcOffsetMinutes: number;
}

/** The host's answer to a request for a file. `null`: not found. */
export type FileReader = (url: string) => Uint8Array | null;

/** Everything a player is made from; `createPlayer` fills in the defaults. */
export interface PlayerOptions {
  memory: AddressSpace;
  heap: Heap;
  clock?: Partial<ClockOptions>;
  /** Seed of `random`; default 0. */
  seed?: number;
  /** `lcg`: the player's own; `avmplus`: Adobe's generator, seeded from `seed`. */
  randomGenerator?: "lcg" | "avmplus";
  /** One call per line of `trace` output; lines may contain line breaks. */
  onTrace?: (text: string) => void;
  /** Warnings of the player itself (uncaught exception, depth in use …), without the prefix. */
  onWarning?: (text: string) => void;
  /**
   * Called when a script that the player started (action block, handler, timer, load listener) has ended and no other is
   * running, so that every reference is where an audit looks for it. May throw to end the run. For checks: it costs a call
   * per script.
   */
  onScriptEnd?: () => void;
  /**
   * Records that one release may free at once; the rest waits for the ends of frames, as many at each. Default: no limit. For
   * movies that drop large structures and must not stutter.
   */
  releaseLimit?: number;
  /** Blocks whose counts are followed for `Player.sitesOf`: addresses that an earlier, equal run has found. */
  watch?: readonly number[];
  onFscommand?: (command: string, argument: string) => void;
  /** Reads what the movie loads (loadMovie, LoadVars, XML …); default: nothing is found. */
  readFile?: FileReader;
  /** Turns a loaded SWF into a movie; without it loadMovie of a SWF fails as not found. */
  compile?: (bytes: Uint8Array, url: string) => CompiledMovie;
  /** URL of the movie as scripts see it in `_url`. */
  url?: string;
  /** Variables given on the movie's URL, set on the root before frame 1. */
  parameters?: Record<string, string>;
  /** The Flash Player version that is emulated; default 32. */
  playerVersion?: number;
  /** Player limits; null uses the movie's ScriptLimits or the defaults (256 calls deep, 15 s). */
  maxRecursion?: number | null;
  timeoutMs?: number | null;
  /** Screen the movie is shown on, pixels; default the stage's own size. */
  viewport?: { width: number; height: number; scaleFactor: number };
}

/** Why a run of `advance` stopped early. */
export type StopReason = "quit" | "out-of-memory" | "script-limit";
