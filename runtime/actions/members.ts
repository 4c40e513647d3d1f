// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { SUPER_OF_FUNCTION } from "../calls/activation.ts";
import { callFunction } from "../calls/call.ts";
import { construct } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { deleteMember, fastElement, getMemberByString, setMemberByString, toObject } from "../calls/member.ts";
import { getVariable } from "../calls/variables.ts";
import { toNumber, toUint32 } from "../conversion/to-number.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import { DONT_DELETE, DONT_ENUM } from "../layout/attributes.ts";
import { CALLEE_CONSTRUCTS, CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { appendElement, createLiteralArray } from "../objects/array.ts";
import { isFunction } from "../objects/function.ts";
import { cachedSlot, fillCache } from "../objects/inline-cache.ts";
import { implementsInterface } from "../objects/interfaces.ts";
import { addConstructor, createObject, findOwnNamed, removeProperty, shapeOf, visiblePrototypeOf } from "../objects/object.ts";
import { defineProperty, findInChain, getProperty, methodDepth, setProperty } from "../objects/properties.ts";
import { findEntry } from "../objects/shapes.ts";
import { isSuper, superBase, superStart } from "../objects/super.ts";
import { stringLength } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { holdName, type NameId } from "../strings/names.ts";
import {
  copyValue,
  moveResult,
  moveValue,
  payloadOf,
  replaceValue,
  setBoolean,
  setObject,
  setUndefined,
  tagOf,
} from "../values/slots.ts";
import { operandCount, popTo, push } from "./operand-stack.ts";

/** GetMember; `site` is the access's inline cache. */
export function getMemberAction(vm: Machine, site: Ptr): void {
  const window = openFrame(vm, 3);
  popTo(vm, window);
  popTo(vm, window + 8);
  const plain = tagOf(vm, window) === TAG_STRING && tagOf(vm, window + 8) === TAG_OBJECT;
  if (plain) {
    const slot = cachedSlot(vm, site, payloadOf(vm, window + 8), payloadOf(vm, window));
    if (slot !== 0) {
      copyValue(vm, slot, push(vm));
      closeFrame(vm, window);
      return;
    }
  }
  const element = fastElement(vm, window + 8, window);
  if (element !== 0) copyValue(vm, element, window + 16);
  else {
    const name = stringifySlot(vm, window);
    getMemberByString(vm, window + 8, name, window + 16);
    const id = plain ? vm.I32[(name >> 2) + R.STRING_NAME] : 0;
    if (id !== 0) fillCache(vm, site, payloadOf(vm, window + 8), id);
  }
  moveValue(vm, window + 16, push(vm));
  closeFrame(vm, window);
}

export function setMemberAction(vm: Machine): void {
  const window = openFrame(vm, 3);
  popTo(vm, window);
  popTo(vm, window + 8);
  popTo(vm, window + 16);
  const element = fastElement(vm, window + 16, window + 8);
  if (element !== 0 && (vm.I32[(payloadOf(vm, window + 16) >> 2) + R.META] & R.META_WATCHED) === 0)
    replaceValue(vm, element, window);
  else {
    const name = stringifySlot(vm, window + 8);
    setMemberByString(vm, window + 16, name, window);
  }
  closeFrame(vm, window);
}

export function deleteAction(vm: Machine): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  popTo(vm, window + 8);
  const name = stringifySlot(vm, window);
  const deleted = deleteMember(vm, window + 8, name);
  closeFrame(vm, window);
  setBoolean(vm, push(vm), deleted);
}

/** Pops the argument count and the arguments into a fresh window of the frame stack: argument 0 first. Sets `vm.argumentCount`. */
function popArguments(vm: Machine): Addr {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  let count = toUint32(vm, window);
  closeFrame(vm, window);
  count = Math.min(count, operandCount(vm));
  const args = openFrame(vm, count);
  for (let i = 0; i < count; i++) popTo(vm, args + i * 8);
  vm.argumentCount = count;
  return args;
}

/** CallFunction: name and arguments from the stack, result to the stack. */
export function callFunctionAction(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 3);
  popTo(vm, window);
  const args = popArguments(vm);
  const count = vm.argumentCount;
  const name = stringifySlot(vm, window);
  getVariable(vm, frame, name, window + 8, window + 16);
  vm.callee = -1 << CALLEE_DEPTH_SHIFT;
  callValue(vm, window + 8, window + 16, args, count);
  vm.callee = 0;
  finishCall(vm, window);
}

function finishCall(vm: Machine, window: Addr): void {
  moveResult(vm, push(vm));
  closeFrame(vm, window);
}

/** Calls what a slot holds; `super` called by name runs the super constructor; anything but a function gives undefined. */
export function callValue(vm: Machine, fn: Addr, self: Addr, args: Addr, argc: number): void {
  if (tagOf(vm, fn) === TAG_OBJECT) {
    const object = payloadOf(vm, fn);
    if (isFunction(vm, object)) {
      callFunction(vm, object, self, args, argc);
      return;
    }
    if (isSuper(vm, object)) {
      callSuperConstructor(vm, object, args, argc);
      return;
    }
  }
  setUndefined(vm, vm.result);
}

/** `super(args)`: the function named `__constructor__` of the object whose method runs, on the original `this`. */
function callSuperConstructor(vm: Machine, superObject: number, args: Addr, argc: number): void {
  const base = superBase(vm, superObject);
  setUndefined(vm, vm.result);
  if (base === 0) return;
  const window = openFrame(vm, 1);
  const self = superObject + R.SUPER_THIS_OFFSET;
  if (
    findInChain(vm, base, NAME.__constructor__, self, window) &&
    tagOf(vm, window) === TAG_OBJECT &&
    isFunction(vm, payloadOf(vm, window))
  ) {
    vm.callee = CALLEE_CONSTRUCTS | ((vm.I32[(superObject >> 2) + R.SUPER_DEPTH] + 1) << CALLEE_DEPTH_SHIFT);
    callFunction(vm, payloadOf(vm, window), self, args, argc);
    vm.callee = 0;
  }
  closeFrame(vm, window);
}

/** CallMethod. */
export function callMethodAction(vm: Machine, frame: Addr): void {
  void frame;
  const window = openFrame(vm, 4);
  popTo(vm, window);
  popTo(vm, window + 8);
  const args = popArguments(vm);
  const count = vm.argumentCount;
  callMethod(vm, window + 8, window, args, count, window + 16);
  finishCall(vm, window);
}

/**
 * Calls a method of any value; the result is in `vm.result`.
 * @param name slot of the method's name; undefined, "" or what converts to "" calls the object itself
 * @param spare two dead slots for the function and the boxed object: frame slots, so that they are released with their frame
 */
export function callMethod(vm: Machine, target: Addr, name: Addr, args: Addr, argc: number, spare: Addr): void {
  const text = tagOf(vm, name) === TAG_UNDEFINED ? 0 : stringifySlot(vm, name);
  if (text === 0 || stringLength(vm, text) === 0) {
    vm.callee = SUPER_OF_FUNCTION << CALLEE_DEPTH_SHIFT;
    callValue(vm, target, vm.undefinedSlot, args, argc);
    return;
  }
  const object = toObject(vm, target, spare + 8);
  if (object === 0) {
    setUndefined(vm, vm.result);
    return;
  }
  vm.foundDepth = 0;
  getMemberByString(vm, spare + 8, text, spare);
  // A method found through super runs on the original `this`.
  const throughSuper = isSuper(vm, object);
  vm.callee = methodDepth(vm, throughSuper) << CALLEE_DEPTH_SHIFT;
  const self = throughSuper ? object + R.SUPER_THIS_OFFSET : spare + 8;
  callValue(vm, spare, self, args, argc);
}

function isNoName(vm: Machine, name: Addr): boolean {
  const tag = tagOf(vm, name);
  return tag === TAG_UNDEFINED || (tag === TAG_STRING && stringLength(vm, payloadOf(vm, name)) === 0);
}

/** NewObject. */
export function newObjectAction(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 3);
  popTo(vm, window);
  const args = popArguments(vm);
  const count = vm.argumentCount;
  const name = stringifySlot(vm, window);
  getVariable(vm, frame, name, window + 8);
  construct(vm, window + 8, args, count, window + 16);
  moveValue(vm, window + 16, push(vm));
  closeFrame(vm, window);
}

/** NewMethod. */
export function newMethodAction(vm: Machine): void {
  const window = openFrame(vm, 4);
  popTo(vm, window);
  popTo(vm, window + 8);
  const args = popArguments(vm);
  const count = vm.argumentCount;
  if (isNoName(vm, window)) copyValue(vm, window + 8, window + 16);
  else {
    const name = stringifySlot(vm, window);
    getMemberByString(vm, window + 8, name, window + 16);
  }
  construct(vm, window + 16, args, count, window + 24);
  moveValue(vm, window + 24, push(vm));
  closeFrame(vm, window);
}

/** Pops a count as InitArray and InitObject understand it: -1 when it is out of range. */
function popCount(vm: Machine): number {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const count = toNumber(vm, window);
  closeFrame(vm, window);
  return count >= 0 && count <= 0x7fffffff ? Math.trunc(count) : count !== count ? 0 : -1;
}

/**
 * Gives a new literal the class that `_global` names now, where that is not the environment's own any more. May run ActionScript.
 * @param object held by the caller
 */
export function adaptLiteral(vm: Machine, object: Ptr, name: NameId, constructor: Ptr): void {
  const slot = findOwnNamed(vm, vm.realm.global, name);
  if (slot === 0 || tagOf(vm, slot) !== TAG_OBJECT || payloadOf(vm, slot) !== constructor) reclassLiteral(vm, object, name);
}

/** Gives a literal the class that `_global` names; none when that is no object. */
function reclassLiteral(vm: Machine, object: Ptr, name: NameId): void {
  const window = openFrame(vm, 2);
  getProperty(vm, vm.realm.global, name, vm.undefinedSlot, window);
  const constructor = objectOf(vm, window);
  if (constructor !== 0) getProperty(vm, constructor, NAME.prototype, window, window + 8);
  if (objectOf(vm, window + 8) !== 0) setProperty(vm, object, NAME.__proto__, window + 8, window + 8);
  else removeProperty(vm, object, findEntry(vm, shapeOf(vm, object), NAME.__proto__));
  if (constructor !== 0) defineProperty(vm, object, NAME.constructor, window, DONT_ENUM | DONT_DELETE);
  else removeProperty(vm, object, findEntry(vm, shapeOf(vm, object), NAME.constructor));
  closeFrame(vm, window);
}

export function initArray(vm: Machine): void {
  const count = popCount(vm);
  if (count < 0) {
    setUndefined(vm, push(vm));
    return;
  }
  const window = openFrame(vm, 1);
  const array = createLiteralArray(vm);
  setObject(vm, window, array);
  adaptLiteral(vm, array, NAME.Array, vm.realm.arrayConstructor);
  for (let i = 0; i < count; i++) popTo(vm, appendElement(vm, array));
  moveValue(vm, window, push(vm));
  closeFrame(vm, window);
}

export function initObject(vm: Machine): void {
  const count = popCount(vm);
  if (count < 0) {
    setUndefined(vm, push(vm));
    return;
  }
  const window = openFrame(vm, 4);
  const object = createObject(vm, vm.realm.objectPrototype);
  addConstructor(vm, object, vm.realm.objectConstructor);
  setObject(vm, window, object);
  adaptLiteral(vm, object, NAME.Object, vm.realm.objectConstructor);
  for (let i = 0; i < count; i++) {
    popTo(vm, window + 8);
    popTo(vm, window + 16);
    const name = holdName(vm, window + 24, stringifySlot(vm, window + 16));
    setProperty(vm, object, name, window + 8, window);
    closeFrame(vm, window + 8);
    openFrame(vm, 3);
  }
  moveValue(vm, window, push(vm));
  closeFrame(vm, window);
}

/** InstanceOf. */
export function instanceOfAction(vm: Machine): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  popTo(vm, window + 8);
  const result = isInstanceOf(vm, window + 8, window);
  closeFrame(vm, window);
  setBoolean(vm, push(vm), result);
}

/** Whether a value is an instance of a constructor: its stored `prototype` is on the value's chain or among its interfaces. */
export function isInstanceOf(vm: Machine, value: Addr, constructor: Addr): boolean {
  const object = objectOf(vm, value);
  const fn = objectOf(vm, constructor);
  if (object === 0 || fn === 0) return false;
  const window = openFrame(vm, 1);
  findInChain(vm, fn, NAME.prototype, constructor, window);
  const wanted = objectOf(vm, window);
  closeFrame(vm, window);
  if (wanted === 0) return false;
  let at = isSuper(vm, object) ? superStart(vm, object) : visiblePrototypeOf(vm, object);
  for (let steps = 0; at !== 0 && steps < 256; steps++) {
    if (at === wanted || implementsInterface(vm, at, wanted)) return true;
    at = visiblePrototypeOf(vm, at);
  }
  return false;
}

/** CastOp: the object if it is an instance, else null. */
export function castOp(vm: Machine): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  popTo(vm, window + 8);
  const isInstance = isInstanceOf(vm, window, window + 8);
  const slot = push(vm);
  if (isInstance) copyValue(vm, window, slot);
  else {
    vm.I32[slot >> 2] = 0;
    vm.I32[(slot >> 2) + 1] = TAG_NULL;
  }
  closeFrame(vm, window);
}
