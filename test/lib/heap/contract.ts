// SPDX-License-Identifier: AGPL-3.0-or-later
import fc from "fast-check";
import { expect } from "vitest";
import type { BlockKind } from "../../../lib/heap/block-kind.ts";
import type { Heap } from "../../../lib/heap/heap.ts";
import { AddressSpace, type Ptr } from "../../../lib/memory/address-space.ts";

/** What the model knows of a live block: how much was asked for, and what was written into it. */
interface ModelBlock {
  ptr: Ptr;
  sizeBytes: number;
  kind: number;
  stamp: number;
}

export interface ContractSettings {
  makeHeap(memory: AddressSpace): Heap;
  seed: number;
  operations: number;
  /** Whether memory is there again when all is freed; not so for a heap that never frees. */
  reuses: boolean;
  /** After how many operations `checkInvariants` is called. */
  checkEvery: number;
  /** Largest request; one of that size must be served when nothing is alive. */
  largestBytes: number;
}

export const ADDRESS_SPACE_BYTES = 24 << 20;
/** More live blocks than this, and the next operation frees one. */
const MOST_LIVE = 300;

type Operation = readonly [choice: number, size: number, index: number];

/** Sizes as programs ask for them: 0 and 1, small, around powers of two, large. */
const sizes = (largestBytes: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 1 }) },
    { weight: 12, arbitrary: fc.integer({ min: 2, max: 128 }) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.integer({ min: 4, max: 13 }), fc.integer({ min: -17, max: 1 }))
        .map(([bits, by]) => Math.max(0, (1 << bits) + by)),
    },
    { weight: 2, arbitrary: fc.integer({ min: 1024, max: 16_384 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: largestBytes }) },
  );

/** Runs random operations on a heap against a model of it; fails with the shortest sequence that shows a difference. */
export function checkContract(settings: ContractSettings): void {
  const operation: fc.Arbitrary<Operation> = fc.tuple(fc.nat(99), sizes(settings.largestBytes), fc.nat());
  const { seed, operations } = settings;
  fc.assert(
    fc.property(fc.array(operation, { minLength: operations, maxLength: operations, size: "max" }), (sequence) => {
      const memory = new AddressSpace(ADDRESS_SPACE_BYTES);
      new HeapModel(settings, settings.makeHeap(memory), memory).run(sequence);
    }),
    { seed, numRuns: 1, endOnFailure: true, reporter: reportBriefly },
  );
}

/** Names the failure; the sequence itself is thousands of operations long and comes back with the seed. */
function reportBriefly(details: fc.RunDetails<[Operation[]]>): void {
  if (details.failed) throw new Error(`seed ${details.seed}: ${details.errorInstance}`, { cause: details.errorInstance });
}

class HeapModel {
  private readonly live: ModelBlock[] = [];
  private readonly settings: ContractSettings;
  private readonly heap: Heap;
  private readonly memory: AddressSpace;
  private stamps = 0;

  constructor(settings: ContractSettings, heap: Heap, memory: AddressSpace) {
    this.settings = settings;
    this.heap = heap;
    this.memory = memory;
  }

  run(sequence: readonly Operation[]): void {
    sequence.forEach((operation, i) => {
      try {
        this.step(operation);
      } catch (error) {
        throw new Error(`operation ${i} [${operation}]: ${error}`, { cause: error });
      }
      if (i % this.settings.checkEvery === 0) expect(this.heap.checkInvariants()).toEqual([]);
      if (i % 1000 === 999) this.checkWalk();
    });
    this.checkWalk();
    for (const block of this.live) this.checkBlock(block);
    const usedAtMost = this.heap.diagnostics().peakAllocated;
    while (this.live.length > 0) this.free(this.live.length - 1);
    expect(this.heap.checkInvariants()).toEqual([]);
    expect([...this.heap.blocks()]).toEqual([]);
    this.heap.free(0);
    if (!this.settings.reuses) return;
    // All memory is back: what was refused for lack of it is served now.
    const ptr = this.heap.allocate(this.settings.largestBytes, 0);
    expect(ptr).not.toBe(0);
    this.heap.free(ptr);
    expect(this.heap.diagnostics().peakAllocated).toBeGreaterThanOrEqual(usedAtMost);
  }

  private step([choice, size, index]: Operation): void {
    const { live } = this;
    if (live.length > 0 && (choice < 35 || live.length > MOST_LIVE)) this.free(index % live.length);
    else if (live.length > 0 && choice < 50) this.reallocate(live[index % live.length], size);
    else this.allocate(size, index % 26);
  }

  private allocate(sizeBytes: number, kind: number): void {
    const ptr = this.heap.allocate(sizeBytes, kind as BlockKind);
    if (ptr === 0) return;
    const block = { ptr, sizeBytes, kind, stamp: this.stamps++ };
    this.checkPlace(block);
    this.write(block);
    this.live.push(block);
  }

  private free(index: number): void {
    const block = this.live[index];
    this.checkBlock(block);
    this.live[index] = this.live[this.live.length - 1];
    this.live.pop();
    this.heap.free(block.ptr);
  }

  private reallocate(block: ModelBlock, sizeBytes: number): void {
    this.checkBlock(block);
    const moved = this.heap.reallocate(block.ptr, sizeBytes);
    if (moved === 0) {
      this.checkBlock(block);
      return;
    }
    this.live.splice(this.live.indexOf(block), 1);
    const after = { ...block, ptr: moved, sizeBytes };
    this.checkPlace(after);
    this.checkContents(after, Math.min(block.sizeBytes, sizeBytes));
    this.write(after);
    this.live.push(after);
  }

  private checkPlace({ ptr, sizeBytes, kind }: ModelBlock): void {
    if (ptr % 16 !== 0) expect(ptr % 16, "alignment").toBe(0);
    if (!(ptr > 0 && ptr + sizeBytes <= this.memory.sizeBytes)) expect.fail(`block at ${ptr} is outside of memory`);
    if (this.heap.usableSize(ptr) < sizeBytes) expect(this.heap.usableSize(ptr), "usable size").toBeGreaterThanOrEqual(sizeBytes);
    if (this.heap.kindOf(ptr) !== kind) expect(this.heap.kindOf(ptr), "kind").toBe(kind);
    if (!this.heap.owns(ptr)) expect.fail(`the heap does not own ${ptr}`);
    for (const other of this.live) {
      if (ptr < other.ptr + Math.max(1, other.sizeBytes) && other.ptr < ptr + Math.max(1, sizeBytes)) {
        expect.fail(`${sizeBytes} bytes at ${ptr} overlap ${other.sizeBytes} bytes at ${other.ptr}`);
      }
    }
  }

  /** Fills the block; in a large one, both ends. */
  private write({ ptr, sizeBytes, stamp }: ModelBlock): void {
    const { U8 } = this.memory;
    U8.fill(stamp & 255, ptr, ptr + Math.min(sizeBytes, 64));
    U8.fill((stamp >> 8) & 255, ptr + Math.max(Math.min(sizeBytes, 64), sizeBytes - 64), ptr + sizeBytes);
  }

  private checkContents({ ptr, stamp }: ModelBlock, sizeBytes: number): void {
    const { U8 } = this.memory;
    for (let at = ptr; at < ptr + Math.min(sizeBytes, 64); at++) {
      if (U8[at] !== (stamp & 255)) expect.fail(`byte ${at - ptr} of the block at ${ptr} has changed`);
    }
  }

  private checkBlock(block: ModelBlock): void {
    const { U8 } = this.memory;
    const { ptr, sizeBytes, kind, stamp } = block;
    this.checkContents(block, sizeBytes);
    for (let at = ptr + Math.max(64, sizeBytes - 64); at < ptr + sizeBytes; at++) {
      if (U8[at] !== ((stamp >> 8) & 255)) expect.fail(`byte ${at - ptr} of the block at ${ptr} has changed`);
    }
    if (this.heap.kindOf(ptr) !== kind) expect(this.heap.kindOf(ptr), "kind").toBe(kind);
  }

  /** The heap walk finds exactly the model's blocks. */
  private checkWalk(): void {
    const found = [...this.heap.blocks()].sort((a, b) => a.ptr - b.ptr);
    const expected = [...this.live].sort((a, b) => a.ptr - b.ptr);
    expect(found.map(({ ptr, kind }) => [ptr, kind])).toEqual(expected.map(({ ptr, kind }) => [ptr, kind]));
    found.forEach((block, i) => {
      expect(block.sizeBytes).toBeGreaterThanOrEqual(expected[i].sizeBytes);
    });
  }
}
