// SPDX-License-Identifier: AGPL-3.0-or-later
import fc from "fast-check";
import { expect, it } from "vitest";
import { BlockKind } from "../../../lib/heap/block-kind.ts";
import { AddressSpace, type Ptr } from "../../../lib/index.ts";
import { META, META_BUFFERED } from "../../../runtime/layout/records.ts";
import { Machine } from "../../../runtime/machine/machine.ts";
import { addCandidate, removeCandidate, takeOldest } from "../../../runtime/memory/candidates.ts";
import { engine } from "../../../tools/engine.ts";

const RECORDS = 2000;

/** What is done to the record of a number; taking takes no record's. */
const STEP = fc.record({ what: fc.constantFrom("add", "add", "remove", "take"), record: fc.nat(RECORDS - 1), times: fc.nat(60) });

it("candidates leave the buffer oldest first, or when they die, however often it was emptied and filled again", () => {
  const memory = new AddressSpace(64 << 20);
  const vm = new Machine(memory, engine.createHeap("o1heap-chain", memory));
  const records: Ptr[] = [];
  for (let i = 0; i < RECORDS; i++) records.push(vm.heap.allocate(16 + (i % 5) * 32, BlockKind.Object));
  let removals = 0;
  let misses = 0;
  fc.assert(
    fc.property(fc.array(STEP, { minLength: 50, maxLength: 400 }), (steps) => {
      while (vm.candidateCount > 0) takeOldest(vm);
      for (const ptr of records) vm.I32[(ptr >> 2) + META] = BlockKind.Object;
      const expected = new Set<Ptr>();
      for (const { what, record, times } of steps) {
        for (let i = 0; i <= times; i++) {
          const ptr = records[(record + i * 7) % RECORDS];
          if (what === "add") {
            addCandidate(vm, ptr);
            expected.add(ptr);
          } else if (what === "take") {
            if (expected.size === 0) continue;
            const [oldest] = expected;
            expect(takeOldest(vm)).toBe(oldest);
            vm.I32[(oldest >> 2) + META] &= ~META_BUFFERED;
            expected.delete(oldest);
          } else if (expected.has(ptr)) {
            removals++;
            // A full set may have forgotten it: then it stays until it is taken.
            if (removeCandidate(vm, ptr)) expected.delete(ptr);
            else misses++;
          } else expect(removeCandidate(vm, ptr)).toBe(false);
          expect(vm.candidateCount).toBe(expected.size);
        }
      }
    }),
    { numRuns: 60 },
  );
  expect(removals).toBeGreaterThan(1000);
  expect(misses / removals).toBeLessThan(0.02);
});
