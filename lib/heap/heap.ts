// SPDX-License-Identifier: MIT
import type { Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";

/** One live block as the heap walk reports it. */
export interface HeapBlock {
  /** First byte of the payload, as `allocate` returned it. */
  ptr: Ptr;
  /** What `allocate` was told the block is. */
  kind: number;
  /** Usable payload bytes; at least what was requested. */
  sizeBytes: number;
}

/** Figures of a heap since it was made. All sizes in bytes. */
export interface HeapDiagnostics {
  /** Bytes that allocations can be served from, over all arenas. */
  capacity: number;
  /** Bytes now taken by live blocks, with their headers and rounding. */
  allocated: number;
  /** Highest value `allocated` ever had; in heaps that count by pool, the sum of the pools' own peaks, which is no less. */
  peakAllocated: number;
  /** Largest single request ever made, served or not. */
  peakRequest: number;
  /** Requests that could not be served. */
  outOfMemoryCount: number;
  /** Arenas in use, 1 for a heap that does not grow. */
  arenas: number;
}

/**
 * The whole contract between the runtime and a memory manager. Any object with these members can be the heap.
 *
 * Out-of-memory is a value here (0) and becomes a trap in the runtime. Nothing ever moves: an address stays valid
 * until it is freed, or until `reallocate` returns another one for it.
 */
export interface Heap {
  /** The name it goes by on the command line, e.g. `o1heap-chain`. */
  readonly name: string;

  /**
   * Takes a block of at least `sizeBytes`. Contents are undefined.
   * @param sizeBytes 0 or more; 0 gives a block that can be freed but not written to
   * @param kind what the block will hold
   * @returns a 16-byte aligned address, or 0 when the heap can't serve the request
   */
  allocate(sizeBytes: number, kind: BlockKind): Ptr;

  /** Gives a block back. 0 is ignored. Anything that is not a live block of this heap is undefined behaviour (see `guard`). */
  free(ptr: Ptr): void;

  /**
   * Changes a block's size, keeping the contents up to the smaller size and the kind.
   * @param ptr a live block, or 0, which allocates a block of kind `Unknown`
   * @returns the block's address, which may be another one; 0 when it can't be served, and then the old block is still live
   */
  reallocate(ptr: Ptr, sizeBytes: number): Ptr;

  /** Payload bytes that may be used, at least the size asked for. */
  usableSize(ptr: Ptr): number;

  /** Whether the address lies in one of this heap's arenas. Constant time. */
  owns(ptr: Ptr): boolean;

  /** The kind that a live block was allocated with. */
  kindOf(ptr: Ptr): number;

  diagnostics(): HeapDiagnostics;

  /**
   * Grows the heap now, so that `bytes` more can be allocated without growing, as far as rounding and fragmentation allow.
   * Left out by heaps that do not grow.
   * @returns false when it can't be had; the heap may have grown part of the way
   */
  reserve?(bytes: number): boolean;

  /** Walks all of the heap's own structures; returns what is wrong, one finding a string. Empty means sound. */
  checkInvariants(): string[];

  /** Every live block, in address order within an arena. The heap must not be changed while walking. */
  blocks(): Iterable<HeapBlock>;
}

/** Whether `bytes` more can be allocated without growing, having grown the heap for it where it does grow. */
export function reserveBytes(heap: Heap, bytes: number): boolean {
  if (heap.reserve !== undefined) return heap.reserve(bytes);
  const { capacity, allocated } = heap.diagnostics();
  return capacity - allocated >= bytes;
}
