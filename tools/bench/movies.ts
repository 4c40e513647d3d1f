// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileFixture } from "../fixture-compiler/index.ts";

/** One benchmark: a movie, and the same program as JavaScript. Both print their result lines and then `ms:` and their own time. */
export interface Benchmark {
  name: string;
  size: BenchmarkSize;
  movie: Uint8Array;
  javascript: string;
  /** Lines that both must print, without the `ms:` line; null where nobody has recorded them. */
  expected: string[] | null;
}

export type BenchmarkSize = "small" | "standard" | "long";

const SUFFIX: Readonly<Record<BenchmarkSize, string>> = { small: "-small", standard: "", long: "-long" };

/** The project's own benchmarks: value of `N` by size. */
const OWN: Readonly<Record<string, Readonly<Record<BenchmarkSize, number>>>> = {
  matrix: { small: 2, standard: 400, long: 6000 },
  queue: { small: 100, standard: 300_000, long: 4_000_000 },
};

/** The benchmarks of the project (`tools/bench/programs`). */
export function ownBenchmarks(folder: string, size: BenchmarkSize): Benchmark[] {
  return Object.entries(OWN).map(([name, sizes]) => {
    const source = `var N = ${sizes[size]};\n${readFileSync(join(folder, `${name}.as`), "utf8")}`;
    return { name, size, movie: compileFixture(source, { version: 8 }), javascript: asJavaScript(source), expected: null };
  });
}

/**
 * The benchmarks of a folder with NAME.swf, NAME.expected and src/NAME.as, in which the movie begins with `var N = …`.
 * @returns none when there is no such folder
 */
export function benchmarksIn(
  folder: string,
  size: BenchmarkSize,
  numberOf: (movie: Uint8Array, name: string) => number,
): Benchmark[] {
  const sources = join(folder, "src");
  if (!existsSync(sources)) return [];
  return readdirSync(sources)
    .filter((file) => file.endsWith(".as"))
    .sort()
    .map((file) => {
      const name = file.slice(0, -3);
      const base = join(folder, name + SUFFIX[size]);
      const movie = readFileSync(`${base}.swf`);
      const source = `var N = ${numberOf(movie, name)};\n${readFileSync(join(sources, file), "utf8")}`;
      const expected = resultLines(readFileSync(`${base}.expected`, "utf8"));
      return { name, size, movie, javascript: asJavaScript(source), expected };
    });
}

/** The whole text in one function, as a fresh Node runs it. */
function asJavaScript(source: string): string {
  return `(function () { var trace = console.log, getTimer = function () { return performance.now(); };\n${source}\n})();\n`;
}

/** What a benchmark prints, without its time. */
export function resultLines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("ms:"));
}

/** The time that a benchmark says it took, in milliseconds. @throws Error when it says none */
export function ownTime(text: string): number {
  const match = /^ms:(\d+(?:\.\d+)?)/m.exec(text);
  if (match === null) throw new Error("the benchmark printed no ms: line");
  return Number(match[1]);
}
