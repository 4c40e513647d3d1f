// SPDX-License-Identifier: MIT

import {
  type Addr,
  FIRST_REFERENCE,
  FIRST_TAG,
  TAG_BOOLEAN,
  TAG_NULL,
  TAG_OBJECT,
  TAG_STRING,
  TAG_UNDEFINED,
} from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { releaseReference } from "../memory/release.ts";

/**
 * Reading and writing value slots. Functions named `set…` write to a *dead* slot: whatever bits it held are forgotten
 * without a release. To overwrite a live slot use `replaceValue` or `clearSlot` first.
 */

export function tagOf(vm: Machine, slot: Addr): number {
  return vm.I32[(slot >> 2) + 1];
}

export function payloadOf(vm: Machine, slot: Addr): number {
  return vm.I32[slot >> 2];
}

export function isNumber(vm: Machine, slot: Addr): boolean {
  return vm.I32[(slot >> 2) + 1] < FIRST_TAG;
}

export function isUndefined(vm: Machine, slot: Addr): boolean {
  return vm.I32[(slot >> 2) + 1] === TAG_UNDEFINED;
}

export function setUndefined(vm: Machine, slot: Addr): void {
  vm.I32[slot >> 2] = 0;
  vm.I32[(slot >> 2) + 1] = TAG_UNDEFINED;
}

export function setNull(vm: Machine, slot: Addr): void {
  vm.I32[slot >> 2] = 0;
  vm.I32[(slot >> 2) + 1] = TAG_NULL;
}

export function setBoolean(vm: Machine, slot: Addr, value: boolean): void {
  vm.I32[slot >> 2] = value ? 1 : 0;
  vm.I32[(slot >> 2) + 1] = TAG_BOOLEAN;
}

export function setNumber(vm: Machine, slot: Addr, value: number): void {
  vm.F64[slot >> 3] = value;
}

/** The slot takes over the caller's reference to the string. */
export function setString(vm: Machine, slot: Addr, owned: Owned): void {
  vm.I32[slot >> 2] = owned;
  vm.I32[(slot >> 2) + 1] = TAG_STRING;
}

/** The slot takes over the caller's reference to the object. */
export function setObject(vm: Machine, slot: Addr, owned: Owned): void {
  vm.I32[slot >> 2] = owned;
  vm.I32[(slot >> 2) + 1] = TAG_OBJECT;
}

/** Writes two words; a counted payload's reference is taken over. */
export function setTagged(vm: Machine, slot: Addr, tag: number, payload: number): void {
  vm.I32[slot >> 2] = payload;
  vm.I32[(slot >> 2) + 1] = tag;
}

/** Copies a value to a dead slot, counting one more reference. */
export function copyValue(vm: Machine, from: Addr, to: Addr): void {
  const I32 = vm.I32;
  const payload = I32[from >> 2];
  const tag = I32[(from >> 2) + 1];
  if (tag >= FIRST_REFERENCE) I32[payload >> 2]++;
  I32[to >> 2] = payload;
  I32[(to >> 2) + 1] = tag;
}

/** Moves a value from a live slot to a dead one; the source becomes undefined. */
export function moveValue(vm: Machine, from: Addr, to: Addr): void {
  const I32 = vm.I32;
  I32[to >> 2] = I32[from >> 2];
  I32[(to >> 2) + 1] = I32[(from >> 2) + 1];
  I32[from >> 2] = 0;
  I32[(from >> 2) + 1] = TAG_UNDEFINED;
}

/** Moves the result of the last call to a dead slot. */
export function moveResult(vm: Machine, to: Addr): void {
  moveValue(vm, vm.result, to);
}

/** Moves a value from a live slot over another live one, whose old value is released afterwards. */
export function moveOver(vm: Machine, from: Addr, to: Addr): void {
  const I32 = vm.I32;
  const tag = I32[(to >> 2) + 1];
  const payload = I32[to >> 2];
  moveValue(vm, from, to);
  if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, payload);
}

/** Copies a value over a live slot, whose old value is released afterwards. */
export function replaceValue(vm: Machine, slot: Addr, value: Addr): void {
  vm.reclaimer.replaceValue(slot, value);
}

/** Writes an owned reference or plain tagged value over a live slot, whose old value is released afterwards. Returns the slot. */
export function replaceTagged(vm: Machine, slot: Addr, tag: number, payload: number): Addr {
  return vm.reclaimer.replaceTagged(slot, tag, payload);
}
