// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { toInt32 } from "../conversion/to-number.ts";
import { DONT_DELETE } from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_REFERENCE, FIRST_TAG, TAG_BLOCK, TAG_HOLE, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocate, freeBlock, roomyBytes } from "../memory/blocks.ts";
import type { Owned } from "../memory/owned.ts";
import { clearSlot, release, releaseReference } from "../memory/release.ts";
import { internLatin1Index } from "../strings/index-names.ts";
import { nameIndex, releaseName } from "../strings/names.ts";
import { copyValue } from "../values/slots.ts";
import { addConstructor, addProperty, allocateObject, holdPrototype, removeProperty, shapeOf } from "./object.ts";
import { entryCount, entryFlags, entryName } from "./shapes.ts";

/**
 * Arrays keep elements 0..count-1 in a dense block while they were added in rising order, which is also their order of
 * enumeration. Anything else (sparse or out-of-order elements, attributes on elements, enumerable named properties) makes
 * the array *slow*: its elements become ordinary properties, and order and attributes are exact by construction.
 */
const INLINE_SLOTS = 3;
/** A dense block never grows past this many elements at once for an index beyond the end. */
const MAX_DENSE_LENGTH = 0x07fffffe;

/** An empty array of the running environment. */
export function createArray(vm: Machine, capacity = 0, inlineSlots = INLINE_SLOTS): Owned {
  const array = allocateObject(vm, BlockKind.Array, vm.realm.arrayShape, inlineSlots);
  const word = array >> 2;
  vm.I32[word + R.ARRAY_ELEMENTS] = 0;
  vm.I32[word + R.ARRAY_COUNT] = 0;
  holdPrototype(vm, array, vm.realm.arrayPrototype);
  vm.F64[(array + R.ARRAY_INLINE_OFFSET + R.ARRAY_LENGTH_SLOT * 8) >> 3] = 0;
  if (capacity > 0) giveElements(vm, array, capacity);
  return array;
}

/** An empty array as a literal makes it: it has a `constructor` of its own. */
export function createLiteralArray(vm: Machine, capacity = 0): Owned {
  const { realm } = vm;
  if (realm.literalArrayShape === 0) return createFirstLiteralArray(vm, capacity);
  const array = allocateObject(vm, BlockKind.Array, realm.literalArrayShape, INLINE_SLOTS);
  const { I32 } = vm;
  const word = array >> 2;
  I32[word + R.ARRAY_ELEMENTS] = 0;
  I32[word + R.ARRAY_COUNT] = 0;
  const slots = (array + R.ARRAY_INLINE_OFFSET) >> 2;
  I32[slots] = realm.arrayPrototype;
  I32[slots + 1] = TAG_OBJECT;
  I32[(realm.arrayPrototype >> 2) + R.REFCOUNT]++;
  vm.F64[(slots >> 1) + R.ARRAY_LENGTH_SLOT] = 0;
  I32[slots + 2 * R.ARRAY_CONSTRUCTOR_SLOT] = realm.arrayConstructor;
  I32[slots + 2 * R.ARRAY_CONSTRUCTOR_SLOT + 1] = TAG_OBJECT;
  I32[(realm.arrayConstructor >> 2) + R.REFCOUNT]++;
  if (capacity > 0) giveElements(vm, array, capacity);
  return array;
}

/** The first elements of a new array, which goes when there is no memory for them. */
function giveElements(vm: Machine, array: Owned, capacity: number): void {
  try {
    growElements(vm, array, capacity);
  } catch (error) {
    release(vm, array);
    throw error;
  }
}

/** Literals of an environment all have one shape: learns it. */
function createFirstLiteralArray(vm: Machine, capacity: number): Owned {
  const array = createArray(vm, capacity);
  addConstructor(vm, array, vm.realm.arrayConstructor);
  const shape = shapeOf(vm, array);
  if (vm.realm.arrayConstructor !== 0 && (vm.I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) === 0)
    vm.realm.literalArrayShape = shape;
  return array;
}

/** Whether the record is an array whose elements are in the dense block. */
export function isDenseArray(vm: Machine, object: Ptr): boolean {
  const word = object >> 2;
  return (vm.I32[word + R.META] & R.META_KIND_MASK) === BlockKind.Array && vm.I32[word + R.ARRAY_COUNT] >= 0;
}

export function isArray(vm: Machine, object: Ptr): boolean {
  return (vm.I32[(object >> 2) + R.META] & R.META_KIND_MASK) === BlockKind.Array;
}

/** Address of the stored `length`, which every array has; it may stand behind an accessor. */
export function lengthSlot(vm: Machine, array: Ptr): Addr {
  const slot = vm.I32[(array >> 2) + R.OBJECT_SLOTS] + R.ARRAY_LENGTH_SLOT * 8;
  return vm.I32[(slot >> 2) + 1] === TAG_BLOCK ? vm.I32[slot >> 2] + R.ACCESSOR_VALUE_OFFSET : slot;
}

/** `length` as an int32 (scripts can make it negative, or store something that is no number). */
export function arrayLength(vm: Machine, array: Ptr): number {
  const slot = lengthSlot(vm, array);
  return vm.I32[(slot >> 2) + 1] < FIRST_TAG ? vm.F64[slot >> 3] | 0 : toInt32(vm, slot);
}

/** Address of a dense element, 0 when the index is outside of the dense block or a hole. */
export function denseElement(vm: Machine, array: Ptr, index: number): Addr {
  const word = array >> 2;
  if (index < 0 || index >= vm.I32[word + R.ARRAY_COUNT]) return 0;
  const slot = vm.I32[word + R.ARRAY_ELEMENTS] + index * 8;
  return vm.I32[(slot >> 2) + 1] === TAG_HOLE ? 0 : slot;
}

/** Makes room for `capacity` elements; the count stays. */
export function growElements(vm: Machine, array: Ptr, capacity: number): void {
  const I32 = vm.I32;
  const word = array >> 2;
  const count = Math.max(0, I32[word + R.ARRAY_COUNT]);
  const old = I32[word + R.ARRAY_ELEMENTS];
  const bytes = roomyBytes(R.ELEMENTS_HEADER_BYTES + capacity * 8);
  const block = allocate(vm, bytes, BlockKind.Elements) + R.ELEMENTS_HEADER_BYTES;
  if (count > 0) I32.copyWithin(block >> 2, old >> 2, (old >> 2) + count * 2);
  const reversed = old === 0 ? 0 : I32[(old >> 2) + R.ELEMENTS_REVERSED];
  if (old !== 0) freeBlock(vm, old - R.ELEMENTS_HEADER_BYTES);
  I32[word + R.ARRAY_ELEMENTS] = block;
  I32[(block >> 2) + R.ELEMENTS_CAPACITY] = (bytes - R.ELEMENTS_HEADER_BYTES) >> 3;
  I32[(block >> 2) + R.ELEMENTS_REVERSED] = reversed;
}

/** Slots of the elements block. */
export function elementCapacity(vm: Machine, array: Ptr): number {
  const elements = vm.I32[(array >> 2) + R.ARRAY_ELEMENTS];
  return elements === 0 ? 0 : vm.I32[(elements >> 2) + R.ELEMENTS_CAPACITY];
}

/**
 * Appends a dense element, which is left undefined for the caller to write, and raises `length`.
 * The array must be dense and its count equal to the new element's index.
 */
export function appendElement(vm: Machine, array: Ptr): Addr {
  const I32 = vm.I32;
  const word = array >> 2;
  const count = I32[word + R.ARRAY_COUNT];
  if (count === elementCapacity(vm, array)) growElements(vm, array, Math.max(6, count + (count >> 1) + 1));
  I32[word + R.ARRAY_COUNT] = count + 1;
  const slot = I32[word + R.ARRAY_ELEMENTS] + count * 8;
  I32[slot >> 2] = 0;
  I32[(slot >> 2) + 1] = TAG_UNDEFINED;
  const length = lengthSlot(vm, array);
  if (I32[(length >> 2) + 1] < FIRST_TAG && vm.F64[length >> 3] < count + 1) vm.F64[length >> 3] = count + 1;
  return slot;
}

/** Whether `reverseDense` can do it: every element from 0 to `length` is in the dense block. */
export function canReverseDense(vm: Machine, array: Ptr): boolean {
  if (!isDenseArray(vm, array)) return false;
  const base = vm.I32[(array >> 2) + R.ARRAY_ELEMENTS] >> 2;
  const count = vm.I32[(array >> 2) + R.ARRAY_COUNT];
  if (count !== arrayLength(vm, array)) return false;
  for (let i = 0; i < count; i++) if (vm.I32[base + i * 2 + 1] === TAG_HOLE) return false;
  return true;
}

/**
 * Reverses the elements in place. The order of enumeration is then no longer that of the indices: it is remembered until the array
 * becomes shorter.
 */
export function reverseDense(vm: Machine, array: Ptr): void {
  const I32 = vm.I32;
  const count = I32[(array >> 2) + R.ARRAY_COUNT];
  const base = I32[(array >> 2) + R.ARRAY_ELEMENTS] >> 2;
  for (let low = base, high = base + (count - 1) * 2; low < high; low += 2, high -= 2) {
    const payload = I32[low];
    const tag = I32[low + 1];
    I32[low] = I32[high];
    I32[low + 1] = I32[high + 1];
    I32[high] = payload;
    I32[high + 1] = tag;
  }
  if (count > 1) I32[base + R.ELEMENTS_REVERSED] = count;
}

/** A dense element is about to be deleted: if it was one of those reversed, their order is taken to be that of the indices from now on. */
export function forgetReversal(vm: Machine, array: Ptr, index: number): void {
  const at = (vm.I32[(array >> 2) + R.ARRAY_ELEMENTS] >> 2) + R.ELEMENTS_REVERSED;
  if (index < vm.I32[at]) vm.I32[at] = 0;
}

/**
 * Calls back with the index of every dense element, holes left out, from the oldest to the newest: in rising order, but for those that
 * `reverseDense` swapped, which are as old as their pair, the innermost pair newest.
 */
export function forEachDense(vm: Machine, array: Ptr, visit: (index: number) => void): void {
  const I32 = vm.I32;
  const count = I32[(array >> 2) + R.ARRAY_COUNT];
  const base = I32[(array >> 2) + R.ARRAY_ELEMENTS] >> 2;
  const visitPresent = (index: number): void => {
    if (index < count && I32[base + index * 2 + 1] !== TAG_HOLE) visit(index);
  };
  const reversed = count > 0 ? I32[base + R.ELEMENTS_REVERSED] : 0;
  if (reversed % 2 === 1) visitPresent(reversed >> 1);
  for (let low = 0, high = reversed - 1; low < high; low++, high--) {
    visitPresent(low);
    visitPresent(high);
  }
  for (let i = reversed; i < count; i++) visitPresent(i);
}

/** Turns all elements into ordinary properties, in their order of enumeration. */
export function makeSlow(vm: Machine, array: Ptr): void {
  const I32 = vm.I32;
  const word = array >> 2;
  const count = I32[word + R.ARRAY_COUNT];
  if (count < 0) return;
  const elements = I32[word + R.ARRAY_ELEMENTS];
  const indices: number[] = [];
  forEachDense(vm, array, (index) => indices.push(index));
  I32[word + R.ARRAY_COUNT] = -1;
  I32[word + R.ARRAY_ELEMENTS] = 0;
  for (const index of indices) {
    const from = (elements >> 2) + index * 2;
    const name = internLatin1Index(vm, index);
    const slot = addProperty(vm, array, name, 0) >> 2;
    releaseName(vm, name);
    I32[slot] = I32[from];
    I32[slot + 1] = I32[from + 1];
  }
  if (elements !== 0) freeBlock(vm, elements - R.ELEMENTS_HEADER_BYTES);
}

/** Whether an index may be added to the dense block now: it is the next one. */
export function canAppend(vm: Machine, array: Ptr, index: number): boolean {
  return vm.I32[(array >> 2) + R.ARRAY_COUNT] === index && index >= 0 && index < MAX_DENSE_LENGTH;
}

/**
 * Sets `length` as scripts do: ToInt32; elements from the new length on are deleted. A negative length is kept.
 * May run ActionScript (valueOf of the value).
 */
export function setArrayLength(vm: Machine, array: Ptr, value: Addr): void {
  truncateArray(vm, array, toInt32(vm, value));
  // The value itself is what is stored, whether it is an integer, or a number at all.
  copyValue(vm, value, lengthSlot(vm, array));
}

/** Sets `length` to an int32 and deletes the elements from there on that may be deleted. */
export function truncateArray(vm: Machine, array: Ptr, length: number): void {
  const I32 = vm.I32;
  const slot = lengthSlot(vm, array);
  const old = arrayLength(vm, array);
  clearSlot(vm, slot);
  vm.F64[slot >> 3] = length;
  const word = array >> 2;
  const count = I32[word + R.ARRAY_COUNT];
  const keep = Math.max(0, length);
  if (count >= 0) {
    if (count > keep) forgetReversal(vm, array, keep);
    for (let i = count - 1; i >= keep; i--) {
      I32[word + R.ARRAY_COUNT] = i;
      const element = I32[word + R.ARRAY_ELEMENTS] + i * 8;
      if (I32[(element >> 2) + 1] >= FIRST_REFERENCE) releaseReference(vm, I32[(element >> 2) + 1], I32[element >> 2]);
    }
    return;
  }
  if (length >= old) return;
  for (let i = entryCount(vm, shapeOf(vm, array)) - 1; i >= 0; i--) {
    if (i >= entryCount(vm, shapeOf(vm, array))) continue;
    const name = entryName(vm, shapeOf(vm, array), i);
    if (name === R.NO_NAME) continue;
    const index = nameIndex(vm, name);
    if (index < keep || index >= old || (entryFlags(vm, shapeOf(vm, array), i) & DONT_DELETE) !== 0) continue;
    removeProperty(vm, array, i);
  }
}
