// SPDX-License-Identifier: MIT
import { objectValueOf } from "../builtins/object.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import * as operators from "../conversion/operators.ts";
import { toBoolean } from "../conversion/to-boolean.ts";
import { toNumber } from "../conversion/to-number.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { NativeClass, nativeClassOf } from "../objects/native-data.ts";
import { findInChain } from "../objects/properties.ts";
import { concatStrings, stringsEqual } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { copyValue, payloadOf, replaceTagged, tagOf } from "../values/slots.ts";
import { isNative } from "./intrinsics.ts";

/**
 * General forms of the operators, for operands that are not both numbers. Operands are addresses of borrowed slots; the order of
 * their conversions is that of the literal actions.
 */

type NumberOperator = (left: number, right: number, vm: Machine) => number;

function leftFirst(operator: NumberOperator): (vm: Machine, left: Addr, right: Addr) => number {
  return (vm, left, right) => {
    const window = openFrame(vm, 2);
    copyValue(vm, right, window);
    copyValue(vm, left, window + 8);
    const a = toNumber(vm, window + 8);
    const b = toNumber(vm, window);
    closeFrame(vm, window);
    return operator(a, b, vm);
  };
}

function rightFirst(operator: NumberOperator): (vm: Machine, left: Addr, right: Addr) => number {
  return (vm, left, right) => {
    const window = openFrame(vm, 2);
    copyValue(vm, right, window);
    copyValue(vm, left, window + 8);
    const b = toNumber(vm, window);
    const a = toNumber(vm, window + 8);
    closeFrame(vm, window);
    return operator(a, b, vm);
  };
}

type BinaryForm = (vm: Machine, left: Addr, right: Addr) => number;

/** The first of two forms of an operator from player version 10 on, the second before. */
function byPlayer(now: BinaryForm, before: BinaryForm): BinaryForm {
  return (vm, left, right) => (vm.playerVersion >= 10 ? now : before)(vm, left, right);
}

/** Multiply: the left operand first from player version 10 on, the top one before. */
export const multiply = byPlayer(
  leftFirst((a, b) => a * b),
  rightFirst((a, b) => a * b),
);
export const addNumbers = leftFirst((a, b) => a + b);
export const subtract = rightFirst((a, b) => a - b);
export const divide = rightFirst((a, b) => a / b);
export const modulo = rightFirst((a, b) => a % b);
export const bitAnd = rightFirst((a, b) => a & b);
export const bitOr = rightFirst((a, b) => a | b);
export const bitXor = rightFirst((a, b) => a ^ b);
export const bitLShift = rightFirst((a, b) => a << (b & 31));
export const bitRShift = rightFirst((a, b) => a >> (b & 31));
/** SWF 8 and 9 read the unsigned result as signed. */
export const bitURShift = rightFirst(unsignedShift);

function unsignedShift(a: number, b: number, vm: Machine): number {
  const result = a >>> (b & 31);
  return vm.version === 8 || vm.version === 9 ? result | 0 : result;
}

/** `>>>` of two numbers. */
export function shiftUnsigned(vm: Machine, a: number, b: number): number {
  return unsignedShift(a, b, vm);
}

/** ToNumber. */
export function asNumber(vm: Machine, value: Addr): number {
  const window = openFrame(vm, 1);
  copyValue(vm, value, window);
  const result = toNumber(vm, window);
  closeFrame(vm, window);
  return result;
}

/** Add2 where one operand at least is no number; the result goes to the owned slot `out`, which is returned. */
export function add(vm: Machine, left: Addr, right: Addr, out: Addr): Addr {
  if (tagOf(vm, left) === TAG_STRING && tagOf(vm, right) === TAG_STRING) {
    return replaceTagged(vm, out, TAG_STRING, concatStrings(vm, payloadOf(vm, left), payloadOf(vm, right)));
  }
  const window = openFrame(vm, 3);
  copyValue(vm, right, window);
  copyValue(vm, left, window + 8);
  operators.add(vm, window + 8, window, window + 16);
  return leaveWith(vm, window, window + 16, out);
}

/** Moves a value out of a window, closes it, and puts the value in an owned slot. */
function leaveWith(vm: Machine, window: Addr, from: Addr, out: Addr): Addr {
  const I32 = vm.I32;
  const tag = I32[(from >> 2) + 1];
  const payload = I32[from >> 2];
  I32[(from >> 2) + 1] = TAG_UNDEFINED;
  closeFrame(vm, window);
  return replaceTagged(vm, out, tag, payload);
}

/** StringAdd: both as texts. */
export function joinTexts(vm: Machine, left: Addr, right: Addr, out: Addr): Addr {
  const window = openFrame(vm, 2);
  copyValue(vm, right, window);
  copyValue(vm, left, window + 8);
  const b = stringifySlot(vm, window);
  const a = stringifySlot(vm, window + 8);
  const joined = concatStrings(vm, a, b);
  closeFrame(vm, window);
  return replaceTagged(vm, out, TAG_STRING, joined);
}

/** Less2: 0 false, 1 true, 2 undefined. */
export function less(vm: Machine, left: Addr, right: Addr): number {
  const window = openFrame(vm, 3);
  copyValue(vm, right, window);
  copyValue(vm, left, window + 8);
  operators.less(vm, window + 8, window, window + 16);
  return leaveTruth(vm, window);
}

/** Greater: right < left, operands converted in that order. */
export function greater(vm: Machine, left: Addr, right: Addr): number {
  const window = openFrame(vm, 3);
  copyValue(vm, right, window);
  copyValue(vm, left, window + 8);
  operators.less(vm, window, window + 8, window + 16);
  return leaveTruth(vm, window);
}

function leaveTruth(vm: Machine, window: Addr): number {
  const result = tagOf(vm, window + 16) === TAG_UNDEFINED ? 2 : payloadOf(vm, window + 16);
  closeFrame(vm, window);
  return result;
}

/** Equals2. */
export function equals(vm: Machine, left: Addr, right: Addr): boolean {
  const window = openFrame(vm, 2);
  copyValue(vm, right, window);
  copyValue(vm, left, window + 8);
  const equal = operators.looseEquals(vm, window + 8, window);
  closeFrame(vm, window);
  return equal;
}

/** StrictEquals. Runs nothing. */
export function strictEquals(vm: Machine, left: Addr, right: Addr): boolean {
  return operators.strictEquals(vm, left, right);
}

/** Equals2 of a value and a string constant. */
export function equalsText(vm: Machine, value: Addr, constant: Addr): boolean {
  if (tagOf(vm, value) === TAG_STRING) return stringsEqual(vm, payloadOf(vm, value), payloadOf(vm, constant));
  return equals(vm, value, constant);
}

/**
 * Whether a value equals undefined or null. Objects are asked through `valueOf`; `site` remembers a shape whose
 * `valueOf` is the one of Object, which answers with the object itself.
 * @param nothing a slot that holds undefined or null
 */
export function equalsNothing(vm: Machine, value: Addr, nothing: Addr, site: number): boolean {
  const tag = tagOf(vm, value);
  if (tag === TAG_UNDEFINED || tag === TAG_NULL) return true;
  if (tag !== TAG_OBJECT) return equals(vm, value, nothing);
  const object = payloadOf(vm, value);
  const equal = equals(vm, value, nothing);
  if (!equal && vm.version > 5) rememberPlainValueOf(vm, object, value, site);
  return equal;
}

function rememberPlainValueOf(vm: Machine, object: number, value: Addr, site: number): void {
  const I32 = vm.I32;
  if (tagOf(vm, value) !== TAG_OBJECT || payloadOf(vm, value) !== object) return;
  if ((I32[(object >> 2) + R.META] & R.META_EXOTIC) !== 0 || nativeClassOf(vm, object) !== NativeClass.None) return;
  const shape = I32[(object >> 2) + R.OBJECT_SHAPE];
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0) return;
  const window = openFrame(vm, 1);
  const found = findInChain(vm, object, NAME.valueOf, value, window);
  const fn = found && tagOf(vm, window) === TAG_OBJECT ? payloadOf(vm, window) : 0;
  closeFrame(vm, window);
  if (fn === 0 || !isNative(vm, fn, objectValueOf)) return;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[site] = shape;
  I32[site + 1] = vm.epoch;
}

/** ToBoolean of any value. */
export function asBoolean(vm: Machine, value: Addr): boolean {
  return toBoolean(vm, value);
}

/** Whether two numbers are equal by Equals2: NaN counts as equal to itself from player version 7 on. */
export function numbersEqual(vm: Machine, a: number, b: number): boolean {
  return a === b || (a !== a && b !== b && vm.playerVersion >= 7);
}
