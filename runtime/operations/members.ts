// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { adaptLiteral, isInstanceOf } from "../actions/members.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import * as member from "../calls/member.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { retain } from "../memory/release.ts";
import { addConstructor, allocateObject, createObject } from "../objects/object.ts";
import { setProperty } from "../objects/properties.ts";
import { entryFlags } from "../objects/shapes.ts";
import { NAME } from "../strings/known-names.ts";
import { holdName, type NameId } from "../strings/names.ts";
import { copyValue, payloadOf, replaceTagged, setObject, tagOf } from "../values/slots.ts";
import { fillRead, fillWrite } from "./caches.ts";
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

/** Delete. */
export function deleteMember(vm: Machine, target: Addr, name: Addr): boolean {
  const window = openFrame(vm, 2);
  copyValue(vm, target, window);
  copyValue(vm, name, window + 8);
  const deleted = member.deleteMember(vm, window, stringifySlot(vm, window + 8));
  closeFrame(vm, window);
  return deleted;
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
