// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, it } from "vitest";
import { createHeap, heapList, wrapperList } from "../../../lib/index.ts";
import { checkContract } from "./contract.ts";

const SEEDS = [1, 20, 300];
const OPERATIONS = 10_000;

/** A small configuration of each heap, so that it runs out of memory and grows. */
const SPECS: Readonly<Record<string, string>> = {
  "o1heap-chain": "o1heap-chain:initial=64k,max=4M",
  o1heap: "o1heap:max=1M",
  "o1heap-reserve": "o1heap-reserve",
  segregated: "segregated:max=2M",
  pools: "pools:max=2M",
  bump: "bump:max=16M",
  system: "system:max=1M",
  "thi.ng": "thi.ng:max=1M",
};

/** Each wrapper so that it does something and yet lets most through. */
const WRAPPERS: Readonly<Record<string, string>> = {
  fail: "fail=5000",
  guard: "guard:quarantine=64k",
  limit: "limit=512k",
  profile: "profile",
  record: "record",
  track: "track",
};

/** Largest request: half of it must be free in one piece of any of the heaps when all is freed. */
const LARGEST_BYTES = 200_000;

describe("every heap keeps its contract", () => {
  for (const { name } of heapList()) {
    it.each(SEEDS)(`${name}, seed %i`, (seed) => {
      checkContract({
        makeHeap: (memory) => createHeap(SPECS[name], memory),
        seed,
        operations: OPERATIONS,
        reuses: name !== "bump",
        checkEvery: 1,
        largestBytes: LARGEST_BYTES,
      });
    });
  }

  it.each([
    "o1heap-chain:initial=64k,max=8M,growth=64k,fallback=system",
    "pools:max=2M,typed=object/64.string/48,prewarm=100",
    "o1heap-chain:initial=4k",
  ])("%s", (spec) => {
    checkContract({
      makeHeap: (memory) => createHeap(spec, memory),
      seed: 4,
      operations: OPERATIONS,
      reuses: true,
      checkEvery: 4,
      largestBytes: LARGEST_BYTES,
    });
  });
});

describe("every wrapper on every heap keeps the contract", () => {
  for (const wrapper of wrapperList()) {
    for (const heap of heapList()) {
      it.each(SEEDS)(`${wrapper.name} on ${heap.name}, seed %i`, (seed) => {
        checkContract({
          makeHeap: (memory) => createHeap(`${WRAPPERS[wrapper.name]}+${SPECS[heap.name]}`, memory),
          seed,
          operations: OPERATIONS,
          reuses: heap.name !== "bump",
          checkEvery: 100,
          largestBytes: LARGEST_BYTES,
        });
      });
    }
  }

  it("all wrappers at once", () => {
    checkContract({
      makeHeap: (memory) => createHeap("track+record+guard+profile+limit=800k+fail=3000+o1heap-chain:initial=64k", memory),
      seed: 5,
      operations: OPERATIONS,
      reuses: true,
      checkEvery: 100,
      largestBytes: LARGEST_BYTES,
    });
  });
});
