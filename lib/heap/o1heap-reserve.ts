// SPDX-License-Identifier: MIT
import type { AddressSpace } from "../memory/address-space.ts";
import { O1Heap } from "./o1heap.ts";

/**
 * One o1heap over all that is left of the address space: the virtual-memory design. The operating system commits pages as
 * they are touched, so that the heap grows without knowing; there is one arena, and no growth policy.
 */
export class O1HeapReserve extends O1Heap {
  override readonly name: string = "o1heap-reserve";

  /** @throws RangeError when nothing is left of the address space */
  constructor(memory: AddressSpace) {
    super(memory, memory.remainingBytes);
  }
}
