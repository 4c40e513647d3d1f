// SPDX-License-Identifier: MIT
import { setSiteSource } from "../../lib/heap/wrappers/wrapper.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { createAbi } from "../abi.ts";
import { currentSite, targetOrRoot } from "../calls/activation.ts";
import { toJsString } from "../conversion/to-string.ts";
import type { Addr } from "../layout/value.ts";
import { createMachine } from "../machine/create-machine.ts";
import { type Machine, NO_RELEASE_LIMIT } from "../machine/machine.ts";
import { collectSlice } from "../memory/collector.ts";
import { CountWatch } from "../memory/count-watch.ts";
import { releaseDead } from "../memory/release.ts";
import type { CompiledMovie } from "../movie/compiled-movie.ts";
import { flushCaches } from "../objects/inline-cache.ts";
import { Clock } from "./clock.ts";
import type { LoadedMovie } from "./loaded-movie.ts";
import { Loader } from "./loader.ts";
import type { MovieClip } from "./movie-clip.ts";
import { PlayerHost } from "./player-host.ts";
import type { PlayerOptions } from "./player-options.ts";
import { AvmplusRandom, LinearRandom, type RandomSource } from "./random.ts";
import { ClassRegistry } from "./registered-classes.ts";
import { ScriptClips } from "./script-clips.ts";
import { ScriptRunner } from "./script-runner.ts";
import { Stage } from "./stage.ts";
import { TimelinePlayer } from "./timeline.ts";
import { Timers } from "./timers.ts";

const DEFAULT_RECURSION = 256;
const DEFAULT_TIMEOUT_MS = 15_000;

/** The parts of a player, wired together. */
export class PlayerCore {
  readonly vm: Machine;
  readonly stage: Stage;
  readonly scripts: ScriptRunner;
  readonly classes: ClassRegistry;
  readonly timeline: TimelinePlayer;
  readonly clips: ScriptClips;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly options: PlayerOptions;
  readonly loader: Loader;
  quitRequested = false;

  constructor(options: PlayerOptions) {
    this.options = options;
    this.clock = new Clock(options.clock);
    const seed = options.seed ?? 0;
    this.random = options.randomGenerator === "avmplus" ? new AvmplusRandom(seed) : new LinearRandom(seed);
    const host = new PlayerHost(this);
    // The first blocks are the machine's own, when there is none yet to ask.
    let machine: Machine | null = null;
    setSiteSource(options.heap, () => (machine === null ? "the player" : currentSite(machine)));
    this.vm = createMachine(options.memory, options.heap, host);
    machine = this.vm;
    host.vm = this.vm;
    if (options.watch !== undefined) this.vm.watch = new CountWatch(this.vm, options.watch);
    this.vm.releaseLimit = Math.min(options.releaseLimit ?? NO_RELEASE_LIMIT, NO_RELEASE_LIMIT);
    this.vm.playerVersion = options.playerVersion ?? 32;
    this.vm.limitCallDepth(options.maxRecursion ?? DEFAULT_RECURSION);
    this.vm.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.stage = new Stage(this.vm);
    this.classes = new ClassRegistry(this.vm);
    this.scripts = new ScriptRunner(this.vm, this.stage, (text) => this.warn(text), options.onScriptEnd);
    this.classes.scripts = this.scripts;
    this.timeline = new TimelinePlayer(this.stage, this.scripts, this.classes, (text) => this.warn(text));
    this.clips = new ScriptClips(this);
    this.timers = new Timers(this.vm);
    this.loader = new Loader(this);
  }

  trace(text: string): void {
    this.options.onTrace?.(text);
  }

  warn(text: string): void {
    this.options.onWarning?.(text);
  }

  flushInlineCaches(): void {
    flushCaches(this.vm);
    this.vm.epoch++;
  }

  /** Installs a movie's code in the machine. */
  install({ description, module }: CompiledMovie, url: string): LoadedMovie {
    const { vm } = this;
    vm.setVersion(description.swfVersion);
    const base = vm.units.length;
    const code = module(createAbi(vm));
    code.forEach((entry, i) => {
      vm.code[base + i] = entry;
    });
    const movie: LoadedMovie = {
      description,
      version: description.swfVersion,
      url,
      code,
      exports: new Map(),
      imports: new Map(),
      imported: [],
      initialised: new Set(),
    };
    for (const { tags } of description.timeline.frames) {
      for (const tag of tags) {
        if (tag.type === "export") for (const { id, name } of tag.assets) movie.exports.set(name, { id, movie });
      }
    }
    const limits = description.scriptLimits;
    if (limits !== null) {
      if (this.options.maxRecursion == null && limits.maxRecursion > 0) vm.limitCallDepth(limits.maxRecursion);
      if (this.options.timeoutMs == null && limits.timeoutSeconds > 0) vm.timeoutMs = limits.timeoutSeconds * 1000;
    }
    return movie;
  }

  /** Makes the root clip of a level. */
  createRoot(movie: LoadedMovie, level: number): MovieClip {
    const root = this.stage.create(null, 0, movie) as MovieClip;
    root.timeline = movie.description.timeline;
    root.level = level;
    root.name = "";
    this.stage.levels.set(level, root);
    this.stage.attachObject(root, movie.version);
    return root;
  }

  /** Init actions of all frames, each sprite's once, before the first frame: everything is loaded from the start. */
  runInitActions(root: MovieClip): void {
    this.runInitActionsOf(root.movie, root);
  }

  private runInitActionsOf(movie: LoadedMovie, root: MovieClip): void {
    for (const source of movie.imported) this.runInitActionsOf(source, root);
    for (const { tags } of movie.description.timeline.frames) {
      for (const tag of tags) {
        if (tag.type !== "initAction" || movie.initialised.has(tag.spriteId)) continue;
        movie.initialised.add(tag.spriteId);
        this.scripts.runCode(root, movie.version, movie.code[tag.code]);
      }
    }
  }

  /** One frame of all clips, and what it queued. */
  runFrame(): void {
    this.timeline.sweepPending();
    for (const clip of [...this.stage.liveClips].reverse()) {
      if (!clip.removed && !clip.pendingRemoval) this.timeline.advance(clip);
    }
    this.drain();
    this.reclaim();
  }

  /** The share of a frame in giving memory back: some of what waits to be released, and a slice of the cycle collector. */
  private reclaim(): void {
    const { vm } = this;
    if (vm.deadList !== 0) releaseDead(vm, vm.releaseLimit);
    // The best time for a slice: half of what would start one amid code will do.
    if (vm.candidateCount > vm.candidateThreshold >> 1) collectSlice(vm);
  }

  /** Runs queued actions until there are none. */
  drain(): void {
    for (let action = this.stage.queue.take(); action !== undefined; action = this.stage.queue.take()) {
      if (this.vm.halted !== null) {
        this.stage.queue.clear();
        return;
      }
      action.run();
    }
  }

  /** Runs an action block at once, inside the script that is running. */
  runNested(clip: MovieClip, code: number): void {
    this.scripts.runCode(clip, clip.movie.version, clip.movie.code[code]);
  }

  /** GetURL and its kin: fscommand, loads into clips and levels; addresses for a browser lead nowhere. */
  navigate(url: string, target: Addr, _method: number, loadTarget: boolean, loadVariables: boolean): void {
    if (url.slice(0, 10).toLowerCase() === "fscommand:") {
      this.fscommand(url.slice(10), toJsString(this.vm, target));
      return;
    }
    const start = this.runningClip();
    if (start === null) return;
    const place = this.loader.targetOf(target, start);
    if (loadVariables) {
      if (place !== null) this.loader.loadVariablesInto(url, place);
    } else if (loadTarget || (place !== null && "level" in place) || isLevelRoot(place)) {
      if (place !== null) this.loader.loadMovieInto(url, place);
    }
  }

  /** The clip whose code runs, or the root of level 0. */
  private runningClip(): MovieClip | null {
    const { vm } = this;
    const target = vm.frame === 0 ? 0 : targetOrRoot(vm, vm.frame);
    return this.stage.clipOf(target) ?? this.stage.levels.get(0) ?? null;
  }

  fscommand(command: string, argument: string): void {
    if (command.toLowerCase() === "quit") this.quitRequested = true;
    this.options.onFscommand?.(command, argument);
  }

  /** Records that the player holds: see RootProvider. */
  *roots(): Iterable<Ptr> {
    yield* this.stage.roots();
    yield* this.timers.roots();
    yield* this.loader.roots();
    yield* this.classes.roots();
  }

  fireTimers(limitMs: number): void {
    const run = (call: () => void): void => {
      const root = this.stage.levels.get(0);
      if (root !== undefined) this.scripts.run(root, root.version, "swallow", call);
      this.drain();
    };
    while (this.timers.fireNext(limitMs, run, (ms) => this.clock.moveTo(ms))) if (this.vm.halted !== null) return;
  }
}

function isLevelRoot(place: { clip: MovieClip } | { level: number } | null): boolean {
  return place !== null && "clip" in place && place.clip.parent === null;
}
