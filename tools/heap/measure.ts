// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Heap } from "../../lib/heap/heap.ts";
import { createHeap } from "../../lib/heap/registry.ts";
import { AddressSpace } from "../../lib/memory/address-space.ts";
import { median } from "./statistics.ts";
import { releaseHeld, replay, type Workload } from "./workloads.ts";

/** How a heap does on a workload. */
export interface Measurement {
  heap: string;
  workload: string;
  /** Median over the rounds. */
  nsPerOperation: number;
  /** Most bytes that live blocks took, with headers and rounding. */
  peakBytes: number;
  /** Share of those that nobody had asked for. */
  internalFragmentation: number;
  /** Smallest arena that serves the whole workload; null where none up to 1 GiB does, or the heap takes no size. */
  smallestArena: number | null;
  /** Share of the smallest arena that no block took at the peak: lost between blocks. */
  externalFragmentation: number | null;
  /** Worst single operation: longest over all operations of the shortest over several replays, which leaves interruptions out. */
  worstNs: number;
  refused: number;
}

const ROUNDS = 7;
const WARM_UP_ROUNDS = 3;
const WARM_UP_OPERATIONS = 4_000_000;
const MOST_WARM_UPS = 50;
const WORST_CASE_ROUNDS = 5;

/** Measures one heap. Code compiled for another heap in the same isolate makes it slower: give each heap its own. */
export function measure(spec: string, workload: Workload, rounds = ROUNDS): Measurement {
  const memory = new AddressSpace();
  const held = new Int32Array(workload.slots);
  const times: number[] = [];
  let refused = 0;
  // Short traces run often enough for V8 to compile the heap before the rounds that count.
  const warmUps = Math.max(WARM_UP_ROUNDS, Math.min(MOST_WARM_UPS, Math.ceil(WARM_UP_OPERATIONS / workload.operations.length)));
  for (let round = 0; round < rounds + warmUps; round++) {
    const heap = recycledHeap(memory, spec);
    const started = performance.now();
    refused = replay(heap, workload.operations, held);
    times.push(performance.now() - started);
    held.fill(0);
  }
  const { peakBytes, internalFragmentation } = measureSpace(recycledHeap(memory, spec), workload);
  const smallest = refused > 0 ? null : smallestArena(spec, workload, memory);
  const shortest = shortestTimes(memory, spec, workload, Math.min(rounds, WORST_CASE_ROUNDS));
  return {
    heap: spec,
    workload: workload.name,
    nsPerOperation: (median(times.slice(warmUps)) * 1e6) / (workload.operations.length / 2),
    peakBytes,
    internalFragmentation,
    smallestArena: smallest,
    externalFragmentation: smallest === null ? null : 1 - peakBytes / smallest,
    worstNs: shortest.reduce((worst, ns) => Math.max(worst, ns), 0),
    refused,
  };
}

/** A new heap over memory whose pages earlier rounds have touched. */
function recycledHeap(memory: AddressSpace, spec: string): Heap {
  memory.recycle();
  return createHeap(spec, memory);
}

function measureSpace(heap: Heap, { operations, slots }: Workload): { peakBytes: number; internalFragmentation: number } {
  const held = new Int32Array(slots);
  const asked = new Int32Array(slots);
  const step = Math.max(2, (operations.length >> 8) & ~1);
  let askedBytes = 0;
  let atPeak = { allocated: 0, asked: 0 };
  for (let i = 0; i < operations.length; i += 2) {
    const slot = operations[i];
    const size = operations[i + 1];
    const wanted = size >= 0 ? size : size === -1 ? 0 : -2 - size;
    askedBytes += wanted - asked[slot];
    asked[slot] = wanted;
    replay(heap, operations.subarray(i, i + 2), held);
    if (i % step !== 0) continue;
    const { allocated } = heap.diagnostics();
    if (allocated > atPeak.allocated) atPeak = { allocated, asked: askedBytes };
  }
  const peakBytes = heap.diagnostics().peakAllocated;
  const share = atPeak.allocated === 0 ? 0 : 1 - atPeak.asked / atPeak.allocated;
  return { peakBytes, internalFragmentation: Math.max(0, share) };
}

const ARENA_STEP = 65_536;

/**
 * The smallest arena, in steps of 64 KiB, in which a heap serves a whole workload; for the chain, the smallest first
 * arena that it does not expand.
 * @returns null when the heap takes no size, or 1 GiB is not enough
 */
export function smallestArena(spec: string, workload: Workload, memory: AddressSpace): number | null {
  const [name, options] = spec.split(":");
  if (name.includes("+") || name === "o1heap-reserve") return null;
  const others = (options ?? "").split(",").filter((option) => option !== "" && !/^(max|initial|growth)=/.test(option));
  const serves = (bytes: number): boolean => {
    const sized = name === "o1heap-chain" ? [`initial=${bytes}`, `max=${bytes}`] : [`max=${bytes}`];
    const heap = recycledHeap(memory, `${name}:${[...sized, ...others].join(",")}`);
    return replay(heap, workload.operations, new Int32Array(workload.slots)) === 0;
  };
  let high = ARENA_STEP;
  while (!serves(high)) {
    high *= 2;
    if (high > memory.sizeBytes * 0.8) return null;
  }
  let low = high >> 1;
  while (high - low > ARENA_STEP) {
    const middle = Math.round((low + high) / 2 / ARENA_STEP) * ARENA_STEP;
    if (serves(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The shortest time that each operation took over several replays of the same workload from the same start. What the host
 * does in between hits different operations each time; what the heap does hits the same one.
 */
export function shortestTimes(memory: AddressSpace, spec: string, workload: Workload, rounds: number): Float64Array {
  const { operations } = workload;
  const shortest = new Float64Array(operations.length / 2).fill(Number.POSITIVE_INFINITY);
  const held = new Int32Array(workload.slots);
  for (let round = 0; round < rounds; round++) {
    const heap = recycledHeap(memory, spec);
    for (let i = 0; i < shortest.length; i++) {
      const slot = operations[2 * i];
      const size = operations[2 * i + 1];
      const ptr = held[slot];
      const started = performance.now();
      const after = size >= 0 ? heap.allocate(size, 0) : size === -1 ? heap.free(ptr) : heap.reallocate(ptr, -2 - size);
      const elapsed = performance.now() - started;
      held[slot] = after ?? 0;
      if (elapsed < shortest[i]) shortest[i] = elapsed;
    }
    releaseHeld(heap, held);
  }
  return shortest.map((milliseconds) => milliseconds * 1e6);
}
