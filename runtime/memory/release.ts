// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_REFERENCE, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { forgetName } from "../strings/names.ts";
import { addCandidate, removeCandidate } from "./candidates.ts";
import { type Owned, takeOwned } from "./owned.ts";
import { adoptRunning } from "./running.ts";
import { CYCLE_KINDS } from "./trace.ts";

const IN_A_LIST = R.META_BUFFERED | R.META_DEFERRED;

/** Counts one more reference to a record. */
export function retain(vm: Machine, ptr: Ptr): Owned {
  vm.I32[(ptr >> 2) + R.REFCOUNT]++;
  return takeOwned(ptr);
}

/** Drops one reference; frees the record, and what it alone held, when it was the last. Never recurses, never runs ActionScript. */
export function release(vm: Machine, ptr: Owned): void {
  if (--vm.I32[(ptr >> 2) + R.REFCOUNT] === 0) destroy(vm, ptr);
  else if ((CYCLE_KINDS >> (vm.I32[(ptr >> 2) + R.META] & 31)) & 1) addCandidate(vm, ptr);
}

/** Drops the reference that a slot holds. The slot keeps its bits: the caller overwrites or forgets it. */
export function releaseValue(vm: Machine, slot: Addr): void {
  const tag = vm.I32[(slot >> 2) + 1];
  if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, vm.I32[slot >> 2]);
}

/** Drops a reference whose tag is known to be counted. */
export function releaseReference(vm: Machine, tag: number, ptr: Ptr): void {
  if (--vm.I32[(ptr >> 2) + R.REFCOUNT] === 0) destroy(vm, ptr);
  else if (tag >= TAG_OBJECT && (vm.I32[(ptr >> 2) + R.META] & R.META_BUFFERED) === 0) {
    if ((CYCLE_KINDS >> (vm.I32[(ptr >> 2) + R.META] & 31)) & 1) addCandidate(vm, ptr);
  }
}

/** Releases what a slot holds and makes it undefined. */
export function clearSlot(vm: Machine, slot: Addr): void {
  const word = slot >> 2;
  const tag = vm.I32[word + 1];
  const payload = vm.I32[word];
  vm.I32[word + 1] = TAG_UNDEFINED;
  vm.I32[word] = 0;
  if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, payload);
}

/** The record's count is zero: links it into the dead list, and works the list off unless that is already going on. */
function destroy(vm: Machine, ptr: Ptr): void {
  const I32 = vm.I32;
  const word = ptr >> 2;
  I32[word + R.META] |= R.META_DEAD;
  I32[word + R.REFCOUNT] = vm.deadList;
  vm.deadList = ptr;
  if (!vm.releasing) releaseDead(vm, vm.releaseLimit);
}

/**
 * Works the dead list off: each record on it gives back what it holds, and its own block.
 * @param limit records at most; what is left waits for the next time
 */
export function releaseDead(vm: Machine, limit = Number.POSITIVE_INFINITY): void {
  const { I32 } = vm;
  vm.releasing = true;
  for (let left = limit; vm.deadList !== 0 && left > 0; left--) {
    const dead = vm.deadList;
    vm.deadList = I32[(dead >> 2) + R.REFCOUNT];
    finish(vm, dead);
  }
  vm.releasing = false;
}

/** Releases the children of a dead record and frees it. */
function finish(vm: Machine, ptr: Ptr): void {
  const I32 = vm.I32;
  const meta = I32[(ptr >> 2) + R.META];
  if ((meta & R.META_KIND_MASK) === BlockKind.Function && vm.frame !== 0 && adoptRunning(vm, ptr)) {
    I32[(ptr >> 2) + R.META] = meta & ~R.META_DEAD;
    return;
  }
  // Most that dies is a plain object.
  if ((meta & R.META_KIND_MASK) === BlockKind.Object) releaseProperties(vm, ptr, R.OBJECT_INLINE_OFFSET);
  else RELEASE_CHILDREN[meta & R.META_KIND_MASK]?.(vm, ptr);
  if ((meta & IN_A_LIST) === 0) vm.heap.free(ptr);
  else freeUnlisted(vm, ptr);
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

function releaseSlots(vm: Machine, slots: Addr, count: number): void {
  const I32 = vm.I32;
  for (let word = slots >> 2, end = word + count * 2; word < end; word += 2) {
    const tag = I32[word + 1];
    if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, I32[word]);
  }
}

function releaseProperties(vm: Machine, ptr: Ptr, inlineOffset: number): void {
  const I32 = vm.I32;
  const word = ptr >> 2;
  const shape = I32[word + R.OBJECT_SHAPE];
  const slots = I32[word + R.OBJECT_SLOTS];
  releaseSlots(vm, slots, I32[(shape >> 2) + R.SHAPE_COUNT]);
  if (slots !== ptr + inlineOffset) vm.heap.free(slots);
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0) destroyShape(vm, shape);
}

/** Frees a unique shape, or a root shape with the tree below it. Deferred while a collection takes objects apart. */
function destroyShape(vm: Machine, shape: Ptr): void {
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
const RELEASE_CHILDREN: Partial<Record<number, (vm: Machine, ptr: Ptr) => void>> = {
  [BlockKind.Object]: (vm, ptr) => releaseProperties(vm, ptr, R.OBJECT_INLINE_OFFSET),
  [BlockKind.Array]: (vm, ptr) => {
    const word = ptr >> 2;
    const block = vm.I32[word + R.ARRAY_ELEMENTS];
    const count = vm.I32[word + R.ARRAY_COUNT];
    if (count > 0) releaseSlots(vm, block, count);
    if (block !== 0) vm.heap.free(block - R.ELEMENTS_HEADER_BYTES);
    releaseProperties(vm, ptr, R.ARRAY_INLINE_OFFSET);
  },
  [BlockKind.Function]: (vm, ptr) => {
    const scope = vm.I32[(ptr >> 2) + R.FUNCTION_SCOPE];
    const home = vm.I32[(ptr >> 2) + R.FUNCTION_HOME];
    if (scope !== 0) release(vm, takeOwned(scope));
    if (home !== 0) release(vm, takeOwned(home));
    releaseProperties(vm, ptr, R.FUNCTION_INLINE_OFFSET);
  },
  [BlockKind.Clip]: (vm, ptr) => {
    const reference = vm.I32[(ptr >> 2) + R.CLIP_REFERENCE];
    if (reference !== 0) {
      detachReferences(vm, reference);
      release(vm, takeOwned(reference));
    }
    releaseProperties(vm, ptr, R.CLIP_INLINE_OFFSET);
    vm.host.clipObjectFreed(ptr);
  },
  [BlockKind.ClipReference]: (vm, ptr) => {
    // Variable caches know a scope by its reference, whose address may soon be another's.
    vm.epoch++;
    release(vm, takeOwned(vm.I32[(ptr >> 2) + R.REFERENCE_PATH]));
    const older = vm.I32[(ptr >> 2) + R.REFERENCE_OLDER];
    if (older !== 0) release(vm, takeOwned(older));
  },
  [BlockKind.Super]: (vm, ptr) => {
    releaseSlots(vm, ptr + R.SUPER_THIS_OFFSET, 1);
    releaseProperties(vm, ptr, R.SUPER_INLINE_OFFSET);
  },
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
    releaseSlots(vm, ptr + R.ACCESSOR_VALUE_OFFSET, 1);
  },
  [BlockKind.Scope]: (vm, ptr) => {
    const parent = vm.I32[(ptr >> 2) + R.SCOPE_PARENT];
    if (parent !== 0) release(vm, takeOwned(parent));
    releaseSlots(vm, ptr + R.SCOPE_VALUE_OFFSET, 1);
  },
  [BlockKind.Enumeration]: (vm, ptr) =>
    releaseSlots(vm, ptr + R.ENUMERATION_SLOTS_OFFSET, vm.I32[(ptr >> 2) + R.ENUMERATION_COUNT]),
  [BlockKind.NativeData]: (vm, ptr) => releaseSlots(vm, ptr + R.NATIVE_SLOTS_OFFSET, vm.I32[(ptr >> 2) + R.NATIVE_COUNT]),
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
