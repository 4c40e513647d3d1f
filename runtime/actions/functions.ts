// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import { frameHome, frameScope } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { throwException } from "../calls/limits.ts";
import { defineLocal, getVariable } from "../calls/variables.ts";
import { toNumber } from "../conversion/to-number.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import { DONT_ENUM, SINCE_6 } from "../layout/attributes.ts";
import { type Addr, FIRST_TAG, TAG_BOOLEAN, TAG_CLIP, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { release, retain } from "../memory/release.ts";
import { appendElement, createArray } from "../objects/array.ts";
import { enumeratedName, enumerateNames, enumerationCount, releaseEnumeration } from "../objects/enumerate.ts";
import { createFunction, isFunction } from "../objects/function.ts";
import { setInterfaces } from "../objects/interfaces.ts";
import { createObject, kindOf } from "../objects/object.ts";
import { defineProperty, findInChain, getProperty, setProperty } from "../objects/properties.ts";
import { stringFromJs } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { nameString } from "../strings/names.ts";
import { moveValue, payloadOf, setObject, setString, setUndefined, tagOf } from "../values/slots.ts";
import { operandCount, popTo, push } from "./operand-stack.ts";

/** DefineFunction and DefineFunction2: a named function becomes a local, an anonymous one is pushed. */
export function defineFunction(vm: Machine, frame: Addr, unit: number): void {
  const fn = newFunction(vm, frame, unit);
  const name = vm.units[unit].name;
  if (name === 0) {
    setObject(vm, push(vm), fn);
    return;
  }
  const window = openFrame(vm, 1);
  setObject(vm, window, fn);
  defineLocal(vm, frame, nameString(vm, name), window);
  closeFrame(vm, window);
}

/** The function object of a code unit, defined in the running frame. Owned. */
export function newFunction(vm: Machine, frame: Addr, unit: number): Owned {
  return createFunction(vm, unit, frameScope(vm, frame), frameHome(vm, frame), vm.version, vm.currentPool);
}

/** Return from a function: pops the value into the result slot and leaves the frame. */
export function returnValue(vm: Machine): void {
  popTo(vm, vm.result);
}

/** End of a function without Return. */
export function returnUndefined(vm: Machine): void {
  setUndefined(vm, vm.result);
}

/** Throw. */
export function throwAction(vm: Machine): never {
  popTo(vm, vm.exception);
  return throwException();
}

/** TypeOf. */
export function typeOf(vm: Machine): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const text = typeName(vm, window);
  closeFrame(vm, window);
  setString(vm, push(vm), stringFromJs(vm, text));
}

/** What `typeof` says of a value. */
export function typeName(vm: Machine, value: Addr): string {
  const tag = tagOf(vm, value);
  if (tag < FIRST_TAG) return "number";
  switch (tag) {
    case TAG_UNDEFINED:
      return "undefined";
    case TAG_NULL:
      return "null";
    case TAG_BOOLEAN:
      return "boolean";
    case TAG_STRING:
      return "string";
    case TAG_CLIP:
      return "movieclip";
    default: {
      const object = payloadOf(vm, value);
      if (kindOf(vm, object) === BlockKind.Clip && vm.host.isMovieClip(object)) return "movieclip";
      return isFunction(vm, object) ? "function" : "object";
    }
  }
}

/** TargetPath: dot path of a clip, undefined for anything else. */
export function targetPath(vm: Machine): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const object = objectOf(vm, window);
  const path = object !== 0 && kindOf(vm, object) === BlockKind.Clip ? vm.host.clipPath(object) : 0;
  closeFrame(vm, window);
  if (path === 0) setUndefined(vm, push(vm));
  else setString(vm, push(vm), path);
}

/** Enumerate: names of the object that a variable holds. */
export function enumerate(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 2);
  popTo(vm, window + 8);
  getVariable(vm, frame, stringifySlot(vm, window + 8), window);
  pushNames(vm, window);
}

/** Enumerate2: names of the object on the stack. */
export function enumerate2(vm: Machine): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  pushNames(vm, window);
}

/** Pushes the terminator, then the names so that the first to visit is on top. Closes the window. */
function pushNames(vm: Machine, window: Addr): void {
  const object = objectOf(vm, window);
  setUndefined(vm, push(vm));
  if (object !== 0) {
    const list = enumerateNames(vm, object);
    for (let i = enumerationCount(vm, list) - 1; i >= 0; i--) {
      const s = enumeratedName(vm, list, i);
      setString(vm, push(vm), retain(vm, s));
    }
    releaseEnumeration(vm, list);
  }
  closeFrame(vm, window);
}

/** Extends: subclass.prototype becomes a new object that inherits from superclass.prototype. */
export function extendsAction(vm: Machine): void {
  const window = openFrame(vm, 4);
  popTo(vm, window);
  popTo(vm, window + 8);
  const superclass = objectOf(vm, window);
  const subclass = objectOf(vm, window + 8);
  if (superclass !== 0 && subclass !== 0) {
    getProperty(vm, superclass, NAME.prototype, window, window + 16);
    const proto = createObject(vm, objectOf(vm, window + 16));
    setObject(vm, window + 24, proto);
    defineProperty(vm, proto, NAME.__constructor__, window, DONT_ENUM | SINCE_6);
    setProperty(vm, subclass, NAME.prototype, window + 24, window + 8);
  }
  closeFrame(vm, window);
}

/** ImplementsOp: from SWF 7 on, and only the first list of a prototype counts. */
export function implementsAction(vm: Machine): void {
  const window = openFrame(vm, 4);
  popTo(vm, window);
  popTo(vm, window + 8);
  const wanted = tagOf(vm, window + 8) === TAG_OBJECT ? 0 : toNumber(vm, window + 8) | 0;
  const count = Math.min(Math.max(0, wanted), operandCount(vm));
  const list = createArray(vm, count);
  for (let i = 0; i < count; i++) {
    popTo(vm, window + 16);
    const fn = objectOf(vm, window + 16);
    if (fn !== 0) {
      findInChain(vm, fn, NAME.prototype, window + 16, window + 24);
      if (tagOf(vm, window + 24) === TAG_OBJECT) moveValue(vm, window + 24, appendElement(vm, list));
    }
    closeFrame(vm, window + 16);
    openFrame(vm, 2);
  }
  const constructor = objectOf(vm, window);
  let used = false;
  if (constructor !== 0 && count > 0 && vm.version >= 7) {
    findInChain(vm, constructor, NAME.prototype, window, window + 16);
    if (tagOf(vm, window + 16) === TAG_OBJECT) used = setInterfaces(vm, payloadOf(vm, window + 16), list);
  }
  if (!used) release(vm, list);
  closeFrame(vm, window);
}
