// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import { checkFragments, type FragmentArena } from "./fragment-check.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { reallocateByCopy } from "./reallocate.ts";

/**
 * Two-level segregated fit (Masmano et al., 2004): a general-purpose allocator, the baseline to compare others with.
 *
 * Free fragments stand in bins by size: each power of two is divided into 16 equal steps, and two levels of bit masks find
 * the first bin that serves in a handful of instructions. Blocks are multiples of 16 bytes, not powers of two as
 * o1heap's, so that less is lost inside them; the price is that free space falls into more and smaller pieces.
 * Fences and rings are those of `O1Heap`, and so is the rule that a border's notes lie on both sides of it. All links are word
 * indexes, whose low bit is free to say what lies there:
 *
 *             ┌──────────────────────┬──────────────────────┬────────┬────────┬─ used: payload ─────────────────
 *   fragment  │ NEXT     | 1 if free │ PREVIOUS | 1 if free │ unused │ KIND   │ free: NEXT_FREE, PREVIOUS_FREE …
 *             └──────────────────────┴──────────────────────┴────────┴────────┴─────────────────────────────────
 */
const PREVIOUS = 1;
const KIND = 3;
const NEXT_FREE = 4;
const PREVIOUS_FREE = 5;

const HEADER_BYTES = 16;
const FRAGMENT_MIN_WORDS = 8;
const STEP_BITS = 4;
const STEPS = 1 << STEP_BITS;
/** Sizes below this many words have a bin for each multiple of 16 bytes: row 0 of the masks. */
const LINEAR_WORDS = 64;
const LINEAR_BITS = 6;
const ROWS = 24;
const BIN_COUNT = ROWS * STEPS;
/** Words before the first fragment: two for each bin, an offset, the front fence. */
const FRONT_WORDS = 2 * BIN_COUNT + 8;
const END_WORDS = 8;
const OVERHEAD_BYTES = (FRONT_WORDS + END_WORDS) * 4;
const MAX_REQUEST = 0x3fffff00;

export class TlsfHeap implements Heap {
  readonly name: string;
  private readonly memory: AddressSpace;
  private readonly I32: Int32Array;
  private readonly bins: number;
  private readonly arena: FragmentArena;
  /** Bit r: row r of `filledBins` is not 0. */
  private filledRows = 0;
  private readonly filledBins = new Int32Array(ROWS);
  private allocated = 0;
  private peakAllocated = 0;
  private peakRequest = 0;
  private outOfMemoryCount = 0;

  /**
   * @param arenaBytes rounded down to a multiple of 64, at least 8 KiB; less when the address space has less left
   * @throws RangeError when the address space has no room for the smallest arena
   */
  constructor(memory: AddressSpace, arenaBytes: number, name = "system") {
    this.name = name;
    this.memory = memory;
    this.I32 = memory.I32;
    const bytes = Math.floor(Math.max(8192, Math.min(arenaBytes, memory.remainingBytes - 64)) / 64) * 64;
    const start = memory.carve(bytes);
    if (start === 0) throw new RangeError(`${name}: no room for an arena of ${arenaBytes} bytes`);
    const first = (start >> 2) + FRONT_WORDS;
    const capacity = bytes - OVERHEAD_BYTES;
    const frontFence = first - 4;
    const endFence = first + (capacity >> 2);
    this.arena = { start, end: start + bytes, capacity, frontFence, first, endFence };
    this.bins = (start >> 2) - 4;
    const I32 = this.I32;
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      const head = this.bins + 2 * bin;
      I32[head + NEXT_FREE] = head;
      I32[head + PREVIOUS_FREE] = head;
    }
    I32[frontFence] = first | 1;
    I32[first] = endFence;
    I32[first + PREVIOUS] = frontFence;
    I32[endFence + PREVIOUS] = first | 1;
    this.insert(first, endFence);
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    if (sizeBytes > this.peakRequest) this.peakRequest = sizeBytes;
    const words = sizeBytes > MAX_REQUEST ? 0 : wordsFor(sizeBytes);
    const bin = words === 0 ? -1 : this.findBin(words);
    if (bin < 0) {
      this.outOfMemoryCount++;
      return 0;
    }
    const I32 = this.I32;
    const fragment = I32[this.bins + 2 * bin + NEXT_FREE];
    const limit = I32[fragment];
    this.remove(fragment, limit);
    this.setEnd(fragment, fragment + words, limit);
    I32[I32[fragment + PREVIOUS]] = fragment;
    I32[fragment + KIND] = kind;
    if ((this.allocated += (I32[fragment] & -2) - fragment) > this.peakAllocated) this.peakAllocated = this.allocated;
    return (fragment << 2) + HEADER_BYTES;
  }

  /** The first bin all of whose fragments have that many words, -1 when there is none. */
  private findBin(words: number): number {
    let row = 0;
    let step = words >> 2;
    if (words >= LINEAR_WORDS) {
      // Rounded up to the next step, so that the first fragment found fits and no list is searched.
      const rounded = words + (1 << (31 - STEP_BITS - Math.clz32(words))) - 1;
      const bits = 31 - Math.clz32(rounded);
      row = bits - LINEAR_BITS + 1;
      step = (rounded >> (bits - STEP_BITS)) & (STEPS - 1);
    }
    const inRow = this.filledBins[row] & (-1 << step);
    if (inRow !== 0) return row * STEPS + lowestBit(inRow);
    const rows = this.filledRows & (-2 << row);
    if (rows === 0) return -1;
    row = lowestBit(rows);
    return row * STEPS + lowestBit(this.filledBins[row]);
  }

  /** Ends a used fragment at `end`, and leaves what follows up to `limit` free where it is large enough. */
  private setEnd(fragment: number, end: number, limit: number): void {
    const I32 = this.I32;
    if (limit - end < FRAGMENT_MIN_WORDS) {
      I32[fragment] = limit;
      I32[limit + PREVIOUS] = fragment;
      return;
    }
    I32[fragment] = end | 1;
    I32[end] = limit;
    I32[end + PREVIOUS] = fragment;
    I32[limit + PREVIOUS] = end | 1;
    this.insert(end, limit);
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const I32 = this.I32;
    let fragment = (ptr >> 2) - 4;
    let next = I32[fragment];
    const previous = I32[fragment + PREVIOUS];
    this.allocated -= (next & -2) - fragment;
    if (next & 1) {
      const joined = next ^ 1;
      next = I32[joined];
      this.remove(joined, next);
    }
    if (previous & 1) {
      const joined = previous ^ 1;
      this.remove(joined, fragment);
      fragment = joined;
    } else I32[previous] = fragment | 1;
    I32[fragment] = next;
    I32[next + PREVIOUS] = fragment | 1;
    this.insert(fragment, next);
  }

  private insert(fragment: number, end: number): void {
    const I32 = this.I32;
    const bin = binOf(end - fragment);
    const head = this.bins + 2 * bin;
    const nextFree = I32[head + NEXT_FREE];
    I32[fragment + NEXT_FREE] = nextFree;
    I32[fragment + PREVIOUS_FREE] = head;
    I32[nextFree + PREVIOUS_FREE] = fragment;
    I32[head + NEXT_FREE] = fragment;
    this.filledBins[bin >> STEP_BITS] |= 1 << (bin & (STEPS - 1));
    this.filledRows |= 1 << (bin >> STEP_BITS);
  }

  private remove(fragment: number, end: number): void {
    const I32 = this.I32;
    const nextFree = I32[fragment + NEXT_FREE];
    const previousFree = I32[fragment + PREVIOUS_FREE];
    I32[nextFree + PREVIOUS_FREE] = previousFree;
    I32[previousFree + NEXT_FREE] = nextFree;
    if (nextFree !== previousFree) return;
    const bin = binOf(end - fragment);
    const row = bin >> STEP_BITS;
    if ((this.filledBins[row] &= ~(1 << (bin & (STEPS - 1)))) === 0) this.filledRows &= ~(1 << row);
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    if (ptr !== 0 && this.resize(ptr, sizeBytes)) return ptr;
    return reallocateByCopy(this, this.memory.U8, ptr, sizeBytes);
  }

  /** Changes a block's size where it is. @returns false when it can't be done without moving; nothing has changed then */
  private resize(ptr: Ptr, sizeBytes: number): boolean {
    if (sizeBytes > MAX_REQUEST) return false;
    const I32 = this.I32;
    const fragment = (ptr >> 2) - 4;
    const next = I32[fragment];
    const before = (next & -2) - fragment;
    const words = wordsFor(sizeBytes);
    if (words > before && ((next & 1) === 0 || I32[next ^ 1] - fragment < words)) return false;
    if (sizeBytes > this.peakRequest) this.peakRequest = sizeBytes;
    let limit = next;
    if (next & 1) {
      limit = I32[next ^ 1];
      this.remove(next ^ 1, limit);
    }
    this.setEnd(fragment, fragment + words, limit);
    const after = (I32[fragment] & -2) - fragment;
    if ((this.allocated += after - before) > this.peakAllocated) this.peakAllocated = this.allocated;
    return true;
  }

  usableSize(ptr: Ptr): number {
    const fragment = (ptr >> 2) - 4;
    return (((this.I32[fragment] & -2) - fragment) << 2) - HEADER_BYTES;
  }

  owns(ptr: Ptr): boolean {
    return ptr >= this.arena.start && ptr < this.arena.end;
  }

  kindOf(ptr: Ptr): number {
    return this.I32[(ptr >> 2) - 4 + KIND];
  }

  /** Says that a live block now holds something else. */
  setKind(ptr: Ptr, kind: BlockKind): void {
    this.I32[(ptr >> 2) - 4 + KIND] = kind;
  }

  diagnostics(): HeapDiagnostics {
    return {
      capacity: this.arena.capacity,
      allocated: this.allocated * 4,
      peakAllocated: this.peakAllocated * 4,
      peakRequest: this.peakRequest,
      outOfMemoryCount: this.outOfMemoryCount,
      arenas: 1,
    };
  }

  checkInvariants(): string[] {
    return checkFragments(this.I32, [this.arena], {
      name: this.name,
      allocated: this.allocated,
      quantum: 4,
      powersOfTwo: false,
      links: {
        nextOf: (fragment) => this.I32[fragment] & -2,
        isNextFree: (fragment) => (this.I32[fragment] & 1) !== 0,
        previous: PREVIOUS,
        nextFree: NEXT_FREE,
        previousFree: PREVIOUS_FREE,
      },
      bins: this.bins,
      binCount: BIN_COUNT,
      binOf,
      saysFilled: (bin) =>
        ((this.filledBins[bin >> STEP_BITS] >>> (bin & (STEPS - 1))) & (this.filledRows >>> (bin >> STEP_BITS)) & 1) === 1,
    });
  }

  *blocks(): Iterable<HeapBlock> {
    const I32 = this.I32;
    let link = I32[this.arena.frontFence];
    while (link !== this.arena.endFence) {
      const fragment = link & -2;
      const next = I32[fragment];
      if ((link & 1) === 0) {
        const ptr = (fragment << 2) + HEADER_BYTES;
        yield { ptr, kind: I32[fragment + KIND], sizeBytes: (((next & -2) - fragment) << 2) - HEADER_BYTES };
      }
      link = next;
    }
  }
}

/** Words of the fragment that a request takes. */
function wordsFor(sizeBytes: number): number {
  return Math.max(FRAGMENT_MIN_WORDS, ((sizeBytes + HEADER_BYTES + 15) >> 4) << 2);
}

/** The bin for a free fragment of that many words: row * 16 + step, rounded down. */
function binOf(words: number): number {
  if (words < LINEAR_WORDS) return words >> 2;
  const bits = 31 - Math.clz32(words);
  return (bits - LINEAR_BITS + 1) * STEPS + ((words >> (bits - STEP_BITS)) & (STEPS - 1));
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
