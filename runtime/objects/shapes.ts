// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { VERSION_BITS } from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import { allocate, freeBlock, roomyBytes } from "../memory/blocks.ts";
import { releaseDescriptors } from "../memory/release.ts";
import { NAME } from "../strings/known-names.ts";
import { type NameId, nameFold, retainName } from "../strings/names.ts";

/**
 * Shapes (hidden classes). Objects with the same prototype that got the same properties in the same order share a shape.
 * A shape tree belongs to its prototype object and dies with it: every object of the tree holds the prototype in its
 * `__proto__` slot, so none is left by then. An object with deletions, many properties or an unusual history has a
 * *unique* shape of its own that changes in place (dictionary mode). Both kinds are searched by the same code.
 */

/** Properties past which an object gets a unique shape. */
const MAX_SHARED_PROPERTIES = 64;
/** Transitions of one shape past which further objects get unique shapes. */
const MAX_CHILDREN = 48;
/** Entries up to this many are searched in order, without an index. */
const LINEAR_LIMIT = 8;

const ENTRIES = R.DESCRIPTORS_ENTRIES_OFFSET >> 2;

/** A shape without properties. `unique`: for one object only. */
export function allocateShape(vm: Machine, proto: Ptr, unique: boolean): Ptr {
  const shape = allocate(vm, R.SHAPE_BYTES, BlockKind.Shape);
  const word = shape >> 2;
  vm.I32.fill(0, word, word + R.SHAPE_BYTES / 4);
  vm.I32[word + R.REFCOUNT] = 1;
  vm.I32[word + R.META] = unique ? BlockKind.Shape | R.SHAPE_UNIQUE : BlockKind.Shape;
  vm.I32[word + R.SHAPE_PROTO] = proto;
  return shape;
}

export function isUniqueShape(vm: Machine, shape: Ptr): boolean {
  return (vm.I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0;
}

function allocateDescriptors(vm: Machine, capacity: number): Ptr {
  const descriptors = allocate(vm, R.DESCRIPTORS_ENTRIES_OFFSET + capacity * R.ENTRY_BYTES, BlockKind.Descriptors);
  const word = descriptors >> 2;
  vm.I32[word + R.REFCOUNT] = 1;
  vm.I32[word + R.META] = BlockKind.Descriptors;
  vm.I32[word + R.DESCRIPTORS_COUNT] = 0;
  vm.I32[word + R.DESCRIPTORS_CAPACITY] = capacity;
  vm.I32[word + R.DESCRIPTORS_INDEX] = 0;
  vm.I32[word + R.DESCRIPTORS_BUCKET_MASK] = 0;
  vm.I32[word + R.DESCRIPTORS_LIVE] = 0;
  return descriptors;
}

/** Entries that descriptors have room for at least. */
const MIN_DESCRIPTORS = 5;

/** Entries of a block that has room for `count`, and for some. */
function descriptorCapacity(count: number): number {
  const bytes = roomyBytes(R.DESCRIPTORS_ENTRIES_OFFSET + Math.max(count, MIN_DESCRIPTORS) * R.ENTRY_BYTES);
  return Math.floor((bytes - R.DESCRIPTORS_ENTRIES_OFFSET) / R.ENTRY_BYTES);
}

/**
 * Finds a property by name, by case or not as the running version has it.
 * @returns the entry's index, which is also the slot's, or -1
 */
export function findEntry(vm: Machine, shape: Ptr, name: NameId): number {
  const I32 = vm.I32;
  const count = I32[(shape >> 2) + R.SHAPE_COUNT];
  if (count === 0) return -1;
  const descriptors = I32[(shape >> 2) + R.SHAPE_DESCRIPTORS] >> 2;
  const fold = I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_FOLD];
  const exact = vm.caseSensitive;
  if (count <= LINEAR_LIMIT) {
    const word = exact ? R.ENTRY_NAME : R.ENTRY_FOLD;
    const wanted = exact ? name : fold;
    for (let i = 0, at = descriptors + ENTRIES + word; i < count; i++, at += 4) if (I32[at] === wanted) return i;
    return -1;
  }
  if (I32[descriptors + R.DESCRIPTORS_INDEX] === 0) buildIndex(vm, descriptors << 2);
  let next = I32[(I32[descriptors + R.DESCRIPTORS_INDEX] >> 2) + (fold & I32[descriptors + R.DESCRIPTORS_BUCKET_MASK])];
  while (next !== 0) {
    const at = descriptors + ENTRIES + (next - 1) * 4;
    if (I32[at + R.ENTRY_FOLD] === fold && next <= count && (!exact || I32[at + R.ENTRY_NAME] === name)) return next - 1;
    next = I32[at + R.ENTRY_NEXT];
  }
  return -1;
}

function buildIndex(vm: Machine, descriptors: Ptr): void {
  const I32 = vm.I32;
  const word = descriptors >> 2;
  const capacity = I32[word + R.DESCRIPTORS_CAPACITY];
  let buckets = 16;
  while (buckets < capacity) buckets *= 2;
  const old = I32[word + R.DESCRIPTORS_INDEX];
  if (old === 0 || I32[word + R.DESCRIPTORS_BUCKET_MASK] !== buckets - 1) {
    if (old !== 0) freeBlock(vm, old);
    I32[word + R.DESCRIPTORS_INDEX] = 0;
    I32[word + R.DESCRIPTORS_INDEX] = allocate(vm, buckets * 4, BlockKind.PropertyIndex);
    I32[word + R.DESCRIPTORS_BUCKET_MASK] = buckets - 1;
  }
  const index = I32[word + R.DESCRIPTORS_INDEX] >> 2;
  I32.fill(0, index, index + buckets);
  const count = I32[word + R.DESCRIPTORS_COUNT];
  // From the newest to the oldest, so that a bucket's chain begins with the oldest: the first of two names that differ in case wins.
  for (let i = count - 1; i >= 0; i--) linkEntry(vm, word, i, true);
}

function linkEntry(vm: Machine, word: number, i: number, first: boolean): void {
  const I32 = vm.I32;
  const at = word + ENTRIES + i * 4;
  const bucket = (I32[word + R.DESCRIPTORS_INDEX] >> 2) + (I32[at + R.ENTRY_FOLD] & I32[word + R.DESCRIPTORS_BUCKET_MASK]);
  if (first || I32[bucket] === 0) {
    I32[at + R.ENTRY_NEXT] = I32[bucket];
    I32[bucket] = i + 1;
    return;
  }
  let last = word + ENTRIES + (I32[bucket] - 1) * 4;
  while (I32[last + R.ENTRY_NEXT] !== 0) last = word + ENTRIES + (I32[last + R.ENTRY_NEXT] - 1) * 4;
  I32[at + R.ENTRY_NEXT] = 0;
  I32[last + R.ENTRY_NEXT] = i + 1;
}

/** Word address of an entry's first word. */
export function entryWord(vm: Machine, shape: Ptr, index: number): number {
  return (vm.I32[(shape >> 2) + R.SHAPE_DESCRIPTORS] >> 2) + ENTRIES + index * 4;
}

/** Flags of a property by its index. */
export function entryFlags(vm: Machine, shape: Ptr, index: number): number {
  return vm.I32[entryWord(vm, shape, index) + R.ENTRY_FLAGS];
}

/** Name of a property by its index; NO_NAME for a deleted one. */
export function entryName(vm: Machine, shape: Ptr, index: number): NameId {
  return vm.I32[entryWord(vm, shape, index) + R.ENTRY_NAME];
}

/** Number of entries, deleted ones included. */
export function entryCount(vm: Machine, shape: Ptr): number {
  return vm.I32[(shape >> 2) + R.SHAPE_COUNT];
}

/** Appends an entry to a shape's descriptors, which must end with this shape's own entries. */
function appendEntry(vm: Machine, shape: Ptr, name: NameId, flags: number): void {
  const I32 = vm.I32;
  let descriptors = I32[(shape >> 2) + R.SHAPE_DESCRIPTORS];
  if (descriptors === 0) {
    descriptors = allocateDescriptors(vm, descriptorCapacity(1));
    I32[(shape >> 2) + R.SHAPE_DESCRIPTORS] = descriptors;
  } else if (I32[(descriptors >> 2) + R.DESCRIPTORS_COUNT] === I32[(descriptors >> 2) + R.DESCRIPTORS_CAPACITY]) {
    descriptors = growDescriptors(vm, shape, descriptors);
  }
  const word = descriptors >> 2;
  const i = I32[word + R.DESCRIPTORS_COUNT];
  const at = word + ENTRIES + i * 4;
  I32[at + R.ENTRY_NAME] = name;
  I32[at + R.ENTRY_FOLD] = nameFold(vm, name);
  I32[at + R.ENTRY_FLAGS] = flags;
  I32[at + R.ENTRY_NEXT] = 0;
  retainName(vm, name);
  I32[word + R.DESCRIPTORS_COUNT] = i + 1;
  I32[word + R.DESCRIPTORS_LIVE]++;
  if (I32[word + R.DESCRIPTORS_INDEX] !== 0) linkEntry(vm, word, i, false);
}

function growDescriptors(vm: Machine, shape: Ptr, descriptors: Ptr): Ptr {
  const I32 = vm.I32;
  const word = descriptors >> 2;
  const count = I32[word + R.DESCRIPTORS_COUNT];
  const grown = allocateDescriptors(vm, descriptorCapacity(count + 1));
  const target = grown >> 2;
  I32.copyWithin(target + ENTRIES, word + ENTRIES, word + ENTRIES + count * 4);
  I32[target + R.DESCRIPTORS_COUNT] = count;
  I32[target + R.DESCRIPTORS_LIVE] = I32[word + R.DESCRIPTORS_LIVE];
  I32[target + R.REFCOUNT] = I32[word + R.REFCOUNT];
  const oldIndex = I32[word + R.DESCRIPTORS_INDEX];
  if (oldIndex !== 0) {
    // Before the old one goes: when there is no memory for it, the shapes still have their descriptors whole.
    try {
      buildIndex(vm, grown);
    } catch (error) {
      freeBlock(vm, grown);
      throw error;
    }
    freeBlock(vm, oldIndex);
  }
  // All shapes that share the block lie on the way up from this one.
  for (let at = shape; at !== 0 && I32[(at >> 2) + R.SHAPE_DESCRIPTORS] === descriptors; at = I32[(at >> 2) + R.SHAPE_PARENT]) {
    I32[(at >> 2) + R.SHAPE_DESCRIPTORS] = grown;
  }
  freeBlock(vm, descriptors);
  return grown;
}

/** A copy of the first `count` entries, with its own holds on the names. */
function copyDescriptors(vm: Machine, descriptors: Ptr, count: number): Ptr {
  const I32 = vm.I32;
  const copy = allocateDescriptors(vm, descriptorCapacity(count + 1));
  const to = copy >> 2;
  let live = 0;
  if (count > 0) {
    const from = descriptors >> 2;
    I32.copyWithin(to + ENTRIES, from + ENTRIES, from + ENTRIES + count * 4);
    for (let i = 0; i < count; i++) {
      const name = I32[to + ENTRIES + i * 4 + R.ENTRY_NAME];
      if (name === R.NO_NAME) continue;
      retainName(vm, name);
      live++;
    }
  }
  I32[to + R.DESCRIPTORS_COUNT] = count;
  I32[to + R.DESCRIPTORS_LIVE] = live;
  return copy;
}

/** Runs a step in the making of a shape that nothing refers to yet; when there is no memory for it the shape goes. */
function fillShape(vm: Machine, shape: Ptr, step: () => void): void {
  try {
    step();
  } catch (error) {
    releaseDescriptors(vm, vm.I32[(shape >> 2) + R.SHAPE_DESCRIPTORS]);
    freeBlock(vm, shape);
    throw error;
  }
}

/**
 * The shape that an object of `shape` has after getting a new property; the new property's slot is the last.
 * A unique shape is changed in place and returned. 0 when the object must become unique first.
 */
export function shapeWithProperty(vm: Machine, shape: Ptr, name: NameId, flags: number): Ptr {
  const I32 = vm.I32;
  const word = shape >> 2;
  if ((I32[word + R.META] & R.SHAPE_UNIQUE) !== 0) {
    appendEntry(vm, shape, name, flags);
    I32[word + R.SHAPE_COUNT]++;
    return shape;
  }
  for (let child = I32[word + R.SHAPE_FIRST_CHILD]; child !== 0; child = I32[(child >> 2) + R.SHAPE_NEXT_SIBLING]) {
    if (I32[(child >> 2) + R.SHAPE_NAME] === name && I32[(child >> 2) + R.SHAPE_FLAGS] === flags) return child;
  }
  const count = I32[word + R.SHAPE_COUNT];
  if (count >= MAX_SHARED_PROPERTIES || I32[word + R.SHAPE_CHILD_COUNT] >= MAX_CHILDREN) return 0;
  const child = allocateShape(vm, I32[word + R.SHAPE_PROTO], false);
  const childWord = child >> 2;
  I32[childWord + R.SHAPE_PARENT] = shape;
  I32[childWord + R.SHAPE_NAME] = name;
  I32[childWord + R.SHAPE_FLAGS] = flags;
  I32[childWord + R.META] |= I32[word + R.META] & R.SHAPE_PROTO_FLAGGED;
  if (name === NAME.__proto__ && (flags & VERSION_BITS) !== 0) I32[childWord + R.META] |= R.SHAPE_PROTO_FLAGGED;
  const descriptors = I32[word + R.SHAPE_DESCRIPTORS];
  if (descriptors !== 0 && I32[(descriptors >> 2) + R.DESCRIPTORS_COUNT] === count) {
    I32[childWord + R.SHAPE_DESCRIPTORS] = descriptors;
    I32[(descriptors >> 2) + R.REFCOUNT]++;
  } else if (descriptors !== 0) {
    fillShape(vm, child, () => {
      I32[childWord + R.SHAPE_DESCRIPTORS] = copyDescriptors(vm, descriptors, count);
    });
  }
  I32[childWord + R.SHAPE_COUNT] = count;
  fillShape(vm, child, () => appendEntry(vm, child, name, flags));
  I32[childWord + R.SHAPE_COUNT] = count + 1;
  I32[childWord + R.SHAPE_NEXT_SIBLING] = I32[word + R.SHAPE_FIRST_CHILD];
  I32[word + R.SHAPE_FIRST_CHILD] = child;
  I32[word + R.SHAPE_CHILD_COUNT]++;
  return child;
}

/** A unique shape with the same entries and prototype. */
export function uniqueCopy(vm: Machine, shape: Ptr, proto: Ptr): Ptr {
  const I32 = vm.I32;
  const copy = allocateShape(vm, proto, true);
  const count = I32[(shape >> 2) + R.SHAPE_COUNT];
  if (count > 0)
    fillShape(vm, copy, () => {
      I32[(copy >> 2) + R.SHAPE_DESCRIPTORS] = copyDescriptors(vm, I32[(shape >> 2) + R.SHAPE_DESCRIPTORS], count);
    });
  I32[(copy >> 2) + R.SHAPE_COUNT] = count;
  I32[(copy >> 2) + R.META] |= I32[(shape >> 2) + R.META] & R.SHAPE_PROTO_FLAGGED;
  return copy;
}

/** Blanks an entry of a unique shape. The slot is the caller's to clear; its index stays taken until `compact`. */
export function removeEntry(vm: Machine, shape: Ptr, index: number, releaseNameOf: (name: NameId) => void): void {
  const I32 = vm.I32;
  const at = entryWord(vm, shape, index);
  const descriptors = I32[(shape >> 2) + R.SHAPE_DESCRIPTORS] >> 2;
  const name = I32[at + R.ENTRY_NAME];
  I32[at + R.ENTRY_NAME] = R.NO_NAME;
  unlinkEntry(vm, descriptors, index, I32[at + R.ENTRY_FOLD]);
  I32[at + R.ENTRY_FOLD] = 0;
  I32[at + R.ENTRY_FLAGS] = 0;
  I32[descriptors + R.DESCRIPTORS_LIVE]--;
  releaseNameOf(name);
}

function unlinkEntry(vm: Machine, descriptors: number, index: number, fold: NameId): void {
  const I32 = vm.I32;
  if (I32[descriptors + R.DESCRIPTORS_INDEX] === 0) return;
  let link = (I32[descriptors + R.DESCRIPTORS_INDEX] >> 2) + (fold & I32[descriptors + R.DESCRIPTORS_BUCKET_MASK]);
  while (I32[link] !== index + 1) link = descriptors + ENTRIES + (I32[link] - 1) * 4 + R.ENTRY_NEXT;
  I32[link] = I32[descriptors + ENTRIES + index * 4 + R.ENTRY_NEXT];
}

/** Whether so many entries are deleted that the object should be compacted. */
export function wantsCompaction(vm: Machine, shape: Ptr): boolean {
  const descriptors = vm.I32[(shape >> 2) + R.SHAPE_DESCRIPTORS] >> 2;
  const count = vm.I32[descriptors + R.DESCRIPTORS_COUNT];
  return count >= 16 && vm.I32[descriptors + R.DESCRIPTORS_LIVE] * 2 < count;
}

/**
 * Closes the gaps in a unique shape. `moved(from, to)` is told of every entry that changes its index, in rising order.
 */
export function compactEntries(vm: Machine, shape: Ptr, moved: (from: number, to: number) => void): void {
  const I32 = vm.I32;
  const descriptors = I32[(shape >> 2) + R.SHAPE_DESCRIPTORS];
  const base = (descriptors >> 2) + ENTRIES;
  const count = I32[(descriptors >> 2) + R.DESCRIPTORS_COUNT];
  let to = 0;
  for (let from = 0; from < count; from++) {
    if (I32[base + from * 4 + R.ENTRY_NAME] === R.NO_NAME) continue;
    if (from !== to) {
      I32.copyWithin(base + to * 4, base + from * 4, base + from * 4 + 4);
      moved(from, to);
    }
    to++;
  }
  I32[(descriptors >> 2) + R.DESCRIPTORS_COUNT] = to;
  I32[(shape >> 2) + R.SHAPE_COUNT] = to;
  if (I32[(descriptors >> 2) + R.DESCRIPTORS_INDEX] !== 0) buildIndex(vm, descriptors);
}

/** Drops a unique shape that its object no longer uses. */
export function freeUniqueShape(vm: Machine, shape: Ptr): void {
  releaseDescriptors(vm, vm.I32[(shape >> 2) + R.SHAPE_DESCRIPTORS]);
  freeBlock(vm, shape);
}
