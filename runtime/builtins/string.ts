// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { toNumber } from "../conversion/to-number.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import { DONT_DELETE, DONT_ENUM } from "../layout/attributes.ts";
import { STRING_DATA } from "../layout/records.ts";
import { type Addr, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { clearSlot, retain } from "../memory/release.ts";
import { appendElement, createArray } from "../objects/array.ts";
import { attachNativeData, NativeClass, nativeSlot } from "../objects/native-data.ts";
import { defineProperty } from "../objects/properties.ts";
import { toLowerUnit, toUpperUnit } from "../strings/case-folding.ts";
import {
  allocateString,
  concatStrings,
  emptyString,
  isWide,
  singleChar,
  stringFromJs,
  stringLength,
  substring,
  unitAt,
} from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { copyValue, moveValue, payloadOf, setNumber, setString, tagOf } from "../values/slots.ts";
import type { ClassTable, Member } from "./declare.ts";
import {
  argument,
  heldArgument,
  heldString,
  heldText,
  intArgument,
  isConstructorCall,
  isMissing,
  returnNumber,
  returnObject,
  returnString,
  stringArgument,
  thisObject,
} from "./native-call.ts";

/** String(x) converts, new String(x) boxes. */
const construct: NativeFunction = (vm, _fn, self, args, argc) => {
  const constructing = isConstructorCall(vm);
  const text = argc > 0 ? stringArgument(vm, args, argc, 0) : emptyString(vm);
  const object = thisObject(vm, self);
  if (!constructing || object === 0) {
    returnString(vm, text);
    return;
  }
  setString(vm, attachNativeData(vm, object, NativeClass.String, 1), text);
  const window = openFrame(vm, 1);
  setNumber(vm, window, stringLength(vm, text));
  defineProperty(vm, object, NAME.length, window, DONT_ENUM | DONT_DELETE);
  closeFrame(vm, window);
  copyValue(vm, self, vm.result);
};

/** The text of `this`, held while the native runs. */
function thisText(vm: Machine, self: Addr): Ptr {
  return heldText(vm, self);
}

/** valueOf and toString: only String objects have a text of their own. */
const primitive: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  const slot = object === 0 ? 0 : nativeSlot(vm, object, NativeClass.String, 0);
  if (slot !== 0) copyValue(vm, slot, vm.result);
};

/** Maps every unit of `this`. */
function mapped(map: (unit: number) => number): NativeFunction {
  return (vm, _fn, self) => {
    const s = thisText(vm, self);
    const length = stringLength(vm, s);
    let wide = isWide(vm, s);
    if (!wide) for (let i = 0; i < length && !wide; i++) wide = map(unitAt(vm, s, i)) > 255;
    const result = allocateString(vm, length, wide);
    const data = vm.I32[(result >> 2) + STRING_DATA];
    if (wide) for (let i = 0; i < length; i++) vm.U16[(data >> 1) + i] = map(unitAt(vm, s, i));
    else for (let i = 0; i < length; i++) vm.U8[data + i] = map(unitAt(vm, s, i));
    returnString(vm, result);
  };
}

const charAt: NativeFunction = (vm, _fn, self, args, argc) => {
  const s = thisText(vm, self);
  const index = intArgument(vm, args, argc, 0);
  returnString(vm, index >= 0 && index < stringLength(vm, s) ? singleChar(vm, unitAt(vm, s, index)) : emptyString(vm));
};

const charCodeAt: NativeFunction = (vm, _fn, self, args, argc) => {
  const s = thisText(vm, self);
  const index = intArgument(vm, args, argc, 0);
  if (index >= 0 && index < stringLength(vm, s)) returnNumber(vm, unitAt(vm, s, index));
  else returnNumber(vm, index >= 0 && vm.version < 6 ? 0 : Number.NaN);
};

const concat: NativeFunction = (vm, _fn, self, args, argc) => {
  const slot = openFrame(vm, 1);
  copyValue(vm, self, slot);
  stringifySlot(vm, slot);
  for (let i = 0; i < argc; i++) {
    const other = heldArgument(vm, args, argc, i);
    const joined = concatStrings(vm, payloadOf(vm, slot), other);
    clearSlot(vm, slot);
    setString(vm, slot, joined);
  }
  moveValue(vm, slot, vm.result);
};

/** Position of `pattern` in `s` at or after `from`, or -1. */
export function indexOfString(vm: Machine, s: Ptr, pattern: Ptr, from: number): number {
  const length = stringLength(vm, s);
  const count = stringLength(vm, pattern);
  if (count === 0) return from <= length ? from : -1;
  const first = unitAt(vm, pattern, 0);
  for (let at = from; at + count <= length; at++) {
    if (unitAt(vm, s, at) !== first) continue;
    let i = 1;
    while (i < count && unitAt(vm, s, at + i) === unitAt(vm, pattern, i)) i++;
    if (i === count) return at;
  }
  return -1;
}

const indexOf: NativeFunction = (vm, _fn, self, args, argc) => {
  if (argc === 0) return;
  const s = thisText(vm, self);
  const pattern = heldArgument(vm, args, argc, 0);
  const from = Math.max(0, intArgument(vm, args, argc, 1));
  returnNumber(vm, from > stringLength(vm, s) ? -1 : indexOfString(vm, s, pattern, from));
};

const lastIndexOf: NativeFunction = (vm, _fn, self, args, argc) => {
  if (argc === 0) return;
  const s = thisText(vm, self);
  const pattern = heldArgument(vm, args, argc, 0);
  const length = stringLength(vm, s);
  const count = stringLength(vm, pattern);
  const from = isMissing(vm, args, argc, 1) ? length : intArgument(vm, args, argc, 1);
  let found = -1;
  for (let at = Math.min(from, length - count); at >= 0; at--) {
    let i = 0;
    while (i < count && unitAt(vm, s, at + i) === unitAt(vm, pattern, i)) i++;
    if (i === count) {
      found = at;
      break;
    }
  }
  returnNumber(vm, from < 0 ? -1 : found);
};

/** An index that counts from the end when negative, held to 0..length. */
function relativeIndex(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length);
}

const slice: NativeFunction = (vm, _fn, self, args, argc) => {
  if (argc === 0) return;
  const s = thisText(vm, self);
  const length = stringLength(vm, s);
  const start = relativeIndex(intArgument(vm, args, argc, 0), length);
  const end = isMissing(vm, args, argc, 1) ? length : relativeIndex(intArgument(vm, args, argc, 1), length);
  returnString(vm, substring(vm, s, start, end));
};

const substringMethod: NativeFunction = (vm, _fn, self, args, argc) => {
  if (argc === 0) return;
  const s = thisText(vm, self);
  const length = stringLength(vm, s);
  const clamp = (index: number): number => Math.max(0, Math.min(length, index));
  const a = clamp(intArgument(vm, args, argc, 0));
  const b = isMissing(vm, args, argc, 1) ? length : clamp(intArgument(vm, args, argc, 1));
  // A start at the end gives nothing, whatever the other end.
  returnString(vm, a >= length ? emptyString(vm) : substring(vm, s, Math.min(a, b), Math.max(a, b)));
};

const substr: NativeFunction = (vm, _fn, self, args, argc) => {
  if (argc === 0) return;
  const s = thisText(vm, self);
  const length = stringLength(vm, s);
  const start = relativeIndex(intArgument(vm, args, argc, 0), length);
  const count = isMissing(vm, args, argc, 1) ? length : intArgument(vm, args, argc, 1);
  let end = start + count;
  // A sum below zero counts from the end again: only then does a negative count give text.
  if (end < 0) end += length;
  returnString(vm, substring(vm, s, start, Math.min(length, end)));
};

/**
 * Whether split gives the text as a whole: without a delimiter; in SWF 5 with one that is not a single character; from SWF 6 on an
 * empty text, whatever the limit, but not with an empty delimiter, which gives nothing.
 */
function isSplitWhole(vm: Machine, length: number, width: number, noDelimiter: boolean): boolean {
  if (vm.version < 6) return width !== 1;
  return noDelimiter || (length === 0 && width > 0);
}

const split: NativeFunction = (vm, _fn, self, args, argc) => {
  const s = thisText(vm, self);
  const delimiterValue = argument(vm, args, argc, 0);
  const noDelimiter = tagOf(vm, delimiterValue) === TAG_UNDEFINED;
  const limit = isMissing(vm, args, argc, 1) ? Number.POSITIVE_INFINITY : Math.max(0, intArgument(vm, args, argc, 1));
  const delimiter = noDelimiter && vm.version < 6 ? heldString(vm, singleChar(vm, 44)) : heldText(vm, delimiterValue);
  // Held by the result from the start: there may be no memory for its elements.
  const array = createArray(vm);
  returnObject(vm, array);
  const length = stringLength(vm, s);
  const width = stringLength(vm, delimiter);
  let count = 0;
  if (isSplitWhole(vm, length, width, noDelimiter)) {
    if (vm.version >= 6 || limit > 0 || width === 0) {
      setString(vm, appendElement(vm, array), retain(vm, s));
    }
  } else if (width === 0) {
    for (; count < length && count < limit; count++)
      setString(vm, appendElement(vm, array), singleChar(vm, unitAt(vm, s, count)));
  } else {
    for (let at = 0; count < limit; count++) {
      const next = indexOfString(vm, s, delimiter, at);
      setString(vm, appendElement(vm, array), substring(vm, s, at, next < 0 ? length : next));
      if (next < 0) break;
      at = next + width;
    }
  }
};

const fromCharCode: NativeFunction = (vm, _fn, _self, args, argc) => {
  let text = "";
  for (let i = 0; i < argc; i++) {
    const code = toNumber(vm, args + i * 8) & 0xffff;
    if (code === 0) break;
    // In SWF 5 a larger code is two bytes, the high one first; a NUL is none.
    const parts = vm.version < 6 && code > 255 ? [code >> 8, code & 255] : [code];
    for (const part of parts) {
      if (part === 0) break;
      text += String.fromCharCode(part);
    }
  }
  returnString(vm, stringFromJs(vm, text));
};

/** The case functions of Flash 4: ASCII letters only. */
export const oldCaseFunctions: readonly Member[] = [
  { name: "toUpperCase", method: mapped((unit) => (unit >= 97 && unit <= 122 ? unit - 32 : unit)), native: [102, 0] },
  { name: "toLowerCase", method: mapped((unit) => (unit >= 65 && unit <= 90 ? unit + 32 : unit)), native: [102, 1] },
];

export const stringClass: ClassTable = {
  name: "String",
  construct,
  returnsOwnResult: true,
  statics: [{ name: "fromCharCode", method: fromCharCode, native: [251, 14] }],
  native: [251, 0],
  prototype: [
    { name: "valueOf", method: primitive, native: [251, 1] },
    { name: "toString", method: primitive, native: [251, 2] },
    { name: "toUpperCase", method: mapped(toUpperUnit), native: [251, 3] },
    { name: "toLowerCase", method: mapped(toLowerUnit), native: [251, 4] },
    { name: "charAt", method: charAt, native: [251, 5] },
    { name: "charCodeAt", method: charCodeAt, native: [251, 6] },
    { name: "concat", method: concat, native: [251, 7] },
    { name: "indexOf", method: indexOf, native: [251, 8] },
    { name: "lastIndexOf", method: lastIndexOf, native: [251, 9] },
    { name: "slice", method: slice, native: [251, 10] },
    { name: "substring", method: substringMethod, native: [251, 11] },
    { name: "split", method: split, native: [251, 12] },
    { name: "substr", method: substr, native: [251, 13] },
  ],
};
