// SPDX-License-Identifier: MIT

import { BlockKind, blockKindName } from "../../lib/heap/block-kind.ts";
import { FRAGMENT_MIN_BYTES, HEADER_BYTES } from "../../lib/heap/o1heap.ts";
import { ScratchError } from "../../lib/heap/scratch.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { META, REFCOUNT } from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import type { OutOfMemoryReport } from "../player/player-api.ts";
import { type Owned, takeOwned } from "./owned.ts";

/** The heap could not serve a request. Ends the run; the player can still be disposed. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
  readonly report: OutOfMemoryReport;

  constructor(report: OutOfMemoryReport) {
    super(
      `out of memory: heap ${report.heapName} could not serve ${report.requestBytes} bytes for a ${report.requestKind} block`,
    );
    this.report = report;
  }
}

/**
 * Takes a block from the heap.
 * @param bytes payload size
 * @throws OutOfMemoryError when the heap is exhausted
 */
export function allocate(vm: Machine, bytes: number, kind: BlockKind): Ptr {
  const ptr = tryAllocate(vm, bytes, kind);
  if (ptr === 0) throw outOfMemory(vm, bytes, kind);
  return ptr;
}

/**
 * `allocate` for those who have something to put in order before they throw. When the heap is full, pools, and what is dead
 * but still known to the cycle collector, give their blocks back first.
 * @returns 0 when the heap is exhausted all the same
 */
export function tryAllocate(vm: Machine, bytes: number, kind: BlockKind): Ptr {
  return vm.heap.allocate(bytes, kind) || (vm.pressure.refused() ? vm.heap.allocate(bytes, kind) : 0);
}

/**
 * Bytes of the smallest block of the default heap that has room for `bytes`: 56, 120, 248 … Who can use more than is needed now asks
 * for that.
 */
export function roomyBytes(bytes: number): number {
  let fragment = FRAGMENT_MIN_BYTES;
  while (fragment - HEADER_BYTES < bytes) fragment *= 2;
  return fragment - HEADER_BYTES;
}

/** Takes a block for a counted record: reference count 1, meta set to the kind. Other words are undefined. */
export function allocateRecord(vm: Machine, bytes: number, kind: BlockKind): Owned {
  const ptr = allocate(vm, bytes, kind);
  const word = ptr >> 2;
  vm.I32[word + REFCOUNT] = 1;
  vm.I32[word + META] = kind;
  return takeOwned(ptr);
}

/** @throws OutOfMemoryError when the heap is exhausted; the old block is then still live */
export function reallocate(vm: Machine, ptr: Ptr, bytes: number, kind: BlockKind): Ptr {
  const moved = vm.heap.reallocate(ptr, bytes);
  if (moved === 0) throw outOfMemory(vm, bytes, kind);
  return moved;
}

/** Gives a block back that was not a counted record or whose count has reached zero. */
export function freeBlock(vm: Machine, ptr: Ptr): void {
  vm.heap.free(ptr);
}

/**
 * Lends a zeroed buffer of `elements` slots to `use` and frees it however that ends. Not for values: nothing in it is counted.
 * @throws OutOfMemoryError before `use` is called when the heap can't serve it
 */
export function withScratch<T>(vm: Machine, elements: number, use: (buffer: Ptr) => T): T {
  try {
    return vm.scratchBuffers.withScratch(elements, use);
  } catch (error) {
    if (error instanceof ScratchError) throw outOfMemory(vm, elements * 8, BlockKind.Scratch);
    throw error;
  }
}

/** What is thrown when the heap has refused a request and nothing could be given back. */
export function outOfMemory(vm: Machine, bytes: number, kind: BlockKind): OutOfMemoryError {
  const totals = new Map<number, { blocks: number; bytes: number }>();
  for (const block of vm.heap.blocks()) {
    const total = totals.get(block.kind);
    if (total === undefined) totals.set(block.kind, { blocks: 1, bytes: block.sizeBytes });
    else {
      total.blocks++;
      total.bytes += block.sizeBytes;
    }
  }
  const kinds = [...totals]
    .map(([number, total]) => ({ kind: blockKindName(number), ...total }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 5);
  return new OutOfMemoryError({
    heapName: vm.heap.name,
    requestBytes: bytes,
    requestKind: blockKindName(kind),
    diagnostics: vm.heap.diagnostics(),
    kinds,
  });
}
