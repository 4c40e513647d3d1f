// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Heap } from "../../lib/heap/heap.ts";
import { AddressSpace } from "../../lib/memory/address-space.ts";
import type { CompiledMovie } from "../../runtime/movie/compiled-movie.ts";
import type { Player } from "../../runtime/player/player-api.ts";
import type { Engine, OptimisationLevel } from "../engine.ts";
import { isOutOfMemory } from "../errors.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { directoryReader, movieUrl } from "./file-access.ts";
import { type FindSites, reportLeaks, requireSoundCounts, WrongCounts } from "./memory-checks.ts";
import { compileWithPositions, isDirectory, loadMovieFrom } from "./movie-source.ts";
import type { RunOptions } from "./option-table.ts";
import { type PlaybackEnd, play } from "./playback.ts";
import { startProfile } from "./profile.ts";
import type { CommandContext } from "./program.ts";
import { outOfMemoryText, statisticsText, usageByKind } from "./report.ts";
import { findSites } from "./sites.ts";
import type { Terminal } from "./terminal.ts";

/** What a player said about itself when the run was over. */
interface Outcome {
  exitCode: ExitCode;
  frames: number;
  movieMs: number;
}

/** `reswf run MOVIE`. */
export async function run(context: CommandContext, path: string, options: RunOptions): Promise<ExitCode> {
  const { terminal, engine } = context;
  const started = performance.now();
  const heap = makeHeap(engine, terminal, options);
  if (options.base !== undefined && !isDirectory(options.base)) {
    throw new CommandError(ExitCode.Usage, `--base: '${options.base}' is not a folder`);
  }
  const stopProfile = options.profile === undefined ? null : startProfile(options.profile);
  const optimise = Number(options.O) as OptimisationLevel;
  const { movie, directory } = await loadMovieFrom(path, engine, optimise, options.cache);
  for (const warning of movie.description.warnings) terminal.err(`reswf: ${path}: ${warning}\n`);
  if (movie.description.usesActionScript3)
    terminal.err(`reswf: ${path}: ActionScript 3 is not supported; only its timeline runs\n`);

  const readFile = directoryReader(options.base ?? directory);
  const setup = { path, readFile, terminal };
  // A second run with the same heap finds the same addresses, if it sees the same time and knows the movie's code.
  const canRepeat = options.clock === "virtual" && !isDirectory(path);
  const sitesOf: FindSites = (addresses, stop) => {
    if (!canRepeat) return new Map();
    const repeated = compileWithPositions(path, engine, optimise);
    return findSites(addresses, stop, (onScriptEnd) => {
      const again = { ...setup, isReplay: true, onScriptEnd, watch: addresses };
      const player = createPlayer(engine, repeated, makeHeap(engine, terminal, options), options, again);
      return { player, play: (atFrameEnd) => void playFor(player, options, atFrameEnd) };
    });
  };
  const outcome = runToEnd(terminal, options, () => createPlayer(engine, movie, heap, options, setup), sitesOf);
  stopProfile?.();
  if (options.stats !== undefined) {
    printStatistics(context, options.stats, heap.heap, outcome, performance.now() - started);
  }
  return outcome.exitCode;
}

interface HeapInMemory {
  heap: Heap;
  memory: AddressSpace;
}

function makeHeap(engine: Engine, terminal: Terminal, options: RunOptions): HeapInMemory {
  let memory: AddressSpace;
  try {
    memory = new AddressSpace(options.maxMemory);
  } catch (error) {
    throw new CommandError(ExitCode.InternalError, `--max-memory: ${(error as Error).message}`);
  }
  try {
    return { memory, heap: engine.createHeap(engine.resolveHeapSpec(options.heap, terminal.environment), memory) };
  } catch (error) {
    throw new CommandError(ExitCode.Usage, (error as Error).message);
  }
}

/** What a player of `run` is told besides the options. */
interface PlayerSetup {
  path: string;
  readFile: (url: string) => Uint8Array | null;
  terminal: Terminal;
  /** The run repeats another one in silence. */
  isReplay?: boolean;
  onScriptEnd?: () => void;
  watch?: readonly number[];
}

function createPlayer(
  engine: Engine,
  movie: CompiledMovie,
  { heap, memory }: HeapInMemory,
  options: RunOptions,
  host: PlayerSetup,
): Player {
  const { terminal } = host;
  const optimise = Number(options.O) as OptimisationLevel;
  let scripts = 0;
  // Scripts that run while the player is being made come before there is anything to ask.
  let player: Player | null = null;
  const auditScript = (): void => {
    scripts++;
    if (player !== null) requireSoundCounts(player, { after: "script", script: scripts });
  };
  player = engine.createPlayer(movie, {
    memory,
    heap,
    seed: options.seed,
    releaseLimit: options.releaseLimit,
    // A run on the host's clock starts at the host's date; a virtual one at the player's fixed default.
    clock: options.clock === "real" ? hostClock() : { mode: "virtual" },
    url: movieUrl(host.path),
    readFile: host.readFile,
    compile: (bytes, url) =>
      options.cache === undefined
        ? engine.compileMovie(bytes, { name: url, optimise })
        : engine.compileCached(bytes, { name: url, optimise }, options.cache),
    onTrace: host.isReplay ? undefined : (text) => terminal.out(`${text.replace(/\r\n?/g, "\n")}\n`),
    onWarning: host.isReplay ? undefined : (text) => terminal.err(`Warning: ${text}\n`),
    onScriptEnd: host.onScriptEnd ?? (options.audit === "every" ? auditScript : undefined),
    watch: host.watch,
  });
  return player;
}

function hostClock(): { mode: "real"; startMs: number; utcOffsetMinutes: number } {
  const now = new Date();
  return { mode: "real", startMs: now.getTime(), utcOffsetMinutes: -now.getTimezoneOffset() };
}

/** Plays, then checks what the options ask for; an exhausted heap ends either, and is reported here. */
function runToEnd(terminal: Terminal, options: RunOptions, create: () => Player, sitesOf: FindSites): Outcome {
  let player: Player | null = null;
  let exitCode: ExitCode = ExitCode.Done;
  try {
    player = create();
    playMovie(player, terminal, options);
    if (player.limitHit !== null) {
      terminal.err(`reswf: script limit: ${player.limitHit}\n`);
      exitCode = ExitCode.ScriptLimit;
    }
    if (options.audit !== undefined) requireSoundCounts(player, { after: "end" });
    if (options.leaks !== undefined && reportLeaks(player, terminal, options.leaks, sitesOf) && exitCode === ExitCode.Done)
      exitCode = ExitCode.LeaksFound;
  } catch (error) {
    if (error instanceof WrongCounts) throw error.explained(sitesOf);
    if (!isOutOfMemory(error)) throw error;
    terminal.err(outOfMemoryText(error.report));
    exitCode = ExitCode.OutOfMemory;
  }
  return { exitCode, frames: player?.frameNumber ?? 0, movieMs: player?.timeMs ?? 0 };
}

const END_NOTES: Partial<Record<PlaybackEnd, string>> = {
  "default-duration": "stopped after 10 s of movie time; --frames, --seconds or --until-quit set another end",
};

function playMovie(player: Player, terminal: Terminal, options: RunOptions): void {
  const audit = (): void => requireSoundCounts(player, { after: "frame", frame: player.frameNumber });
  const end = playFor(player, options, options.audit === undefined ? undefined : audit);
  const note = options.untilQuit === true && end === "at-rest" ? "the movie came to rest without asking to quit" : END_NOTES[end];
  if (note !== undefined) terminal.err(`reswf: note: ${note}\n`);
}

/** Plays for as long as the options say. */
function playFor(player: Player, options: RunOptions, afterFrame: (() => void) | undefined): PlaybackEnd {
  return play(player, {
    frames: options.frames,
    durationMs: options.seconds === undefined ? undefined : options.seconds * 1000,
    untilQuit: options.untilQuit,
    clock: options.clock,
    afterFrame,
  });
}

function printStatistics(
  { terminal, engine }: CommandContext,
  format: "text" | "json",
  heap: Heap,
  outcome: Outcome,
  wallMs: number,
): void {
  const tables = engine.wrapperTables(heap);
  const statistics = { heap: heap.name, ...heap.diagnostics(), kinds: usageByKind(heap), ...outcome, wallMs, tables };
  terminal.err(format === "json" ? `${JSON.stringify(statistics)}\n` : statisticsText(statistics));
}
