// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { callFunction } from "../calls/call.ts";
import { releaseResult } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { toNumber } from "../conversion/to-number.ts";
import { stringifySlot, toString } from "../conversion/to-string.ts";
import { type Addr, FIRST_TAG, TAG_OBJECT } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { withScratch } from "../memory/blocks.ts";
import { release } from "../memory/release.ts";
import { appendElement, createArray, isArray } from "../objects/array.ts";
import { isFunction } from "../objects/function.ts";
import { getStored } from "../objects/properties.ts";
import { toLowerUnit } from "../strings/case-folding.ts";
import { compareStrings, stringLength, unitAt } from "../strings/heap-string.ts";
import { internString, releaseName } from "../strings/names.ts";
import { copyValue, isNumber, payloadOf, setNumber, tagOf } from "../values/slots.ts";
import { getElement, indexedLength, setIndexed } from "./array-like.ts";
import { argument, isMissing, returnNumber, returnObject, thisObject } from "./native-call.ts";

export const SortFlag = { CaseInsensitive: 1, Descending: 2, UniqueSort: 4, ReturnIndexedArray: 8, Numeric: 16 } as const;

/** Compares two value slots: negative, zero, positive. May run ActionScript. */
type Compare = (a: Addr, b: Addr) => number;

/**
 * Flash's quicksort over a list of positions: pivot is the leftmost element. The order of equal elements and of the calls
 * of a comparison function are visible to scripts, so it is followed step by step.
 * @param order word index of the positions, `length` of them, and behind them as much room for the ranges that wait
 * @param elements address of the value slots that they mean
 */
function quicksort(vm: Machine, order: number, length: number, elements: Addr, compare: Compare): void {
  if (length < 2) return;
  const { I32 } = vm;
  // Ranges that wait, low and high: each has two elements at least, so that there are never more than half as many.
  const ranges = order + length;
  let top = ranges;
  let low = 0;
  let high = length - 1;
  for (;;) {
    if (low < high) {
      const pivot = I32[order + low];
      const pivotSlot = elements + pivot * 8;
      let left = low + 1;
      let right = high;
      for (;;) {
        while (left < right && compare(pivotSlot, elements + I32[order + left] * 8) > 0) left++;
        while (right > low && compare(pivotSlot, elements + I32[order + right] * 8) <= 0) right--;
        if (left >= right) break;
        const swapped = I32[order + left];
        I32[order + left] = I32[order + right];
        I32[order + right] = swapped;
      }
      I32[order + low] = I32[order + right];
      I32[order + right] = pivot;
      if (right + 1 < high) {
        I32[top++] = right + 1;
        I32[top++] = high;
      }
      high = right - 1;
      continue;
    }
    if (top === ranges) break;
    high = I32[--top];
    low = I32[--top];
  }
}

function compareFolded(vm: Machine, a: Ptr, b: Ptr): number {
  const shorter = Math.min(stringLength(vm, a), stringLength(vm, b));
  for (let i = 0; i < shorter; i++) {
    const difference = toLowerUnit(unitAt(vm, a, i)) - toLowerUnit(unitAt(vm, b, i));
    if (difference !== 0) return difference;
  }
  return stringLength(vm, a) - stringLength(vm, b);
}

/** Comparison by flags: numbers as such with NUMERIC, everything else as text. */
function defaultCompare(vm: Machine, flags: number): Compare {
  return (a, b) => {
    if ((flags & SortFlag.Numeric) !== 0 && isNumber(vm, a) && isNumber(vm, b)) {
      const difference = vm.F64[a >> 3] - vm.F64[b >> 3];
      return Number.isNaN(difference) ? 0 : difference;
    }
    const window = openFrame(vm, 2);
    copyValue(vm, a, window);
    copyValue(vm, b, window + 8);
    const x = stringifySlot(vm, window);
    const y = stringifySlot(vm, window + 8);
    const result = (flags & SortFlag.CaseInsensitive) !== 0 ? compareFolded(vm, x, y) : compareStrings(vm, x, y);
    closeFrame(vm, window);
    return result;
  };
}

/** Comparison by a script function: the sign of its result, NaN as equal. The values are handed on as they lie. */
function scriptCompare(vm: Machine, fn: Ptr): Compare {
  const { I32, F64 } = vm;
  return (a, b) => {
    // An outgoing area, as calls of optimised code have: it owns nothing.
    const args = vm.frameLimit - 16;
    if (vm.frameTop > args) return compareInWindow(vm, fn, a, b);
    vm.frameLimit = args;
    const word = args >> 2;
    I32[word] = I32[a >> 2];
    I32[word + 1] = I32[(a >> 2) + 1];
    I32[word + 2] = I32[b >> 2];
    I32[word + 3] = I32[(b >> 2) + 1];
    callFunction(vm, fn, vm.undefinedSlot, args, 2);
    vm.frameLimit = args + 16;
    const result = I32[(vm.result >> 2) + 1] < FIRST_TAG ? F64[vm.result >> 3] : takeNumber(vm);
    return Number.isNaN(result) ? 0 : result;
  };
}

function compareInWindow(vm: Machine, fn: Ptr, a: Addr, b: Addr): number {
  const args = openFrame(vm, 2);
  copyValue(vm, a, args);
  copyValue(vm, b, args + 8);
  callFunction(vm, fn, vm.undefinedSlot, args, 2);
  const result = takeNumber(vm);
  closeFrame(vm, args);
  return Number.isNaN(result) ? 0 : result;
}

/** The result of a call as a number; takes it. */
function takeNumber(vm: Machine): number {
  const window = openFrame(vm, 1);
  copyValue(vm, vm.result, window);
  releaseResult(vm);
  const number = toNumber(vm, window);
  closeFrame(vm, window);
  return number;
}

/** Comparison by own stored fields of two objects; anything else by `fallback`. */
function fieldCompare(vm: Machine, fields: { name: number; flags: number }[], fallback: Compare): Compare {
  return (a, b) => {
    if (tagOf(vm, a) !== TAG_OBJECT || tagOf(vm, b) !== TAG_OBJECT) return fallback(a, b);
    const window = openFrame(vm, 2);
    let result = 0;
    for (const { name, flags } of fields) {
      getStored(vm, payloadOf(vm, a), name, window);
      getStored(vm, payloadOf(vm, b), name, window + 8);
      result = defaultCompare(vm, flags)(window, window + 8);
      closeFrame(vm, window);
      openFrame(vm, 2);
      if ((flags & SortFlag.Descending) !== 0) result = -result;
      if (result !== 0) break;
    }
    closeFrame(vm, window);
    return result;
  };
}

/** Sorts the elements of `this` and returns it, or what the flags ask for. */
function sortElements(vm: Machine, self: Addr, compare: Compare, flags: number, unique: Compare): void {
  const object = thisObject(vm, self);
  const length = indexedLength(vm, object, self);
  const elements = openFrame(vm, length);
  for (let i = 0; i < length; i++) getElement(vm, object, i, elements + i * 8);
  withScratch(vm, length, (buffer) => {
    const order = buffer >> 2;
    for (let i = 0; i < length; i++) vm.I32[order + i] = i;
    quicksort(vm, order, length, elements, compare);
    returnSorted(vm, self, elements, order, length, flags, unique);
  });
  closeFrame(vm, elements);
}

/** The result of a sort: `this` in its new order, the positions themselves, or 0 where elements had to be unique and are not. */
function returnSorted(
  vm: Machine,
  self: Addr,
  elements: Addr,
  order: number,
  length: number,
  flags: number,
  unique: Compare,
): void {
  const slotAt = (i: number): Addr => elements + vm.I32[order + i] * 8;
  if ((flags & SortFlag.UniqueSort) !== 0) {
    for (let i = 1; i < length; i++) {
      if (unique(slotAt(i - 1), slotAt(i)) !== 0) continue;
      returnNumber(vm, 0);
      return;
    }
  }
  if ((flags & SortFlag.Descending) !== 0) vm.I32.subarray(order, order + length).reverse();
  if ((flags & SortFlag.ReturnIndexedArray) !== 0) {
    const indices = createArray(vm, length);
    for (let i = 0; i < length; i++) setNumber(vm, appendElement(vm, indices), vm.I32[order + i]);
    returnObject(vm, indices);
    return;
  }
  const object = thisObject(vm, self);
  for (let to = 0; to < length; to++) setIndexed(vm, object, to, slotAt(to), self);
  copyValue(vm, self, vm.result);
}

/** sort(compare?, flags?): (object), (object, number), (number), (number, number) and () are valid. */
export const sort: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  const first = argument(vm, args, argc, 0);
  const isCompare = tagOf(vm, first) === TAG_OBJECT;
  if (argc > 0 && !isCompare && tagOf(vm, first) >= FIRST_TAG) return;
  let flags = argc > 0 && !isCompare ? vm.F64[first >> 3] | 0 : 0;
  if (argc > 1) flags = toNumber(vm, argument(vm, args, argc, 1)) | 0;
  const byFlags = defaultCompare(vm, flags);
  const compare = isCompare && isFunction(vm, payloadOf(vm, first)) ? scriptCompare(vm, payloadOf(vm, first)) : byFlags;
  sortElements(vm, self, compare, flags, byFlags);
};

/** sortOn(field | fields, options?). */
export const sortOn: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0 || argc === 0) return;
  const names: number[] = [];
  const field = argument(vm, args, argc, 0);
  const window = openFrame(vm, 1);
  const addName = (value: Addr): void => {
    const text = toString(vm, value);
    names.push(internString(vm, text));
    release(vm, text);
  };
  if (tagOf(vm, field) === TAG_OBJECT) {
    const list = payloadOf(vm, field);
    if (!isArray(vm, list)) {
      closeFrame(vm, window);
      sortElements(vm, self, defaultCompare(vm, 0), 0, defaultCompare(vm, 0));
      return;
    }
    const count = indexedLength(vm, list, field);
    for (let i = 0; i < count; i++) {
      getElement(vm, list, i, window);
      addName(window);
      closeFrame(vm, window);
      openFrame(vm, 1);
    }
  } else addName(field);
  const options = argument(vm, args, argc, 1);
  let flagList = names.map(() =>
    isMissing(vm, args, argc, 1) || tagOf(vm, options) === TAG_OBJECT ? 0 : toNumber(vm, options) | 0,
  );
  // A list of options must be an array and goes with a list of fields only.
  if (tagOf(vm, options) === TAG_OBJECT && isArray(vm, payloadOf(vm, options)) && tagOf(vm, field) === TAG_OBJECT) {
    const list = payloadOf(vm, options);
    if (indexedLength(vm, list, options) === names.length) {
      flagList = names.map((_, i) => {
        getElement(vm, list, i, window);
        const flags = toNumber(vm, window) | 0;
        closeFrame(vm, window);
        openFrame(vm, 1);
        return flags;
      });
    }
  }
  closeFrame(vm, window);
  const fields = names.map((name, i) => ({ name, flags: flagList[i] }));
  const main = flagList[0] ?? 0;
  const compare = fieldCompare(vm, fields, defaultCompare(vm, main));
  // The direction is part of the comparison of each field: the whole is not reversed again.
  sortElements(vm, self, compare, main & ~SortFlag.Descending, compare);
  for (const name of names) releaseName(vm, name);
};
