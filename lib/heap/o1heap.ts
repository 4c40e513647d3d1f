// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import { checkFragments, type FragmentArena, type FragmentLinks } from "./fragment-check.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { reallocateByCopy } from "./reallocate.ts";

/**
 * A port of o1heap by Pavel Kirienko: constant-time allocation and deallocation with bounded fragmentation.
 *
 * The arena is cut into fragments, multiples of 64 bytes; a used fragment is a power of two. Each free fragment stands in
 * the bin of the largest power of two that fits in it, and a bit mask says which bins are not empty. All links are word
 * indexes (byte address / 4). PREVIOUS is an even one, whose low bit is 1 where the previous fragment is free:
 *
 *             ┌─────────────────────────────────────────┬──────────┬──────────────────────────────────
 *   used      │ NEXT_IS_FREE (a byte) │ BIN │ KIND │ –  │ PREVIOUS │ payload …
 *   free      │ NEXT                                    │ PREVIOUS │ NEXT_FREE │ PREVIOUS_FREE │ …
 *             └─────────────────────────────────────────┴──────────┴──────────────────────────────────
 *   arena     bin heads │ front fence │ fragments … │ end fence
 *
 * Headers are the last 8 bytes of a cache line, so that payloads begin with one: a record of up to 56 bytes lies in one line.
 *
 * One o1heap may have many arenas (`O1HeapChain`): their fragments stand in the same bins, those of the first arena, and
 * fences keep fragments of two arenas from being joined, so that neither `allocate` nor `free` knows of arenas at all.
 *
 * What differs from the C original is for speed (docs/heap-measurements.md):
 * - A used fragment's size is a power of two, so that its bin says where the next one begins, and leaves room for the kind:
 *   headers take 8 bytes instead of 16.
 * - Whether a neighbour is free is noted on this side of the border, so that `free` need not read the cache lines of
 *   neighbours that it can't join; keeping the notes takes only writes, which do not wait.
 * - Bins are rings through their head, and fences bound the arena: no link is ever null, and no branch asks.
 * - A block is cut off the end of a free fragment, which often stays in its bin, then and when the block is freed.
 */
const PREVIOUS = 1;
const NEXT_FREE = 2;
const PREVIOUS_FREE = 3;
/** Bytes of a used fragment's first word: 1 where the next fragment is free, the bin for its size, the block's kind. */
const BIN_BYTE = 1;
const BIN_SHIFT = 8;
const KIND_BYTE = 2;
const KIND_SHIFT = 16;

const HEADER_WORDS = 2;
/** Bytes of a fragment before its payload. */
export const HEADER_BYTES = 8;
/** Smallest fragment: bin 0. */
const FRAGMENT_MIN_WORDS = 16;
export const FRAGMENT_MIN_BYTES = 64;
/** Leading zeros of a size in words, less the bin of that size. */
const BIN_OF_WORDS = 27;
/** Fragments are smaller than 2 GiB, so that 25 bins hold all; a bin's ring takes two words, found at NEXT_FREE from its index. */
const BIN_COUNT = 25;
/** Words before the first fragment: bins and front fence. */
const FRONT_WORDS = 62;
/** Largest request: its fragment is 1 GiB. */
const MAX_REQUEST = 0x40000000 - HEADER_BYTES;
const MIN_ARENA_BYTES = 2048;

export class O1Heap implements Heap {
  readonly name: string = "o1heap";
  private readonly I32: Int32Array;
  private readonly U8: Uint8Array;
  protected readonly memory: AddressSpace;
  /** Oldest first. */
  protected readonly arenas: FragmentArena[] = [];
  /** Word index of bin 0's head, in the first arena. */
  private readonly bins: number;
  /** Bit n: bin n is not empty. */
  private nonEmptyBins = 0;
  /** In words, as every size inside. */
  private allocated = 0;
  private peakAllocated = 0;
  private peakRequest = 0;
  /** Requests up to this size need no second look: the peak so far, but not past the largest that can be served. */
  private admitted = 0;
  private outOfMemoryCount = 0;

  /**
   * Takes an arena from the address space.
   * @param arenaBytes rounded down to a multiple of 64, at least 2 KiB; less when the address space has less left
   * @throws RangeError when the address space has no room for the smallest arena
   */
  constructor(memory: AddressSpace, arenaBytes: number) {
    this.memory = memory;
    this.I32 = memory.I32;
    this.U8 = memory.U8;
    const start = this.carveArena(Math.max(MIN_ARENA_BYTES, Math.min(arenaBytes, memory.remainingBytes - 64)));
    if (start === 0) throw new RangeError(`o1heap: no room for an arena of ${arenaBytes} bytes`);
    this.bins = start >> 2;
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      const head = this.bins + 2 * bin;
      this.I32[head + NEXT_FREE] = head;
      this.I32[head + PREVIOUS_FREE] = head;
    }
    this.openArena();
  }

  /** Bytes of an arena that no block can have: what is before the first fragment, and the end fence. A multiple of 64, as arenas are. */
  protected static readonly ARENA_OVERHEAD_BYTES = FRONT_WORDS * 4 + HEADER_BYTES;

  /** Takes an arena from the address space and sets its fences. @returns its address, 0 when there is no room */
  protected carveArena(arenaBytes: number): Ptr {
    const bytes = Math.floor(arenaBytes / 64) * 64;
    const start = this.memory.carve(bytes);
    if (start === 0) return 0;
    const capacity = bytes - O1Heap.ARENA_OVERHEAD_BYTES;
    const first = (start >> 2) + FRONT_WORDS;
    const frontFence = first - HEADER_WORDS;
    const endFence = first + (capacity >> 2);
    const I32 = this.I32;
    I32[frontFence] = 1;
    I32[first] = endFence;
    I32[first + PREVIOUS] = frontFence;
    I32[endFence + PREVIOUS] = first | 1;
    this.arenas.push({ start, end: start + bytes, capacity, frontFence, first, endFence });
    return start;
  }

  /** Lets allocations be served from the arena carved last. */
  protected openArena(): void {
    const { first, endFence } = this.arenas[this.arenas.length - 1];
    this.rebin(first, endFence);
  }

  /** Bytes of the largest request that would now be served; 0 when none would. */
  get largestPossibleAllocation(): number {
    if (this.nonEmptyBins === 0) return 0;
    return (FRAGMENT_MIN_BYTES << (31 - Math.clz32(this.nonEmptyBins))) - HEADER_BYTES;
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    if (sizeBytes > this.admitted && !this.admits(sizeBytes)) return 0;
    // The first bin whose fragments all fit holds those of the next power of two; the lowest set bit at or above it serves.
    const smallestBin = binFor(sizeBytes);
    const candidates = this.nonEmptyBins & (-1 << smallestBin);
    if (candidates === 0) return this.exhausted(sizeBytes, kind);
    const bin = 31 - Math.clz32(candidates & -candidates);
    const I32 = this.I32;
    const head = this.bins + bin + bin;
    const found = I32[head + NEXT_FREE];
    const next = I32[found];
    const fragment = next - (FRAGMENT_MIN_WORDS << smallestBin);
    if (fragment > found) {
      I32[found] = fragment;
      I32[fragment + PREVIOUS] = found | 1;
      I32[next + PREVIOUS] = fragment;
      if (fragment - found < FRAGMENT_MIN_WORDS << bin) {
        this.pop(head, found, bin);
        this.rebin(found, fragment);
      }
    } else {
      this.pop(head, found, bin);
      this.U8[I32[fragment + PREVIOUS] << 2] = 0;
      I32[next + PREVIOUS] = fragment;
    }
    I32[fragment] = (smallestBin << BIN_SHIFT) | (kind << KIND_SHIFT);
    if ((this.allocated += FRAGMENT_MIN_WORDS << smallestBin) > this.peakAllocated) this.peakAllocated = this.allocated;
    return (fragment << 2) + HEADER_BYTES;
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const { I32, U8 } = this;
    let fragment = (ptr >> 2) - HEADER_WORDS;
    const header = ptr - HEADER_BYTES;
    // Bytes, as neighbours write: reading all of a word of which a part has just been written waits for the write.
    const size = FRAGMENT_MIN_WORDS << U8[header + BIN_BYTE];
    const previous = I32[fragment + PREVIOUS];
    let next = fragment + size;
    this.allocated -= size;
    if (U8[header] !== 0) {
      const joined = next;
      next = I32[joined];
      this.unbin(joined, next);
    }
    if (previous & 1) {
      const joined = previous ^ 1;
      I32[joined] = next;
      I32[next + PREVIOUS] = previous;
      if (Math.clz32(fragment - joined) === Math.clz32(next - joined)) return;
      this.unbin(joined, fragment);
      fragment = joined;
    } else {
      U8[previous << 2] = 1;
      I32[fragment] = next;
      I32[next + PREVIOUS] = fragment | 1;
    }
    this.rebin(fragment, next);
  }

  /** Puts a free fragment at the head of the ring for its size, rounded down. */
  private rebin(fragment: number, end: number): void {
    const I32 = this.I32;
    const bin = BIN_OF_WORDS - Math.clz32(end - fragment);
    const head = this.bins + bin + bin;
    const nextFree = I32[head + NEXT_FREE];
    I32[fragment + NEXT_FREE] = nextFree;
    I32[fragment + PREVIOUS_FREE] = head;
    I32[nextFree + PREVIOUS_FREE] = fragment;
    I32[head + NEXT_FREE] = fragment;
    this.nonEmptyBins |= 1 << bin;
  }

  /** Takes a ring's first fragment out of it. */
  private pop(head: number, fragment: number, bin: number): void {
    const I32 = this.I32;
    const nextFree = I32[fragment + NEXT_FREE];
    I32[head + NEXT_FREE] = nextFree;
    I32[nextFree + PREVIOUS_FREE] = head;
    if (nextFree === head) this.nonEmptyBins ^= 1 << bin;
  }

  /** Takes a free fragment that stands in the ring for its end out of it. */
  private unbin(fragment: number, end: number): void {
    const I32 = this.I32;
    const nextFree = I32[fragment + NEXT_FREE];
    const previousFree = I32[fragment + PREVIOUS_FREE];
    I32[nextFree + PREVIOUS_FREE] = previousFree;
    I32[previousFree + NEXT_FREE] = nextFree;
    if (nextFree === previousFree) this.nonEmptyBins ^= 1 << (BIN_OF_WORDS - Math.clz32(end - fragment));
  }

  /** No free fragment is large enough: what `allocate` returns then. */
  protected exhausted(_sizeBytes: number, _kind: BlockKind): Ptr {
    this.outOfMemoryCount++;
    return 0;
  }

  /** A request larger than all before it. */
  private admits(sizeBytes: number): boolean {
    this.peakRequest = Math.max(this.peakRequest, sizeBytes);
    this.admitted = Math.min(this.peakRequest, MAX_REQUEST);
    if (sizeBytes <= MAX_REQUEST) return true;
    this.outOfMemoryCount++;
    return false;
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    if (ptr !== 0 && this.resize(ptr, sizeBytes)) return ptr;
    return reallocateByCopy(this, this.memory.U8, ptr, sizeBytes);
  }

  /**
   * Changes a block's size where it is: always when it shrinks, and when it grows into a free fragment that follows.
   * @returns false when it can't be done without moving; nothing has changed then
   */
  resize(ptr: Ptr, sizeBytes: number): boolean {
    if (sizeBytes > MAX_REQUEST) return false;
    const { I32, U8 } = this;
    const fragment = (ptr >> 2) - HEADER_WORDS;
    const header = ptr - HEADER_BYTES;
    const size = FRAGMENT_MIN_WORDS << U8[header + BIN_BYTE];
    const wantedBin = binFor(sizeBytes);
    const wanted = FRAGMENT_MIN_WORDS << wantedBin;
    if (wanted === size) return true;
    const next = fragment + size;
    const isNextFree = U8[header] !== 0;
    if (wanted > size && (!isNextFree || I32[next] - fragment < wanted)) return false;
    let limit = next;
    if (isNextFree) {
      limit = I32[next];
      this.unbin(next, limit);
    }
    const end = fragment + wanted;
    U8[header + BIN_BYTE] = wantedBin;
    if (end < limit) {
      U8[header] = 1;
      I32[end] = limit;
      I32[end + PREVIOUS] = fragment;
      I32[limit + PREVIOUS] = end | 1;
      this.rebin(end, limit);
    } else {
      U8[header] = 0;
      I32[limit + PREVIOUS] = fragment;
    }
    if ((this.allocated += wanted - size) > this.peakAllocated) this.peakAllocated = this.allocated;
    if (sizeBytes > this.admitted) this.admits(sizeBytes);
    return true;
  }

  usableSize(ptr: Ptr): number {
    return (FRAGMENT_MIN_BYTES << this.U8[ptr - HEADER_BYTES + BIN_BYTE]) - HEADER_BYTES;
  }

  /** The first arena's addresses. */
  get range(): { start: Ptr; end: Ptr } {
    return this.arenas[0];
  }

  owns(ptr: Ptr): boolean {
    const { start, end } = this.arenas[0];
    return ptr >= start && ptr < end;
  }

  kindOf(ptr: Ptr): number {
    return this.U8[ptr - HEADER_BYTES + KIND_BYTE];
  }

  diagnostics(): HeapDiagnostics {
    return {
      capacity: this.capacity,
      allocated: this.allocated * 4,
      peakAllocated: this.peakAllocated * 4,
      peakRequest: this.peakRequest,
      outOfMemoryCount: this.outOfMemoryCount,
      arenas: this.arenas.length,
    };
  }

  /** Bytes that fragments fill, over all arenas. */
  protected get capacity(): number {
    return this.arenas.reduce((sum, arena) => sum + arena.capacity, 0);
  }

  checkInvariants(): string[] {
    return checkFragments(this.I32, this.arenas, {
      name: this.name,
      allocated: this.allocated,
      quantum: FRAGMENT_MIN_WORDS,
      powersOfTwo: true,
      links: this.links,
      bins: this.bins,
      binCount: BIN_COUNT,
      binOf: (size) => BIN_OF_WORDS - Math.clz32(size),
      saysFilled: (bin) => ((this.nonEmptyBins >>> bin) & 1) === 1,
    });
  }

  *blocks(): Iterable<HeapBlock> {
    for (const arena of this.arenas) yield* this.blocksOf(arena);
  }

  /** The live blocks of one arena, in address order. */
  protected *blocksOf({ frontFence, first, endFence }: FragmentArena): Iterable<HeapBlock> {
    const { links } = this;
    let isFree = links.isNextFree(frontFence, false);
    for (let fragment = first; fragment !== endFence; ) {
      const next = links.nextOf(fragment, isFree);
      const isNextFree = links.isNextFree(fragment, isFree);
      if (!isFree) {
        const ptr = (fragment << 2) + HEADER_BYTES;
        yield { ptr, kind: this.kindOf(ptr), sizeBytes: ((next - fragment) << 2) - HEADER_BYTES };
      }
      fragment = next;
      isFree = isNextFree;
    }
  }

  /** How to get from one fragment to the next. */
  private get links(): FragmentLinks {
    const { I32, U8 } = this;
    return {
      nextOf: (fragment, isFree) => (isFree ? I32[fragment] : fragment + (FRAGMENT_MIN_WORDS << U8[(fragment << 2) + BIN_BYTE])),
      isNextFree: (fragment, isFree) => !isFree && U8[fragment << 2] !== 0,
      nextFree: NEXT_FREE,
      previousFree: PREVIOUS_FREE,
    };
  }
}

/** The bin of fragments that serve a request. */
function binFor(sizeBytes: number): number {
  return 26 - Math.clz32((sizeBytes + HEADER_BYTES - 1) | (FRAGMENT_MIN_BYTES - 1));
}
