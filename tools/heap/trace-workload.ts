// SPDX-License-Identifier: AGPL-3.0-or-later
import { readTrace } from "../../lib/heap/trace.ts";
import type { Workload } from "./workloads.ts";

/**
 * Makes a recorded trace a workload. Slots are used again when their block is freed, so that a replay needs no more of
 * them than blocks were alive at once.
 * @throws RangeError when the bytes are no trace
 */
export function workloadFromTrace(name: string, bytes: Uint8Array): Workload {
  const operations: number[] = [];
  const slotOf = new Map<number, number>();
  const freeSlots: number[] = [];
  let slots = 0;
  for (const event of readTrace(bytes)) {
    if (event.operation === "allocate") {
      const slot = freeSlots.pop() ?? slots++;
      slotOf.set(event.block, slot);
      operations.push(slot, event.sizeBytes);
      continue;
    }
    const slot = slotOf.get(event.block);
    if (slot === undefined) throw new RangeError(`heap trace uses block ${event.block} after it was freed`);
    if (event.operation === "reallocate") operations.push(slot, -2 - event.sizeBytes);
    else {
      operations.push(slot, -1);
      slotOf.delete(event.block);
      freeSlots.push(slot);
    }
  }
  return { name, purpose: "a recorded trace", operations: Int32Array.from(operations), slots };
}
