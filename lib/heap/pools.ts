// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import { CellPages } from "./cell-pages.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { HEADER_BYTES, type O1Heap } from "./o1heap.ts";
import { reallocateByCopy } from "./reallocate.ts";

/** A pool for one kind of block: its blocks lie together, whatever else is allocated. */
export interface TypedPool {
  kind: number;
  /** Cell size in bytes, a multiple of 16, at most 1024. Larger requests of the kind are served as any other. */
  cellBytes: number;
}

/** Sizes in bytes. */
export interface PoolsOptions {
  arenaBytes: number;
  /** Cells that every pool has from the start. */
  prewarm: number;
  typed: readonly TypedPool[];
}

/** Cell sizes: small, medium and large pools. */
export const CELL_SIZES: readonly number[] = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
const MAX_CELL = 1024;

/**
 * Pools of equal cells for requests of up to 1 KiB, over an o1heap for larger ones. Cells have no header: which pool an
 * address belongs to is looked up by its page, its kind in a table beside, and a pool's free cells are a stack of addresses.
 * So `allocate` and `free` touch neither the block nor its neighbours, and 16 bytes take 16 bytes. Nothing is counted on
 * the way either: how many cells are live follows from the height of the stacks, and a pool gets new cells only when all
 * that it has are live, which gives its peak. `peakAllocated` is the sum of the pools' peaks, since none can use what
 * another has.
 */
export class PoolsHeap implements Heap {
  readonly name: string = "pools";
  private readonly I32: Int32Array;
  private readonly U8: Uint8Array;
  private readonly U16: Uint16Array;
  private readonly large: O1Heap;
  private readonly pages: CellPages;
  /** U8[sizeTable + n] is the pool for requests of n units of 16 bytes, rounded up; pools count from 1. */
  private readonly sizeTable: number;
  /** See `CellPages`, where these come from: here they are at hand. */
  private readonly tops: number;
  private readonly cellBytes: number;
  private readonly pageTable: number;
  private readonly kindTable: number;
  /** Bytes of larger blocks with their headers, and the most that they took. */
  private largeBytes = 0;
  private peakLargeBytes = 0;
  protected peakRequest = 0;
  /** Requests up to this size need no second look: the peak so far, but not past the largest cell. */
  private admitted = 0;
  private outOfMemoryCount = 0;

  /** @throws RangeError when the address space has no room for the arena and its tables, an eighth of it */
  constructor(memory: AddressSpace, options: PoolsOptions) {
    const { I32, U8, U16 } = memory;
    this.I32 = I32;
    this.U8 = U8;
    this.U16 = U16;
    const sizes = [...CELL_SIZES, ...options.typed.map((pool) => pool.cellBytes)];
    this.pages = new CellPages(memory, options.arenaBytes, sizes);
    this.large = this.pages.backing;
    this.tops = this.pages.tops;
    this.cellBytes = this.pages.cellBytes;
    this.pageTable = this.pages.pageTable;
    this.kindTable = this.pages.kindTable;
    this.sizeTable = this.pages.sizeTable;
    for (let units = 0; units <= MAX_CELL / 16; units++) {
      U8[this.sizeTable + units] = CELL_SIZES.findIndex((size) => size >= units * 16) + 1;
    }
    for (let pool = 1; pool <= sizes.length; pool++) this.pages.prewarm(pool, options.prewarm);
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    if (sizeBytes > this.admitted && !this.admits(sizeBytes)) return this.allocateLarge(sizeBytes, kind);
    return this.allocateCell(this.U8[this.sizeTable + ((sizeBytes + 15) >> 4)], sizeBytes, kind);
  }

  /** A request larger than all before it. @returns whether there are cells for it */
  protected admits(sizeBytes: number): boolean {
    this.peakRequest = Math.max(this.peakRequest, sizeBytes);
    this.admitted = Math.min(this.peakRequest, MAX_CELL);
    return sizeBytes <= MAX_CELL;
  }

  /** Takes a cell of a pool. `sizeBytes` is what was asked for, at most the cell's size. */
  protected allocateCell(pool: number, sizeBytes: number, kind: BlockKind): Ptr {
    const I32 = this.I32;
    let top = I32[this.tops + pool];
    let cell = I32[top];
    if (cell === 0) {
      if (!this.pages.refill(pool)) return this.allocateLarge(sizeBytes, kind);
      top = I32[this.tops + pool];
      cell = I32[top];
    }
    I32[this.tops + pool] = top - 1;
    this.U16[this.kindTable + (cell >> 4)] = kind + 1;
    return cell;
  }

  private allocateLarge(sizeBytes: number, kind: BlockKind): Ptr {
    let ptr = this.large.allocate(sizeBytes, kind);
    if (ptr === 0 && this.trim() > 0) ptr = this.large.allocate(sizeBytes, kind);
    if (ptr === 0) {
      this.outOfMemoryCount++;
      return 0;
    }
    this.largeBytes += this.large.usableSize(ptr) + HEADER_BYTES;
    this.peakLargeBytes = Math.max(this.peakLargeBytes, this.largeBytes);
    return ptr;
  }

  free(ptr: Ptr): void {
    const pool = this.U8[this.pageTable + (ptr >> 10)];
    if (pool === 0) {
      this.freeLarge(ptr);
      return;
    }
    const I32 = this.I32;
    const top = I32[this.tops + pool] + 1;
    I32[top] = ptr;
    I32[this.tops + pool] = top;
  }

  private freeLarge(ptr: Ptr): void {
    if (ptr === 0) return;
    this.largeBytes -= this.large.usableSize(ptr) + HEADER_BYTES;
    this.large.free(ptr);
  }

  /** Gives the memory of pools that have no live cell in it back to the o1heap. @returns bytes given back */
  trim(): number {
    return this.pages.trim();
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return reallocateByCopy(this, this.U8, ptr, sizeBytes);
  }

  private poolAt(ptr: Ptr): number {
    return this.U8[this.pageTable + (ptr >> 10)];
  }

  usableSize(ptr: Ptr): number {
    const pool = this.poolAt(ptr);
    return pool === 0 ? this.large.usableSize(ptr) : this.I32[this.cellBytes + pool];
  }

  owns(ptr: Ptr): boolean {
    return this.large.owns(ptr);
  }

  kindOf(ptr: Ptr): number {
    return this.poolAt(ptr) === 0 ? this.large.kindOf(ptr) : this.U16[this.kindTable + (ptr >> 4)] - 1;
  }

  diagnostics(): HeapDiagnostics {
    const { peakRequest, outOfMemoryCount } = this;
    let allocated = this.largeBytes;
    let peakAllocated = this.peakLargeBytes;
    for (let pool = 1; pool <= this.pages.poolCount; pool++) {
      allocated += this.pages.liveBytes(pool);
      peakAllocated += this.pages.peakBytes(pool);
    }
    return { capacity: this.large.diagnostics().capacity, allocated, peakAllocated, peakRequest, outOfMemoryCount, arenas: 1 };
  }

  checkInvariants(): string[] {
    const findings = [...this.large.checkInvariants(), ...this.pages.check()];
    let live = 0;
    for (const { ptr, sizeBytes } of this.blocks()) live += sizeBytes + (this.poolAt(ptr) === 0 ? HEADER_BYTES : 0);
    const { allocated } = this.diagnostics();
    if (live !== allocated) findings.push(`pools: ${live} bytes are in use, ${allocated} are counted`);
    const taken = this.large.diagnostics().allocated;
    const expected = this.largeBytes + this.pages.innerBytes;
    if (taken !== expected) findings.push(`pools: ${taken} bytes are taken of the o1heap, ${expected} are accounted for`);
    return findings;
  }

  *blocks(): Iterable<HeapBlock> {
    this.pages.settle();
    for (const block of this.large.blocks()) {
      if (this.pages.isChunk(block.ptr)) yield* this.pages.cellsIn(block.ptr);
      else if (!this.pages.isStack(block.ptr)) yield block;
    }
  }
}

/** Pools of which some serve one kind only. */
export class TypedPoolsHeap extends PoolsHeap {
  /** Pool number by kind, 0 for kinds without one, and its cell size. */
  private readonly typedPool = new Uint8Array(256);
  private readonly typedBytes = new Int32Array(256);

  constructor(memory: AddressSpace, options: PoolsOptions) {
    super(memory, options);
    options.typed.forEach(({ kind, cellBytes }, index) => {
      this.typedPool[kind] = CELL_SIZES.length + 1 + index;
      this.typedBytes[kind] = cellBytes;
    });
  }

  override allocate(sizeBytes: number, kind: BlockKind): Ptr {
    const pool = this.typedPool[kind];
    if (pool === 0 || sizeBytes > this.typedBytes[kind]) return super.allocate(sizeBytes, kind);
    if (sizeBytes > this.peakRequest) this.peakRequest = sizeBytes;
    return this.allocateCell(pool, sizeBytes, kind);
  }
}
