// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { reserveBytes } from "../../../lib/heap/heap.ts";
import { AddressSpace, createHeap, type Heap, heapList } from "../../../lib/index.ts";
import { xorshift32 } from "../../../tools/heap/workloads.ts";

/** Options for an arena of 16 MiB, of heaps that take one. */
function smallSpec(name: string): string {
  const takesMax = heapList().some((heap) => heap.name === name && heap.options.some((option) => option.name === "max"));
  return takesMax ? `${name}:max=16M` : name;
}

describe.each(heapList().map(({ name }) => name))("%s", (name) => {
  function make(): { memory: AddressSpace; heap: Heap } {
    const memory = new AddressSpace(64 << 20);
    return { memory, heap: createHeap(smallSpec(name), memory) };
  }

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
    const heap = createHeap(smallSpec(name), memory);
    const next = xorshift32(7);
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
  it("serves a request larger than its next arena from one arena made for it", () => {
    const heap = createHeap("o1heap-chain:initial=64k,growth=64k", new AddressSpace(64 << 20));
    for (const [i, bytes] of [200_000, 262_128, 1_000_000, 1_048_560].entries()) {
      expect(heap.allocate(bytes, 1)).not.toBe(0);
      expect(heap.diagnostics().arenas).toBe(2 + i);
    }
  });

  it.each(["", "track+guard:quarantine=64k+"])("grows ahead of need through %swrappers", (wrappers) => {
    const heap = createHeap(`${wrappers}o1heap-chain:initial=64k,max=4M,fallback=system`, new AddressSpace(64 << 20));
    expect(reserveBytes(heap, 1 << 20)).toBe(true);
    const { arenas } = heap.diagnostics();
    expect(arenas).toBeGreaterThan(1);
    for (let i = 0; i < 400; i++) expect(heap.allocate(1000, 1)).not.toBe(0);
    expect(heap.diagnostics().arenas).toBe(arenas);
    expect(reserveBytes(heap, 64 << 20)).toBe(false);
  });

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
