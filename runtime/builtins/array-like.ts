// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { toInt32 } from "../conversion/to-number.ts";
import { META, META_WATCHED } from "../layout/records.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { appendElement, arrayLength, canAppend, denseElement, isArray, isDenseArray, truncateArray } from "../objects/array.ts";
import { deleteProperty, findOwn, getProperty, getStored, setProperty } from "../objects/properties.ts";
import { findIndexName, internLatin1Index } from "../strings/index-names.ts";
import { NAME } from "../strings/known-names.ts";
import { releaseName } from "../strings/names.ts";
import { copyValue, replaceValue, setNumber } from "../values/slots.ts";

/** Array methods work on anything with a `length`: these are the element operations on arrays and other objects alike. */

/** `length` as an int32; negative lengths count as none. */
export function indexedLength(vm: Machine, object: Ptr, receiver: Addr): number {
  return Math.max(0, signedLength(vm, object, receiver));
}

/** `length` as an int32, negative ones as they are. */
export function signedLength(vm: Machine, object: Ptr, receiver: Addr): number {
  if (isArray(vm, object)) return arrayLength(vm, object);
  const window = openFrame(vm, 1);
  getProperty(vm, object, NAME.length, receiver, window);
  const length = toInt32(vm, window);
  closeFrame(vm, window);
  return length;
}

export function setIndexedLength(vm: Machine, object: Ptr, length: number, receiver: Addr): void {
  if (isArray(vm, object)) {
    truncateArray(vm, object, length);
    return;
  }
  const window = openFrame(vm, 1);
  setNumber(vm, window, length);
  setProperty(vm, object, NAME.length, window, receiver);
  closeFrame(vm, window);
}

/** Reads an element as it is stored in the object itself, getters and prototypes left alone, to a dead slot. */
export function getElement(vm: Machine, object: Ptr, index: number, out: Addr): void {
  if (isDenseArray(vm, object)) {
    const slot = denseElement(vm, object, index);
    if (slot !== 0) {
      copyValue(vm, slot, out);
      return;
    }
  }
  getStored(vm, object, findIndexName(vm, index), out);
}

/** Writes an element (value borrowed) as a script would. */
export function setIndexed(vm: Machine, object: Ptr, index: number, value: Addr, receiver: Addr): void {
  if (isDenseArray(vm, object) && (vm.I32[(object >> 2) + META] & META_WATCHED) === 0) {
    const slot = denseElement(vm, object, index);
    if (slot !== 0) {
      replaceValue(vm, slot, value);
      return;
    }
    if (canAppend(vm, object, index)) {
      copyValue(vm, value, appendElement(vm, object));
      return;
    }
  }
  const name = internLatin1Index(vm, index);
  setProperty(vm, object, name, value, receiver);
  releaseName(vm, name);
}

/** Whether the object itself has the element. */
export function hasIndexed(vm: Machine, object: Ptr, index: number): boolean {
  if (isDenseArray(vm, object)) return denseElement(vm, object, index) !== 0;
  const name = findIndexName(vm, index);
  return name !== 0 && findOwn(vm, object, name) !== 0;
}

export function deleteIndexed(vm: Machine, object: Ptr, index: number): void {
  const name = findIndexName(vm, index);
  if (name !== 0) {
    deleteProperty(vm, object, name);
    return;
  }
  if (!isDenseArray(vm, object) || denseElement(vm, object, index) === 0) return;
  const interned = internLatin1Index(vm, index);
  deleteProperty(vm, object, interned);
  releaseName(vm, interned);
}
