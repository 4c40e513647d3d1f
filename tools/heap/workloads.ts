// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Heap } from "../../lib/heap/heap.ts";

/** A fixed sequence of allocations and frees, the same for every heap. */
export interface Workload {
  name: string;
  /** One line on what it stands for. */
  purpose: string;
  /**
   * Two words an operation: a slot, then the bytes to allocate into it, or -1 to free what is in it, or -2 - n to give what is
   * in it n bytes.
   */
  operations: Int32Array;
  slots: number;
}

/** What a workload amounts to; two programs that replay the same one find the same figures. */
export interface WorkloadIdentity {
  allocations: number;
  frees: number;
  /** Sum of all requests. */
  bytes: number;
  /** Most blocks alive at once. */
  mostLive: number;
}

/** Marsaglia's xorshift32 with shifts 13, 17, 5: unsigned numbers, never 0. */
export function xorshift32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const SEED = 0x9e3779b9;

/** Sizes as a Flash movie asks for them: mostly small, some medium, a few up to 64 KiB. */
function flashSize(random: () => number): number {
  const percentile = random() % 100;
  const draw = random();
  if (percentile < 70) return 10 + (draw % 41);
  if (percentile < 90) return 32 * (1 + (draw % 16));
  if (percentile < 99) return 64 + (draw % 961);
  return 1 + (draw % 65_536);
}

/** Frees the slot drawn when it is occupied, else allocates into it. */
function randomSlots(count: number, slots: number, sizeOf: (random: () => number) => number): Int32Array {
  const random = xorshift32(SEED);
  const operations = new Int32Array(2 * count);
  const occupied = new Uint8Array(slots);
  for (let i = 0; i < operations.length; i += 2) {
    const slot = random() % slots;
    operations[i] = slot;
    operations[i + 1] = occupied[slot] ? -1 : sizeOf(random);
    occupied[slot] ^= 1;
  }
  return operations;
}

function pairs(count: number, sizeBytes: number): Int32Array {
  const operations = new Int32Array(2 * count);
  for (let i = 1; i < operations.length; i += 2) operations[i] = i & 2 ? -1 : sizeBytes;
  return operations;
}

/** The synthetic workloads. `scale` 1 is the size that docs/heap-measurements.md quotes: 2,000,000 operations each. */
export function syntheticWorkloads(scale = 1): Workload[] {
  const count = Math.max(1000, Math.round(2_000_000 * scale)) & ~1;
  return [
    { name: "pairs", purpose: "64 bytes allocated and freed at once, last in first out", operations: pairs(count, 64), slots: 1 },
    {
      name: "small",
      purpose: "8 to 64 bytes, 10,000 slots: variables and short strings",
      operations: randomSlots(count, 10_000, (random) => 8 + (random() % 57)),
      slots: 10_000,
    },
    {
      name: "mixed",
      purpose: "16 bytes to 16 KiB, every power of two as likely, 4,000 slots",
      operations: randomSlots(count, 4_000, (random) => (16 << (random() % 11)) + (random() % 16)),
      slots: 4_000,
    },
    flashMix(count),
  ];
}

/** The Flash-like mix, whose identity over 2,000,000 operations is `FLASH_MIX_IDENTITY`. */
export function flashMix(count = 2_000_000): Workload {
  return {
    name: "flash-mix",
    purpose: "the sizes a Flash movie asks for, 40,000 slots freed in any order",
    operations: randomSlots(count, 40_000, flashSize),
    slots: 40_000,
  };
}

export const FLASH_MIX_IDENTITY: WorkloadIdentity = {
  allocations: 1_009_989,
  frees: 990_011,
  bytes: 455_868_764,
  mostLive: 20_300,
};

/** Counts what a workload amounts to; a reallocation counts as an allocation and a free. */
export function identityOf({ operations, slots }: Workload): WorkloadIdentity {
  const identity = { allocations: 0, frees: 0, bytes: 0, mostLive: 0 };
  const occupied = new Uint8Array(slots);
  for (let i = 0; i < operations.length; i += 2) {
    const size = operations[i + 1];
    if (size !== -1) {
      identity.allocations++;
      identity.bytes += size >= 0 ? size : -2 - size;
    }
    identity.frees += occupied[operations[i]];
    occupied[operations[i]] = size === -1 ? 0 : 1;
    identity.mostLive = Math.max(identity.mostLive, identity.allocations - identity.frees);
  }
  return identity;
}

/** Kind that replays give their blocks. */
const KIND: BlockKind = 0;

/**
 * Runs a workload on a heap. `held` holds each slot's address and must be at least as long as the workload has slots.
 * @returns requests that the heap could not serve
 */
export function replay(heap: Heap, operations: Int32Array, held: Int32Array): number {
  let refused = 0;
  for (let i = 0; i < operations.length; i += 2) {
    const slot = operations[i];
    const size = operations[i + 1];
    if (size === -1) {
      heap.free(held[slot]);
      held[slot] = 0;
      continue;
    }
    const ptr = size >= 0 ? heap.allocate(size, KIND) : heap.reallocate(held[slot], -2 - size);
    if (ptr !== 0) held[slot] = ptr;
    else refused++;
  }
  return refused;
}

/** Frees what a replay has left, so that it can be run again. */
export function releaseHeld(heap: Heap, held: Int32Array): void {
  for (let slot = 0; slot < held.length; slot++) {
    heap.free(held[slot]);
    held[slot] = 0;
  }
}
