// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { type Addr, TAG_BOOLEAN, TAG_CLIP, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { clearSlot, release, retain } from "../memory/release.ts";
import { isFunction } from "../objects/function.ts";
import { NativeClass, nativeSlot } from "../objects/native-data.ts";
import { kindOf } from "../objects/object.ts";
import { emptyString, stringFromJs, stringToJs } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { payloadOf, setString, tagOf } from "../values/slots.ts";
import { numberToString } from "./number-text.ts";
import { callConversion } from "./to-primitive.ts";

/** ToString (reference: semantics §2.5); the result is owned. Objects: runs `toString`. */
export function toString(vm: Machine, value: Addr): Owned {
  switch (tagOf(vm, value)) {
    case TAG_UNDEFINED:
      return vm.version <= 6 ? emptyString(vm) : stringFromJs(vm, "undefined");
    case TAG_NULL:
      return stringFromJs(vm, "null");
    case TAG_BOOLEAN:
      if (vm.version < 5) return stringFromJs(vm, payloadOf(vm, value) !== 0 ? "1" : "0");
      return stringFromJs(vm, payloadOf(vm, value) !== 0 ? "true" : "false");
    case TAG_STRING:
      return retain(vm, payloadOf(vm, value));
    case TAG_CLIP:
      return referenceToString(vm, payloadOf(vm, value));
    case TAG_OBJECT:
      return objectToString(vm, value);
    default:
      return numberToString(vm, vm.F64[value >> 3]);
  }
}

function referenceToString(vm: Machine, reference: Ptr): Owned {
  const clip = vm.host.resolveReference(reference);
  return clip === 0 ? emptyString(vm) : vm.host.clipPath(clip);
}

function objectToString(vm: Machine, value: Addr): Owned {
  const object = payloadOf(vm, value);
  if (kindOf(vm, object) === BlockKind.Clip) return vm.host.clipPath(object);
  const primitive = nativeSlot(vm, object, NativeClass.String, 0);
  if (primitive !== 0) return retain(vm, payloadOf(vm, primitive));
  const window = openFrame(vm, 1);
  callConversion(vm, value, NAME.toString, window);
  const result =
    tagOf(vm, window) === TAG_STRING
      ? retain(vm, payloadOf(vm, window))
      : stringFromJs(vm, isFunction(vm, object) ? "[type Function]" : "[type Object]");
  closeFrame(vm, window);
  return result;
}

/** ToString as a JavaScript string, for the player. */
export function toJsString(vm: Machine, value: Addr): string {
  const s = toString(vm, value);
  const text = stringToJs(vm, s);
  release(vm, s);
  return text;
}

/**
 * ToString in place: the slot's value is replaced by its text, which the slot then holds, also when something after it throws.
 * @returns the text, borrowed from the slot
 */
export function stringifySlot(vm: Machine, slot: Addr): Ptr {
  if (tagOf(vm, slot) !== TAG_STRING) {
    const text = toString(vm, slot);
    clearSlot(vm, slot);
    setString(vm, slot, text);
  }
  return payloadOf(vm, slot);
}
