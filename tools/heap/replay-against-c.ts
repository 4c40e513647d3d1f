// SPDX-License-Identifier: AGPL-3.0-or-later
// Compares heaps with the C library's malloc on the Flash-like mix, side by side on this machine:
//   node dist/tools/heap/replay-against-c.js [--json] [--processes N] [SPEC…]
// Processes of C and of each heap take turns, so that a change of the machine's pace meets all of them; medians are compared.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Heap } from "../../lib/heap/heap.ts";
import { createHeap } from "../../lib/index.ts";
import { AddressSpace } from "../../lib/memory/address-space.ts";
import { median } from "./statistics.ts";
import { FLASH_MIX_IDENTITY, flashMix, identityOf, releaseHeld, replay } from "./workloads.ts";

/** Nanoseconds an operation of the mix, from a prepared list and generated on the way, and a pair of 64 bytes. */
interface Timing {
  prepared: number;
  generated: number;
  pairs: number;
}

/** Rounds a process runs; the first ones compile code and touch pages, and don't count. */
const ROUNDS = 9;
const WARM_UP_ROUNDS = 4;
const OPERATIONS = 2_000_000;
const SLOTS = 40_000;
const PAIRS = 1_000_000;

/** The mix with its list generated on the way, draw for draw as `flashMix` does; inlined, as the C program's is. */
function replayGenerated(heap: Heap, held: Int32Array): void {
  let state = 0x9e3779b9 | 0;
  for (let i = 0; i < OPERATIONS; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const slot = (state >>> 0) % SLOTS;
    if (held[slot] !== 0) {
      heap.free(held[slot]);
      held[slot] = 0;
      continue;
    }
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const percentile = (state >>> 0) % 100;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const draw = state >>> 0;
    let size = 1 + (draw % 65_536);
    if (percentile < 70) size = 10 + (draw % 41);
    else if (percentile < 90) size = 32 * (1 + (draw % 16));
    else if (percentile < 99) size = 64 + (draw % 961);
    held[slot] = heap.allocate(size, 0);
  }
}

function replayPairs(heap: Heap): void {
  for (let i = 0; i < PAIRS; i++) heap.free(heap.allocate(64, 0));
}

function nanoseconds(count: number, run: () => void): number {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started) / count;
}

/** The child process: one heap, a line a round as the C program prints it. */
function measureHeap(spec: string): void {
  const heap = spec === "none" ? NO_HEAP : createHeap(spec, new AddressSpace());
  const { operations } = flashMix(OPERATIONS);
  const held = new Int32Array(SLOTS);
  for (let round = 0; round < ROUNDS; round++) {
    const prepared = nanoseconds(OPERATIONS, () => replay(heap, operations, held));
    releaseHeld(heap, held);
    const generated = nanoseconds(OPERATIONS, () => replayGenerated(heap, held));
    releaseHeld(heap, held);
    const pairs = nanoseconds(PAIRS, () => replayPairs(heap));
    console.log(`${prepared} ${generated} ${pairs}`);
  }
}

/** What the loop alone costs: hands out one address. */
const NO_HEAP = { allocate: () => 16, free: () => {} } as unknown as Heap;

function readTimings(output: string): Timing[] {
  const rounds = output.trim().split("\n").slice(WARM_UP_ROUNDS, ROUNDS);
  return rounds.map((line) => {
    const [prepared, generated, pairs] = line.split(" ").map(Number);
    return { prepared, generated, pairs };
  });
}

function runC(program: string): { timings: Timing[]; identity: string } {
  const output = execFileSync(program, [String(ROUNDS)], { encoding: "utf8" });
  return { timings: readTimings(output), identity: output.trim().split("\n")[ROUNDS] };
}

function compileC(folder: string): string {
  // From dist/tools/heap to the source, which is not compiled into dist.
  const source = fileURLToPath(new URL("../../../tools/heap/replay-malloc.c", import.meta.url));
  const program = join(folder, "replay-malloc");
  execFileSync(process.env.CC ?? "cc", ["-O2", "-o", program, source], { stdio: "inherit" });
  return program;
}

function compare(specs: readonly string[], processes: number): Map<string, Timing> {
  const folder = mkdtempSync(join(tmpdir(), "reswf-replay-"));
  const timings = new Map<string, Timing[]>([["malloc", []], ...specs.map((spec): [string, Timing[]] => [spec, []])]);
  try {
    const program = compileC(folder);
    const identity = Object.values(FLASH_MIX_IDENTITY).join(" ");
    if (Object.values(identityOf(flashMix())).join(" ") !== identity) throw new Error("the mix is not the one it should be");
    for (let i = 0; i < processes; i++) {
      const c = runC(program);
      if (c.identity !== identity) throw new Error(`the C program replayed another mix: ${c.identity}`);
      timings.get("malloc")!.push(...c.timings);
      for (const spec of specs) {
        const child = execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--child", spec], { encoding: "utf8" });
        timings.get(spec)!.push(...readTimings(child));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return new Map([...timings].map(([name, rounds]) => [name, medians(rounds)]));
}

function medians(rounds: readonly Timing[]): Timing {
  const of = (key: keyof Timing): number => median(rounds.map((round) => round[key]));
  return { prepared: of("prepared"), generated: of("generated"), pairs: of("pairs") };
}

function main(): void {
  const values = process.argv.slice(2);
  if (values[0] === "--child") {
    measureHeap(values[1]);
    return;
  }
  const at = values.indexOf("--processes");
  const processes = at < 0 ? 5 : Number(values.splice(at, 2)[1]);
  const json = values.includes("--json");
  const specs = values.filter((value) => value !== "--json");
  const result = compare(["none", ...(specs.length > 0 ? specs : DEFAULT_SPECS)], processes);
  if (json) {
    console.log(JSON.stringify(Object.fromEntries(result), null, 2));
    return;
  }
  const malloc = result.get("malloc")!;
  console.log("| | prepared list, ns/op | / malloc | generated, ns/op | / malloc | 64-byte pair, ns | / malloc |");
  console.log("|---|---|---|---|---|---|---|");
  for (const [name, timing] of result) {
    const label = name === "malloc" ? "malloc in C, -O2" : name === "none" ? "the loop alone" : `\`${name}\``;
    const cells = (["prepared", "generated", "pairs"] as const).flatMap((key) => [
      timing[key].toFixed(1),
      (timing[key] / malloc[key]).toFixed(2),
    ]);
    console.log(`| ${label} | ${cells.join(" | ")} |`);
  }
}

/** The chain with four arenas in use: the mix needs 14 MiB. */
const DEFAULT_SPECS = ["o1heap", "o1heap-chain:initial=1M", "segregated"];

main();
