// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { Heap } from "./heap.ts";

/**
 * Like C's calloc: a block for `count` elements of `elementBytes`, all bytes 0.
 * @returns its address, or 0 when the product overflows or the heap can't serve it
 */
export function allocateZeroed(heap: Heap, memory: AddressSpace, count: number, elementBytes: number, kind: BlockKind): Ptr {
  const bytes = count * elementBytes;
  if (!(bytes >= 0 && bytes <= 0x7fffffff)) return 0;
  const ptr = heap.allocate(bytes, kind);
  if (ptr !== 0) memory.U8.fill(0, ptr, ptr + bytes);
  return ptr;
}
