// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { O1Heap } from "./o1heap.ts";
import { reallocateByCopy } from "./reallocate.ts";

/**
 * Segregated free lists: blocks of up to `MAX_SMALL` payload bytes come from slabs cut into equal cells, one free list per
 * 16-byte size class, so that allocating and freeing is a push and a pop. Slabs and larger blocks come from a backing
 * o1heap, which coalesces.
 *
 *   cell   word -1 (before the payload)  kind + 1 when live, 0 when free
 *          word -2  size class index; -1 marks a large block, whose address is the backing heap's plus 16
 *          payload word 0 when free: next free cell
 *   slab   payload of a backing block: word 0 next slab, word 1 size class, then cells
 */
const CELL_HEADER_BYTES = 16;
const KIND_WORD = -1;
const CLASS_WORD = -2;
const LARGE = -1;
const CLASS_BYTES = 16;
const MAX_SMALL = 256;
const CLASS_COUNT = MAX_SMALL / CLASS_BYTES;
/** Slabs fill a power of two with the backing heap's header. */
const SLAB_BYTES = 16_384 - 16;
const SLAB_HEADER_BYTES = 16;

export class SegregatedHeap implements Heap {
  readonly name: string = "segregated";
  private readonly I32: Int32Array;
  private readonly U8: Uint8Array;
  private readonly backing: O1Heap;
  /** First free cell of each class. */
  private readonly freeCells = new Int32Array(CLASS_COUNT);
  /** First slab of each class. */
  private readonly slabs = new Int32Array(CLASS_COUNT);
  private allocated = 0;
  private peakAllocated = 0;
  private peakRequest = 0;
  private outOfMemoryCount = 0;

  /** @throws RangeError when the address space has no room for the arena */
  constructor(memory: AddressSpace, arenaBytes: number) {
    this.I32 = memory.I32;
    this.U8 = memory.U8;
    this.backing = new O1Heap(memory, arenaBytes);
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    if (sizeBytes > this.peakRequest) this.peakRequest = sizeBytes;
    if (sizeBytes > MAX_SMALL) return this.allocateLarge(sizeBytes, kind);
    const sizeClass = sizeBytes === 0 ? 0 : (sizeBytes - 1) >> 4;
    let cell = this.freeCells[sizeClass];
    if (cell === 0) {
      cell = this.addSlab(sizeClass);
      if (cell === 0) {
        this.outOfMemoryCount++;
        return 0;
      }
    }
    const I32 = this.I32;
    const word = cell >> 2;
    this.freeCells[sizeClass] = I32[word];
    I32[word + KIND_WORD] = kind + 1;
    this.count((sizeClass + 1) * CLASS_BYTES + CELL_HEADER_BYTES);
    return cell;
  }

  private count(bytes: number): void {
    const allocated = this.allocated + bytes;
    this.allocated = allocated;
    if (allocated > this.peakAllocated) this.peakAllocated = allocated;
  }

  private addSlab(sizeClass: number): number {
    const slab = this.backing.allocate(SLAB_BYTES, 0);
    if (slab === 0) return 0;
    const I32 = this.I32;
    I32[slab >> 2] = this.slabs[sizeClass];
    I32[(slab >> 2) + 1] = sizeClass;
    this.slabs[sizeClass] = slab;
    const step = (sizeClass + 1) * CLASS_BYTES + CELL_HEADER_BYTES;
    let previous = 0;
    for (let cell = lastCell(slab, step); cell >= slab + SLAB_HEADER_BYTES + CELL_HEADER_BYTES; cell -= step) {
      I32[cell >> 2] = previous;
      I32[(cell >> 2) + KIND_WORD] = 0;
      I32[(cell >> 2) + CLASS_WORD] = sizeClass;
      previous = cell;
    }
    this.freeCells[sizeClass] = previous;
    return previous;
  }

  private allocateLarge(sizeBytes: number, kind: BlockKind): Ptr {
    const block = sizeBytes > 0x3fffff00 ? 0 : this.backing.allocate(sizeBytes + CELL_HEADER_BYTES, kind);
    if (block === 0) {
      this.outOfMemoryCount++;
      return 0;
    }
    const ptr = block + CELL_HEADER_BYTES;
    this.I32[(ptr >> 2) + CLASS_WORD] = LARGE;
    this.I32[(ptr >> 2) + KIND_WORD] = kind + 1;
    this.count(this.backing.usableSize(block) + CELL_HEADER_BYTES);
    return ptr;
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const I32 = this.I32;
    const word = ptr >> 2;
    const sizeClass = I32[word + CLASS_WORD];
    if (sizeClass === LARGE) {
      const block = ptr - CELL_HEADER_BYTES;
      this.allocated -= this.backing.usableSize(block) + CELL_HEADER_BYTES;
      this.backing.free(block);
      return;
    }
    I32[word] = this.freeCells[sizeClass];
    I32[word + KIND_WORD] = 0;
    this.freeCells[sizeClass] = ptr;
    this.allocated -= (sizeClass + 1) * CLASS_BYTES + CELL_HEADER_BYTES;
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return reallocateByCopy(this, this.U8, ptr, sizeBytes);
  }

  usableSize(ptr: Ptr): number {
    const sizeClass = this.I32[(ptr >> 2) + CLASS_WORD];
    if (sizeClass === LARGE) return this.backing.usableSize(ptr - CELL_HEADER_BYTES) - CELL_HEADER_BYTES;
    return (sizeClass + 1) * CLASS_BYTES;
  }

  owns(ptr: Ptr): boolean {
    return this.backing.owns(ptr);
  }

  kindOf(ptr: Ptr): number {
    return this.I32[(ptr >> 2) + KIND_WORD] - 1;
  }

  diagnostics(): HeapDiagnostics {
    return {
      capacity: this.backing.diagnostics().capacity,
      allocated: this.allocated,
      peakAllocated: this.peakAllocated,
      peakRequest: this.peakRequest,
      outOfMemoryCount: this.outOfMemoryCount,
      arenas: 1,
    };
  }

  checkInvariants(): string[] {
    const findings = this.backing.checkInvariants();
    let live = 0;
    for (const { ptr } of this.blocks()) {
      const sizeClass = this.I32[(ptr >> 2) + CLASS_WORD];
      live +=
        sizeClass === LARGE
          ? this.backing.usableSize(ptr - CELL_HEADER_BYTES) + CELL_HEADER_BYTES
          : (sizeClass + 2) * CLASS_BYTES;
    }
    if (live !== this.allocated) findings.push(`segregated: ${live} bytes are in use, ${this.allocated} are counted`);
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) this.checkFreeList(sizeClass, findings);
    return findings;
  }

  private checkFreeList(sizeClass: number, findings: string[]): void {
    const I32 = this.I32;
    let steps = 0;
    for (let cell = this.freeCells[sizeClass]; cell !== 0; cell = I32[cell >> 2]) {
      if (
        !this.backing.owns(cell) ||
        I32[(cell >> 2) + KIND_WORD] !== 0 ||
        I32[(cell >> 2) + CLASS_WORD] !== sizeClass ||
        ++steps > 1e8
      ) {
        findings.push(`segregated: the free list of class ${sizeClass} is broken at ${cell}`);
        return;
      }
    }
  }

  *blocks(): Iterable<HeapBlock> {
    const I32 = this.I32;
    const slabs = new Set<number>();
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      for (let slab = this.slabs[sizeClass]; slab !== 0; slab = I32[slab >> 2]) slabs.add(slab);
    }
    for (const block of this.backing.blocks()) {
      if (!slabs.has(block.ptr)) {
        yield { ptr: block.ptr + CELL_HEADER_BYTES, kind: block.kind, sizeBytes: block.sizeBytes - CELL_HEADER_BYTES };
        continue;
      }
      const step = (I32[(block.ptr >> 2) + 1] + 1) * CLASS_BYTES + CELL_HEADER_BYTES;
      const last = lastCell(block.ptr, step);
      for (let cell = block.ptr + SLAB_HEADER_BYTES + CELL_HEADER_BYTES; cell <= last; cell += step) {
        if (I32[(cell >> 2) + KIND_WORD] !== 0)
          yield { ptr: cell, kind: I32[(cell >> 2) + KIND_WORD] - 1, sizeBytes: step - CELL_HEADER_BYTES };
      }
    }
  }
}

/** Payload address of a slab's last cell. */
function lastCell(slab: number, step: number): number {
  const count = Math.floor((SLAB_BYTES - SLAB_HEADER_BYTES) / step);
  return slab + SLAB_HEADER_BYTES + CELL_HEADER_BYTES + (count - 1) * step;
}
