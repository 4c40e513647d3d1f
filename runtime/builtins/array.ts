// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { clampToInt32 } from "../conversion/to-number.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import { type Addr, FIRST_TAG, TAG_CLIP, TAG_OBJECT } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { clearSlot } from "../memory/release.ts";
import {
  appendElement,
  arrayLength,
  canReverseDense,
  createArray,
  denseElement,
  isArray,
  isDenseArray,
  reverseDense,
  truncateArray,
} from "../objects/array.ts";
import { appendElements, isPlainDense, replaceElements } from "../objects/dense-array.ts";
import { concatStrings, emptyString, singleChar } from "../strings/heap-string.ts";
import { copyValue, moveValue, payloadOf, setString, tagOf } from "../values/slots.ts";
import {
  deleteIndexed,
  getElement,
  hasIndexed,
  indexedLength,
  setIndexed,
  setIndexedLength,
  signedLength,
} from "./array-like.ts";
import { SortFlag, sort, sortOn } from "./array-sort.ts";
import type { ClassTable } from "./declare.ts";
import { heldString, heldText, intArgument, isMissing, returnNumber, returnObject, thisObject } from "./native-call.ts";

/** Array(n) with exactly one number: that length; otherwise the elements. */
const construct: NativeFunction = (vm, _fn, _self, args, argc) => {
  const array = createArray(vm, argc);
  if (argc === 1 && tagOf(vm, args) < FIRST_TAG) truncateArray(vm, array, clampToInt32(vm.F64[args >> 3]));
  else for (let i = 0; i < argc; i++) copyValue(vm, args + i * 8, appendElement(vm, array));
  returnObject(vm, array);
};

const push: NativeFunction = (vm, _fn, self, args, argc) => {
  const array = thisObject(vm, self);
  if (array === 0) return;
  const length = signedLength(vm, array, self);
  for (let i = 0; i < argc; i++) setIndexed(vm, array, length + i, args + i * 8, self);
  if (argc > 0) setIndexedLength(vm, array, length + argc, self);
  returnNumber(vm, length + argc);
};

const pop: NativeFunction = (vm, _fn, self) => {
  const array = thisObject(vm, self);
  const length = array === 0 ? 0 : indexedLength(vm, array, self);
  if (length === 0) return;
  const window = openFrame(vm, 1);
  getElement(vm, array, length - 1, window);
  deleteIndexed(vm, array, length - 1);
  if (isArray(vm, array)) truncateArray(vm, array, length - 1);
  moveValue(vm, window, vm.result);
  closeFrame(vm, window);
};

/** Moves an element, a hole as a hole. */
function moveElement(vm: Machine, array: Ptr, from: number, to: number, self: Addr): void {
  if (!hasIndexed(vm, array, from)) {
    deleteIndexed(vm, array, to);
    return;
  }
  const window = openFrame(vm, 1);
  getElement(vm, array, from, window);
  setIndexed(vm, array, to, window, self);
  closeFrame(vm, window);
}

/** Moves an element to a new place in the order of enumeration, a hole as an undefined element. */
function fillElement(vm: Machine, array: Ptr, from: number, to: number, self: Addr): void {
  const window = openFrame(vm, 1);
  getElement(vm, array, from, window);
  if (!isDenseArray(vm, array)) deleteIndexed(vm, array, to);
  setIndexed(vm, array, to, window, self);
  closeFrame(vm, window);
}

const shift: NativeFunction = (vm, _fn, self) => {
  const array = thisObject(vm, self);
  const length = array === 0 ? 0 : indexedLength(vm, array, self);
  if (length === 0) return;
  const window = openFrame(vm, 1);
  if (isPlainDense(vm, array)) {
    replaceElements(vm, array, 0, 1, 0, window);
    moveValue(vm, window, vm.result);
    closeFrame(vm, window);
    return;
  }
  getElement(vm, array, 0, window);
  for (let i = 1; i < length; i++) fillElement(vm, array, i, i - 1, self);
  // Anything but an array keeps its length, and its last element twice.
  if (isArray(vm, array)) {
    deleteIndexed(vm, array, length - 1);
    truncateArray(vm, array, length - 1);
  }
  moveValue(vm, window, vm.result);
  closeFrame(vm, window);
};

const unshift: NativeFunction = (vm, _fn, self, args, argc) => {
  const array = thisObject(vm, self);
  if (array === 0) return;
  const length = indexedLength(vm, array, self);
  if (argc > 0 && isPlainDense(vm, array)) {
    const first = replaceElements(vm, array, 0, 0, argc, 0);
    for (let i = 0; i < argc; i++) copyValue(vm, args + i * 8, first + i * 8);
    returnNumber(vm, length + argc);
    return;
  }
  if (argc > 0) {
    for (let i = length - 1; i >= 0; i--) moveElement(vm, array, i, i + argc, self);
    for (let i = 0; i < argc; i++) setIndexed(vm, array, i, args + i * 8, self);
  }
  const grown = isArray(vm, array) ? length + argc : length;
  if (grown !== length) truncateArray(vm, array, grown);
  returnNumber(vm, grown);
};

/** An index that counts from the end when negative, held to 0..length. */
function relativeIndex(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
}

const slice: NativeFunction = (vm, _fn, self, args, argc) => {
  const array = thisObject(vm, self);
  if (array === 0) return;
  const length = indexedLength(vm, array, self);
  const start = relativeIndex(intArgument(vm, args, argc, 0), length);
  const end = isMissing(vm, args, argc, 1) ? length : relativeIndex(intArgument(vm, args, argc, 1), length);
  const result = createArray(vm, Math.max(0, end - start));
  if (end > start && isPlainDense(vm, array)) {
    copyElements(vm, array, start, end, result);
    returnObject(vm, result);
    return;
  }
  for (let i = start; i < end; i++) getElement(vm, array, i, appendElement(vm, result));
  returnObject(vm, result);
};

const splice: NativeFunction = (vm, _fn, self, args, argc) => {
  const array = thisObject(vm, self);
  if (array === 0 || argc === 0 || isMissing(vm, args, argc, 0)) return;
  if (argc > 1 && isMissing(vm, args, argc, 1)) return;
  const length = indexedLength(vm, array, self);
  const start = relativeIndex(intArgument(vm, args, argc, 0), length);
  const wanted = argc > 1 ? intArgument(vm, args, argc, 1) : length - start;
  if (wanted < 0) return;
  const removed = Math.min(wanted, length - start);
  const inserted = Math.max(0, argc - 2);
  const result = createArray(vm, removed);
  if (isPlainDense(vm, array)) {
    const taken = removed > 0 ? appendElements(vm, result, removed) : 0;
    const first = replaceElements(vm, array, start, removed, inserted, taken);
    for (let i = 0; i < inserted; i++) copyValue(vm, args + (i + 2) * 8, first + i * 8);
    returnObject(vm, result);
    return;
  }
  for (let i = 0; i < removed; i++) getElement(vm, array, start + i, appendElement(vm, result));
  const shiftBy = inserted - removed;
  if (shiftBy < 0) for (let i = start + removed; i < length; i++) moveElement(vm, array, i, i + shiftBy, self);
  else if (shiftBy > 0) for (let i = length - 1; i >= start + removed; i--) moveElement(vm, array, i, i + shiftBy, self);
  for (let i = length - 1; i >= length + shiftBy; i--) deleteIndexed(vm, array, i);
  for (let i = 0; i < inserted; i++) setIndexed(vm, array, start + i, args + (i + 2) * 8, self);
  setIndexedLength(vm, array, length + shiftBy, self);
  returnObject(vm, result);
};

/** Appends copies of the elements from `start` to before `end` of a plain dense array to another one. */
function copyElements(vm: Machine, array: Ptr, start: number, end: number, result: Ptr): void {
  const to = appendElements(vm, result, end - start);
  for (let i = start; i < end; i++) copyValue(vm, denseElement(vm, array, i), to + (i - start) * 8);
}

function appendAll(vm: Machine, result: Ptr, value: Addr): void {
  const tag = tagOf(vm, value);
  if (tag === TAG_OBJECT && isArray(vm, payloadOf(vm, value))) {
    const list = payloadOf(vm, value);
    const length = Math.max(0, arrayLength(vm, list));
    if (length > 0 && isPlainDense(vm, list)) {
      copyElements(vm, list, 0, length, result);
      return;
    }
    for (let i = 0; i < length; i++) getElement(vm, list, i, appendElement(vm, result));
  } else copyValue(vm, value, appendElement(vm, result));
}

const concat: NativeFunction = (vm, _fn, self, args, argc) => {
  const result = createArray(vm);
  if (tagOf(vm, self) === TAG_OBJECT || tagOf(vm, self) === TAG_CLIP) {
    const object = thisObject(vm, self);
    if (object !== 0) {
      if (isArray(vm, object)) appendAll(vm, result, self);
      else {
        const length = indexedLength(vm, object, self);
        for (let i = 0; i < length; i++) getElement(vm, object, i, appendElement(vm, result));
      }
    }
  }
  for (let i = 0; i < argc; i++) appendAll(vm, result, args + i * 8);
  returnObject(vm, result);
};

/** Returns the elements as text with a separator (borrowed) between them. */
function joinElements(vm: Machine, self: Addr, separator: Ptr): void {
  const array = thisObject(vm, self);
  const length = array === 0 ? 0 : indexedLength(vm, array, self);
  // The text so far: an element's toString may throw.
  const text = openFrame(vm, 1);
  setString(vm, text, emptyString(vm));
  const append = (s: Ptr): void => {
    const joined = concatStrings(vm, payloadOf(vm, text), s);
    clearSlot(vm, text);
    setString(vm, text, joined);
  };
  for (let i = 0; i < length; i++) {
    if (i > 0) append(separator);
    const window = openFrame(vm, 1);
    getElement(vm, array, i, window);
    append(stringifySlot(vm, window));
    closeFrame(vm, window);
  }
  moveValue(vm, text, vm.result);
}

const join: NativeFunction = (vm, _fn, self, args, argc) => {
  joinElements(vm, self, argc > 0 ? heldText(vm, args) : heldString(vm, singleChar(vm, 44)));
};

const toStringMethod: NativeFunction = (vm, _fn, self) => joinElements(vm, self, heldString(vm, singleChar(vm, 44)));

/** Swaps from the outside in: both elements are deleted, then set anew, holes as undefined. */
const reverse: NativeFunction = (vm, _fn, self) => {
  const array = thisObject(vm, self);
  if (array === 0) return;
  if (canReverseDense(vm, array)) reverseDense(vm, array);
  else {
    const length = indexedLength(vm, array, self);
    const window = openFrame(vm, 2);
    for (let low = 0, high = length - 1; low < high; low++, high--) {
      getElement(vm, array, low, window);
      getElement(vm, array, high, window + 8);
      deleteIndexed(vm, array, low);
      deleteIndexed(vm, array, high);
      setIndexed(vm, array, low, window + 8, self);
      setIndexed(vm, array, high, window, self);
      closeFrame(vm, window);
      openFrame(vm, 2);
    }
    setIndexedLength(vm, array, length, self);
    closeFrame(vm, window);
  }
  copyValue(vm, self, vm.result);
};

export const arrayClass: ClassTable = {
  name: "Array",
  construct,
  returnsOwnResult: true,
  native: [252, 0],
  statics: [
    { name: "CASEINSENSITIVE", constant: SortFlag.CaseInsensitive, flags: 0 },
    { name: "DESCENDING", constant: SortFlag.Descending, flags: 0 },
    { name: "UNIQUESORT", constant: SortFlag.UniqueSort, flags: 0 },
    { name: "RETURNINDEXEDARRAY", constant: SortFlag.ReturnIndexedArray, flags: 0 },
    { name: "NUMERIC", constant: SortFlag.Numeric, flags: 0 },
  ],
  prototype: [
    { name: "push", method: push, native: [252, 1] },
    { name: "pop", method: pop, native: [252, 2] },
    { name: "concat", method: concat, native: [252, 3] },
    { name: "shift", method: shift, native: [252, 4] },
    { name: "unshift", method: unshift, native: [252, 5] },
    { name: "slice", method: slice, native: [252, 6] },
    { name: "join", method: join, native: [252, 7] },
    { name: "splice", method: splice, native: [252, 8] },
    { name: "toString", method: toStringMethod, native: [252, 9] },
    { name: "sort", method: sort, native: [252, 10] },
    { name: "reverse", method: reverse, native: [252, 11] },
    { name: "sortOn", method: sortOn, native: [252, 12] },
  ],
};
