// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { HeapBlock } from "./heap.ts";
import { HEADER_BYTES, O1Heap } from "./o1heap.ts";

/** Pages are the grain at which an address tells its pool. */
const PAGE_BITS = 10;
export const PAGE_BYTES = 1 << PAGE_BITS;
/** A pool gets this much at once, which is how exactly its peak is known. Less costs time, more loses exactness. */
const BATCH_BYTES = 4096;
/** A chunk fills a fragment of 32 KiB; its cells lie in the pages that it covers wholly. */
const CHUNK_BYTES = 32_768 - HEADER_BYTES;
const MAX_POOLS = 64;
const SIZE_TABLE_BYTES = 128;
const INNER_KIND: BlockKind = 0;
/** Stands in the table of kinds for a free cell while `check` goes through the stacks. */
const ON_STACK = 0xffff;

/** A block of the o1heap that a pool cuts into cells. */
interface Chunk {
  pool: number;
  /** First cell, how many it has room for, and how many have been cut so far. */
  first: Ptr;
  count: number;
  cut: number;
}

/**
 * The memory of a set of pools: chunks of cells, a stack of free cells for each pool, the table from pages to pools and the
 * table of kinds. Everything lies in the address space, chunks and stacks as blocks of `backing`.
 */
export class CellPages {
  readonly backing: O1Heap;
  /** I32[tops + pool] is the word index of the top of a pool's stack, whose lowest word is 0. Pools count from 1. */
  readonly tops: number;
  /** I32[cellBytes + pool] is a pool's cell size. */
  readonly cellBytes: number;
  /** Where in U8 a table from sizes to pools has room, SIZE_TABLE_BYTES long. */
  readonly sizeTable: number;
  /** U8[pageTable + address / 1024] is the pool; 0 for what belongs to the o1heap. */
  readonly pageTable: number;
  /** U16[kindTable + address / 16] is 1 + the kind of a live cell; of a free one what it was, or 0 (`settle`). */
  readonly kindTable: number;
  private readonly memory: AddressSpace;
  readonly poolCount: number;
  private readonly chunks = new Map<Ptr, Chunk>();
  /** Address of each pool's stack, and how many cells it has room for. */
  private readonly stacks: Ptr[];
  private readonly room: number[];
  /** Cells that each pool has, free or not, and the most it ever had: it is given more only when all it has are live. */
  private readonly cells: number[];
  private readonly mostCells: number[];
  /** The chunk that each pool cuts cells from. */
  private readonly open: (Chunk | undefined)[];

  /**
   * @param cellBytes cell size of each pool in bytes, multiples of 16
   * @throws RangeError when the address space has no room
   */
  constructor(memory: AddressSpace, arenaBytes: number, cellBytes: readonly number[]) {
    this.memory = memory;
    // Two bytes for each 16 and one for each 1024 go to the tables.
    const room = Math.floor((memory.remainingBytes - 4096) * (1 - 1 / 8 - 1 / 512));
    this.backing = new O1Heap(memory, Math.min(arenaBytes, room));
    const { start, end } = this.backing.range;
    const control = memory.carve(4 * 2 * MAX_POOLS + SIZE_TABLE_BYTES);
    const kinds = memory.carve(Math.ceil((end - start) / 8) + 64);
    // From address 0, so that the null pointer has a page too, and `free` needs no test of its own for it.
    const pages = memory.carve((end >> PAGE_BITS) + 1);
    if (control === 0 || kinds === 0 || pages === 0)
      throw new RangeError(`pools: no room for an arena of ${arenaBytes} bytes and its tables`);
    this.kindTable = (kinds >> 1) - (start >> 4);
    this.pageTable = pages;
    memory.U8.fill(0, pages, pages + (end >> PAGE_BITS) + 1);
    this.tops = control >> 2;
    this.cellBytes = this.tops + MAX_POOLS;
    this.sizeTable = control + 4 * 2 * MAX_POOLS;
    this.poolCount = cellBytes.length;
    memory.I32.set(cellBytes, this.cellBytes + 1);
    this.stacks = [0, ...cellBytes.map(() => 0)];
    this.room = [...this.stacks];
    this.cells = [...this.stacks];
    this.mostCells = [...this.stacks];
    this.open = this.stacks.map(() => undefined);
    for (let pool = 1; pool <= cellBytes.length; pool++) this.makeRoom(pool, 1);
  }

  /** Gives a pool a stack for so many cells more. @returns false when there is no memory for it; nothing has changed then */
  private makeRoom(pool: number, cells: number): boolean {
    const wanted = this.cells[pool] + cells;
    if (wanted <= this.room[pool]) return true;
    // The lowest word is the 0 that says empty.
    const bytes = 4 * (1 + Math.max(wanted, 2 * this.room[pool]));
    const stack = this.backing.allocate(bytes, INNER_KIND);
    if (stack === 0) return false;
    const { I32 } = this.memory;
    const old = this.stacks[pool];
    const used = old === 0 ? 0 : I32[this.tops + pool] - (old >> 2);
    if (old !== 0) I32.copyWithin(stack >> 2, old >> 2, (old >> 2) + used + 1);
    else I32[stack >> 2] = 0;
    this.backing.free(old);
    this.stacks[pool] = stack;
    I32[this.tops + pool] = (stack >> 2) + used;
    this.room[pool] = (this.backing.usableSize(stack) >> 2) - 1;
    return true;
  }

  /** Gives a pool whose stack is empty a batch of cells. @returns false when there is no memory for them */
  refill(pool: number): boolean {
    const chunk = this.openChunk(pool);
    if (chunk === undefined) return false;
    const size = this.sizeOf(pool);
    const count = Math.min(chunk.count - chunk.cut, Math.max(1, Math.floor(BATCH_BYTES / size)));
    if (!this.makeRoom(pool, count)) return false;
    const first = chunk.first + chunk.cut * size;
    chunk.cut += count;
    this.cells[pool] += count;
    this.mostCells[pool] = Math.max(this.mostCells[pool], this.cells[pool]);
    // Cleared here, not as a whole at the start, so that the table takes no memory before there are cells.
    this.memory.U16.fill(0, this.kindTable + (first >> 4), this.kindTable + ((first + count * size) >> 4));
    const { I32 } = this.memory;
    let top = I32[this.tops + pool];
    for (let cell = first + (count - 1) * size; cell >= first; cell -= size) I32[++top] = cell;
    I32[this.tops + pool] = top;
    return true;
  }

  /** The chunk that a pool cuts its next cells from. */
  private openChunk(pool: number): Chunk | undefined {
    const open = this.open[pool];
    if (open !== undefined && open.cut < open.count) return open;
    const block = this.backing.allocate(CHUNK_BYTES, INNER_KIND);
    if (block === 0) return undefined;
    const first = Math.ceil(block / PAGE_BYTES) * PAGE_BYTES;
    const end = Math.floor((block + CHUNK_BYTES) / PAGE_BYTES) * PAGE_BYTES;
    const chunk = { pool, first, count: Math.floor((end - first) / this.sizeOf(pool)), cut: 0 };
    this.chunks.set(block, chunk);
    this.open[pool] = chunk;
    this.setPages(chunk, pool);
    return chunk;
  }

  /** Bytes of a pool's live cells. */
  liveBytes(pool: number): number {
    const free = this.memory.I32[this.tops + pool] - (this.stacks[pool] >> 2);
    return (this.cells[pool] - free) * this.sizeOf(pool);
  }

  /** The most bytes that a pool's live cells have taken, to the batch: it had no cell to spare whenever it got more. */
  peakBytes(pool: number): number {
    return this.mostCells[pool] * this.sizeOf(pool);
  }

  /** Bytes that chunks and stacks take of the o1heap, headers left out. */
  get innerBytes(): number {
    let bytes = this.chunks.size * (CHUNK_BYTES + HEADER_BYTES);
    for (const stack of this.stacks) if (stack !== 0) bytes += this.backing.usableSize(stack) + HEADER_BYTES;
    return bytes;
  }

  private sizeOf(pool: number): number {
    return this.memory.I32[this.cellBytes + pool];
  }

  private setPages({ pool, first, count }: Chunk, value: number): void {
    const last = first + count * this.sizeOf(pool) - 1;
    this.memory.U8.fill(value, this.pageTable + (first >> PAGE_BITS), this.pageTable + (last >> PAGE_BITS) + 1);
  }

  /** Makes sure that a pool has so many cells, as far as memory allows. */
  prewarm(pool: number, cells: number): void {
    while (this.cells[pool] < cells && this.refill(pool)) {}
  }

  /** Gives chunks without a live cell back. @returns bytes given back */
  trim(): number {
    this.settle();
    const emptyChunks = [...this.chunks].filter(([, chunk]) => !this.hasLive(chunk));
    const pools = new Set(emptyChunks.map(([, chunk]) => chunk.pool));
    for (const [block, chunk] of emptyChunks) {
      this.chunks.delete(block);
      this.setPages(chunk, 0);
      this.cells[chunk.pool] -= chunk.cut;
      if (this.open[chunk.pool] === chunk) this.open[chunk.pool] = undefined;
    }
    for (const pool of pools) this.dropForeignCells(pool);
    for (const [block] of emptyChunks) this.backing.free(block);
    return emptyChunks.length * CHUNK_BYTES;
  }

  /** Takes cells that are no longer a pool's out of its stack. */
  private dropForeignCells(pool: number): void {
    const { I32, U8 } = this.memory;
    const bottom = this.stacks[pool] >> 2;
    let top = bottom;
    for (let at = bottom + 1; at <= I32[this.tops + pool]; at++) {
      if (U8[this.pageTable + (I32[at] >> PAGE_BITS)] === pool) I32[++top] = I32[at];
    }
    I32[this.tops + pool] = top;
  }

  /**
   * Makes the table of kinds say 0 for all free cells. `free` leaves that to whoever wants to know: most cells are taken
   * again before anybody does, and the table is one more cache line to fetch.
   */
  settle(): void {
    const { I32, U16 } = this.memory;
    for (let pool = 1; pool <= this.poolCount; pool++) {
      for (let at = I32[this.tops + pool]; I32[at] !== 0; at--) U16[this.kindTable + (I32[at] >> 4)] = 0;
    }
  }

  private hasLive(chunk: Chunk): boolean {
    const size = this.sizeOf(chunk.pool);
    for (let i = 0; i < chunk.cut; i++) {
      if (this.memory.U16[this.kindTable + ((chunk.first + i * size) >> 4)] !== 0) return true;
    }
    return false;
  }

  isChunk(block: Ptr): boolean {
    return this.chunks.has(block);
  }

  isStack(block: Ptr): boolean {
    return this.stacks.includes(block);
  }

  /** The live cells of a chunk, right after `settle`. */
  *cellsIn(block: Ptr): Iterable<HeapBlock> {
    const { pool, first, cut } = this.chunks.get(block)!;
    const sizeBytes = this.sizeOf(pool);
    for (let i = 0; i < cut; i++) {
      const ptr = first + i * sizeBytes;
      const kind = this.memory.U16[this.kindTable + (ptr >> 4)] - 1;
      if (kind >= 0) yield { ptr, kind, sizeBytes };
    }
  }

  /** A pool's stack must hold cells of its own only, none twice. Cells found are marked in the table of kinds on the way. */
  check(): string[] {
    const { I32, U16 } = this.memory;
    const findings: string[] = [];
    for (let pool = 1; pool <= this.poolCount; pool++) {
      const bottom = this.stacks[pool] >> 2;
      if (I32[bottom] !== 0) findings.push(`pools: the stack of pool ${pool} has no end`);
      for (let at = I32[this.tops + pool]; at > bottom; at--) {
        const kind = this.kindTable + (I32[at] >> 4);
        if (this.isCellOf(pool, I32[at]) && U16[kind] !== ON_STACK) U16[kind] = ON_STACK;
        else findings.push(`pools: ${I32[at]} is on the stack of pool ${pool} and is no free cell of it, or there twice`);
      }
    }
    let lost = 0;
    for (const { pool, first, cut } of this.chunks.values()) {
      const step = this.sizeOf(pool) >> 4;
      for (let i = 0, kind = this.kindTable + (first >> 4); i < cut; i++, kind += step) {
        if (U16[kind] === 0) lost++;
        else if (U16[kind] === ON_STACK) U16[kind] = 0;
      }
    }
    if (lost > 0) findings.push(`pools: ${lost} free cells are on no stack`);
    return findings;
  }

  private isCellOf(pool: number, cell: Ptr): boolean {
    return this.memory.U8[this.pageTable + (cell >> PAGE_BITS)] === pool;
  }
}
