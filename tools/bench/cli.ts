// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Table from "cli-table3";
import { Command } from "commander";
import { inspectMovie } from "../inspect/inspect.ts";
import { type BenchmarkResult, geometricMean, measureBenchmark } from "./measure.ts";
import { type BenchmarkSize, benchmarksIn, ownBenchmarks } from "./movies.ts";

/** Package root, from dist/tools/bench/. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
/** A ratio this much above the baseline's is a regression: what single runs differ by on a busy machine. */
const TOLERANCE = 1.5;

interface Flags {
  folder: string;
  sizes: string;
  runs: string;
  only?: string;
  heap?: string;
  optimise?: string;
  json?: boolean;
  baseline?: string;
  writeBaseline?: string;
}

const program = new Command("bench")
  .description("Run benchmark movies, and the same programs as JavaScript, each in fresh processes; times are their own.")
  .option(
    "--folder <path>",
    "a folder with NAME.swf, NAME.expected and src/NAME.as besides the project's own",
    join(ROOT, "..", "shared", "bench"),
  )
  .option("--sizes <list>", "small, standard, long", "standard")
  .option("--runs <n>", "runs of each; medians count", "3")
  .option("--only <names>", "these benchmarks only, separated by commas")
  .option("--heap <spec>", "heap of the movies")
  .option("--optimise <level>", "optimisation level of the movies")
  .option("--json", "JSON instead of a table")
  .option("--baseline <file>", "compare the ratios with those of a file; exit 1 when one is worse by half")
  .option("--write-baseline <file>", "write the ratios to a file")
  .action(main);

function main(flags: Flags): void {
  const runFlags = [
    ...(flags.heap === undefined ? [] : ["--heap", flags.heap]),
    ...(flags.optimise === undefined ? [] : [`-O${flags.optimise}`]),
  ];
  const options = { runs: Number(flags.runs), flags: runFlags, program: join(ROOT, "dist", "tools", "cli", "main.js") };
  const results: BenchmarkResult[] = [];
  for (const size of flags.sizes.split(",") as BenchmarkSize[]) {
    const benchmarks = [
      ...benchmarksIn(flags.folder, size, numberInMovie),
      ...ownBenchmarks(join(ROOT, "tools", "bench", "programs"), size),
    ];
    for (const benchmark of benchmarks) {
      if (flags.only !== undefined && !flags.only.split(",").includes(benchmark.name)) continue;
      if (process.stderr.isTTY) process.stderr.write(`${benchmark.name} ${size}\r`);
      results.push(measureBenchmark(benchmark, options));
    }
  }
  process.stdout.write(flags.json === true ? `${JSON.stringify(results, null, 2)}\n` : `${tableOf(results)}\n`);
  if (flags.writeBaseline !== undefined) writeFileSync(flags.writeBaseline, `${JSON.stringify(ratiosOf(results), null, 2)}\n`);
  if (flags.baseline !== undefined && !compareWith(flags.baseline, results)) process.exitCode = 1;
}

/** The `N` that a movie begins with. */
function numberInMovie(movie: Uint8Array, name: string): number {
  const match = /Push "N"\s+\w+\s+Push (\d+)/.exec(inspectMovie(movie, { name, actions: true }));
  if (match === null) throw new Error(`${name}: no "var N" in the movie`);
  return Number(match[1]);
}

function tableOf(results: readonly BenchmarkResult[]): string {
  const table = new Table({
    head: ["benchmark", "size", "reswf ms", "JavaScript ms", "ratio"],
    colAligns: ["left", "left", "right", "right", "right"],
    style: { head: [] },
  });
  for (const { name, size, movieMs, javascriptMs, ratio } of results)
    table.push([name, size, movieMs.median.toFixed(0), javascriptMs.median.toFixed(1), ratio.toFixed(1)]);
  for (const size of new Set(results.map((result) => result.size))) {
    const ratios = results.filter((result) => result.size === size).map(({ ratio }) => ratio);
    table.push(["geometric mean", size, "", "", geometricMean(ratios).toFixed(1)]);
  }
  return table.toString();
}

function ratiosOf(results: readonly BenchmarkResult[]): Record<string, number> {
  return Object.fromEntries(results.map(({ name, size, ratio }) => [`${name} ${size}`, Math.round(ratio * 10) / 10]));
}

function compareWith(file: string, results: readonly BenchmarkResult[]): boolean {
  if (!existsSync(file)) throw new Error(`${file}: no such baseline`);
  const baseline = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
  let good = true;
  for (const [name, ratio] of Object.entries(ratiosOf(results))) {
    if (baseline[name] === undefined || ratio <= baseline[name] * TOLERANCE) continue;
    process.stderr.write(`${name}: ${ratio} times JavaScript, ${baseline[name]} in the baseline\n`);
    good = false;
  }
  return good;
}

program.parse();
