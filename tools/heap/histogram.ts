// SPDX-License-Identifier: AGPL-3.0-or-later
import { AddressSpace } from "../../lib/index.ts";
import { shortestTimes } from "./measure.ts";
import { flashMix } from "./workloads.ts";

/**
 * `npm run bench:heap-histogram`: how long single operations take, over 10,000,000 of the Flash-like mix, on `o1heap` and on `system`.
 * Each operation is timed in several runs of the same sequence and its shortest time counts, which leaves interruptions out;
 * reading the clock is part of every time.
 */
const OPERATIONS = 10_000_000;
const RUNS = 3;
const HEAPS = ["o1heap:max=256M", "system:max=256M"];
/** Upper ends of the classes in nanoseconds. */
const LIMITS = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, Number.POSITIVE_INFINITY];

const memory = new AddressSpace();
const workload = flashMix(OPERATIONS);
const columns = HEAPS.map((spec) => {
  const times = shortestTimes(memory, spec, workload, RUNS);
  const counts = LIMITS.map(() => 0);
  let worst = 0;
  for (const ns of times) {
    counts[LIMITS.findIndex((limit) => ns <= limit)]++;
    worst = Math.max(worst, ns);
  }
  return { spec, counts, worst };
});

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |\n`;
process.stdout.write(row(["one operation took", ...HEAPS.map((spec) => `\`${spec}\``)]));
process.stdout.write(row(["---", ...HEAPS.map(() => "---")]));
LIMITS.forEach((limit, i) => {
  const label = Number.isFinite(limit) ? `up to ${limit} ns` : "longer";
  if (columns.some(({ counts }) => counts[i] > 0)) process.stdout.write(row([label, ...columns.map(({ counts }) => counts[i])]));
});
process.stdout.write(row(["longest", ...columns.map(({ worst }) => `${worst.toFixed(0)} ns`)]));
