// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { type Addr, FIRST_TAG, TAG_BOOLEAN, TAG_CLIP, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { release } from "../memory/release.ts";
import { NativeClass, nativeClassOf } from "../objects/native-data.ts";
import { compareStrings, concatStrings, stringLength, stringsEqual } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { copyValue, moveOver, payloadOf, setBoolean, setNumber, setString, setUndefined, tagOf } from "../values/slots.ts";
import { stringToNumber } from "./text-number.ts";
import { primitiveToNumber, toNumber } from "./to-number.ts";
import { callConversion } from "./to-primitive.ts";
import { stringifySlot, toString } from "./to-string.ts";

/**
 * Operators on value slots. Operands are borrowed, results go to dead slots. Operands that are objects run ActionScript.
 * `left` is the operand that was pushed first.
 */

/**
 * ToPrimitive for Add2: writes an owned value to `out` (dead). `valueOf` is called; Dates from SWF 6 on call `toString`.
 * An object that gives an object stays itself, and clips count as primitive: nothing is called on them.
 */
function toPrimitiveForAdd(vm: Machine, value: Addr, out: Addr): void {
  if (tagOf(vm, value) !== TAG_OBJECT) {
    copyValue(vm, value, out);
    return;
  }
  const isDate = vm.version >= 6 && nativeClassOf(vm, payloadOf(vm, value)) === NativeClass.Date;
  callConversion(vm, value, isDate ? NAME.toString : NAME.valueOf, out);
  if (tagOf(vm, out) !== TAG_OBJECT) return;
  const window = openFrame(vm, 1);
  copyValue(vm, value, window);
  moveOver(vm, window, out);
  closeFrame(vm, window);
}

/** `+` from SWF 5 on: numbers add, strings concatenate. */
export function add(vm: Machine, left: Addr, right: Addr, out: Addr): void {
  if (tagOf(vm, left) < FIRST_TAG && tagOf(vm, right) < FIRST_TAG) {
    setNumber(vm, out, vm.F64[left >> 3] + vm.F64[right >> 3]);
    return;
  }
  const window = openFrame(vm, 2);
  toPrimitiveForAdd(vm, right, window + 8);
  toPrimitiveForAdd(vm, left, window);
  if (tagOf(vm, window) === TAG_STRING || tagOf(vm, window + 8) === TAG_STRING) {
    const a = stringifySlot(vm, window);
    setString(vm, out, concatStrings(vm, a, stringifySlot(vm, window + 8)));
  } else {
    const a = toNumber(vm, window);
    setNumber(vm, out, a + toNumber(vm, window + 8));
  }
  closeFrame(vm, window);
}

/** Primitive for comparisons: objects through `valueOf`. False when that gave an object. */
function toComparable(vm: Machine, value: Addr, out: Addr): boolean {
  if (tagOf(vm, value) !== TAG_OBJECT) {
    copyValue(vm, value, out);
    return true;
  }
  callConversion(vm, value, NAME.valueOf, out);
  return tagOf(vm, out) !== TAG_OBJECT;
}

/** Less2: `left < right`; undefined where a NaN is involved. `rightFirst`: Greater evaluates its operands the other way round. */
export function less(vm: Machine, left: Addr, right: Addr, out: Addr, rightFirst = false): void {
  if (tagOf(vm, left) < FIRST_TAG && tagOf(vm, right) < FIRST_TAG) {
    lessNumbers(vm, vm.F64[left >> 3], vm.F64[right >> 3], out);
    return;
  }
  const window = openFrame(vm, 2);
  const comparable = rightFirst
    ? toComparable(vm, right, window + 8) && toComparable(vm, left, window)
    : toComparable(vm, left, window) && toComparable(vm, right, window + 8);
  if (!comparable) setBoolean(vm, out, false);
  else if (tagOf(vm, window) === TAG_STRING && tagOf(vm, window + 8) === TAG_STRING) {
    setBoolean(vm, out, stringLess(vm, payloadOf(vm, window), payloadOf(vm, window + 8)));
  } else lessNumbers(vm, primitiveToNumber(vm, window), primitiveToNumber(vm, window + 8), out);
  closeFrame(vm, window);
}

/** The empty string sorts after every other one. */
function stringLess(vm: Machine, a: Ptr, b: Ptr): boolean {
  if (stringLength(vm, a) === 0 || stringLength(vm, b) === 0) return stringLength(vm, a) > stringLength(vm, b);
  return compareStrings(vm, a, b) < 0;
}

function lessNumbers(vm: Machine, a: number, b: number, out: Addr): void {
  if (a !== a || b !== b) setUndefined(vm, out);
  else setBoolean(vm, out, a < b);
}

/** Equals2 (reference: semantics §9.1). */
export function looseEquals(vm: Machine, left: Addr, right: Addr): boolean {
  if (vm.version > 5) return compareLoosely(vm, left, right);
  const window = openFrame(vm, 2);
  prepareSwf5(vm, right, window + 8);
  prepareSwf5(vm, left, window);
  const equal = compareLoosely(vm, window, window + 8);
  closeFrame(vm, window);
  return equal;
}

/** SWF 5: `valueOf` is called on both operands before anything, the right one first; one that gives an object stays itself. */
function prepareSwf5(vm: Machine, value: Addr, out: Addr): void {
  if (!toComparable(vm, value, out)) {
    const window = openFrame(vm, 1);
    copyValue(vm, value, window);
    moveOver(vm, window, out);
    closeFrame(vm, window);
  }
}

function compareLoosely(vm: Machine, left: Addr, right: Addr): boolean {
  const a = tagOf(vm, left);
  const b = tagOf(vm, right);
  if (a < FIRST_TAG && b < FIRST_TAG) {
    const x = vm.F64[left >> 3];
    const y = vm.F64[right >> 3];
    return x === y || (x !== x && y !== y && vm.playerVersion >= 7);
  }
  const aNothing = a === TAG_UNDEFINED || a === TAG_NULL;
  const bNothing = b === TAG_UNDEFINED || b === TAG_NULL;
  if (aNothing && bNothing) return true;
  if (a === b) {
    if (a === TAG_STRING) return stringsEqual(vm, payloadOf(vm, left), payloadOf(vm, right));
    if (a === TAG_CLIP) return sameClip(vm, left, right);
    return payloadOf(vm, left) === payloadOf(vm, right);
  }
  if (a === TAG_BOOLEAN && b !== TAG_OBJECT) return !bNothing && numberEquals(vm, payloadOf(vm, left), right);
  if (b === TAG_BOOLEAN && a !== TAG_OBJECT) return !aNothing && numberEquals(vm, payloadOf(vm, right), left);
  if (a === TAG_OBJECT || b === TAG_OBJECT)
    return objectEquals(vm, a === TAG_OBJECT ? left : right, a === TAG_OBJECT ? right : left);
  if (a < FIRST_TAG && b === TAG_STRING) return vm.F64[left >> 3] === stringToNumber(vm, payloadOf(vm, right));
  if (b < FIRST_TAG && a === TAG_STRING) return vm.F64[right >> 3] === stringToNumber(vm, payloadOf(vm, left));
  return false;
}

/** A boolean compared with something else: as a number. */
function numberEquals(vm: Machine, number: number, other: Addr): boolean {
  const tag = tagOf(vm, other);
  if (tag < FIRST_TAG) return vm.F64[other >> 3] === number;
  if (tag === TAG_STRING) return stringToNumber(vm, payloadOf(vm, other)) === number;
  return false;
}

function objectEquals(vm: Machine, object: Addr, other: Addr): boolean {
  const window = openFrame(vm, 1);
  const primitive = toComparable(vm, object, window);
  const equal = primitive && tagOf(vm, window) !== TAG_OBJECT && compareLoosely(vm, window, other);
  closeFrame(vm, window);
  return equal;
}

function sameClip(vm: Machine, left: Addr, right: Addr): boolean {
  if (payloadOf(vm, left) === payloadOf(vm, right)) return true;
  const a = toString(vm, left);
  const b = toString(vm, right);
  const same = stringsEqual(vm, a, b);
  release(vm, a);
  release(vm, b);
  return same;
}

/** StrictEquals: same type and equal; NaN equals NaN. Runs nothing. */
export function strictEquals(vm: Machine, left: Addr, right: Addr): boolean {
  const a = tagOf(vm, left);
  const b = tagOf(vm, right);
  if (a < FIRST_TAG || b < FIRST_TAG) {
    if (a >= FIRST_TAG || b >= FIRST_TAG) return false;
    const x = vm.F64[left >> 3];
    const y = vm.F64[right >> 3];
    return x === y || (x !== x && y !== y);
  }
  if (a !== b) return false;
  if (a === TAG_STRING) return stringsEqual(vm, payloadOf(vm, left), payloadOf(vm, right));
  if (a === TAG_CLIP) return sameClip(vm, left, right);
  return payloadOf(vm, left) === payloadOf(vm, right);
}
