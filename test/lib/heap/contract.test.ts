// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { AddressSpace, createHeap, type Heap, heapList } from "../../../lib/index.ts";

/** What every heap promises (lib/heap/heap.ts), checked on each of them against a model: a map of live blocks. */
const OPERATIONS = 10_000;
const SEEDS = [1, 2, 3];
const ARENA = "max=16M";

function random(seed: number): () => number {
  let state = seed * 2654435761 + 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function fill(memory: AddressSpace, ptr: number, bytes: number, mark: number): void {
  memory.U8.fill(mark & 255, ptr, ptr + bytes);
}

function isFilled(memory: AddressSpace, ptr: number, bytes: number, mark: number): boolean {
  for (let i = 0; i < bytes; i++) if (memory.U8[ptr + i] !== (mark & 255)) return false;
  return true;
}

describe.each(heapList().map(({ name }) => name))("%s", (name) => {
  function make(): { memory: AddressSpace; heap: Heap } {
    const memory = new AddressSpace(64 << 20);
    return { memory, heap: createHeap(`${name}:${ARENA}`, memory) };
  }

  it.each(SEEDS)("keeps blocks apart and their contents whole, seed %i", (seed) => {
    const { memory, heap } = make();
    const next = random(seed);
    const live = new Map<number, { bytes: number; mark: number; kind: number }>();
    for (let i = 0; i < OPERATIONS; i++) {
      const choice = next() % 100;
      if (choice < 55 || live.size === 0) {
        const bytes = next() % 100 < 90 ? next() % 200 : next() % 20_000;
        const kind = 1 + (next() % 20);
        const ptr = heap.allocate(bytes, kind as 1);
        if (ptr === 0) continue;
        expect(ptr % 16).toBe(0);
        expect(live.has(ptr)).toBe(false);
        expect(heap.owns(ptr)).toBe(true);
        expect(heap.kindOf(ptr)).toBe(kind);
        expect(heap.usableSize(ptr)).toBeGreaterThanOrEqual(bytes);
        fill(memory, ptr, bytes, i);
        live.set(ptr, { bytes, mark: i, kind });
        continue;
      }
      const keys = [...live.keys()];
      const ptr = keys[next() % keys.length];
      const block = live.get(ptr)!;
      if (choice < 90) {
        expect(isFilled(memory, ptr, block.bytes, block.mark)).toBe(true);
        heap.free(ptr);
        live.delete(ptr);
      } else {
        const bytes = next() % 2000;
        const moved = heap.reallocate(ptr, bytes);
        if (moved === 0) continue;
        expect(isFilled(memory, moved, Math.min(bytes, block.bytes), block.mark)).toBe(true);
        live.delete(ptr);
        fill(memory, moved, bytes, block.mark);
        live.set(moved, { bytes, mark: block.mark, kind: block.kind });
      }
      if (i % 500 === 0) expect(heap.checkInvariants()).toEqual([]);
    }
    expect(heap.checkInvariants()).toEqual([]);
    const walked = new Map([...heap.blocks()].map(({ ptr, kind }) => [ptr, kind]));
    expect([...walked.keys()].sort((a, b) => a - b)).toEqual([...live.keys()].sort((a, b) => a - b));
    for (const [ptr, { bytes, mark }] of live) expect(isFilled(memory, ptr, bytes, mark)).toBe(true);
    for (const ptr of live.keys()) heap.free(ptr);
    expect([...heap.blocks()]).toEqual([]);
    expect(heap.diagnostics().allocated).toBe(0);
  });

  it("gives 0 for what it can't serve, and counts it", () => {
    const { heap } = make();
    expect(heap.allocate(512 << 20, 1)).toBe(0);
    expect(heap.diagnostics().outOfMemoryCount).toBe(1);
    expect(heap.diagnostics().peakRequest).toBe(512 << 20);
    expect(heap.allocate(100, 1)).not.toBe(0);
  });

  it("ignores freeing null, and serves empty blocks", () => {
    const { heap } = make();
    heap.free(0);
    const empty = heap.allocate(0, 3);
    expect(empty).not.toBe(0);
    heap.free(empty);
    expect(heap.checkInvariants()).toEqual([]);
  });
});

describe("heaps that free", () => {
  it.each(
    heapList()
      .map(({ name }) => name)
      .filter((name) => name !== "bump"),
  )("%s has all its memory back at the end", (name) => {
    const memory = new AddressSpace(64 << 20);
    const heap = createHeap(`${name}:${ARENA}`, memory);
    const next = random(7);
    for (let round = 0; round < 5; round++) {
      const blocks: number[] = [];
      for (;;) {
        const ptr = heap.allocate(1 + (next() % 5000), 1);
        if (ptr === 0) break;
        blocks.push(ptr);
      }
      blocks.sort(() => (next() & 1) - 0.5);
      for (const ptr of blocks) heap.free(ptr);
      expect(heap.diagnostics().allocated).toBe(0);
    }
    expect(heap.checkInvariants()).toEqual([]);
  });
});

describe("the chain", () => {
  it("doubles its arenas, moves nothing, and finds every block's owner", () => {
    const memory = new AddressSpace(64 << 20);
    const heap = createHeap("o1heap-chain:initial=1M", memory);
    const blocks: number[] = [];
    for (let i = 0; i < 12_000; i++) {
      const ptr = heap.allocate(1000, 2);
      expect(ptr).not.toBe(0);
      memory.I32[ptr >> 2] = i;
      blocks.push(ptr);
    }
    expect(heap.diagnostics().arenas).toBe(4);
    blocks.forEach((ptr, i) => {
      expect(memory.I32[ptr >> 2]).toBe(i);
      expect(heap.owns(ptr)).toBe(true);
      heap.free(ptr);
    });
    expect(heap.checkInvariants()).toEqual([]);
    expect(heap.diagnostics().allocated).toBe(0);
  });
});
