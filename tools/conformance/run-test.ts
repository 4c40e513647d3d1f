// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Heap } from "../../lib/heap/heap.ts";
import type { AddressSpace } from "../../lib/memory/address-space.ts";
import type { Player } from "../../runtime/player/player-api.ts";
import { directoryReader, movieUrl } from "../cli/file-access.ts";
import { miscountText, outOfMemoryText } from "../cli/report.ts";
import type { Engine, OptimisationLevel } from "../engine.ts";
import { isOutOfMemory } from "../errors.ts";
import { compareOutput, type Difference } from "./compare.ts";
import type { CorpusTest } from "./manifest.ts";
import { playerSettings, recordsWarnings } from "./player-setup.ts";
import { runSchedule } from "./schedule.ts";

/** Why a test failed: wrong text, an error of the engine, the wall clock, memory, or a script limit. */
export type FailureReason = "output" | "crash" | "timeout" | "memory" | "limit";

export interface TestResult {
  pass: boolean;
  why: FailureReason | null;
  /** Wall time, compiling included. */
  ms: number;
  /** Blocks alive without a root at the end; 0 when not asked for. */
  leaks: number;
  /** Where the output parts from the recording. */
  difference: Difference | null;
  /** The error's text, for everything but wrong output. */
  message: string | null;
  /** What the movie printed, where asked for. */
  output?: string;
}

/** What is the same for every test of a run. Plain data: it is sent to the worker threads. */
export interface TestSettings {
  corpus: string;
  heap: string;
  optimise: OptimisationLevel;
  audit: "frame" | "every" | null;
  leaks: boolean;
  /** Return the output of passing and failing tests. */
  keepOutput: boolean;
}

/** Text that a runaway loop may print before the rest is dropped; far above anything recorded. */
const OUTPUT_LIMIT = 1 << 26;

/** Collects trace output and, where recorded, warnings. */
class OutputCollector {
  private readonly lines: string[] = [];
  private characters = 0;

  add(line: string): void {
    if (this.characters > OUTPUT_LIMIT) return;
    this.characters += line.length + 1;
    this.lines.push(line);
  }

  text(): string {
    return this.lines.map((line) => `${line}\n`).join("");
  }
}

/**
 * Runs one test of a corpus. Never throws: whatever happens is a result.
 * @param memory address space for this test alone; it is recycled first
 */
export function runTest(engine: Engine, memory: AddressSpace, test: CorpusTest, settings: TestSettings): TestResult {
  const started = performance.now();
  const output = new OutputCollector();
  const verdict = judge(engine, memory, test, settings, output);
  const result: TestResult = { leaks: 0, difference: null, message: null, ...verdict, ms: performance.now() - started };
  if (settings.keepOutput) result.output = output.text();
  return result;
}

type Verdict = Pick<TestResult, "pass" | "why"> & Partial<TestResult>;

function judge(engine: Engine, memory: AddressSpace, test: CorpusTest, settings: TestSettings, output: OutputCollector): Verdict {
  try {
    const expected = readFileSync(join(settings.corpus, test.dir, "expected.txt"), "utf8");
    memory.recycle();
    const player = createPlayer(engine, engine.createHeap(settings.heap, memory), memory, test, settings, output);
    runSchedule(player, test, settings.audit === null ? undefined : () => requireSoundCounts(player));
    if (settings.audit !== null) requireSoundCounts(player);
    const leaks = settings.leaks ? player.leaks().length || player.dispose() : 0;
    const difference = compareOutput(test, expected, output.text());
    if (difference === null) return { pass: true, why: null, leaks };
    return { pass: false, why: player.limitHit === null ? "output" : "limit", leaks, difference, message: player.limitHit };
  } catch (error) {
    if (isOutOfMemory(error)) return { pass: false, why: "memory", message: outOfMemoryText(error.report).trimEnd() };
    return { pass: false, why: "crash", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Wrong reference counts are an error of the engine, whatever the output. */
function requireSoundCounts(player: Player): void {
  const findings = player.audit();
  if (findings.length > 0)
    throw new Error(
      `wrong reference counts after frame ${player.frameNumber}: ${findings.map((finding) => miscountText(finding)).join("; ")}`,
    );
}

function createPlayer(
  engine: Engine,
  heap: Heap,
  memory: AddressSpace,
  test: CorpusTest,
  settings: TestSettings,
  output: OutputCollector,
): Player {
  const folder = join(settings.corpus, test.dir);
  const compile = (bytes: Uint8Array, name: string) => engine.compileMovie(bytes, { name, optimise: settings.optimise });
  const movie = compile(new Uint8Array(readFileSync(join(folder, test.main))), test.main);
  let player: Player | null = null;
  player = engine.createPlayer(movie, {
    memory,
    heap,
    ...playerSettings(test),
    url: movieUrl(test.main),
    readFile: directoryReader(folder),
    compile,
    // Flash Player writes a line break for a lone CR; the swfdec recordings keep the CR.
    onTrace: test.suite === "ruffle" ? (text) => output.add(text.replace(/\r\n?/g, "\n")) : (text) => output.add(text),
    onWarning: recordsWarnings(test) ? (text) => output.add(`Warning: ${text}`) : undefined,
    onScriptEnd: settings.audit === "every" ? () => player !== null && requireSoundCounts(player) : undefined,
  });
  return player;
}
