// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { reallocateByCopy } from "./reallocate.ts";
import { TlsfHeap } from "./tlsf.ts";

/**
 * Segregated free lists: requests of up to 128 bytes come from slabs cut into cells of 16, 32, 64 or 128 bytes, so that
 * allocating and freeing is a pop and a push. Slabs and larger blocks come from a coalescing list (`TlsfHeap`), whose
 * search is bounded; the block freed last is kept as it is, for the next request that it fits.
 *
 *   before the payload   word -1  kind when live; for cells kind + 1, and 0 when free
 *                        word -2  0 for a block of the coalescing list, else the cell's class + 1
 *   free cell            word 0   next free cell of the class
 *   slab                 word 0   next slab; word 1 its class; then cells
 */
const HEADER_BYTES = 16;
const KIND_WORD = -1;
const CLASS_WORD = -2;
const MAX_CELL = 128;
const CLASS_COUNT = 4;
const SLAB_BYTES = 16_384 - HEADER_BYTES;
const SLAB_HEADER_BYTES = 16;
/** A slab's block has this kind in the coalescing list. */
const SLAB_KIND: BlockKind = 0;

export class SegregatedHeap implements Heap {
  readonly name: string = "segregated";
  private readonly I32: Int32Array;
  private readonly U8: Uint8Array;
  private readonly large: TlsfHeap;
  /** First free cell of each class. */
  private readonly freeCells = new Int32Array(CLASS_COUNT);
  /** First slab of each class. */
  private readonly slabs = new Int32Array(CLASS_COUNT);
  /** The large block freed last, not yet given back; 0 for none. */
  private lastFreed: Ptr = 0;
  /** Bytes that live blocks with their headers took at most, and by how much they now take less. */
  private peakAllocated = 0;
  private belowPeak = 0;
  private peakRequest = 0;
  private outOfMemoryCount = 0;

  /**
   * @param arenaBytes as for `TlsfHeap`
   * @throws RangeError when the address space has no room for the arena
   */
  constructor(memory: AddressSpace, arenaBytes: number) {
    this.I32 = memory.I32;
    this.U8 = memory.U8;
    this.large = new TlsfHeap(memory, arenaBytes, "segregated");
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    if (sizeBytes > this.peakRequest) this.peakRequest = sizeBytes;
    if (sizeBytes > MAX_CELL) return this.allocateLarge(sizeBytes, kind);
    // The logarithm of the size, rounded up, over 16 bytes. A request of 0 bytes gets the largest cell, which is rare enough.
    const cellClass = 28 - Math.clz32(((sizeBytes - 1) & 127) | 15);
    let cell = this.freeCells[cellClass];
    if (cell === 0) {
      cell = this.addSlab(cellClass);
      if (cell === 0) return this.allocateLarge(sizeBytes, kind);
    }
    const word = cell >> 2;
    this.freeCells[cellClass] = this.I32[word];
    this.I32[word + KIND_WORD] = kind + 1;
    if ((this.belowPeak -= (HEADER_BYTES << cellClass) + HEADER_BYTES) < 0) this.raisePeak();
    return cell;
  }

  private raisePeak(): void {
    this.peakAllocated -= this.belowPeak;
    this.belowPeak = 0;
  }

  /** @returns the first of a new slab's cells, 0 when there is no room for a slab */
  private addSlab(cellClass: number): Ptr {
    const slab = this.large.allocate(SLAB_BYTES, SLAB_KIND);
    if (slab === 0) return 0;
    const I32 = this.I32;
    I32[slab >> 2] = this.slabs[cellClass];
    I32[(slab >> 2) + 1] = cellClass;
    this.slabs[cellClass] = slab;
    let next = 0;
    for (const cell of cellsOf(slab, cellClass).reverse()) {
      I32[cell >> 2] = next;
      I32[(cell >> 2) + KIND_WORD] = 0;
      I32[(cell >> 2) + CLASS_WORD] = cellClass + 1;
      next = cell;
    }
    this.freeCells[cellClass] = next;
    return next;
  }

  private allocateLarge(sizeBytes: number, kind: BlockKind): Ptr {
    let ptr = this.lastFreed;
    // An eighth of slack is less than splitting and joining would cost.
    if (ptr !== 0 && fits(this.large.usableSize(ptr), sizeBytes)) {
      this.lastFreed = 0;
      this.large.setKind(ptr, kind);
    } else {
      ptr = this.large.allocate(sizeBytes, kind);
      if (ptr === 0 && this.trim() > 0) ptr = this.large.allocate(sizeBytes, kind);
      if (ptr === 0) {
        this.outOfMemoryCount++;
        return 0;
      }
    }
    this.I32[(ptr >> 2) + CLASS_WORD] = 0;
    if ((this.belowPeak -= this.large.usableSize(ptr) + HEADER_BYTES) < 0) this.raisePeak();
    return ptr;
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const word = ptr >> 2;
    const cellClass = this.I32[word + CLASS_WORD] - 1;
    if (cellClass < 0) {
      this.freeLarge(ptr);
      return;
    }
    this.I32[word] = this.freeCells[cellClass];
    this.I32[word + KIND_WORD] = 0;
    this.freeCells[cellClass] = ptr;
    this.belowPeak += (HEADER_BYTES << cellClass) + HEADER_BYTES;
  }

  private freeLarge(ptr: Ptr): void {
    this.belowPeak += this.large.usableSize(ptr) + HEADER_BYTES;
    this.large.free(this.lastFreed);
    this.lastFreed = ptr;
  }

  /** Gives the block freed last and slabs without a live cell back to the coalescing list. @returns bytes given back */
  trim(): number {
    let bytes = 0;
    if (this.lastFreed !== 0) {
      bytes += this.large.usableSize(this.lastFreed) + HEADER_BYTES;
      this.large.free(this.lastFreed);
      this.lastFreed = 0;
    }
    for (let cellClass = 0; cellClass < CLASS_COUNT; cellClass++) bytes += this.trimClass(cellClass);
    return bytes;
  }

  private trimClass(cellClass: number): number {
    const I32 = this.I32;
    let bytes = 0;
    let kept = 0;
    this.freeCells[cellClass] = 0;
    for (let slab = this.slabs[cellClass], next: Ptr; slab !== 0; slab = next) {
      next = I32[slab >> 2];
      const cells = cellsOf(slab, cellClass);
      const free = cells.filter((cell) => I32[(cell >> 2) + KIND_WORD] === 0);
      if (free.length === cells.length) {
        this.large.free(slab);
        bytes += SLAB_BYTES;
        continue;
      }
      for (const cell of free) {
        I32[cell >> 2] = this.freeCells[cellClass];
        this.freeCells[cellClass] = cell;
      }
      I32[slab >> 2] = kept;
      kept = slab;
    }
    this.slabs[cellClass] = kept;
    return bytes;
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return reallocateByCopy(this, this.U8, ptr, sizeBytes);
  }

  usableSize(ptr: Ptr): number {
    const cellClass = this.I32[(ptr >> 2) + CLASS_WORD] - 1;
    return cellClass < 0 ? this.large.usableSize(ptr) : HEADER_BYTES << cellClass;
  }

  owns(ptr: Ptr): boolean {
    return this.large.owns(ptr);
  }

  kindOf(ptr: Ptr): number {
    const isCell = this.I32[(ptr >> 2) + CLASS_WORD] > 0;
    return this.I32[(ptr >> 2) + KIND_WORD] - (isCell ? 1 : 0);
  }

  diagnostics(): HeapDiagnostics {
    const { peakAllocated, peakRequest, outOfMemoryCount } = this;
    const allocated = peakAllocated - this.belowPeak;
    return { capacity: this.large.diagnostics().capacity, allocated, peakAllocated, peakRequest, outOfMemoryCount, arenas: 1 };
  }

  checkInvariants(): string[] {
    const findings = this.large.checkInvariants();
    let live = 0;
    for (const block of this.blocks()) live += block.sizeBytes + HEADER_BYTES;
    const { allocated } = this.diagnostics();
    if (live !== allocated) findings.push(`segregated: ${live} bytes are in use, ${allocated} are counted`);
    for (let cellClass = 0; cellClass < CLASS_COUNT; cellClass++) this.checkClass(cellClass, findings);
    return findings;
  }

  /** Every free cell must be in the class's list exactly once. */
  private checkClass(cellClass: number, findings: string[]): void {
    const I32 = this.I32;
    const free = new Set<Ptr>();
    for (let slab = this.slabs[cellClass]; slab !== 0; slab = I32[slab >> 2]) {
      for (const cell of cellsOf(slab, cellClass)) if (I32[(cell >> 2) + KIND_WORD] === 0) free.add(cell);
    }
    for (let cell = this.freeCells[cellClass]; cell !== 0; cell = I32[cell >> 2]) {
      if (free.delete(cell)) continue;
      findings.push(`segregated: the free list of class ${cellClass} is broken at ${cell}`);
      return;
    }
    if (free.size > 0) findings.push(`segregated: ${free.size} free cells of class ${cellClass} are in no list`);
  }

  *blocks(): Iterable<HeapBlock> {
    const I32 = this.I32;
    const slabs = new Set<Ptr>();
    for (const first of this.slabs) for (let slab = first; slab !== 0; slab = I32[slab >> 2]) slabs.add(slab);
    for (const block of this.large.blocks()) {
      if (!slabs.has(block.ptr)) {
        if (block.ptr !== this.lastFreed) yield block;
        continue;
      }
      const cellClass = I32[(block.ptr >> 2) + 1];
      for (const ptr of cellsOf(block.ptr, cellClass)) {
        const kind = I32[(ptr >> 2) + KIND_WORD] - 1;
        if (kind >= 0) yield { ptr, kind, sizeBytes: HEADER_BYTES << cellClass };
      }
    }
  }
}

/** Whether a block serves a request without wasting more than an eighth, or 128 bytes. */
function fits(usableBytes: number, sizeBytes: number): boolean {
  return usableBytes >= sizeBytes && usableBytes - sizeBytes <= Math.max(MAX_CELL, sizeBytes >> 3);
}

/** Payload addresses of a slab's cells. */
function cellsOf(slab: Ptr, cellClass: number): Ptr[] {
  const step = (HEADER_BYTES << cellClass) + HEADER_BYTES;
  const cells: Ptr[] = [];
  const end = slab + SLAB_BYTES;
  for (let cell = slab + SLAB_HEADER_BYTES + HEADER_BYTES; cell - HEADER_BYTES + step <= end; cell += step) cells.push(cell);
  return cells;
}
