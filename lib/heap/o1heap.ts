// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { reallocateByCopy } from "./reallocate.ts";

/**
 * A port of o1heap by Pavel Kirienko: constant-time allocation and deallocation with bounded fragmentation.
 *
 * The arena is divided into fragments whose sizes are powers of two times `FRAGMENT_MIN`; free fragments of one size class
 * are in a bin, a doubly linked list; a bit mask says which bins are not empty.
 *
 *   fragment   word 0  next fragment in address order (0: last)
 *              word 1  previous fragment in address order (0: first)
 *              word 2  size in bytes, header included
 *              word 3  0 when free, else kind + 1
 *   free only  word 4  next in its bin, word 5 previous in its bin
 */
const HEADER_BYTES = 16;
const NEXT = 0;
const PREVIOUS = 1;
const SIZE = 2;
const USED = 3;
const NEXT_FREE = 4;
const PREVIOUS_FREE = 5;
const FRAGMENT_MIN = 32;
const FRAGMENT_MIN_BITS = 5;
const BIN_COUNT = 27;
/** The bins, rounded up to a cache line. */
const BINS_BYTES = 128;
/** Largest request: past it the rounded size would leave the int32 range. */
const MAX_REQUEST = 0x40000000 - HEADER_BYTES;

export class O1Heap implements Heap {
  readonly name: string = "o1heap";
  private readonly I32: Int32Array;
  private readonly U8: Uint8Array;
  /** First address of the arena, and one past its last. */
  readonly start: number;
  readonly end: number;
  /** Word index of the bins, which stand before the first fragment: the free fragment at the head of each, 0 for none. */
  private readonly bins: number;
  /** Bit n: bin n is not empty. */
  private nonEmptyBins = 0;
  private allocated = 0;
  private peakAllocated = 0;
  private peakRequest = 0;
  private outOfMemoryCount = 0;

  /**
   * Takes an arena of at least 4 KiB from the address space.
   * @throws RangeError when the address space has no room for it
   */
  constructor(memory: AddressSpace, arenaBytes: number) {
    this.I32 = memory.I32;
    this.U8 = memory.U8;
    const bytes = Math.max(4096, Math.floor(arenaBytes / FRAGMENT_MIN) * FRAGMENT_MIN);
    const base = memory.carve(bytes + BINS_BYTES);
    if (base === 0) throw new RangeError(`o1heap: no room for an arena of ${bytes} bytes`);
    this.bins = base >> 2;
    this.I32.fill(0, this.bins, this.bins + BIN_COUNT);
    this.start = base + BINS_BYTES;
    this.end = this.start + bytes;
    const word = this.start >> 2;
    this.I32[word + NEXT] = 0;
    this.I32[word + PREVIOUS] = 0;
    this.I32[word + SIZE] = bytes;
    this.I32[word + USED] = 0;
    this.rebin(this.start, bytes);
  }

  /** Bytes that the largest request now possible may have: a request fits when its rounded size does. */
  get largestPossibleAllocation(): number {
    if (this.nonEmptyBins === 0) return 0;
    return (FRAGMENT_MIN << (31 - Math.clz32(this.nonEmptyBins))) - HEADER_BYTES;
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    if (sizeBytes > this.peakRequest) this.peakRequest = sizeBytes;
    if (sizeBytes > MAX_REQUEST) {
      this.outOfMemoryCount++;
      return 0;
    }
    // Round up to the next power of two; the bin index is the logarithm over the smallest fragment.
    const needed = sizeBytes + HEADER_BYTES;
    const optimal = needed <= FRAGMENT_MIN ? 0 : 32 - FRAGMENT_MIN_BITS - Math.clz32(needed - 1);
    const candidates = this.nonEmptyBins & (-1 << optimal);
    if (candidates === 0) {
      this.outOfMemoryCount++;
      return 0;
    }
    const I32 = this.I32;
    const bin = 31 - Math.clz32(candidates & -candidates);
    const fragment = I32[this.bins + bin];
    const word = fragment >> 2;
    const size = FRAGMENT_MIN << optimal;
    const next = I32[word + NEXT_FREE];
    I32[this.bins + bin] = next;
    if (next !== 0) I32[(next >> 2) + PREVIOUS_FREE] = 0;
    else this.nonEmptyBins &= ~(1 << bin);
    const leftover = I32[word + SIZE] - size;
    if (leftover >= FRAGMENT_MIN) {
      const rest = fragment + size;
      const restWord = rest >> 2;
      const after = I32[word + NEXT];
      I32[word + SIZE] = size;
      I32[word + NEXT] = rest;
      I32[restWord + NEXT] = after;
      I32[restWord + PREVIOUS] = fragment;
      I32[restWord + SIZE] = leftover;
      I32[restWord + USED] = 0;
      if (after !== 0) I32[(after >> 2) + PREVIOUS] = rest;
      this.rebin(rest, leftover);
    }
    I32[word + USED] = kind + 1;
    const allocated = this.allocated + I32[word + SIZE];
    this.allocated = allocated;
    if (allocated > this.peakAllocated) this.peakAllocated = allocated;
    return fragment + HEADER_BYTES;
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const I32 = this.I32;
    let fragment = ptr - HEADER_BYTES;
    let word = fragment >> 2;
    let size = I32[word + SIZE];
    this.allocated -= size;
    I32[word + USED] = 0;
    const previous = I32[word + PREVIOUS];
    let next = I32[word + NEXT];
    const joinsNext = next !== 0 && I32[(next >> 2) + USED] === 0;
    if (previous !== 0 && I32[(previous >> 2) + USED] === 0) {
      this.unbin(previous);
      fragment = previous;
      word = previous >> 2;
      size += I32[word + SIZE];
    }
    if (joinsNext) {
      this.unbin(next);
      size += I32[(next >> 2) + SIZE];
      next = I32[(next >> 2) + NEXT];
    }
    I32[word + SIZE] = size;
    I32[word + NEXT] = next;
    if (next !== 0) I32[(next >> 2) + PREVIOUS] = fragment;
    this.rebin(fragment, size);
  }

  /** Puts a free fragment at the head of the bin for its size, rounded down. */
  private rebin(fragment: number, size: number): void {
    const I32 = this.I32;
    const bin = 31 - FRAGMENT_MIN_BITS - Math.clz32(size);
    const head = I32[this.bins + bin];
    const word = fragment >> 2;
    I32[word + NEXT_FREE] = head;
    I32[word + PREVIOUS_FREE] = 0;
    if (head !== 0) I32[(head >> 2) + PREVIOUS_FREE] = fragment;
    I32[this.bins + bin] = fragment;
    this.nonEmptyBins |= 1 << bin;
  }

  private unbin(fragment: number): void {
    const I32 = this.I32;
    const word = fragment >> 2;
    const next = I32[word + NEXT_FREE];
    const previous = I32[word + PREVIOUS_FREE];
    if (next !== 0) I32[(next >> 2) + PREVIOUS_FREE] = previous;
    if (previous !== 0) {
      I32[(previous >> 2) + NEXT_FREE] = next;
      return;
    }
    const bin = 31 - FRAGMENT_MIN_BITS - Math.clz32(I32[word + SIZE]);
    I32[this.bins + bin] = next;
    if (next === 0) this.nonEmptyBins &= ~(1 << bin);
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return reallocateByCopy(this, this.U8, ptr, sizeBytes);
  }

  usableSize(ptr: Ptr): number {
    return this.I32[((ptr - HEADER_BYTES) >> 2) + SIZE] - HEADER_BYTES;
  }

  owns(ptr: Ptr): boolean {
    return ptr >= this.start && ptr < this.end;
  }

  kindOf(ptr: Ptr): number {
    return this.I32[((ptr - HEADER_BYTES) >> 2) + USED] - 1;
  }

  diagnostics(): HeapDiagnostics {
    return {
      capacity: this.end - this.start,
      allocated: this.allocated,
      peakAllocated: this.peakAllocated,
      peakRequest: this.peakRequest,
      outOfMemoryCount: this.outOfMemoryCount,
      arenas: 1,
    };
  }

  checkInvariants(): string[] {
    const I32 = this.I32;
    const findings: string[] = [];
    let used = 0;
    let freeCount = 0;
    let previous = 0;
    for (let at = this.start; at !== 0; at = I32[(at >> 2) + NEXT]) {
      const word = at >> 2;
      const size = I32[word + SIZE];
      if (size < FRAGMENT_MIN || size % FRAGMENT_MIN !== 0) {
        findings.push(`o1heap: fragment at ${at} has size ${size}`);
        return findings;
      }
      if (I32[word + PREVIOUS] !== previous)
        findings.push(`o1heap: fragment at ${at} names ${I32[word + PREVIOUS]} as its predecessor, not ${previous}`);
      const next = I32[word + NEXT];
      if (next !== 0 ? next !== at + size : at + size !== this.end) {
        findings.push(`o1heap: fragment at ${at} of ${size} bytes is followed by ${next}`);
        return findings;
      }
      if (I32[word + USED] !== 0) used += size;
      else {
        freeCount++;
        if (previous !== 0 && I32[(previous >> 2) + USED] === 0)
          findings.push(`o1heap: free fragments at ${previous} and ${at} are not joined`);
      }
      previous = at;
    }
    if (used !== this.allocated) findings.push(`o1heap: ${used} bytes are in use, ${this.allocated} are counted`);
    for (let bin = 0; bin < BIN_COUNT; bin++) freeCount -= this.checkBin(bin, findings);
    if (freeCount !== 0) findings.push(`o1heap: ${freeCount} free fragments are in no bin`);
    return findings;
  }

  private checkBin(bin: number, findings: string[]): number {
    const I32 = this.I32;
    let count = 0;
    let previous = 0;
    for (let at = I32[this.bins + bin]; at !== 0; at = I32[(at >> 2) + NEXT_FREE]) {
      count++;
      if (I32[(at >> 2) + USED] !== 0) findings.push(`o1heap: fragment at ${at} is in bin ${bin} and in use`);
      if (I32[(at >> 2) + PREVIOUS_FREE] !== previous) findings.push(`o1heap: bin ${bin} is not linked back at ${at}`);
      if (31 - FRAGMENT_MIN_BITS - Math.clz32(I32[(at >> 2) + SIZE]) !== bin)
        findings.push(`o1heap: fragment at ${at} is in bin ${bin}`);
      previous = at;
    }
    if (count > 0 !== ((this.nonEmptyBins >>> bin) & 1) > 0) findings.push(`o1heap: the mask is wrong for bin ${bin}`);
    return count;
  }

  *blocks(): Iterable<HeapBlock> {
    const I32 = this.I32;
    for (let at = this.start; at !== 0; at = I32[(at >> 2) + NEXT]) {
      const word = at >> 2;
      if (I32[word + USED] !== 0)
        yield { ptr: at + HEADER_BYTES, kind: I32[word + USED] - 1, sizeBytes: I32[word + SIZE] - HEADER_BYTES };
    }
  }
}
