// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { openFrame } from "../calls/frames.ts";
import { toBoolean } from "../conversion/to-boolean.ts";
import { toInt32, toNumber } from "../conversion/to-number.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { stringifySlot, toString } from "../conversion/to-string.ts";
import { type Addr, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { holdName, type NameId } from "../strings/names.ts";
import { copyValue, setBoolean, setNull, setNumber, setObject, setString, tagOf } from "../values/slots.ts";

/** What natives need to read their arguments and to return: shorthand so that a native is a few lines. */

/** Slot of argument `index`, or of an undefined value when it was not given. Borrowed. */
export function argument(vm: Machine, args: Addr, argc: number, index: number): Addr {
  return index < argc ? args + index * 8 : vm.undefinedSlot;
}

/** Whether argument `index` is missing or undefined. */
export function isMissing(vm: Machine, args: Addr, argc: number, index: number): boolean {
  return index >= argc || tagOf(vm, args + index * 8) === TAG_UNDEFINED;
}

/** ToNumber of an argument: runs valueOf. */
export function numberArgument(vm: Machine, args: Addr, argc: number, index: number): number {
  return toNumber(vm, argument(vm, args, argc, index));
}

/** ToInt32 of an argument. */
export function intArgument(vm: Machine, args: Addr, argc: number, index: number): number {
  return toInt32(vm, argument(vm, args, argc, index));
}

export function booleanArgument(vm: Machine, args: Addr, argc: number, index: number): boolean {
  return toBoolean(vm, argument(vm, args, argc, index));
}

/**
 * ToString of a value; borrowed: a frame slot holds it until the native returns, or an exception passes through it. What a native must keep
 * across a conversion or call that may throw has to be held like this, not in a local.
 */
export function heldText(vm: Machine, value: Addr): Ptr {
  const slot = openFrame(vm, 1);
  copyValue(vm, value, slot);
  return stringifySlot(vm, slot);
}

/** ToString of an argument, held like `heldText`. */
export function heldArgument(vm: Machine, args: Addr, argc: number, index: number): Ptr {
  return heldText(vm, argument(vm, args, argc, index));
}

/** The name of a text (borrowed), held like `heldText`. */
export function heldName(vm: Machine, text: Ptr): NameId {
  return holdName(vm, openFrame(vm, 1), text);
}

/** Lets a frame slot of the running native hold a string that it has made; returns it, borrowed. */
export function heldString(vm: Machine, owned: Owned): Ptr {
  setString(vm, openFrame(vm, 1), owned);
  return owned;
}

/** Lets a frame slot of the running native hold an object or array that it has made; returns it, borrowed. */
export function heldObject(vm: Machine, owned: Owned): Ptr {
  setObject(vm, openFrame(vm, 1), owned);
  return owned;
}

/** ToString of an argument, owned. */
export function stringArgument(vm: Machine, args: Addr, argc: number, index: number): Owned {
  return toString(vm, argument(vm, args, argc, index));
}

/** The object that `this` is (a clip's object for clips), borrowed; 0 when `this` is a primitive. */
export function thisObject(vm: Machine, self: Addr): Ptr {
  return objectOf(vm, self);
}

/** True in a native that runs for `new` (or `super()`): there is a fresh `this` to fill. Valid until the native's first call. */
export function isConstructorCall(vm: Machine): boolean {
  return vm.nativeConstructs;
}

export function returnNumber(vm: Machine, value: number): void {
  setNumber(vm, vm.result, value);
}

export function returnBoolean(vm: Machine, value: boolean): void {
  setBoolean(vm, vm.result, value);
}

/** Returns a string, whose reference is taken over. */
export function returnString(vm: Machine, owned: Owned): void {
  setString(vm, vm.result, owned);
}

/** Returns an object, whose reference is taken over. */
export function returnObject(vm: Machine, owned: Owned): void {
  setObject(vm, vm.result, owned);
}

export function returnNull(vm: Machine): void {
  setNull(vm, vm.result);
}
