// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { AddressSpace, createHeap, parseBytes, resolveHeapSpec } from "../../../lib/index.ts";

it("reads sizes with units", () => {
  expect(parseBytes("max", "4096")).toBe(4096);
  expect(parseBytes("max", "64k")).toBe(65_536);
  expect(parseBytes("max", "1.5M")).toBe(1_572_864);
  expect(() => parseBytes("max", "4X")).toThrow("max=4X is not a size");
  expect(() => parseBytes("max", "4G")).toThrow("not a size");
});

it("takes the flag over the environment over the default", () => {
  expect(resolveHeapSpec(undefined, {})).toBe("o1heap-chain");
  expect(resolveHeapSpec(undefined, { RESWF_HEAP: "bump" })).toBe("bump");
  expect(resolveHeapSpec("o1heap:max=4M", { RESWF_HEAP: "bump" })).toBe("o1heap:max=4M");
  expect(resolveHeapSpec(undefined, { RESWF_HEAP_INITIAL: "64M" })).toBe("o1heap-chain:initial=64M");
  expect(resolveHeapSpec("o1heap-chain:initial=16M", { RESWF_HEAP_INITIAL: "64M" })).toBe("o1heap-chain:initial=16M");
});

it("says what there is when something is unknown", () => {
  expect(() => resolveHeapSpec("o2heap", {})).toThrow(/unknown heap "o2heap"; there are: o1heap-chain, o1heap/);
  expect(() => resolveHeapSpec("bump:speed=9", {})).toThrow(/no option "speed"; it has: max/);
  expect(() => createHeap("bump:max", new AddressSpace(1 << 20))).toThrow(/no value/);
});
