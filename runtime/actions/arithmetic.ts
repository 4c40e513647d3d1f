// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { add as addValues, less as lessValues, looseEquals, strictEquals as strictlyEqual } from "../conversion/operators.ts";
import { toBoolean } from "../conversion/to-boolean.ts";
import { toNumber } from "../conversion/to-number.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { compareStrings, concatStrings, stringFromJs, stringsEqual } from "../strings/heap-string.ts";
import { setBoolean, setNumber, setString } from "../values/slots.ts";
import { popTo, push } from "./operand-stack.ts";

/** Opens a window with the two operands of a binary action: slot 0 the right one (top of stack), slot 1 the left one. */
function popTwo(vm: Machine): Addr {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  popTo(vm, window + 8);
  return window;
}

type NumberOperator = (left: number, right: number, vm: Machine) => number;

/** Binary action on numbers that converts the left operand first (Add). */
function leftFirst(operator: NumberOperator): (vm: Machine) => void {
  return (vm) => {
    const window = popTwo(vm);
    const left = toNumber(vm, window + 8);
    const right = toNumber(vm, window);
    closeFrame(vm, window);
    setNumber(vm, push(vm), operator(left, right, vm));
  };
}

/** Binary action on numbers that converts the top operand first. */
function rightFirst(operator: NumberOperator): (vm: Machine) => void {
  return (vm) => {
    const window = popTwo(vm);
    const right = toNumber(vm, window);
    const left = toNumber(vm, window + 8);
    closeFrame(vm, window);
    setNumber(vm, push(vm), operator(left, right, vm));
  };
}

/** The first of two forms of an action from player version 10 on, the second before. */
function byPlayer(now: (vm: Machine) => void, before: (vm: Machine) => void): (vm: Machine) => void {
  return (vm) => (vm.playerVersion >= 10 ? now(vm) : before(vm));
}

export const add = leftFirst((a, b) => a + b);
/** Multiply: the left operand first from player version 10 on, the top one before. */
export const multiply = byPlayer(
  leftFirst((a, b) => a * b),
  rightFirst((a, b) => a * b),
);
export const subtract = rightFirst((a, b) => a - b);
export const modulo = rightFirst((a, b) => a % b);
export const bitAnd = rightFirst((a, b) => a & b);
export const bitOr = rightFirst((a, b) => a | b);
export const bitXor = rightFirst((a, b) => a ^ b);
export const bitLShift = rightFirst((a, b) => a << (b & 31));
export const bitRShift = rightFirst((a, b) => a >> (b & 31));
/** SWF 8 and 9 read the unsigned result as signed. */
export const bitURShift = rightFirst((a, b, vm) => {
  const result = a >>> (b & 31);
  return vm.version === 8 || vm.version === 9 ? result | 0 : result;
});

/** Divide: SWF 4 gives the text `#ERROR#` for a division by zero. */
export function divide(vm: Machine): void {
  const window = popTwo(vm);
  const right = toNumber(vm, window);
  const left = toNumber(vm, window + 8);
  closeFrame(vm, window);
  const slot = push(vm);
  if (right === 0 && vm.version < 5) setString(vm, slot, stringFromJs(vm, "#ERROR#"));
  else setNumber(vm, slot, left / right);
}

export function add2(vm: Machine): void {
  const window = popTwo(vm);
  const result = openFrame(vm, 1);
  addValues(vm, window + 8, window, result);
  const slot = push(vm);
  vm.I32[slot >> 2] = vm.I32[result >> 2];
  vm.I32[(slot >> 2) + 1] = vm.I32[(result >> 2) + 1];
  vm.I32[(result >> 2) + 1] = 0;
  closeFrame(vm, window);
}

function unary(operator: (value: number) => number): (vm: Machine) => void {
  return (vm) => {
    const window = openFrame(vm, 1);
    popTo(vm, window);
    const value = toNumber(vm, window);
    closeFrame(vm, window);
    setNumber(vm, push(vm), operator(value));
  };
}

export const increment = unary((value) => value + 1);
export const decrement = unary((value) => value - 1);
export const toNumberAction = unary((value) => value);
export const toInteger = unary((value) => value | 0);

/** Equals of SWF 4: as numbers. */
export function equals(vm: Machine): void {
  const window = popTwo(vm);
  const right = toNumber(vm, window);
  const left = toNumber(vm, window + 8);
  closeFrame(vm, window);
  pushTruth(vm, left === right);
}

/** Less of SWF 4: as numbers. */
export function less(vm: Machine): void {
  const window = popTwo(vm);
  const left = toNumber(vm, window + 8);
  const right = toNumber(vm, window);
  closeFrame(vm, window);
  pushTruth(vm, left < right);
}

/** Comparison results are booleans in every version; as text those are 1 and 0 in SWF 4. */
function pushTruth(vm: Machine, truth: boolean): void {
  setBoolean(vm, push(vm), truth);
}

export function equals2(vm: Machine): void {
  const window = popTwo(vm);
  const equal = looseEquals(vm, window + 8, window);
  closeFrame(vm, window);
  setBoolean(vm, push(vm), equal);
}

export function strictEquals(vm: Machine): void {
  const window = popTwo(vm);
  const equal = strictlyEqual(vm, window + 8, window);
  closeFrame(vm, window);
  setBoolean(vm, push(vm), equal);
}

/** Less2: left < right, or undefined. */
export function less2(vm: Machine): void {
  const window = popTwo(vm);
  compareInto(vm, window, window + 8, window);
}

/** Greater: right < left, operands evaluated in that order. */
export function greater(vm: Machine): void {
  const window = popTwo(vm);
  compareInto(vm, window, window, window + 8);
}

function compareInto(vm: Machine, window: Addr, left: Addr, right: Addr): void {
  const result = openFrame(vm, 1);
  lessValues(vm, left, right, result);
  const tag = vm.I32[(result >> 2) + 1];
  const payload = vm.I32[result >> 2];
  closeFrame(vm, window);
  const slot = push(vm) >> 2;
  vm.I32[slot] = payload;
  vm.I32[slot + 1] = tag;
}

export function and(vm: Machine): void {
  const window = popTwo(vm);
  const truth = toBoolean(vm, window + 8) && toBoolean(vm, window);
  closeFrame(vm, window);
  pushTruth(vm, truth);
}

export function or(vm: Machine): void {
  const window = popTwo(vm);
  const truth = toBoolean(vm, window + 8) || toBoolean(vm, window);
  closeFrame(vm, window);
  pushTruth(vm, truth);
}

export function not(vm: Machine): void {
  pushTruth(vm, !popBoolean(vm));
}

/** Pops the condition of If. */
export function popBoolean(vm: Machine): boolean {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const truth = toBoolean(vm, window);
  closeFrame(vm, window);
  return truth;
}

/** Compares the texts of two operands, the top one converted first unless `leftFirst`. */
function compareTexts(vm: Machine, leftFirst: boolean, compare: (left: Ptr, right: Ptr) => boolean): void {
  const window = popTwo(vm);
  const first = stringifySlot(vm, leftFirst ? window + 8 : window);
  const second = stringifySlot(vm, leftFirst ? window : window + 8);
  const result = leftFirst ? compare(first, second) : compare(second, first);
  closeFrame(vm, window);
  pushTruth(vm, result);
}

export function stringEquals(vm: Machine): void {
  compareTexts(vm, false, (left, right) => stringsEqual(vm, left, right));
}

export function stringLess(vm: Machine): void {
  compareTexts(vm, false, (left, right) => compareStrings(vm, left, right) < 0);
}

export function stringGreater(vm: Machine): void {
  compareTexts(vm, true, (left, right) => compareStrings(vm, left, right) > 0);
}

export function stringAdd(vm: Machine): void {
  const window = popTwo(vm);
  const right = stringifySlot(vm, window);
  const left = stringifySlot(vm, window + 8);
  const joined = concatStrings(vm, left, right);
  closeFrame(vm, window);
  setString(vm, push(vm), joined);
}
