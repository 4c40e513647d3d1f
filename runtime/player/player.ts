// SPDX-License-Identifier: MIT

import { reserveBytes } from "../../lib/heap/heap.ts";
import { destroyMachine } from "../machine/create-machine.ts";
import { auditCounts } from "../memory/audit.ts";
import { collectAll } from "../memory/collector.ts";
import type { CountSites } from "../memory/count-watch.ts";
import { heapGraph } from "../memory/heap-graph.ts";
import { findLeaks } from "../memory/leaks.ts";
import { releaseDead } from "../memory/release.ts";
import type { CompiledMovie } from "../movie/compiled-movie.ts";
import type { MovieClip } from "./movie-clip.ts";
import type { HeapGraph, Leak, Miscount, Player } from "./player-api.ts";
import { PlayerCore } from "./player-core.ts";
import type { PlayerOptions, StopReason } from "./player-options.ts";

/** Frame rate that a header rate of 0 stands for. */
const ZERO_RATE = 256;
/** What a root can have that makes it more than a picture: handlers that the player calls by name. */
const FRAME_HANDLERS = ["onEnterFrame"];

/**
 * Makes a player for a movie. Its own start-up structures are allocated here.
 * @throws OutOfMemoryError when the heap can't hold them
 */
export function createPlayer(movie: CompiledMovie, options: PlayerOptions): Player {
  return new MoviePlayer(movie, options);
}

class MoviePlayer implements Player {
  readonly movie: CompiledMovie;
  private readonly core: PlayerCore;
  private readonly frameMs: number;
  private frames = 0;
  private nextFrameMs = 0;
  private disposed = false;

  constructor(movie: CompiledMovie, options: PlayerOptions) {
    this.movie = movie;
    this.core = new PlayerCore(options);
    const rate = movie.description.frameRate;
    this.frameMs = 1000 / (rate > 0 ? rate : ZERO_RATE);
    const loaded = this.core.install(movie, options.url ?? "");
    this.core.loader.importAssets(loaded);
    const root = this.core.createRoot(loaded, 0);
    this.core.stage.setVariable(root, "$version", `LNX ${this.core.vm.playerVersion},0,0,0`);
    for (const [name, value] of Object.entries(options.parameters ?? {})) this.core.stage.setVariable(root, name, value);
  }

  get timeMs(): number {
    return this.core.clock.scheduledMs;
  }

  get frameNumber(): number {
    return this.frames;
  }

  get quitRequested(): boolean {
    return this.core.quitRequested;
  }

  get limitHit(): string | null {
    return this.core.vm.halted;
  }

  runFrame(): void {
    const root = this.core.stage.levels.get(0);
    if (this.frames++ === 0 && root !== undefined) this.core.runInitActions(root);
    this.core.runFrame();
  }

  advanceTimers(ms: number): void {
    const end = this.core.clock.scheduledMs + ms;
    this.core.fireTimers(end);
    this.core.clock.moveTo(end);
  }

  advance(ms: number): StopReason | null {
    const end = this.timeMs + ms;
    for (;;) {
      const next = this.nextEventMs();
      if (next > end) break;
      if (this.core.timers.nextDueMs <= next) this.core.fireTimers(next);
      if (this.nextFrameMs <= next) {
        this.core.clock.moveTo(this.nextFrameMs);
        this.nextFrameMs += this.frameMs;
        this.runFrame();
        this.deliverLoads();
      }
      if (this.quitRequested) return "quit";
      if (this.limitHit !== null) return "script-limit";
    }
    this.core.clock.moveTo(end);
    return null;
  }

  deliverLoads(): void {
    this.core.loader.deliver();
  }

  nextEventMs(): number {
    return Math.min(this.nextFrameMs, this.core.timers.nextDueMs);
  }

  isAtRest(): boolean {
    if (this.core.vm.halted !== null) return true;
    if (!this.core.timers.isEmpty || !this.core.loader.isIdle || !this.core.stage.queue.isEmpty || this.frames === 0)
      return false;
    return this.core.stage.liveClips.every((clip) => this.isIdle(clip));
  }

  private isIdle(clip: MovieClip): boolean {
    const frames = clip.timeline.frames.length;
    if (clip.playing && (frames > 1 || (frames === 1 && clip.currentFrame === 0))) return false;
    if (clip.clipEvents.some(({ events }) => (events & 2) !== 0)) return false;
    return !FRAME_HANDLERS.some((name) => this.core.timeline.hasHandler(clip, name));
  }

  reserve(bytes: number): boolean {
    return reserveBytes(this.core.vm.heap, bytes);
  }

  collect(): number {
    return collectAll(this.core.vm);
  }

  audit(): Miscount[] {
    // What waits to be released still holds what it held.
    releaseDead(this.core.vm);
    return auditCounts(this.core.vm, this.core);
  }

  sitesOf(ptr: number): CountSites {
    const { vm } = this.core;
    vm.watch?.look(vm.position);
    return vm.watch?.sitesOf(ptr) ?? { retain: null, release: null };
  }

  heapGraph(): HeapGraph {
    return heapGraph(this.core.vm, this.core);
  }

  leaks(): Leak[] {
    return findLeaks(this.core.vm, this.core);
  }

  dispose(): number {
    if (this.disposed) return 0;
    this.disposed = true;
    this.core.timers.clear();
    this.core.loader.clear();
    this.core.classes.clear();
    this.core.stage.dispose();
    return destroyMachine(this.core.vm);
  }
}
