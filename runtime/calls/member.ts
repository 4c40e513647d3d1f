// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { META, META_EXOTIC } from "../layout/records.ts";
import { type Addr, FIRST_TAG, TAG_BOOLEAN, TAG_OBJECT, TAG_STRING } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { denseElement, isDenseArray } from "../objects/array.ts";
import { isFunction } from "../objects/function.ts";
import { kindOf } from "../objects/object.ts";
import { deleteProperty, getProperty, hasProperty, setProperty } from "../objects/properties.ts";
import { stringLength, unitAt } from "../strings/heap-string.ts";
import { findIndexName } from "../strings/index-names.ts";
import { NAME } from "../strings/known-names.ts";
import { findName, holdName, type NameId } from "../strings/names.ts";
import { copyValue, isNumber, payloadOf, setUndefined, tagOf } from "../values/slots.ts";
import { construct } from "./construct.ts";
import { closeFrame, openFrame } from "./frames.ts";

/**
 * Member access on any value: primitives are boxed through the environment's classes, undefined and null have no members.
 */

/**
 * ToObject: writes the value itself (object or living clip) or its box to `out` (dead slot), owned.
 * Boxes are made by the constructor that `_global` names now, so scripts can replace them: may run ActionScript.
 * @returns the object, borrowed from `out`; 0 when there is none, and then `out` is undefined
 */
export function toObject(vm: Machine, value: Addr, out: Addr): Ptr {
  const object = objectOf(vm, value);
  if (object !== 0) {
    copyValue(vm, value, out);
    return object;
  }
  setUndefined(vm, out);
  const name = boxClass(vm, value);
  if (name === 0) return 0;
  const window = openFrame(vm, 1);
  const global = vm.realm.global;
  getProperty(vm, global, name, vm.undefinedSlot, window);
  if (tagOf(vm, window) === TAG_OBJECT && isFunction(vm, payloadOf(vm, window))) {
    construct(vm, window, value, 1, out);
  }
  closeFrame(vm, window);
  return objectOf(vm, out);
}

function boxClass(vm: Machine, value: Addr): NameId {
  const tag = tagOf(vm, value);
  if (tag < FIRST_TAG) return NAME.Number;
  if (tag === TAG_STRING) return NAME.String;
  return tag === TAG_BOOLEAN ? NAME.Boolean : 0;
}

/**
 * The name that a string spells on an object: without interning where nobody holds it (ordinary objects can't have such
 * a property), interned for exotic objects, which know names by their text; a dead slot then holds it.
 */
function nameFor(vm: Machine, object: Ptr, text: Ptr, slot: Addr): NameId {
  const found = findName(vm, text);
  if (found !== 0) return found;
  const isExotic = (vm.I32[(object >> 2) + META] & META_EXOTIC) !== 0;
  // Elements of dense arrays are known by number: nobody may hold their names.
  if (!isExotic && !startsWithDigit(vm, text)) return 0;
  return holdName(vm, slot, text);
}

function startsWithDigit(vm: Machine, text: Ptr): boolean {
  const first = stringLength(vm, text) > 0 ? unitAt(vm, text, 0) : 0;
  return first >= 48 && first <= 57;
}

/** GetMember with the name as a string (borrowed). `out` is a dead slot. Returns whether the member exists. */
export function getMemberByString(vm: Machine, value: Addr, text: Ptr, out: Addr): boolean {
  const window = openFrame(vm, 2);
  const object = toObject(vm, value, window);
  let found = false;
  if (object === 0) setUndefined(vm, out);
  else {
    const name = nameFor(vm, object, text, window + 8);
    vm.missingName = text;
    found = getProperty(vm, object, name, window, out);
  }
  closeFrame(vm, window);
  return found;
}

/** GetMember with an interned name. `out` is a dead slot. */
export function getMember(vm: Machine, value: Addr, name: NameId, out: Addr): boolean {
  if (tagOf(vm, value) === TAG_OBJECT) return getProperty(vm, payloadOf(vm, value), name, value, out);
  const window = openFrame(vm, 1);
  const object = toObject(vm, value, window);
  let found = false;
  if (object === 0) setUndefined(vm, out);
  else found = getProperty(vm, object, name, window, out);
  closeFrame(vm, window);
  return found;
}

/** SetMember with the name as a string (borrowed). */
export function setMemberByString(vm: Machine, target: Addr, text: Ptr, value: Addr): void {
  const window = openFrame(vm, 2);
  const object = toObject(vm, target, window);
  if (object !== 0) setProperty(vm, object, holdName(vm, window + 8, text), value, window);
  closeFrame(vm, window);
}

/** SetMember with an interned name. */
export function setMember(vm: Machine, target: Addr, name: NameId, value: Addr): void {
  if (tagOf(vm, target) === TAG_OBJECT) {
    setProperty(vm, payloadOf(vm, target), name, value, target);
    return;
  }
  const window = openFrame(vm, 1);
  const object = toObject(vm, target, window);
  if (object !== 0) setProperty(vm, object, name, value, window);
  closeFrame(vm, window);
}

/** Element of an array by number without making a name where it is in the dense block; 0 when the slow way must be taken. Borrowed slot. */
export function fastElement(vm: Machine, target: Addr, index: Addr): Addr {
  if (tagOf(vm, target) !== TAG_OBJECT || !isNumber(vm, index)) return 0;
  const number = vm.F64[index >> 3];
  const i = number | 0;
  if (i !== number || !isDenseArray(vm, payloadOf(vm, target))) return 0;
  return denseElement(vm, payloadOf(vm, target), i);
}

/** Delete: false for anything that is no object. */
export function deleteMember(vm: Machine, target: Addr, text: Ptr): boolean {
  const object = objectOf(vm, target);
  if (object === 0 || kindOf(vm, object) === BlockKind.Super) return false;
  const window = openFrame(vm, 1);
  const deleted = deleteProperty(vm, object, nameFor(vm, object, text, window));
  closeFrame(vm, window);
  return deleted;
}

/** Whether an object has a member of that text, by inheritance and exotic ones included. */
export function hasMember(vm: Machine, object: Ptr, text: Ptr): boolean {
  const window = openFrame(vm, 1);
  const found = hasProperty(vm, object, nameFor(vm, object, text, window));
  closeFrame(vm, window);
  return found;
}

/** Reads the element of an array-like object by int32 index to a dead slot. */
export function getIndexed(vm: Machine, object: Ptr, index: number, receiver: Addr, out: Addr): void {
  if (isDenseArray(vm, object)) {
    const slot = denseElement(vm, object, index);
    if (slot !== 0) {
      copyValue(vm, slot, out);
      return;
    }
  }
  getProperty(vm, object, index >= 0 ? findIndexName(vm, index) : 0, receiver, out);
}
