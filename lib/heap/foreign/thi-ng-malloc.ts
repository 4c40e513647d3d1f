// SPDX-License-Identifier: MIT
import { MemPool } from "@thi.ng/malloc";
import type { AddressSpace, Ptr } from "../../memory/address-space.ts";
import type { BlockKind } from "../block-kind.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "../heap.ts";
import { reallocateByCopy } from "../reallocate.ts";

/**
 * Runs reswf on `@thi.ng/malloc`, a heap that nobody here wrote: the worked example of docs/heaps.md.
 *
 * The package knows addresses and sizes only, so a header before each payload keeps what the `Heap` interface asks for
 * besides; live blocks are linked for the heap walk.
 *
 *   header   word 0  kind
 *            word 1  usable size in bytes
 *            word 2  next live block, word 3 previous live block (payload addresses, 0 at either end)
 */
const HEADER_BYTES = 16;
const KIND = -4;
const SIZE = -3;
const NEXT = -2;
const PREVIOUS = -1;
const MAX_REQUEST = 0x3fffff00;

export class ThiNgMallocHeap implements Heap {
  readonly name = "thi.ng";
  private readonly pool: MemPool;
  private readonly I32: Int32Array;
  private readonly U8: Uint8Array;
  private readonly start: Ptr;
  private readonly end: Ptr;
  private firstLive: Ptr = 0;
  private allocated = 0;
  private peakAllocated = 0;
  private peakRequest = 0;
  private outOfMemoryCount = 0;

  /** @throws RangeError when the address space has no room for the arena */
  constructor(memory: AddressSpace, arenaBytes: number) {
    const bytes = Math.min(arenaBytes, memory.remainingBytes - 64);
    this.start = memory.carve(bytes);
    if (this.start === 0) throw new RangeError(`thi.ng: no room for an arena of ${arenaBytes} bytes`);
    this.end = this.start + bytes;
    this.I32 = memory.I32;
    this.U8 = memory.U8;
    this.pool = new MemPool({ buf: memory.buffer, start: this.start, end: this.end, align: 16 });
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    this.peakRequest = Math.max(this.peakRequest, sizeBytes);
    const usable = Math.max(16, (sizeBytes + 15) & ~15);
    const block = sizeBytes > MAX_REQUEST ? 0 : this.pool.malloc(usable + HEADER_BYTES);
    if (block === 0) {
      this.outOfMemoryCount++;
      return 0;
    }
    const ptr = block + HEADER_BYTES;
    const word = ptr >> 2;
    this.I32[word + KIND] = kind;
    this.I32[word + SIZE] = usable;
    this.I32[word + NEXT] = this.firstLive;
    this.I32[word + PREVIOUS] = 0;
    if (this.firstLive !== 0) this.I32[(this.firstLive >> 2) + PREVIOUS] = ptr;
    this.firstLive = ptr;
    this.allocated += usable + HEADER_BYTES;
    this.peakAllocated = Math.max(this.peakAllocated, this.allocated);
    return ptr;
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const word = ptr >> 2;
    const next = this.I32[word + NEXT];
    const previous = this.I32[word + PREVIOUS];
    if (next !== 0) this.I32[(next >> 2) + PREVIOUS] = previous;
    if (previous !== 0) this.I32[(previous >> 2) + NEXT] = next;
    else this.firstLive = next;
    this.allocated -= this.I32[word + SIZE] + HEADER_BYTES;
    this.pool.free(ptr - HEADER_BYTES);
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return reallocateByCopy(this, this.U8, ptr, sizeBytes);
  }

  usableSize(ptr: Ptr): number {
    return this.I32[(ptr >> 2) + SIZE];
  }

  owns(ptr: Ptr): boolean {
    return ptr >= this.start && ptr < this.end;
  }

  kindOf(ptr: Ptr): number {
    return this.I32[(ptr >> 2) + KIND];
  }

  diagnostics(): HeapDiagnostics {
    const { allocated, peakAllocated, peakRequest, outOfMemoryCount } = this;
    return { capacity: this.end - this.start, allocated, peakAllocated, peakRequest, outOfMemoryCount, arenas: 1 };
  }

  checkInvariants(): string[] {
    const { used, free, top } = this.pool.stats();
    const findings: string[] = [];
    if (used.size < this.allocated)
      findings.push(`thi.ng: ${this.allocated} bytes are counted, the pool has ${used.size} in use`);
    if (top > this.end || free.size < 0) findings.push(`thi.ng: the pool's top is at ${top}, past ${this.end}`);
    let live = 0;
    for (const block of this.blocks()) live += block.sizeBytes + HEADER_BYTES;
    if (live !== this.allocated) findings.push(`thi.ng: ${live} bytes are linked, ${this.allocated} are counted`);
    return findings;
  }

  /** Newest first: the pool keeps no order that could be walked by address. */
  *blocks(): Iterable<HeapBlock> {
    for (let ptr = this.firstLive; ptr !== 0; ptr = this.I32[(ptr >> 2) + NEXT]) {
      yield { ptr, kind: this.kindOf(ptr), sizeBytes: this.usableSize(ptr) };
    }
  }
}
