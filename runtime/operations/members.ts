// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { adaptLiteral, isInstanceOf } from "../actions/members.ts";
import { createArguments } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import * as member from "../calls/member.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import { FRAME_LINK } from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_TAG, TAG_HOLE, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { retain } from "../memory/release.ts";
import { appendElement, canAppend, createLiteralArray } from "../objects/array.ts";
import { addConstructor, allocateObject, createObject } from "../objects/object.ts";
import { setProperty } from "../objects/properties.ts";
import { entryFlags } from "../objects/shapes.ts";
import { NAME } from "../strings/known-names.ts";
import { holdName, type NameId } from "../strings/names.ts";
import { copyValue, payloadOf, replaceTagged, replaceValue, setObject, tagOf } from "../values/slots.ts";
import { element, fillRead, fillWrite } from "./caches.ts";
import { literalsArePlain, stringsArePlain } from "./intrinsics.ts";

/** Member access of optimised code where the emitted text's own check has failed. Names are interned for the module. */

/** Moves a value out of slot `from` of a window, closes it, and puts the value in an owned slot. */
export function finishInto(vm: Machine, window: Addr, from: Addr, out: Addr): Addr {
  const I32 = vm.I32;
  const tag = I32[(from >> 2) + 1];
  const payload = I32[from >> 2];
  I32[(from >> 2) + 1] = TAG_UNDEFINED;
  closeFrame(vm, window);
  return replaceTagged(vm, out, tag, payload);
}

/** GetMember with a constant name. `out` is an owned slot, which is returned. */
export function getMember(vm: Machine, target: Addr, name: NameId, out: Addr, site: number): Addr {
  const window = openFrame(vm, 2);
  copyValue(vm, target, window);
  if (tagOf(vm, window) === TAG_STRING && name === NAME.length && stringsArePlain(vm)) {
    vm.F64[(window + 8) >> 3] = vm.I32[(payloadOf(vm, window) >> 2) + R.STRING_LENGTH];
    return finishInto(vm, window, window + 8, out);
  }
  member.getMember(vm, window, name, window + 8);
  if (tagOf(vm, window) === TAG_OBJECT) fillRead(vm, site, payloadOf(vm, window), name);
  return finishInto(vm, window, window + 8, out);
}

/** GetMember with a name that is known only now. */
export function getElement(vm: Machine, target: Addr, index: Addr, out: Addr): Addr {
  if (tagOf(vm, target) === TAG_OBJECT && tagOf(vm, index) < FIRST_TAG) {
    const slot = element(vm, payloadOf(vm, target), vm.F64[index >> 3]);
    if (slot !== 0 && vm.I32[(slot >> 2) + 1] !== TAG_HOLE) {
      replaceValue(vm, out, slot);
      return out;
    }
  }
  const window = openFrame(vm, 3);
  copyValue(vm, target, window);
  copyValue(vm, index, window + 8);
  const name = stringifySlot(vm, window + 8);
  member.getMemberByString(vm, window, name, window + 16);
  return finishInto(vm, window, window + 16, out);
}

/**
 * `arguments[index]` of a light frame that has no such object, where the index is not that of an argument: makes the object to
 * ask it. Puts the value in the owned slot `out` and returns that.
 */
export function getArgument(vm: Machine, fn: Ptr, args: Addr, argc: number, frame: Addr, index: Addr, out: Addr): Addr {
  const window = openFrame(vm, 2);
  copyValue(vm, index, window + 8);
  setObject(vm, window, createArguments(vm, fn, args, argc, vm.I32[(frame + FRAME_LINK) >> 2]));
  const found = getElement(vm, window, window + 8, out);
  if (found !== out) replaceValue(vm, out, found);
  closeFrame(vm, window);
  return out;
}

/** SetMember with a constant name; the value is borrowed. */
export function setMember(vm: Machine, target: Addr, name: NameId, value: Addr, site: number): void {
  const window = openFrame(vm, 2);
  copyValue(vm, target, window);
  copyValue(vm, value, window + 8);
  if (tagOf(vm, window) === TAG_OBJECT) {
    const object = payloadOf(vm, window);
    const before = vm.I32[(object >> 2) + R.OBJECT_SHAPE];
    setProperty(vm, object, name, window + 8, window);
    fillWrite(vm, site, object, name, before);
  } else member.setMember(vm, window, name, window + 8);
  closeFrame(vm, window);
}

/** SetMember with a name that is known only now. */
export function setElement(vm: Machine, target: Addr, index: Addr, value: Addr): void {
  const I32 = vm.I32;
  if (tagOf(vm, target) === TAG_OBJECT && tagOf(vm, index) < FIRST_TAG) {
    const array = payloadOf(vm, target);
    const i = vm.F64[index >> 3];
    if ((I32[(array >> 2) + R.META] & (R.META_KIND_MASK | R.META_WATCHED)) === BlockKind.Array) {
      const slot = element(vm, array, i);
      if (slot !== 0 && I32[(slot >> 2) + 1] !== TAG_HOLE) {
        replaceValue(vm, slot, value);
        return;
      }
      if ((i | 0) === i && canAppend(vm, array, i)) {
        copyValue(vm, value, appendElement(vm, array));
        return;
      }
    }
  }
  const window = openFrame(vm, 3);
  copyValue(vm, target, window);
  copyValue(vm, index, window + 8);
  copyValue(vm, value, window + 16);
  const name = stringifySlot(vm, window + 8);
  member.setMemberByString(vm, window, name, window + 16);
  closeFrame(vm, window);
}

/** Where a number may be stored as the element of a dense array: an element without a counted value, or a new one at its end; else 0. */
export function elementForNumber(vm: Machine, object: Ptr, index: number): Addr {
  const I32 = vm.I32;
  const word = object >> 2;
  const i = index | 0;
  if ((I32[word + R.META] & (R.META_KIND_MASK | R.META_WATCHED)) !== BlockKind.Array || i !== index) return 0;
  const count = I32[word + R.ARRAY_COUNT];
  if (i >>> 0 < count) {
    const slot = I32[word + R.ARRAY_ELEMENTS] + i * 8;
    return I32[(slot >> 2) + 1] < TAG_HOLE ? slot : 0;
  }
  return i === count && i >= 0 ? appendElement(vm, object) : 0;
}

/** Delete. */
export function deleteMember(vm: Machine, target: Addr, name: Addr): boolean {
  const window = openFrame(vm, 2);
  copyValue(vm, target, window);
  copyValue(vm, name, window + 8);
  const deleted = member.deleteMember(vm, window, stringifySlot(vm, window + 8));
  closeFrame(vm, window);
  return deleted;
}

/** InitArray: `count` values in consecutive slots, first element first. */
export function makeArray(vm: Machine, values: Addr, count: number, out: Addr): Addr {
  if (literalsArePlain(vm)) {
    const plain = createLiteralArray(vm, count);
    for (let i = 0; i < count; i++) copyValue(vm, values + i * 8, appendElement(vm, plain));
    return replaceTagged(vm, out, TAG_OBJECT, plain);
  }
  const window = openFrame(vm, 1);
  const array = createLiteralArray(vm, count);
  setObject(vm, window, array);
  adaptLiteral(vm, array, NAME.Array, vm.realm.arrayConstructor);
  for (let i = 0; i < count; i++) copyValue(vm, values + i * 8, appendElement(vm, array));
  return finishInto(vm, window, window, out);
}

/** Words of the site of an object literal: shape of the finished object, epoch, prototype. */
const SITE_FINISHED = 0;
const SITE_LITERAL_EPOCH = 1;
const SITE_LITERAL_PROTOTYPE = 2;
/** `__proto__` and `constructor`, which every literal has. */
const LITERAL_SLOTS = 2;

/**
 * InitObject: pairs of name and value in consecutive slots, in the order in which they are set.
 * @param site remembers the finished shape of a literal whose names are constant and all different; 0 for others
 */
export function makeObject(vm: Machine, pairs: Addr, count: number, out: Addr, site: number): Addr {
  const I32 = vm.I32;
  if (
    site !== 0 &&
    I32[site + SITE_LITERAL_EPOCH] === vm.epoch &&
    I32[site + SITE_LITERAL_PROTOTYPE] === vm.realm.objectPrototype
  )
    return makeKnownObject(vm, I32[site + SITE_FINISHED], pairs, count, out);
  const window = openFrame(vm, 3);
  const object = createObject(vm, vm.realm.objectPrototype);
  addConstructor(vm, object, vm.realm.objectConstructor);
  setObject(vm, window, object);
  adaptLiteral(vm, object, NAME.Object, vm.realm.objectConstructor);
  for (let i = 0; i < count; i++) {
    copyValue(vm, pairs + i * 16, window + 8);
    const name = holdName(vm, window + 16, stringifySlot(vm, window + 8));
    setProperty(vm, object, name, pairs + i * 16 + 8, window);
    closeFrame(vm, window + 8);
    openFrame(vm, 2);
  }
  if (site !== 0 && literalsArePlain(vm)) rememberLiteral(vm, object, count, site);
  return finishInto(vm, window, window, out);
}

function rememberLiteral(vm: Machine, object: Ptr, count: number, site: number): void {
  const I32 = vm.I32;
  const shape = I32[(object >> 2) + R.OBJECT_SHAPE];
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0 || vm.realm.objectConstructor === 0) return;
  if (I32[(shape >> 2) + R.SHAPE_COUNT] !== count + LITERAL_SLOTS) return;
  for (let i = 0; i < count; i++) if (entryFlags(vm, shape, i + LITERAL_SLOTS) !== 0) return;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[site + SITE_FINISHED] = shape;
  I32[site + SITE_LITERAL_EPOCH] = vm.epoch;
  I32[site + SITE_LITERAL_PROTOTYPE] = vm.realm.objectPrototype;
}

/** A literal whose shape is known: slots are filled in the order of the pairs. */
function makeKnownObject(vm: Machine, shape: Ptr, pairs: Addr, count: number, out: Addr): Addr {
  const object = allocateObject(vm, BlockKind.Object, shape, Math.max(4, count + LITERAL_SLOTS));
  const first = object + R.OBJECT_INLINE_OFFSET;
  setObject(vm, first, retain(vm, vm.realm.objectPrototype));
  setObject(vm, first + 8, retain(vm, vm.realm.objectConstructor));
  for (let i = 0; i < count; i++) copyValue(vm, pairs + i * 16 + 8, first + (LITERAL_SLOTS + i) * 8);
  return replaceTagged(vm, out, TAG_OBJECT, object);
}

/** InstanceOf. */
export function instanceOf(vm: Machine, value: Addr, constructor: Addr): boolean {
  const window = openFrame(vm, 2);
  copyValue(vm, value, window);
  copyValue(vm, constructor, window + 8);
  const result = isInstanceOf(vm, window, window + 8);
  closeFrame(vm, window);
  return result;
}

/** Whether a slot holds undefined or null. */
export function isNothing(vm: Machine, value: Addr): boolean {
  const tag = tagOf(vm, value);
  return tag === TAG_UNDEFINED || tag === TAG_NULL;
}
