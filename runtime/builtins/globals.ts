// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { isConstructing } from "../calls/activation.ts";
import { digitValue, parseDecimal } from "../conversion/text-number.ts";
import { toInt32, toNumber } from "../conversion/to-number.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { toJsString } from "../conversion/to-string.ts";
import { DONT_ENUM } from "../layout/attributes.ts";
import { type Addr, TAG_OBJECT } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { release } from "../memory/release.ts";
import { isArray, makeSlow } from "../objects/array.ts";
import { isFunction } from "../objects/function.ts";
import { shapeOf } from "../objects/object.ts";
import { changeFlags } from "../objects/properties.ts";
import { entryCount, entryName } from "../objects/shapes.ts";
import { stringFromJs, stringLength, unitAt } from "../strings/heap-string.ts";
import { findName } from "../strings/names.ts";
import { payloadOf, tagOf } from "../values/slots.ts";
import type { Member } from "./declare.ts";
import { argument, heldArgument, intArgument, isMissing, returnBoolean, returnNumber, returnString } from "./native-call.ts";
import { escapeXml } from "./xml/text.ts";

const isNaNFunction: NativeFunction = (vm, _fn, _self, args, argc) => {
  returnBoolean(vm, argc === 0 || Number.isNaN(toNumber(vm, args)));
};

const isFiniteFunction: NativeFunction = (vm, _fn, _self, args, argc) => {
  returnBoolean(vm, argc > 0 && Number.isFinite(toNumber(vm, args)));
};

const parseFloatFunction: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc === 0) return;
  const s = heldArgument(vm, args, argc, 0);
  returnNumber(vm, parseDecimal(vm, s, 0, stringLength(vm, s)));
};

const parseIntFunction: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc === 0) return;
  const s = heldArgument(vm, args, argc, 0);
  const radix = argc > 1 ? intArgument(vm, args, argc, 1) : null;
  returnNumber(vm, parseInteger(vm, s, radix));
};

function parseInteger(vm: Machine, s: Ptr, given: number | null): number {
  const length = stringLength(vm, s);
  if (given !== null && (given < 2 || given > 36)) return Number.NaN;
  const unit = (i: number): number => (i < length ? unitAt(vm, s, i) : 0);
  const isSign = (u: number): boolean => u === 43 || u === 45;
  const isPrefix = (i: number): boolean => unit(i) === 48 && (unit(i + 1) | 32) === 120;
  let radix = given ?? 10;
  let at = 0;
  let ignoreSign = false;
  if (isPrefix(0)) {
    at = 2;
    if (given === null) radix = 16;
  } else if (isSign(unit(0)) && isPrefix(1)) {
    if (radix < 34) return Number.NaN;
    ignoreSign = true;
  } else if (given === null && isOctal(vm, s, length)) radix = 8;
  while (at < length && [32, 9, 10, 13].includes(unit(at))) at++;
  let negative = false;
  if (isSign(unit(at))) {
    negative = unit(at) === 45 && !ignoreSign;
    at++;
  }
  let value = 0;
  const first = at;
  for (; at < length; at++) {
    const digit = digitValue(unit(at));
    if (digit >= radix) break;
    value = value * radix + digit;
  }
  if (at === first) return Number.NaN;
  return negative ? -value : value;
}

function isOctal(vm: Machine, s: Ptr, length: number): boolean {
  const start = length > 0 && (unitAt(vm, s, 0) === 45 || unitAt(vm, s, 0) === 43) ? 1 : 0;
  if (length <= start + 1 || unitAt(vm, s, start) !== 48) return false;
  for (let i = start + 1; i < length; i++) if (unitAt(vm, s, i) < 48 || unitAt(vm, s, i) > 55) return false;
  return true;
}

/** Bytes of a text as the version writes them: UTF-8, or one a character in SWF 5. */
function bytesOf(vm: Machine, text: string): Uint8Array {
  return vm.version >= 6 ? new TextEncoder().encode(text) : Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** Percent-encodes everything but ASCII letters and digits. */
export function escapeText(vm: Machine, text: string): string {
  let escaped = "";
  for (const byte of bytesOf(vm, text)) {
    const c = String.fromCharCode(byte);
    escaped += /[0-9A-Za-z]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/** Undoes `escapeText`; `+` is a space, and damaged sequences are dropped up to the character that is no digit. */
export function unescapeText(vm: Machine, text: string): string {
  const source = bytesOf(vm, text);
  const bytes: number[] = [];
  for (let i = 0; i < source.length; i++) {
    if (source[i] === 0x2b) bytes.push(0x20);
    else if (source[i] !== 0x25) bytes.push(source[i]);
    else {
      const high = digitValue(source[++i] ?? 0);
      if (high >= 16) continue;
      const low = digitValue(source[++i] ?? 0);
      if (low < 16) bytes.push(high * 16 + low);
    }
  }
  const end = bytes.indexOf(0);
  const used = Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end));
  return vm.version >= 6 ? new TextDecoder().decode(used) : Array.from(used, (byte) => String.fromCharCode(byte)).join("");
}

const escapeFunction: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc > 0) returnString(vm, stringFromJs(vm, escapeText(vm, toJsString(vm, args))));
};

const unescapeFunction: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc > 0) returnString(vm, stringFromJs(vm, unescapeText(vm, toJsString(vm, args))));
};

const traceFunction: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc > 0) vm.host.trace(toJsString(vm, args));
};

const updateAfterEvent: NativeFunction = () => {};

/** ASSetPropFlags(object, names | null, set, clear). */
export const setPropertyFlags: NativeFunction = (vm, _fn, _self, args, argc) => {
  const object = objectOf(vm, argument(vm, args, argc, 0));
  if (object === 0 || argc < 2) return;
  const names = argument(vm, args, argc, 1);
  const set = intArgument(vm, args, argc, 2) & 0xffff;
  const clear = intArgument(vm, args, argc, 3) & 0xffff;
  const exact = vm.caseSensitive;
  if (tagOf(vm, names) === 0x7ff90001) {
    if (isArray(vm, object)) makeSlow(vm, object);
    for (let i = 0; i < entryCount(vm, shapeOf(vm, object)); i++) {
      const name = entryName(vm, shapeOf(vm, object), i);
      vm.caseSensitive = true;
      if (name !== 0) changeFlags(vm, object, name, set, clear);
      vm.caseSensitive = exact;
    }
    return;
  }
  const list = toJsString(vm, names);
  for (const text of list.split(",")) {
    const s = stringFromJs(vm, text);
    const name = findName(vm, s);
    vm.caseSensitive = false;
    if (name !== 0) changeFlags(vm, object, name, set, clear);
    vm.caseSensitive = exact;
    release(vm, s);
  }
};

/** setInterval(function, ms, …) or (object, "method", ms, …). */
function startTimer(once: boolean): NativeFunction {
  return (vm, _fn, _self, args, argc) => {
    const first = argument(vm, args, argc, 0);
    const isCallable = tagOf(vm, first) === TAG_OBJECT && isFunction(vm, payloadOf(vm, first));
    const intervalIndex = isCallable ? 1 : 2;
    if ((!isCallable && objectOf(vm, first) === 0) || isMissing(vm, args, argc, intervalIndex)) return;
    const interval = toInt32(vm, argument(vm, args, argc, intervalIndex));
    const rest = Math.max(0, argc - intervalIndex - 1);
    const restArgs: Addr = args + (intervalIndex + 1) * 8;
    if (isCallable) {
      returnNumber(vm, vm.host.addTimer(payloadOf(vm, first), 0, 0, restArgs, rest, interval, once));
      return;
    }
    const method = heldArgument(vm, args, argc, 1);
    returnNumber(vm, vm.host.addTimer(0, first, method, restArgs, rest, interval, once));
  };
}

const clearTimer: NativeFunction = (vm, _fn, _self, args, argc) => {
  vm.host.removeTimer(intArgument(vm, args, argc, 0));
};

export const isConstructingFunction: NativeFunction = (vm) => returnBoolean(vm, isConstructing(vm));

/** A function or value of `_global`: members are DontEnum unless said otherwise. */
function fn(name: string, method: NativeFunction, native?: readonly [number, number]): Member {
  return { name, method, flags: DONT_ENUM, native };
}

/** Global functions, in two groups because classes are created between them. */
export const globalFunctions: readonly Member[] = [
  fn("ASSetPropFlags", setPropertyFlags, [1, 0]),
  fn("escape", escapeFunction, [100, 0]),
  fn("unescape", unescapeFunction, [100, 1]),
  fn("parseInt", parseIntFunction, [100, 2]),
  fn("parseFloat", parseFloatFunction, [100, 3]),
  fn("trace", traceFunction, [100, 4]),
  fn("updateAfterEvent", updateAfterEvent, [9, 0]),
  fn("isNaN", isNaNFunction, [200, 18]),
  fn("isFinite", isFiniteFunction, [200, 19]),
  fn("setInterval", startTimer(false), [250, 0]),
  fn("clearTimeout", clearTimer),
  fn("clearInterval", clearTimer, [250, 1]),
  fn("setTimeout", startTimer(true), [250, 2]),
  { name: "o", constant: null, flags: 0 },
];

const escapeXmlFunction: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc > 0) returnString(vm, stringFromJs(vm, escapeXml(toJsString(vm, args))));
};

/** ASnative rows of globals that no class table has. */
export const loneNatives: readonly Member[] = [
  fn("ASnew", isConstructingFunction, [2, 0]),
  fn("escapeXML", escapeXmlFunction, [100, 5]),
];
