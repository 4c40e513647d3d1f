// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import { checkFragments, type FragmentArena, type FragmentLinks } from "./fragment-check.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { reallocateByCopy } from "./reallocate.ts";

/** Bytes of a fragment before its payload. */
export const HEADER_BYTES = 8;
/** The smallest fragment. */
export const FRAGMENT_MIN_BYTES = 64;
const MIN_ARENA_BYTES = 2048;

/** Fragments are smaller than 2 GiB, so that 25 bins hold all; a bin's ring takes two words, as in a free fragment. */
const BIN_COUNT = 25;
/** Words before the first payload: bins, front fence, header. A fence is named as if it had a payload, too. */
const FRONT_WORDS = 64;
const FENCE_WORDS = 2;
/** Largest request: its fragment is 1 GiB. */
const MAX_REQUEST = 0x40000000 - HEADER_BYTES;

/**
 * A port of o1heap by Pavel Kirienko: constant-time allocation and deallocation with bounded fragmentation.
 *
 * The arena is cut into fragments, multiples of 64 bytes; a used fragment is a power of two. Each free fragment stands in
 * the bin of the largest power of two that fits in it, and a bit mask says which bins are not empty. A fragment is named by
 * the word index (byte address / 4) of its payload, a multiple of 16; its header is the two words before that:
 *
 *             ┌─────────────────────────────────────────┬──────────────────────┬─────────────────────────────
 *   used      │ 1 if next is free (a byte) │ BIN │ KIND │ PREVIOUS | 1 if free │ payload …
 *   free      │ NEXT                                    │ PREVIOUS             │ NEXT_FREE │ PREVIOUS_FREE …
 *             └─────────────────────────────────────────┴──────────────────────┴─────────────────────────────
 *   arena     bin heads │ front fence │ fragments … │ end fence
 *
 * Words are counted from the payload, so that the four are -2, -1, 0 and 1, and the bytes of a used fragment's first word -8, -7
 * and -6. These numbers stand in the code as they are: V8 inlines functions by the length of their bytecode, in which a named
 * constant takes more than twice as much.
 *
 * Payloads begin with a cache line, and headers end one: a record of up to 56 bytes lies in one line.
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
      this.I32[head] = head;
      this.I32[head + 1] = head;
    }
    this.openArena();
  }

  /** Bytes of an arena that no fragment has: bins, fences, and what follows the end fence. A multiple of 64, as arenas are. */
  protected static readonly ARENA_OVERHEAD_BYTES = FRONT_WORDS * 4;

  /** Takes an arena from the address space and sets its fences. @returns its address, 0 when there is no room */
  protected carveArena(arenaBytes: number): Ptr {
    const bytes = Math.floor(arenaBytes / 64) * 64;
    const start = this.memory.carve(bytes);
    if (start === 0) return 0;
    const capacity = bytes - O1Heap.ARENA_OVERHEAD_BYTES;
    const first = (start >> 2) + FRONT_WORDS;
    const frontFence = first - FENCE_WORDS;
    const endFence = first + (capacity >> 2);
    const I32 = this.I32;
    I32[frontFence - 2] = 1;
    I32[first - 2] = endFence;
    I32[first - 1] = frontFence;
    I32[endFence - 1] = first | 1;
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
    const smallestBin = 26 - Math.clz32((sizeBytes + 7) | 63);
    const candidates = this.nonEmptyBins & (-1 << smallestBin);
    if (candidates === 0) return this.exhausted(sizeBytes, kind);
    const bin = 31 - Math.clz32(candidates & -candidates);
    const I32 = this.I32;
    const head = this.bins + bin + bin;
    const found = I32[head];
    const next = I32[found - 2];
    const size = 16 << smallestBin;
    const fragment = next - size;
    const left = fragment - found;
    if (left > 0) {
      I32[found - 2] = fragment;
      I32[fragment - 1] = found | 1;
    } else this.U8[(I32[fragment - 1] << 2) - 8] = 0;
    I32[next - 1] = fragment;
    I32[fragment - 2] = (smallestBin << 8) | (kind << 16);
    if (left < 16 << bin) {
      // What is left belongs in another bin, or nowhere.
      const nextFree = I32[found];
      I32[head] = nextFree;
      I32[nextFree + 1] = head;
      if (nextFree === head) this.nonEmptyBins ^= 1 << bin;
      if (left > 0) this.rebin(found, fragment);
    }
    if ((this.allocated += size) > this.peakAllocated) this.peakAllocated = this.allocated;
    return fragment << 2;
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const I32 = this.I32;
    let fragment = ptr >> 2;
    const header = I32[fragment - 2];
    const previous = I32[fragment - 1];
    const size = 16 << (header >> 8);
    let next = fragment + size;
    this.allocated -= size;
    if (header & 1) {
      const joined = next;
      next = I32[joined - 2];
      this.unbin(joined, next);
    }
    if (previous & 1) {
      const joined = previous ^ 1;
      I32[joined - 2] = next;
      I32[next - 1] = previous;
      if (Math.clz32(fragment - joined) === Math.clz32(next - joined)) return;
      this.unbin(joined, fragment);
      fragment = joined;
    } else {
      this.U8[(previous << 2) - 8] = 1;
      I32[fragment - 2] = next;
      I32[next - 1] = fragment | 1;
    }
    this.rebin(fragment, next);
  }

  /** Puts a free fragment at the head of the ring for its size, rounded down. */
  private rebin(fragment: number, end: number): void {
    const I32 = this.I32;
    const bin = 27 - Math.clz32(end - fragment);
    const head = this.bins + bin + bin;
    const nextFree = I32[head];
    I32[fragment] = nextFree;
    I32[fragment + 1] = head;
    I32[nextFree + 1] = fragment;
    I32[head] = fragment;
    this.nonEmptyBins |= 1 << bin;
  }

  /** Takes a free fragment that stands in the ring for its end out of it. */
  private unbin(fragment: number, end: number): void {
    const I32 = this.I32;
    const nextFree = I32[fragment];
    const previousFree = I32[fragment + 1];
    I32[nextFree + 1] = previousFree;
    I32[previousFree] = nextFree;
    if (nextFree === previousFree) this.nonEmptyBins ^= 1 << (27 - Math.clz32(end - fragment));
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
    const fragment = ptr >> 2;
    const size = 16 << U8[ptr - 7];
    const wantedBin = 26 - Math.clz32((sizeBytes + 7) | 63);
    const wanted = 16 << wantedBin;
    if (wanted === size) return true;
    const next = fragment + size;
    const isNextFree = U8[ptr - 8] !== 0;
    if (wanted > size && (!isNextFree || I32[next - 2] - fragment < wanted)) return false;
    let limit = next;
    if (isNextFree) {
      limit = I32[next - 2];
      this.unbin(next, limit);
    }
    const end = fragment + wanted;
    U8[ptr - 7] = wantedBin;
    if (end < limit) {
      U8[ptr - 8] = 1;
      I32[end - 2] = limit;
      I32[end - 1] = fragment;
      I32[limit - 1] = end | 1;
      this.rebin(end, limit);
    } else {
      U8[ptr - 8] = 0;
      I32[limit - 1] = fragment;
    }
    if ((this.allocated += wanted - size) > this.peakAllocated) this.peakAllocated = this.allocated;
    if (sizeBytes > this.admitted) this.admits(sizeBytes);
    return true;
  }

  usableSize(ptr: Ptr): number {
    return (FRAGMENT_MIN_BYTES << this.U8[ptr - 7]) - HEADER_BYTES;
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
    return this.U8[ptr - 6];
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
      quantum: 16,
      powersOfTwo: true,
      links: this.links,
      bins: this.bins,
      binCount: BIN_COUNT,
      binOf: (size) => 27 - Math.clz32(size),
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
      const ptr = fragment << 2;
      if (!isFree) yield { ptr, kind: this.kindOf(ptr), sizeBytes: ((next - fragment) << 2) - HEADER_BYTES };
      fragment = next;
      isFree = isNextFree;
    }
  }

  /** How to get from one fragment to the next. */
  private get links(): FragmentLinks {
    const { I32, U8 } = this;
    return {
      nextOf: (fragment, isFree) => (isFree ? I32[fragment - 2] : fragment + (16 << U8[(fragment << 2) - 7])),
      isNextFree: (fragment, isFree) => !isFree && U8[(fragment << 2) - 8] !== 0,
      previous: -1,
      nextFree: 0,
      previousFree: 1,
    };
  }
}
