// SPDX-License-Identifier: AGPL-3.0-or-later
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AddressSpace, createHeap } from "../../lib/index.ts";
import { MIX_IDENTITY, type ReplayResult, replayFlashLikeMix } from "./flash-like-mix.ts";

/**
 * Compares heaps with glibc's malloc on the Flash-like mix: the same operations, C compiled with -O2 here and now, rounds
 * interleaved on one machine, medians. `npm run bench:heap-c`.
 */
const ROUNDS = 7;
const HEAPS = ["o1heap:max=256M", "o1heap-chain", "segregated:max=256M", "bump:max=768M"];

function compileC(folder: string): string {
  const source = fileURLToPath(new URL("../../../tools/heap/glibc-replay.c", import.meta.url));
  const program = join(folder, "glibc-replay");
  execFileSync("cc", ["-O2", "-o", program, source]);
  return program;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function check(name: string, { allocations, frees, bytes, peak }: ReplayResult): void {
  const same =
    allocations === MIX_IDENTITY.allocations &&
    frees === MIX_IDENTITY.frees &&
    bytes === MIX_IDENTITY.bytes &&
    peak === MIX_IDENTITY.peak;
  if (!same) throw new Error(`${name} did not replay the mix: ${JSON.stringify({ allocations, frees, bytes, peak })}`);
}

/** Replays in a process of its own, so that V8 sees one kind of heap; the first replays warm the code up. */
const WARM_UPS = 2;
const ONE = "--one";

function replayInProcess(spec: string): ReplayResult {
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), ONE, spec], { encoding: "utf8" });
  return JSON.parse(output) as ReplayResult;
}

function replayHere(spec: string): ReplayResult {
  for (let i = 0; i < WARM_UPS; i++) replayFlashLikeMix(createHeap(spec, new AddressSpace()));
  return replayFlashLikeMix(createHeap(spec, new AddressSpace()));
}

function compare(): void {
  const folder = mkdtempSync(join(tmpdir(), "reswf-replay-"));
  try {
    const program = compileC(folder);
    const times = new Map<string, number[]>();
    const record = (name: string, result: ReplayResult): void => {
      check(name, result);
      times.set(name, [...(times.get(name) ?? []), result.ns]);
    };
    for (let round = 0; round < ROUNDS; round++) {
      record("glibc malloc (C, -O2)", JSON.parse(execFileSync(program, { encoding: "utf8" })) as ReplayResult);
      for (const spec of HEAPS) record(spec, replayInProcess(spec));
    }
    const reference = median(times.get("glibc malloc (C, -O2)")!);
    console.log(`Flash-like mix, 2,000,000 operations, medians of ${ROUNDS} interleaved rounds`);
    for (const [name, values] of times) {
      const ns = median(values);
      console.log(`${name.padEnd(24)} ${ns.toFixed(1).padStart(6)} ns per operation  ${(ns / reference).toFixed(2)} x glibc`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const specAt = process.argv.indexOf(ONE) + 1;
if (specAt > 0) console.log(JSON.stringify(replayHere(process.argv[specAt])));
else compare();
