// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { throwException } from "../calls/limits.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_REFERENCE, TAG_BOOLEAN, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { clearSlot, releaseReference } from "../memory/release.ts";
import { noteReplaced } from "../objects/properties.ts";
import { copyValue, moveValue } from "../values/slots.ts";

/**
 * Owned slots of optimised code: always live. A temporary keeps what it holds until it is written again or its frame is left.
 */

/** Copies a value to an owned slot; nothing when it is there already. Returns the slot. */
export function keep(vm: Machine, value: Addr, slot: Addr): Addr {
  if (value !== slot) store(vm, slot, value);
  return slot;
}

/** Copies a value over what an owned slot holds. */
export function store(vm: Machine, slot: Addr, value: Addr): void {
  const I32 = vm.I32;
  const word = slot >> 2;
  const oldTag = I32[word + 1];
  const oldPayload = I32[word];
  const tag = I32[(value >> 2) + 1];
  const payload = I32[value >> 2];
  if (tag >= FIRST_REFERENCE) I32[payload >> 2]++;
  I32[word] = payload;
  I32[word + 1] = tag;
  if (oldTag >= FIRST_REFERENCE) releaseReference(vm, oldTag, oldPayload);
}

/** Puts a number in an owned slot. Returns the slot. */
export function number(vm: Machine, slot: Addr, value: number): Addr {
  const word = slot >> 2;
  const tag = vm.I32[word + 1];
  const payload = vm.I32[word];
  vm.F64[slot >> 3] = value;
  if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, payload);
  return slot;
}

/** Puts a comparison's result in an owned slot: 0 false, 1 true, 2 undefined. Returns the slot. */
export function truth(vm: Machine, slot: Addr, value: number): Addr {
  const I32 = vm.I32;
  const word = slot >> 2;
  const tag = I32[word + 1];
  const payload = I32[word];
  I32[word] = value === 1 ? 1 : 0;
  I32[word + 1] = value === 2 ? TAG_UNDEFINED : TAG_BOOLEAN;
  if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, payload);
  return slot;
}

/** Writes an owned reference or plain tagged value over what an owned slot holds. */
export function storeTagged(vm: Machine, slot: Addr, tag: number, payload: number): Addr {
  const I32 = vm.I32;
  const word = slot >> 2;
  const oldTag = I32[word + 1];
  const oldPayload = I32[word];
  I32[word] = payload;
  I32[word + 1] = tag;
  if (oldTag >= FIRST_REFERENCE) releaseReference(vm, oldTag, oldPayload);
  return slot;
}

/** Moves the result of a call to an owned slot. Returns the slot. */
export function takeResult(vm: Machine, slot: Addr): Addr {
  const I32 = vm.I32;
  const word = vm.result >> 2;
  const tag = I32[word + 1];
  I32[word + 1] = TAG_UNDEFINED;
  return storeTagged(vm, slot, tag, I32[word]);
}

/** Drops the result of a call that nobody wants. */
export function dropResult(vm: Machine): void {
  const word = vm.result >> 2;
  const tag = vm.I32[word + 1];
  if (tag >= FIRST_REFERENCE) {
    vm.I32[word + 1] = TAG_UNDEFINED;
    releaseReference(vm, tag, vm.I32[word]);
  }
}

/** Makes a copy of a value the result of the running function. */
export function returnValue(vm: Machine, value: Addr): void {
  copyValue(vm, value, vm.result);
}

/** Moves a value out of an owned slot to be the result of the running function. */
export function returnMoved(vm: Machine, slot: Addr): void {
  moveValue(vm, slot, vm.result);
}

/** Throw. */
export function throwValue(vm: Machine, value: Addr): never {
  copyValue(vm, value, vm.exception);
  return throwException();
}

/** Copies a value to an outgoing argument, which owns nothing. */
export function pass(vm: Machine, argument: Addr, value: Addr): void {
  const I32 = vm.I32;
  I32[argument >> 2] = I32[value >> 2];
  I32[(argument >> 2) + 1] = I32[(value >> 2) + 1];
}

/**
 * Overwrites a plain property of `object` (0: of no object whose changes others depend on) with a copy of a value.
 * Replacing a function that others inherit ends the method caches.
 */
export function replaceProperty(vm: Machine, object: Ptr, slot: Addr, value: Addr): void {
  note(vm, object, slot);
  store(vm, slot, value);
}

/** `replaceProperty` with a value that the property takes over. The caller forgets it. */
export function moveToProperty(vm: Machine, object: Ptr, slot: Addr, from: Addr): void {
  note(vm, object, slot);
  storeTagged(vm, slot, vm.I32[(from >> 2) + 1], vm.I32[from >> 2]);
}

/** `replaceProperty` with a number. */
export function replaceWithNumber(vm: Machine, object: Ptr, slot: Addr, value: number): void {
  note(vm, object, slot);
  number(vm, slot, value);
}

/** Stands for an object that is not at hand where a property is replaced: it may be one that others inherit from. */
const ANY_OBJECT = -1;

function note(vm: Machine, object: Ptr, slot: Addr): void {
  if (object > 0) noteReplaced(vm, object, slot);
  else if (object === ANY_OBJECT && vm.I32[(slot >> 2) + 1] === TAG_OBJECT) noteFunction(vm, vm.I32[slot >> 2]);
}

function noteFunction(vm: Machine, object: Ptr): void {
  if ((vm.I32[(object >> 2) + R.META] & R.META_KIND_MASK) === BlockKind.Function) vm.epoch++;
}

/** Moves a value from one owned slot to another. */
export function moveSlot(vm: Machine, from: Addr, to: Addr): void {
  const I32 = vm.I32;
  const tag = I32[(from >> 2) + 1];
  const payload = I32[from >> 2];
  I32[(from >> 2) + 1] = TAG_UNDEFINED;
  storeTagged(vm, to, tag, payload);
}

/** Moves the exception that has been caught to an owned slot. */
export function takeException(vm: Machine, slot: Addr): void {
  moveSlot(vm, vm.exception, slot);
}

/** Forgets the exception that has been caught. */
export function dropException(vm: Machine): void {
  clearSlot(vm, vm.exception);
}
