// SPDX-License-Identifier: AGPL-3.0-or-later
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AdaptiveArray,
  AdaptiveArrayError,
  AddressSpace,
  BlockKind,
  BufferPool,
  createHeap,
  MemoryPressure,
} from "../../../lib/index.ts";

function heapOf(spec: string) {
  const memory = new AddressSpace(64 << 20);
  return { memory, heap: createHeap(spec, memory) };
}

const liveBlocks = (heap: ReturnType<typeof createHeap>): number => [...heap.blocks()].length;

describe("buffer pool", () => {
  const options = { kind: BlockKind.FrameStack, maxIdle: 3, slack: 2 };

  it("serves a request by the smallest kept buffer that suits it", () => {
    const { heap } = heapOf("o1heap");
    const pool = new BufferPool(heap, options);
    const [small, middle, large] = [1000, 2000, 8000].map((bytes) => pool.take(bytes));
    for (const ptr of [large, small, middle]) pool.give(ptr);
    expect(pool.take(1500)).toBe(middle);
    // Twice as large as asked for is the most.
    expect(pool.take(3000)).not.toBe(large);
    expect(pool.take(7000)).toBe(large);
    expect(pool.statistics()).toMatchObject({ requests: 6, hits: 2, idle: 1 });
  });

  it("keeps no more than it may, and nothing after trim", () => {
    const { heap } = heapOf("o1heap");
    const pool = new BufferPool(heap, options);
    const taken = Array.from({ length: 5 }, () => pool.take(500));
    for (const ptr of taken) pool.give(ptr);
    expect(pool.statistics().idle).toBe(3);
    expect(liveBlocks(heap)).toBe(3);
    expect(pool.trim()).toBeGreaterThanOrEqual(1500);
    expect(liveBlocks(heap)).toBe(0);
  });

  it("is warm when asked to be, as far as memory goes", () => {
    const pool = new BufferPool(heapOf("o1heap:max=8k").heap, options);
    expect(pool.prewarm(2, 1000)).toBe(2);
    pool.take(1000);
    expect(pool.statistics()).toMatchObject({ requests: 1, hits: 1, idle: 1 });
    expect(pool.prewarm(3, 1 << 20)).toBe(1);
    expect(pool.take(1 << 20)).toBe(0);
  });

  it("never lends a buffer twice, nor one too small", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5000 }))), (steps) => {
        const { heap } = heapOf("segregated");
        const pool = new BufferPool(heap, options);
        const lent: number[] = [];
        for (const [gives, bytes] of steps) {
          if (gives && lent.length > 0) pool.give(lent.splice(bytes % lent.length, 1)[0]);
          else {
            const ptr = pool.take(bytes);
            expect(lent).not.toContain(ptr);
            expect(heap.usableSize(ptr)).toBeGreaterThanOrEqual(bytes);
            lent.push(ptr);
          }
        }
        for (const ptr of lent) pool.give(ptr);
        pool.trim();
        expect(liveBlocks(heap)).toBe(0);
      }),
      { numRuns: 50, seed: 3 },
    );
  });
});

describe("adaptive array", () => {
  const options = { kind: BlockKind.WorkList, elementBytes: 4, initial: 4, factor: 2, limit: 1000 } as const;

  it("takes nothing before it is used, grows by its factor, and keeps what is in it", () => {
    const { heap, memory } = heapOf("o1heap");
    const array = new AdaptiveArray(heap, options);
    expect(liveBlocks(heap)).toBe(0);
    const rooms = new Set<number>();
    for (let i = 0; i < 300; i++) {
      array.reserve(i + 1);
      memory.I32[(array.base >> 2) + i] = i * i;
      rooms.add(array.capacity);
    }
    expect([...rooms]).toEqual([4, 8, 16, 32, 64, 128, 256, 512]);
    expect(Array.from({ length: 300 }, (_, i) => memory.I32[(array.base >> 2) + i])).toEqual(
      Array.from({ length: 300 }, (_, i) => i * i),
    );
    array.free();
    expect(liveBlocks(heap)).toBe(0);
  });

  it("stops at its limit, and without memory, with an error that says which; nothing is lost", () => {
    const { heap, memory } = heapOf("o1heap:max=4k");
    const array = new AdaptiveArray(heap, { ...options, limit: 2000 });
    array.reserve(400);
    memory.I32[array.base >> 2] = 7;
    const { base } = array;
    expect(() => array.reserve(2001)).toThrow(
      expect.objectContaining({ reason: "limit", message: expect.stringContaining("2000") }),
    );
    expect(() => array.reserve(1999)).toThrow(AdaptiveArrayError);
    expect(array.tryReserve(1999)).toBe(false);
    expect([array.base, array.capacity, memory.I32[base >> 2]]).toEqual([base, 400, 7]);
  });
});

describe("memory pressure", () => {
  it("rises with the heap, and asks those who can to give back when it does", () => {
    const { heap } = heapOf("o1heap:max=1M");
    const pressure = new MemoryPressure(heap);
    const asked: string[] = [];
    const cache = heap.allocate(200_000, 0);
    pressure.subscribe("low", (level) => {
      asked.push(`a ${level}`);
      return false;
    });
    pressure.subscribe("full", (level) => {
      asked.push(`b ${level}`);
      heap.free(cache);
      return true;
    });
    expect(pressure.check()).toBe("none");
    const first = heap.allocate(250_000, 0);
    expect(pressure.check()).toBe("low");
    expect(pressure.check()).toBe("low");
    const second = heap.allocate(250_000, 0);
    expect(pressure.check()).toBe("high");
    expect(asked).toEqual(["a low", "a high"]);
    expect(heap.allocate(250_000, 0)).toBe(0);
    expect(pressure.refused()).toBe(true);
    expect(asked).toEqual(["a low", "a high", "a full", "b full"]);
    expect(heap.allocate(250_000, 0)).not.toBe(0);
    heap.free(first);
    heap.free(second);
    expect(pressure.check()).toBe("none");
  });
});
