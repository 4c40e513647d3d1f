// SPDX-License-Identifier: MIT
import type { Ptr } from "../memory/address-space.ts";
import { BlockKind } from "./block-kind.ts";
import type { Heap } from "./heap.ts";

/**
 * `Heap.reallocate` for heaps that can't grow a block in place: stays where the block is large enough, else moves the
 * contents to a new block of the same kind.
 */
export function reallocateByCopy(heap: Heap, bytes: Uint8Array, ptr: Ptr, sizeBytes: number): Ptr {
  if (ptr === 0) return heap.allocate(sizeBytes, BlockKind.Unknown);
  const usable = heap.usableSize(ptr);
  if (sizeBytes <= usable) return ptr;
  const moved = heap.allocate(sizeBytes, heap.kindOf(ptr) as BlockKind);
  if (moved === 0) return 0;
  bytes.copyWithin(moved, ptr, ptr + usable);
  heap.free(ptr);
  return moved;
}
