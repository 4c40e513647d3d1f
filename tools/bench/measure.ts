// SPDX-License-Identifier: AGPL-3.0-or-later
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Benchmark, ownTime, resultLines } from "./movies.ts";

/** What a benchmark took here and as JavaScript: milliseconds of its own timed part, in fresh processes. */
export interface BenchmarkResult {
  name: string;
  size: string;
  movieMs: Spread;
  javascriptMs: Spread;
  /** Median of the movie's over that of the JavaScript. */
  ratio: number;
}

/** Median of several runs with the quickest and the slowest of them. */
export interface Spread {
  median: number;
  least: number;
  most: number;
}

export interface MeasureOptions {
  runs: number;
  /** Arguments of `reswf run` besides movie and clock, such as `--heap bump`. */
  flags: readonly string[];
  /** The `reswf` program's file. */
  program: string;
}

/**
 * Runs movie and JavaScript by turns, so that what disturbs the machine disturbs both.
 * @throws Error when a run fails or prints something else than it should
 */
export function measureBenchmark(benchmark: Benchmark, options: MeasureOptions): BenchmarkResult {
  const folder = mkdtempSync(join(tmpdir(), "reswf-bench-"));
  try {
    const movie = join(folder, `${benchmark.name}.swf`);
    const script = join(folder, `${benchmark.name}.cjs`);
    writeFileSync(movie, benchmark.movie);
    writeFileSync(script, benchmark.javascript);
    const movieMs: number[] = [];
    const javascriptMs: number[] = [];
    for (let run = 0; run < options.runs; run++) {
      const plain = runNode([script], benchmark.name);
      const here = runNode([options.program, "run", movie, "--clock", "real", ...options.flags], benchmark.name);
      const wanted = benchmark.expected ?? resultLines(plain);
      if (resultLines(here).join("\n") !== wanted.join("\n"))
        throw new Error(`${benchmark.name}: printed ${resultLines(here).join(" | ")}`);
      javascriptMs.push(ownTime(plain));
      movieMs.push(ownTime(here));
    }
    const movieSpread = spreadOf(movieMs);
    const javascriptSpread = spreadOf(javascriptMs);
    const ratio = movieSpread.median / javascriptSpread.median;
    return { name: benchmark.name, size: benchmark.size, movieMs: movieSpread, javascriptMs: javascriptSpread, ratio };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runNode(args: string[], name: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${name}: exit code ${status}: ${stderr.trim()}`);
  return stdout;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
