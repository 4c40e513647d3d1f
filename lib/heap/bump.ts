// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { reallocateByCopy } from "./reallocate.ts";

const HEADER_BYTES = 16;
/** Header words, as offsets from the payload in int32 units: block size with header, kind, live mark. */
const SIZE_WORD = -4;
const KIND_WORD = -3;
const LIVE_WORD = -2;

/** Never frees: the speed limit for every other heap, and enough for short runs. */
export class BumpHeap implements Heap {
  readonly name = "bump";
  private readonly I32: Int32Array;
  private readonly U8: Uint8Array;
  private readonly start: number;
  private readonly end: number;
  private next: number;
  private allocated = 0;
  private peakAllocated = 0;
  private peakRequest = 0;
  private outOfMemoryCount = 0;

  /** @throws RangeError when the address space has no room for the arena */
  constructor(memory: AddressSpace, arenaBytes: number) {
    this.I32 = memory.I32;
    this.U8 = memory.U8;
    this.start = memory.carve(arenaBytes);
    if (this.start === 0) throw new RangeError(`bump: no room for an arena of ${arenaBytes} bytes`);
    this.end = this.start + arenaBytes;
    this.next = this.start;
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    if (sizeBytes > this.peakRequest) this.peakRequest = sizeBytes;
    // At least one byte, so that no block lies at the arena's very end.
    const total = ((sizeBytes | 1) + HEADER_BYTES + 15) & ~15;
    if (total < sizeBytes || this.next + total > this.end) {
      this.outOfMemoryCount++;
      return 0;
    }
    const ptr = this.next + HEADER_BYTES;
    this.next += total;
    const word = ptr >> 2;
    this.I32[word + SIZE_WORD] = total;
    this.I32[word + KIND_WORD] = kind;
    this.I32[word + LIVE_WORD] = 1;
    this.allocated += total;
    if (this.allocated > this.peakAllocated) this.peakAllocated = this.allocated;
    return ptr;
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const word = ptr >> 2;
    this.I32[word + LIVE_WORD] = 0;
    this.allocated -= this.I32[word + SIZE_WORD];
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return reallocateByCopy(this, this.U8, ptr, sizeBytes);
  }

  usableSize(ptr: Ptr): number {
    return this.I32[(ptr >> 2) + SIZE_WORD] - HEADER_BYTES;
  }

  owns(ptr: Ptr): boolean {
    return ptr >= this.start && ptr < this.end;
  }

  kindOf(ptr: Ptr): number {
    return this.I32[(ptr >> 2) + KIND_WORD];
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
    const findings: string[] = [];
    let at = this.start;
    while (at < this.next) {
      const size = this.I32[at >> 2];
      if (size < HEADER_BYTES || (size & 15) !== 0) {
        findings.push(`bump: block at ${at} has size ${size}`);
        break;
      }
      at += size;
    }
    return findings;
  }

  *blocks(): Iterable<HeapBlock> {
    let at = this.start;
    while (at < this.next) {
      const ptr = at + HEADER_BYTES;
      const size = this.I32[at >> 2];
      if (this.I32[(ptr >> 2) + LIVE_WORD] === 1) yield { ptr, kind: this.kindOf(ptr), sizeBytes: size - HEADER_BYTES };
      at += size;
    }
  }
}
