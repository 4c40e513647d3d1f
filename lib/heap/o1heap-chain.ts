// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import { HEADER_BYTES, O1Heap } from "./o1heap.ts";

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

/** Figures of one arena. Sizes in bytes. */
export interface ArenaDiagnostics {
  /** First address. */
  start: Ptr;
  capacity: number;
  /** Bytes now taken by live blocks, with their headers and rounding, and how many those are. */
  allocated: number;
  blocks: number;
}

/** No two arenas share a page of this size, so that an address's high bits name its arena. */
const PAGE_BITS = 16;
const PAGE_BYTES = 1 << PAGE_BITS;
const MIN_ARENA_BYTES = 4096;

/**
 * An o1heap that grows by arenas of 32, 64, 128, 256 MiB … A new arena is carved when no bin can serve a request; nothing
 * ever moves, so that growing costs no more than an allocation.
 *
 * The arenas' fragments share one set of bins, as docs/heaps.md explains: allocating and freeing take the same time however
 * many arenas there are. A table from address pages to arenas answers `owns` in constant time.
 */
export class O1HeapChain extends O1Heap {
  override readonly name: string = "o1heap-chain";
  private readonly options: ChainOptions;
  /** Index + 1 of the arena on each page of the address space; 0 where there is none. */
  private readonly owners: Uint16Array;

  /** @throws RangeError when the address space has no room for the first arena */
  constructor(memory: AddressSpace, options: Partial<ChainOptions> = {}) {
    const chosen = { ...DEFAULT_CHAIN_OPTIONS, ...options };
    super(memory, Math.min(chosen.initialBytes, chosen.maxBytes));
    this.options = chosen;
    this.owners = new Uint16Array(Math.ceil(memory.sizeBytes / PAGE_BYTES));
    this.noteOwner();
  }

  /** Writes the arena carved last into the table. */
  private noteOwner(): void {
    const { start, end } = this.arenas[this.arenas.length - 1];
    this.owners.fill(this.arenas.length, start >>> PAGE_BITS, ((end - 1) >>> PAGE_BITS) + 1);
  }

  protected override exhausted(sizeBytes: number, kind: BlockKind): Ptr {
    if (!this.addArena(sizeBytes)) return super.exhausted(sizeBytes, kind);
    return this.allocate(sizeBytes, kind);
  }

  /**
   * Carves the next arena of the growth policy, or a larger one where the request needs it.
   * @returns false when no arena can be had that serves the request; none is carved then
   */
  private addArena(requestBytes: number): boolean {
    const needed = Math.max(MIN_ARENA_BYTES, fragmentBytes(requestBytes) + O1Heap.ARENA_OVERHEAD_BYTES);
    const gap = this.gapBytes();
    const most = Math.min(this.options.maxBytes - this.arenaBytes, this.memory.remainingBytes - gap - 64);
    if (most < needed) return false;
    if (gap > 0) this.memory.carve(gap);
    if (this.carveArena(Math.min(Math.max(this.nextArenaBytes(), needed), most)) === 0) return false;
    this.noteOwner();
    this.openArena();
    return true;
  }

  /** What to leave out so that the next arena starts on a page of its own: arenas lie where other heaps carve, too. */
  private gapBytes(): number {
    const taken = this.memory.sizeBytes - this.memory.remainingBytes;
    return -taken & (PAGE_BYTES - 1);
  }

  private nextArenaBytes(): number {
    if (this.options.growth !== "double") return this.options.growth;
    const { start, end } = this.arenas[this.arenas.length - 1];
    return (end - start) * 2;
  }

  /** Bytes of all arenas. */
  private get arenaBytes(): number {
    return this.arenas.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /**
   * Makes sure that `bytes` more can be allocated without a new arena, as far as rounding and fragmentation allow: for a
   * loading screen.
   * @returns false when the address space or `maxBytes` does not allow it; the chain may have grown part of the way
   */
  reserve(bytes: number): boolean {
    for (;;) {
      const missing = bytes - (this.capacity - this.diagnostics().allocated);
      if (missing <= 0) return true;
      // An arena that has a fragment for half of it holds all of it, or the next one does.
      if (!this.addArena(Math.min(missing / 2, 0x1fffffff))) return false;
    }
  }

  override owns(ptr: Ptr): boolean {
    const owner = ptr > 0 ? this.owners[ptr >>> PAGE_BITS] : 0;
    if (!owner) return false;
    const { start, end } = this.arenas[owner - 1];
    return ptr >= start && ptr < end;
  }

  /** Figures of each arena, oldest first. Walks the heap. */
  arenaDiagnostics(): ArenaDiagnostics[] {
    return this.arenas.map((arena) => {
      let allocated = 0;
      let blocks = 0;
      for (const block of this.blocksOf(arena)) {
        allocated += block.sizeBytes + HEADER_BYTES;
        blocks++;
      }
      return { start: arena.start, capacity: arena.capacity, allocated, blocks };
    });
  }
}

/** The fragment that a request takes: the next power of two with its header. */
function fragmentBytes(requestBytes: number): number {
  return 2 ** Math.ceil(Math.log2(requestBytes + HEADER_BYTES));
}
