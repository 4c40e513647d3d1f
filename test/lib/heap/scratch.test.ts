// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { AddressSpace, createHeap, ScratchBuffers } from "../../../lib/index.ts";

function make(spec = "o1heap:max=1M") {
  const memory = new AddressSpace(8 << 20);
  const heap = createHeap(spec, memory);
  return { memory, heap, scratch: new ScratchBuffers(heap, memory, 1000) };
}

it("lends zeroed memory, nests, and holds nothing while idle", () => {
  const { memory, heap, scratch } = make();
  const sum = scratch.withScratch(100, (outer) => {
    memory.U8.fill(255, outer, outer + 800);
    return scratch.withScratch(50, (inner) => {
      expect(scratch.inUse).toBe(2);
      return memory.U8.subarray(inner, inner + 400).reduce((a, b) => a + b, 0);
    });
  });
  expect(sum).toBe(0);
  expect(heap.diagnostics().allocated).toBe(0);
  scratch.withScratch(100, (again) => expect(memory.U8.subarray(again, again + 800).every((byte) => byte === 0)).toBe(true));
});

it("gives the memory back when its user throws", () => {
  const { heap, scratch } = make();
  expect(() =>
    scratch.withScratch(10, () => {
      throw new Error("user");
    }),
  ).toThrow("user");
  expect(scratch.inUse).toBe(0);
  expect(heap.diagnostics().allocated).toBe(0);
});

it("refuses what is past the limit or not a count, and says when memory is out", () => {
  const { scratch } = make();
  for (const elements of [1001, -1, 1.5, Number.NaN])
    expect(() => scratch.withScratch(elements, () => 0)).toThrow(/at most 1000/);
  expect(() => make("fail=1+o1heap:max=1M").scratch.withScratch(1, () => 0)).toThrow(/no memory for a scratch buffer of 8 bytes/);
});
