// SPDX-License-Identifier: MIT
import { type Addr, FIRST_TAG, TAG_BOOLEAN, TAG_NULL, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { stringLength } from "../strings/heap-string.ts";
import { payloadOf, tagOf } from "../values/slots.ts";
import { stringToNumber } from "./text-number.ts";

/** ToBoolean (reference: semantics §2.2). Runs nothing. */
export function toBoolean(vm: Machine, value: Addr): boolean {
  const tag = tagOf(vm, value);
  if (tag < FIRST_TAG) {
    const number = vm.F64[value >> 3];
    return number !== 0 && !Number.isNaN(number);
  }
  switch (tag) {
    case TAG_UNDEFINED:
    case TAG_NULL:
      return false;
    case TAG_BOOLEAN:
      return payloadOf(vm, value) !== 0;
    case TAG_STRING: {
      const s = payloadOf(vm, value);
      if (vm.version >= 7) return stringLength(vm, s) > 0;
      const number = stringToNumber(vm, s);
      return number !== 0 && !Number.isNaN(number);
    }
    default:
      return true;
  }
}
