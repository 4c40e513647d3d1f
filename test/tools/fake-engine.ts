// SPDX-License-Identifier: AGPL-3.0-or-later
import { BumpHeap } from "../../lib/heap/bump.ts";
import type { Heap } from "../../lib/heap/heap.ts";
import type { AddressSpace } from "../../lib/memory/address-space.ts";
import type { CountSites } from "../../runtime/memory/count-watch.ts";
import type { CompiledMovie } from "../../runtime/movie/compiled-movie.ts";
import type { MovieDescription } from "../../runtime/movie/description.ts";
import type { HeapGraph, Leak, Miscount, OutOfMemoryReport, Player } from "../../runtime/player/player-api.ts";
import type { PlayerOptions } from "../../runtime/player/player-options.ts";
import type { Terminal } from "../../tools/cli/terminal.ts";
import type { Engine } from "../../tools/engine.ts";

/** What a scripted player does at moments of its life; everything is optional. */
export interface PlayerScript {
  frameRate?: number;
  /** Called in every frame with the player, whose first frame is number 1. */
  onFrame?: (player: FakePlayer) => void;
  /** Called at each of these times, as a timer is. */
  timers?: { atMs: number; fire: (player: FakePlayer) => void }[];
  restsAfterFrame?: number;
  limitHit?: string;
  leaks?: Leak[];
  blocksAfterDispose?: number;
  audit?: Miscount[];
  warnings?: string[];
}

/** A player that does what its script says and writes down when. */
export class FakePlayer implements Player {
  readonly movie: CompiledMovie;
  readonly log: string[] = [];
  timeMs = 0;
  frameNumber = 0;
  quitRequested = false;
  limitHit: string | null;
  readonly options: PlayerOptions;
  private readonly script: PlayerScript;
  private readonly timers: { atMs: number; fire: (player: FakePlayer) => void }[];

  constructor(movie: CompiledMovie, script: PlayerScript, options: PlayerOptions) {
    this.movie = movie;
    this.script = script;
    this.options = options;
    this.limitHit = script.limitHit ?? null;
    this.timers = [...(script.timers ?? [])].sort((a, b) => a.atMs - b.atMs);
  }

  runFrame(): void {
    this.frameNumber++;
    this.log.push(`frame ${this.frameNumber} @${round(this.timeMs)}`);
    this.script.onFrame?.(this);
  }

  advanceTimers(ms: number): void {
    const end = this.timeMs + ms;
    while (this.timers.length > 0 && this.timers[0]!.atMs <= end) {
      const timer = this.timers.shift()!;
      this.timeMs = timer.atMs;
      this.log.push(`timer @${round(this.timeMs)}`);
      timer.fire(this);
    }
    this.timeMs = end;
  }

  advance(ms: number): null {
    this.advanceTimers(ms);
    return null;
  }

  deliverLoads(): void {
    this.log.push("loads");
  }

  nextEventMs(): number {
    return this.timers[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  isAtRest(): boolean {
    return this.frameNumber >= (this.script.restsAfterFrame ?? Number.POSITIVE_INFINITY);
  }

  trace(text: string): void {
    this.options.onTrace?.(text);
  }

  reserve(): boolean {
    return true;
  }

  collect(): number {
    return 0;
  }

  audit(): Miscount[] {
    return this.script.audit ?? [];
  }

  sitesOf(): CountSites {
    return { retain: null, release: null };
  }

  heapGraph(): HeapGraph {
    return { nodes: [], playerRoots: [], machineRoots: [] };
  }

  leaks(): Leak[] {
    return this.script.leaks ?? [];
  }

  dispose(): number {
    return this.script.blocksAfterDispose ?? 0;
  }
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

export function fakeMovie(frameRate = 10, warnings: string[] = []): CompiledMovie {
  const description: MovieDescription = {
    format: 1,
    swfVersion: 6,
    frameRate,
    stage: { xMin: 0, xMax: 0, yMin: 0, yMax: 0 },
    uncompressedBytes: 0,
    usesActionScript3: false,
    backgroundColor: null,
    scriptLimits: null,
    timeline: { declaredFrames: 1, frames: [{ tags: [] }], labels: [], scenes: [] },
    characters: {},
    warnings,
  };
  return { description, module: () => [] };
}

/** An engine whose movies are all the same script; `players` holds every player it made. */
export function fakeEngine(script: PlayerScript, parts: Partial<Engine> = {}): Engine & { players: FakePlayer[] } {
  const players: FakePlayer[] = [];
  return {
    players,
    compileMovie: () => fakeMovie(script.frameRate, script.warnings),
    compileCached: () => fakeMovie(script.frameRate, script.warnings),
    buildMovie: () => [],
    loadBuiltMovie: async () => fakeMovie(script.frameRate),
    inspectMovie: ({ length }, { actions }) => `${length} bytes${actions ? ", actions" : ""}`,
    createPlayer(movie, options) {
      const player = new FakePlayer(movie, script, options);
      players.push(player);
      return player;
    },
    wrapperTables: () => [],
    resolveHeapSpec: (flag, environment) => flag ?? environment.RESWF_HEAP ?? "bump",
    createHeap(spec: string, memory: AddressSpace): Heap {
      if (!spec.startsWith("bump")) throw new Error(`unknown heap '${spec}'`);
      return new BumpHeap(memory, 1 << 16);
    },
    ...parts,
  };
}

/** An error as the runtime throws it when the heap is exhausted. */
export function outOfMemoryError(report: Partial<OutOfMemoryReport> = {}): Error {
  const error = new Error("out of memory") as Error & { report: OutOfMemoryReport };
  error.name = "OutOfMemoryError";
  error.report = {
    heapName: "o1heap",
    requestBytes: 10_485_760,
    requestKind: "string",
    diagnostics: {
      capacity: 4 << 20,
      allocated: 3 << 20,
      peakAllocated: 3 << 20,
      peakRequest: 10_485_760,
      outOfMemoryCount: 1,
      arenas: 1,
    },
    kinds: [
      { kind: "string", blocks: 12, bytes: 2 << 20 },
      { kind: "object", blocks: 3000, bytes: 1 << 20 },
    ],
    ...report,
  };
  return error;
}

/** A terminal that keeps what is written. */
export function memoryTerminal(environment: Record<string, string> = {}): Terminal & { stdout: string; stderr: string } {
  const terminal = {
    stdout: "",
    stderr: "",
    out(text: string) {
      terminal.stdout += text;
    },
    err(text: string) {
      terminal.stderr += text;
    },
    flush() {},
    environment,
    interactive: false,
    colour: false,
  };
  return terminal;
}
