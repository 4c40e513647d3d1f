// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { newFunction } from "../actions/functions.ts";
import { callMethod as callAnyMethod, callValue } from "../actions/members.ts";
import { SUPER_OF_FUNCTION } from "../calls/activation.ts";
import { callFunction } from "../calls/call.ts";
import { construct } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import * as member from "../calls/member.ts";
import { CALLEE_CONSTRUCTS, CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_TAG, TAG_NULL, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { clearSlot } from "../memory/release.ts";
import { isFunction } from "../objects/function.ts";
import { methodDepth } from "../objects/properties.ts";
import { isSuper } from "../objects/super.ts";
import type { NameId } from "../strings/names.ts";
import { copyValue, payloadOf, replaceTagged, setUndefined, tagOf } from "../values/slots.ts";
import { element, fillMethod } from "./caches.ts";
import { finishInto } from "./members.ts";

/** Calls of optimised code where the emitted text does not know the callee. Arguments lie in the caller's outgoing area. */

/** CallFunction: what the variable at `fn` holds; a call by name alone has no `super`. */
export function callVariable(vm: Machine, fn: Addr, self: Addr, args: Addr, argc: number): void {
  const window = openFrame(vm, 2);
  copyValue(vm, fn, window);
  copyValue(vm, self, window + 8);
  vm.callee = -1 << CALLEE_DEPTH_SHIFT;
  callValue(vm, window, window + 8, args, argc);
  vm.callee = 0;
  closeFrame(vm, window);
}

/** CallMethod of a constant, non-empty name on any value. */
export function callMethod(vm: Machine, target: Addr, name: NameId, args: Addr, argc: number, site: number): void {
  const window = openFrame(vm, 3);
  copyValue(vm, target, window);
  const object = member.toObject(vm, window, window + 8);
  if (object === 0) {
    setUndefined(vm, vm.result);
    closeFrame(vm, window);
    return;
  }
  vm.foundDepth = 0;
  const found = member.getMember(vm, window + 8, name, window + 16);
  const throughSuper = isSuper(vm, object);
  const depth = methodDepth(vm, throughSuper);
  if (found && tagOf(vm, window) === TAG_OBJECT) {
    fillMethod(vm, site, object, name, tagOf(vm, window + 16), payloadOf(vm, window + 16));
  }
  vm.callee = depth << CALLEE_DEPTH_SHIFT;
  const self = throughSuper ? object + R.SUPER_THIS_OFFSET : window + 8;
  callValue(vm, window + 16, self, args, argc);
  vm.callee = 0;
  closeFrame(vm, window);
}

/** Calls a function that a method site has found. */
export function callFound(vm: Machine, fn: number, self: Addr, args: Addr, argc: number, depth: number): void {
  vm.callee = depth << CALLEE_DEPTH_SHIFT;
  callFunction(vm, fn, self, args, argc);
  vm.callee = 0;
}

/** CallMethod without a name: the value itself is called. */
export function callValueItself(vm: Machine, target: Addr, args: Addr, argc: number): void {
  const window = openFrame(vm, 1);
  copyValue(vm, target, window);
  vm.callee = SUPER_OF_FUNCTION << CALLEE_DEPTH_SHIFT;
  callValue(vm, window, vm.undefinedSlot, args, argc);
  vm.callee = 0;
  closeFrame(vm, window);
}

/** NewObject and NewMethod: `fn` is borrowed, the object goes to the owned slot `out`. */
export function constructValue(vm: Machine, fn: Addr, args: Addr, argc: number, out: Addr): Addr {
  const window = openFrame(vm, 2);
  copyValue(vm, fn, window);
  construct(vm, window, args, argc, window + 8);
  return finishInto(vm, window, window + 8, out);
}

/** The function that a slot holds, 0 when it holds none. */
export function functionIn(vm: Machine, slot: Addr): Ptr {
  if (vm.I32[(slot >> 2) + 1] !== TAG_OBJECT) return 0;
  const fn = vm.I32[slot >> 2];
  return isFunction(vm, fn) ? fn : 0;
}

/** Whether a function is the native with a code number (`nativeCode`). */
export function isNativeCode(vm: Machine, fn: Ptr, code: number): boolean {
  return vm.I32[(fn >> 2) + R.FUNCTION_CODE] === code;
}

/**
 * Where the `this` stands that Function.call and Function.apply hand on for a value: the value itself when it is an object, `_global`
 * for undefined and null. 0 for values that would have to be made objects first.
 */
export function calledSelf(vm: Machine, value: Addr): Addr {
  const tag = vm.I32[(value >> 2) + 1];
  if (tag === TAG_OBJECT) return value;
  return tag === TAG_UNDEFINED || tag === TAG_NULL ? vm.realm.globalScope + R.SCOPE_VALUE_OFFSET : 0;
}

/** Goes on with `new` where the text does not know the function. `fn`: what `beginConstruct` has returned. */
export function finishConstruct(vm: Machine, constructor: Addr, fn: Ptr, object: Addr, args: Addr, argc: number): void {
  if (fn === 0) {
    constructValue(vm, constructor, args, argc, object);
    return;
  }
  const window = openFrame(vm, 1);
  copyValue(vm, constructor, window);
  vm.callee = CALLEE_CONSTRUCTS | (1 << CALLEE_DEPTH_SHIFT);
  callFunction(vm, fn, object, args, argc);
  vm.callee = 0;
  clearSlot(vm, vm.result);
  closeFrame(vm, window);
}

/** An anonymous function defined in the running frame, put in an owned slot. */
export function makeFunction(vm: Machine, frame: Addr, unit: number, out: Addr): void {
  replaceTagged(vm, out, TAG_OBJECT, newFunction(vm, frame, unit));
}

/** CallMethod with a name that is known only now. */
export function callElement(vm: Machine, target: Addr, name: Addr, args: Addr, argc: number): void {
  const window = openFrame(vm, 4);
  copyValue(vm, target, window);
  const isIndex = tagOf(vm, window) === TAG_OBJECT && tagOf(vm, name) < FIRST_TAG;
  const slot = isIndex ? element(vm, payloadOf(vm, window), vm.F64[name >> 3]) : 0;
  if (slot !== 0 && functionIn(vm, slot) !== 0) {
    copyValue(vm, slot, window + 8);
    vm.callee = 0;
    callFunction(vm, payloadOf(vm, window + 8), window, args, argc);
  } else {
    copyValue(vm, name, window + 8);
    callAnyMethod(vm, window, window + 8, args, argc, window + 16);
  }
  vm.callee = 0;
  closeFrame(vm, window);
}
