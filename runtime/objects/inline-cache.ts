// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { NEEDS_SLOW_READ } from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocate, freeBlock } from "../memory/blocks.ts";
import { type NameId, nameString } from "../strings/names.ts";
import { entryFlags, entryName, findEntry, isUniqueShape } from "./shapes.ts";

/**
 * Inline caches of member reads, one for each access site of a module. A site remembers the name, the shape and where the
 * own property stands. It compares the name by its canonical string, which the shape keeps alive; when a cached shape is freed
 * all sites are cleared.
 */

/** Takes `sites` empty caches from the heap; the address of the first. The machine frees them when it is destroyed. */
export function allocateCaches(vm: Machine, sites: number): Ptr {
  const block = allocate(vm, sites * R.CACHE_BYTES, BlockKind.InlineCache);
  vm.I32.fill(0, block >> 2, (block + sites * R.CACHE_BYTES) >> 2);
  vm.cacheBlocks.push({ block, bytes: sites * R.CACHE_BYTES });
  return block;
}

/** Forgets what all sites have seen. */
export function flushCaches(vm: Machine): void {
  for (const { block, bytes } of vm.cacheBlocks) vm.I32.fill(0, block >> 2, (block + bytes) >> 2);
}

/** Takes `sites` empty caches of optimised code (operations/caches.ts); *word* index of the first. */
export function allocateSites(vm: Machine, sites: number): number {
  const bytes = sites * R.SITE_BYTES;
  const block = allocate(vm, Math.max(bytes, R.SITE_BYTES), BlockKind.InlineCache);
  vm.I32.fill(0, block >> 2, (block + bytes) >> 2);
  vm.cacheBlocks.push({ block, bytes });
  return block >> 2;
}

export function freeCaches(vm: Machine): void {
  for (const { block } of vm.cacheBlocks) freeBlock(vm, block);
  vm.cacheBlocks.length = 0;
  for (const block of vm.constantBlocks) freeBlock(vm, block);
  vm.constantBlocks.length = 0;
}

/** Slot of an object's own property if the site has seen this name on this shape, else 0. */
export function cachedSlot(vm: Machine, site: Ptr, object: Ptr, text: Ptr): Addr {
  const I32 = vm.I32;
  const word = site >> 2;
  if (I32[word + R.CACHE_NAME] !== text || I32[word + R.CACHE_SHAPE] !== I32[(object >> 2) + R.OBJECT_SHAPE]) return 0;
  return I32[(object >> 2) + R.OBJECT_SLOTS] + I32[word + R.CACHE_OFFSET];
}

/** Lets a site remember an own property, if a plain read of its slot is right for every object of the shape. */
export function fillCache(vm: Machine, site: Ptr, object: Ptr, name: NameId): void {
  const I32 = vm.I32;
  const shape = I32[(object >> 2) + R.OBJECT_SHAPE];
  if (isUniqueShape(vm, shape)) return;
  const index = findEntry(vm, shape, name);
  // A name found in another case is not held by the shape: its string could die and its address mean something else.
  if (index < 0 || entryName(vm, shape, index) !== name || (entryFlags(vm, shape, index) & NEEDS_SLOW_READ) !== 0) return;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[(site >> 2) + R.CACHE_NAME] = nameString(vm, name);
  I32[(site >> 2) + R.CACHE_SHAPE] = shape;
  I32[(site >> 2) + R.CACHE_OFFSET] = index * 8;
}
