// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_REFERENCE } from "../layout/value.ts";
import { type Machine, NO_RELEASE_LIMIT } from "../machine/machine.ts";
import { forgetName } from "../strings/names.ts";
import { addCandidate, removeCandidate } from "./candidates.ts";
import { type Owned, takeOwned } from "./owned.ts";
import { CYCLE_KINDS } from "./trace.ts";

/** META bits of records whose block one of the collector's lists refers to. */
export const IN_A_LIST = R.META_BUFFERED | R.META_DEFERRED;

/** Counts one more reference to a record. */
export function retain(vm: Machine, ptr: Ptr): Owned {
  vm.I32[(ptr >> 2) + R.REFCOUNT]++;
  return takeOwned(ptr);
}

/** Drops one reference; frees the record, and what it alone held, when it was the last. Never recurses, never runs ActionScript. */
export function release(vm: Machine, ptr: Owned): void {
  if (--vm.I32[(ptr >> 2) + R.REFCOUNT] === 0) vm.reclaimer.destroy(ptr);
  else if ((CYCLE_KINDS >> (vm.I32[(ptr >> 2) + R.META] & 31)) & 1) addCandidate(vm, ptr);
}

/** Drops the reference that a slot holds. The slot keeps its bits: the caller overwrites or forgets it. */
export function releaseValue(vm: Machine, slot: Addr): void {
  const tag = vm.I32[(slot >> 2) + 1];
  if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, vm.I32[slot >> 2]);
}

/** Drops a reference whose tag is known to be counted. */
export function releaseReference(vm: Machine, tag: number, ptr: Ptr): void {
  vm.reclaimer.releaseReference(tag, ptr);
}

/** Releases what a slot holds and makes it undefined. */
export function clearSlot(vm: Machine, slot: Addr): void {
  vm.reclaimer.clearSlot(slot);
}

/** Works the dead list off (`Reclaimer.releaseDead`). */
export function releaseDead(vm: Machine, limit = NO_RELEASE_LIMIT): void {
  vm.reclaimer.releaseDead(limit);
}

/** Frees the block of a dead record, unless one of the collector's lists has to keep it as a zombie until that is swept. */
export function freeUnlisted(vm: Machine, ptr: Ptr): void {
  const meta = (ptr >> 2) + R.META;
  if ((vm.I32[meta] & R.META_BUFFERED) !== 0) removeCandidate(vm, ptr);
  if ((vm.I32[meta] & IN_A_LIST) === 0) vm.heap.free(ptr);
}

/** Releases everything that a record holds and frees its side blocks, but not the record itself. */
export function releaseChildren(vm: Machine, ptr: Ptr): void {
  RELEASE_CHILDREN[vm.I32[(ptr >> 2) + R.META] & R.META_KIND_MASK]?.(vm, ptr);
}

/** Frees a unique shape, or a root shape with the tree below it. Deferred while a collection takes objects apart. */
export function destroyShape(vm: Machine, shape: Ptr): void {
  if (vm.deferShapes) {
    vm.I32[(shape >> 2) + R.REFCOUNT] = vm.deadShapes;
    vm.deadShapes = shape;
    return;
  }
  freeShapeTree(vm, shape);
}

/** Frees the shapes whose owners died while the collector took objects apart. */
export function freeDeferredShapes(vm: Machine): void {
  while (vm.deadShapes !== 0) {
    const shape = vm.deadShapes;
    vm.deadShapes = vm.I32[(shape >> 2) + R.REFCOUNT];
    freeShapeTree(vm, shape);
  }
}

/** Frees a shape, its descendants and their descriptors. Iterative: goes down to a leaf, frees it, goes on with its sibling or parent. */
export function freeShapeTree(vm: Machine, root: Ptr): void {
  const I32 = vm.I32;
  let shape = root;
  for (;;) {
    const word = shape >> 2;
    const child = I32[word + R.SHAPE_FIRST_CHILD];
    if (child !== 0) {
      I32[word + R.SHAPE_FIRST_CHILD] = 0;
      shape = child;
      continue;
    }
    const sibling = shape === root ? 0 : I32[word + R.SHAPE_NEXT_SIBLING];
    const parent = I32[word + R.SHAPE_PARENT];
    freeShape(vm, shape);
    if (shape === root) return;
    shape = sibling !== 0 ? sibling : parent;
  }
}

function freeShape(vm: Machine, shape: Ptr): void {
  const I32 = vm.I32;
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_CACHED) !== 0) vm.host.flushInlineCaches();
  releaseDescriptors(vm, I32[(shape >> 2) + R.SHAPE_DESCRIPTORS]);
  vm.heap.free(shape);
}

/** Drops one shape's share in a descriptors block. */
export function releaseDescriptors(vm: Machine, descriptors: Ptr): void {
  if (descriptors === 0) return;
  const I32 = vm.I32;
  const word = descriptors >> 2;
  if (--I32[word + R.REFCOUNT] > 0) return;
  const count = I32[word + R.DESCRIPTORS_COUNT];
  for (let i = 0; i < count; i++) {
    const name = I32[word + (R.DESCRIPTORS_ENTRIES_OFFSET >> 2) + i * 4 + R.ENTRY_NAME];
    if (name !== R.NO_NAME) releaseNameString(vm, name);
  }
  vm.heap.free(I32[word + R.DESCRIPTORS_INDEX]);
  vm.heap.free(descriptors);
}

function releaseNameString(vm: Machine, name: number): void {
  release(vm, takeOwned(vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_STRING]));
}

/** The clip is gone: its reference and the older ones resolve their paths from now on. */
export function detachReferences(vm: Machine, reference: Ptr): void {
  // Variable caches hold addresses in the clip's slots.
  vm.epoch++;
  for (let at = reference; at !== 0; at = vm.I32[(at >> 2) + R.REFERENCE_OLDER]) vm.I32[(at >> 2) + R.REFERENCE_TARGET] = 0;
}

/** What each kind of record holds. A kind that holds nothing counted has no entry. */
export const RELEASE_CHILDREN: Partial<Record<number, (vm: Machine, ptr: Ptr) => void>> = {
  [BlockKind.Object]: (vm, ptr) => vm.reclaimer.releaseProperties(ptr, R.OBJECT_INLINE_OFFSET),
  [BlockKind.Array]: (vm, ptr) => {
    const word = ptr >> 2;
    const block = vm.I32[word + R.ARRAY_ELEMENTS];
    const count = vm.I32[word + R.ARRAY_COUNT];
    if (count > 0) vm.reclaimer.releaseSlots(block, count);
    if (block !== 0) vm.heap.free(block - R.ELEMENTS_HEADER_BYTES);
    vm.reclaimer.releaseProperties(ptr, R.ARRAY_INLINE_OFFSET);
  },
  [BlockKind.Function]: (vm, ptr) => {
    const scope = vm.I32[(ptr >> 2) + R.FUNCTION_SCOPE];
    const home = vm.I32[(ptr >> 2) + R.FUNCTION_HOME];
    if (scope !== 0) release(vm, takeOwned(scope));
    if (home !== 0) release(vm, takeOwned(home));
    vm.reclaimer.releaseProperties(ptr, R.FUNCTION_INLINE_OFFSET);
  },
  [BlockKind.Clip]: (vm, ptr) => {
    const reference = vm.I32[(ptr >> 2) + R.CLIP_REFERENCE];
    if (reference !== 0) {
      detachReferences(vm, reference);
      release(vm, takeOwned(reference));
    }
    vm.reclaimer.releaseProperties(ptr, R.CLIP_INLINE_OFFSET);
    vm.host.clipObjectFreed(ptr);
  },
  [BlockKind.ClipReference]: (vm, ptr) => {
    // Variable caches know a scope by its reference, whose address may soon be another's.
    vm.epoch++;
    release(vm, takeOwned(vm.I32[(ptr >> 2) + R.REFERENCE_PATH]));
    const older = vm.I32[(ptr >> 2) + R.REFERENCE_OLDER];
    if (older !== 0) release(vm, takeOwned(older));
  },
  // Nothing gives a `super` properties of its own.
  [BlockKind.Super]: (vm, ptr) => vm.reclaimer.releaseSlots(ptr + R.SUPER_THIS_OFFSET, 1),
  [BlockKind.String]: (vm, ptr) => {
    if (vm.I32[(ptr >> 2) + R.STRING_NAME] !== 0) forgetName(vm, ptr);
    const owner = vm.I32[(ptr >> 2) + R.STRING_OWNER];
    if (owner !== 0) release(vm, takeOwned(owner));
  },
  [BlockKind.Shape]: (vm, ptr) => destroyShapeRecord(vm, ptr),
  [BlockKind.Accessor]: (vm, ptr) => {
    const getter = vm.I32[(ptr >> 2) + R.ACCESSOR_GETTER];
    const setter = vm.I32[(ptr >> 2) + R.ACCESSOR_SETTER];
    if (getter !== 0) release(vm, takeOwned(getter));
    if (setter !== 0) release(vm, takeOwned(setter));
    vm.reclaimer.releaseSlots(ptr + R.ACCESSOR_VALUE_OFFSET, 1);
  },
  [BlockKind.Scope]: (vm, ptr) => {
    const parent = vm.I32[(ptr >> 2) + R.SCOPE_PARENT];
    if (parent !== 0) release(vm, takeOwned(parent));
    vm.reclaimer.releaseSlots(ptr + R.SCOPE_VALUE_OFFSET, 1);
  },
  [BlockKind.Enumeration]: (vm, ptr) =>
    vm.reclaimer.releaseSlots(ptr + R.ENUMERATION_SLOTS_OFFSET, vm.I32[(ptr >> 2) + R.ENUMERATION_COUNT]),
  [BlockKind.NativeData]: (vm, ptr) =>
    vm.reclaimer.releaseSlots(ptr + R.NATIVE_SLOTS_OFFSET, vm.I32[(ptr >> 2) + R.NATIVE_COUNT]),
};

/** A root shape held by its prototype's internal property: the list of roots goes, each with its tree. The record itself is freed by the caller. */
function destroyShapeRecord(vm: Machine, root: Ptr): void {
  const I32 = vm.I32;
  let next = I32[(root >> 2) + R.SHAPE_NEXT_ROOT];
  while (next !== 0) {
    const after = I32[(next >> 2) + R.SHAPE_NEXT_ROOT];
    destroyShape(vm, next);
    next = after;
  }
  let child = I32[(root >> 2) + R.SHAPE_FIRST_CHILD];
  I32[(root >> 2) + R.SHAPE_FIRST_CHILD] = 0;
  while (child !== 0) {
    const sibling = I32[(child >> 2) + R.SHAPE_NEXT_SIBLING];
    destroyShape(vm, child);
    child = sibling;
  }
  if ((I32[(root >> 2) + R.META] & R.SHAPE_CACHED) !== 0) vm.host.flushInlineCaches();
  releaseDescriptors(vm, I32[(root >> 2) + R.SHAPE_DESCRIPTORS]);
}
