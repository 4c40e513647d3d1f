// SPDX-License-Identifier: MIT
import { closeFrame, openFrame } from "../calls/frames.ts";
import { type Addr, FIRST_TAG, TAG_BOOLEAN, TAG_CLIP, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { NAME } from "../strings/known-names.ts";
import { payloadOf, tagOf } from "../values/slots.ts";
import { stringToNumber } from "./text-number.ts";
import { callConversion } from "./to-primitive.ts";

/** ToNumber (reference: semantics §2.3). Objects: runs `valueOf`. */
export function toNumber(vm: Machine, value: Addr): number {
  const tag = tagOf(vm, value);
  if (tag < FIRST_TAG) return vm.F64[value >> 3];
  if (tag === TAG_OBJECT) {
    const window = openFrame(vm, 1);
    callConversion(vm, value, NAME.valueOf, window);
    const result = tagOf(vm, window) === TAG_OBJECT ? (vm.version < 5 ? 0 : Number.NaN) : primitiveToNumber(vm, window);
    closeFrame(vm, window);
    return result;
  }
  return primitiveToNumber(vm, value);
}

/** ToNumber of anything but an object; clips give NaN (0 in SWF 4). */
export function primitiveToNumber(vm: Machine, value: Addr): number {
  switch (tagOf(vm, value)) {
    case TAG_UNDEFINED:
    case TAG_NULL:
      return vm.version <= 6 ? 0 : Number.NaN;
    case TAG_BOOLEAN:
      return payloadOf(vm, value);
    case TAG_STRING:
      return stringToNumber(vm, payloadOf(vm, value));
    case TAG_CLIP:
    case TAG_OBJECT:
      return vm.version < 5 ? 0 : Number.NaN;
    default:
      return vm.F64[value >> 3];
  }
}

/** ToInt32: wraps; NaN and infinities give 0. */
export function toInt32(vm: Machine, value: Addr): number {
  return toNumber(vm, value) | 0;
}

/** ToUint32: wraps; NaN and infinities give 0. */
export function toUint32(vm: Machine, value: Addr): number {
  return toNumber(vm, value) >>> 0;
}

/** The player's clamping conversion: NaN and whatever is out of int32 range give -2147483648. */
export function clampToInt32(value: number): number {
  return value >= -2147483648 && value <= 2147483647 ? Math.trunc(value) | 0 : -2147483648;
}
