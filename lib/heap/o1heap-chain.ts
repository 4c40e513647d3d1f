// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { Heap, HeapBlock, HeapDiagnostics } from "./heap.ts";
import { O1Heap } from "./o1heap.ts";
import { reallocateByCopy } from "./reallocate.ts";

/** How the chain grows. Sizes in bytes. */
export interface ChainOptions {
  /** Size of the first arena. */
  initialBytes: number;
  /** Bound on all arenas together. */
  maxBytes: number;
  /** `double`: each arena is twice the one before. A number: arenas of that size. */
  growth: "double" | number;
}

export const DEFAULT_CHAIN_OPTIONS: ChainOptions = { initialBytes: 32 << 20, maxBytes: 0x7fffffff, growth: "double" };

/** Arenas begin at multiples of this, so that an address's high bits name its arena. */
const PAGE_BITS = 20;
const PAGE_BYTES = 1 << PAGE_BITS;
const MIN_ARENA_BYTES = 4096;

/**
 * A chain of o1heaps that doubles: 32, 64, 128, 256 MiB … A new arena is carved when all others refuse; nothing ever moves.
 * A table from address pages to arenas finds the owner of a block in constant time.
 */
export class O1HeapChain implements Heap {
  readonly name: string = "o1heap-chain";
  private readonly memory: AddressSpace;
  private readonly options: ChainOptions;
  private readonly arenas: O1Heap[] = [];
  /** Arena index by page of the address space. */
  private readonly owners: Uint8Array;
  /** The arena that served the last request: tried first. */
  private current: O1Heap;
  private peakRequest = 0;
  private outOfMemoryCount = 0;

  /** @throws RangeError when the address space has no room for the first arena */
  constructor(memory: AddressSpace, options: Partial<ChainOptions> = {}) {
    this.memory = memory;
    this.options = { ...DEFAULT_CHAIN_OPTIONS, ...options };
    this.owners = new Uint8Array(Math.ceil(memory.sizeBytes / PAGE_BYTES) + 1);
    const first = this.addArena(Math.min(this.options.initialBytes, this.options.maxBytes));
    if (first === null) throw new RangeError(`o1heap-chain: no room for a first arena of ${this.options.initialBytes} bytes`);
    this.current = first;
  }

  private addArena(wantedBytes: number): O1Heap | null {
    const room = this.memory.remainingBytes - 2 * PAGE_BYTES;
    const bytes = Math.min(wantedBytes, this.options.maxBytes - this.capacity);
    // A small address space is shared without page alignment waste.
    if (bytes < MIN_ARENA_BYTES) return null;
    const size = Math.min(bytes, room > MIN_ARENA_BYTES ? room : this.memory.remainingBytes - 64);
    if (size < MIN_ARENA_BYTES) return null;
    if (!this.alignToPage(size)) return null;
    const arena = new O1Heap(this.memory, size);
    const index = this.arenas.push(arena) - 1;
    this.owners.fill(index, arena.start >>> PAGE_BITS, ((arena.end - 1) >>> PAGE_BITS) + 1);
    return arena;
  }

  /** Leaves a gap so that the next arena does not share a page with the one before. */
  private alignToPage(size: number): boolean {
    if (this.arenas.length === 0) return true;
    const last = this.arenas[this.arenas.length - 1];
    const gap = (PAGE_BYTES - (last.end & (PAGE_BYTES - 1))) & (PAGE_BYTES - 1);
    if (gap + size > this.memory.remainingBytes) return false;
    return gap === 0 || this.memory.carve(gap) !== 0;
  }

  private get capacity(): number {
    return this.arenas.reduce((sum, arena) => sum + (arena.end - arena.start), 0);
  }

  private nextArenaBytes(): number {
    if (this.options.growth !== "double") return this.options.growth;
    const last = this.arenas[this.arenas.length - 1];
    return (last.end - last.start) * 2;
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    const ptr = this.current.allocate(sizeBytes, kind);
    return ptr !== 0 ? ptr : this.allocateElsewhere(sizeBytes, kind);
  }

  /** The current arena refused: the others, newest first, then a new one. */
  private allocateElsewhere(sizeBytes: number, kind: BlockKind): Ptr {
    if (sizeBytes > this.peakRequest) this.peakRequest = sizeBytes;
    for (let i = this.arenas.length - 1; i >= 0; i--) {
      const arena = this.arenas[i];
      if (arena === this.current || arena.largestPossibleAllocation < sizeBytes) continue;
      const ptr = arena.allocate(sizeBytes, kind);
      if (ptr !== 0) {
        this.current = arena;
        return ptr;
      }
    }
    // A fragment is a power of two with its header: an arena must hold one of that size.
    let needed = MIN_ARENA_BYTES;
    while (needed < sizeBytes + 64 && needed < 0x40000000) needed *= 2;
    const arena = this.addArena(Math.max(this.nextArenaBytes(), needed));
    const ptr = arena === null ? 0 : arena.allocate(sizeBytes, kind);
    if (arena !== null) this.current = arena;
    if (ptr === 0) this.outOfMemoryCount++;
    return ptr;
  }

  /** Makes sure that `bytes` more can be allocated without a new arena, as far as fragmentation allows: for a loading screen. */
  reserve(bytes: number): boolean {
    while (this.capacity - this.allocatedBytes() < bytes)
      if (this.addArena(Math.max(this.nextArenaBytes(), bytes)) === null) return false;
    return true;
  }

  private ownerOf(ptr: Ptr): O1Heap {
    return this.arenas[this.owners[ptr >>> PAGE_BITS]];
  }

  free(ptr: Ptr): void {
    if (ptr === 0) return;
    const current = this.current;
    if (ptr >= current.start && ptr < current.end) current.free(ptr);
    else this.ownerOf(ptr).free(ptr);
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return reallocateByCopy(this, this.memory.U8, ptr, sizeBytes);
  }

  usableSize(ptr: Ptr): number {
    return this.ownerOf(ptr).usableSize(ptr);
  }

  owns(ptr: Ptr): boolean {
    return this.ownerOf(ptr).owns(ptr);
  }

  kindOf(ptr: Ptr): number {
    return this.ownerOf(ptr).kindOf(ptr);
  }

  private allocatedBytes(): number {
    return this.arenas.reduce((sum, arena) => sum + arena.diagnostics().allocated, 0);
  }

  diagnostics(): HeapDiagnostics {
    const each = this.arenaDiagnostics();
    const sum = (value: (arena: HeapDiagnostics) => number): number => each.reduce((total, arena) => total + value(arena), 0);
    return {
      capacity: sum((arena) => arena.capacity),
      allocated: sum((arena) => arena.allocated),
      // Arenas peak at different times: the sum is an upper bound, exact while one arena serves.
      peakAllocated: sum((arena) => arena.peakAllocated),
      peakRequest: each.reduce((peak, arena) => Math.max(peak, arena.peakRequest), this.peakRequest),
      outOfMemoryCount: this.outOfMemoryCount,
      arenas: each.length,
    };
  }

  /** Figures of each arena, oldest first. */
  arenaDiagnostics(): HeapDiagnostics[] {
    return this.arenas.map((arena) => arena.diagnostics());
  }

  checkInvariants(): string[] {
    return this.arenas.flatMap((arena, i) => arena.checkInvariants().map((finding) => `arena ${i}: ${finding}`));
  }

  *blocks(): Iterable<HeapBlock> {
    for (const arena of this.arenas) yield* arena.blocks();
  }
}
