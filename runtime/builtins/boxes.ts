// SPDX-License-Identifier: MIT

import { numberToString } from "../conversion/number-text.ts";
import { toBoolean } from "../conversion/to-boolean.ts";
import { clampToInt32, toNumber } from "../conversion/to-number.ts";
import { DONT_DELETE, DONT_ENUM, READ_ONLY } from "../layout/attributes.ts";
import type { NativeFunction } from "../machine/machine.ts";
import { attachNativeData, NativeClass, nativeSlot } from "../objects/native-data.ts";
import { stringFromJs } from "../strings/heap-string.ts";
import { copyValue, payloadOf, setBoolean, setNumber } from "../values/slots.ts";
import type { ClassTable } from "./declare.ts";
import {
  argument,
  isConstructorCall,
  isMissing,
  numberArgument,
  returnBoolean,
  returnNumber,
  returnString,
  thisObject,
} from "./native-call.ts";

/** The classes that box numbers and booleans. */

const constructNumber: NativeFunction = (vm, _fn, self, args, argc) => {
  const constructing = isConstructorCall(vm);
  const value = argc > 0 ? toNumber(vm, args) : 0;
  const object = thisObject(vm, self);
  if (!constructing || object === 0) {
    returnNumber(vm, value);
    return;
  }
  setNumber(vm, attachNativeData(vm, object, NativeClass.Number, 1), value);
  copyValue(vm, self, vm.result);
};

const numberValueOf: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  const slot = object === 0 ? 0 : nativeSlot(vm, object, NativeClass.Number, 0);
  if (slot !== 0) copyValue(vm, slot, vm.result);
};

const numberToStringMethod: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  const slot = object === 0 ? 0 : nativeSlot(vm, object, NativeClass.Number, 0);
  if (slot === 0) return;
  const value = vm.F64[slot >> 3];
  const radix = isMissing(vm, args, argc, 0) ? 10 : saturate(numberArgument(vm, args, argc, 0));
  if (radix === 10 || radix < 2 || radix > 36) returnString(vm, numberToString(vm, value));
  else returnString(vm, stringFromJs(vm, radixText(clampToInt32(value), radix)));
};

function saturate(value: number): number {
  return Number.isNaN(value) ? 0 : Math.trunc(Math.min(2147483647, Math.max(-2147483648, value)));
}

/** Digits of an int32. The smallest one can't be negated: the player prints characters below the digits. */
function radixText(value: number, radix: number): string {
  if (value !== -2147483648) return value.toString(radix);
  let text = "";
  for (let rest = value; rest !== 0; rest = Math.trunc(rest / radix)) text = String.fromCharCode(48 + (rest % radix)) + text;
  return `-${text}`;
}

const CONSTANT = DONT_ENUM | DONT_DELETE | READ_ONLY;

export const numberClass: ClassTable = {
  name: "Number",
  construct: constructNumber,
  returnsOwnResult: true,
  native: [106, 2],
  statics: [
    { name: "NaN", constant: Number.NaN, flags: CONSTANT },
    { name: "POSITIVE_INFINITY", constant: Number.POSITIVE_INFINITY, flags: CONSTANT },
    { name: "NEGATIVE_INFINITY", constant: Number.NEGATIVE_INFINITY, flags: CONSTANT },
    { name: "MIN_VALUE", constant: Number.MIN_VALUE, flags: CONSTANT },
    { name: "MAX_VALUE", constant: Number.MAX_VALUE, flags: CONSTANT },
  ],
  prototype: [
    { name: "valueOf", method: numberValueOf, native: [106, 0] },
    { name: "toString", method: numberToStringMethod, native: [106, 1] },
  ],
};

const constructBoolean: NativeFunction = (vm, _fn, self, args, argc) => {
  const constructing = isConstructorCall(vm);
  const object = thisObject(vm, self);
  const value = toBoolean(vm, argument(vm, args, argc, 0));
  if (!constructing || object === 0) {
    if (argc > 0) returnBoolean(vm, value);
    return;
  }
  setBoolean(vm, attachNativeData(vm, object, NativeClass.Boolean, 1), value);
  copyValue(vm, self, vm.result);
};

const booleanValueOf: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  const slot = object === 0 ? 0 : nativeSlot(vm, object, NativeClass.Boolean, 0);
  if (slot !== 0) copyValue(vm, slot, vm.result);
};

const booleanToString: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  const slot = object === 0 ? 0 : nativeSlot(vm, object, NativeClass.Boolean, 0);
  if (slot !== 0) returnString(vm, stringFromJs(vm, payloadOf(vm, slot) !== 0 ? "true" : "false"));
};

export const booleanClass: ClassTable = {
  name: "Boolean",
  construct: constructBoolean,
  returnsOwnResult: true,
  native: [107, 2],
  prototype: [
    { name: "valueOf", method: booleanValueOf, native: [107, 0] },
    { name: "toString", method: booleanToString, native: [107, 1] },
  ],
};
