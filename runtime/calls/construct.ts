// SPDX-License-Identifier: MIT

import { DONT_ENUM, SINCE_6 } from "../layout/attributes.ts";
import { CALLEE_CONSTRUCTS, CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import { FUNCTION_IS_CONSTRUCTOR, FUNCTION_TRAITS } from "../layout/records.ts";
import { type Addr, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { takeOwned } from "../memory/owned.ts";
import { release } from "../memory/release.ts";
import { isFunction, isNativeFunction } from "../objects/function.ts";
import { createObject } from "../objects/object.ts";
import { defineProperty, getProperty } from "../objects/properties.ts";
import { NAME } from "../strings/known-names.ts";
import { copyValue, moveResult, payloadOf, setObject, setUndefined, tagOf } from "../values/slots.ts";
import { callFunction } from "./call.ts";
import { closeFrame, openFrame } from "./frames.ts";

/**
 * `new F(args)` (reference: semantics §5.5). Runs ActionScript.
 * @param fn slot of the constructor, borrowed; anything but a function gives undefined
 * @param out dead slot: the new object, or what a native constructor returned
 */
export function construct(vm: Machine, fn: Addr, args: Addr, argc: number, out: Addr): void {
  setUndefined(vm, out);
  if (tagOf(vm, fn) !== TAG_OBJECT || !isFunction(vm, payloadOf(vm, fn))) return;
  const constructor = payloadOf(vm, fn);
  const window = openFrame(vm, 2);
  getProperty(vm, constructor, NAME.prototype, fn, window);
  const proto = tagOf(vm, window) === TAG_OBJECT ? payloadOf(vm, window) : 0;
  setObject(vm, window + 8, createObject(vm, proto));
  const object = payloadOf(vm, window + 8);
  markConstructed(vm, object, fn);
  const native = isNativeFunction(vm, constructor);
  vm.callee = CALLEE_CONSTRUCTS | (1 << CALLEE_DEPTH_SHIFT);
  callFunction(vm, constructor, window + 8, args, argc);
  vm.callee = 0;
  if (native && (vm.I32[(constructor >> 2) + FUNCTION_TRAITS] & FUNCTION_IS_CONSTRUCTOR) !== 0) {
    moveResult(vm, out);
    // An object that the native made itself gets the same marks.
    if (tagOf(vm, out) === TAG_OBJECT && payloadOf(vm, out) !== object) markConstructed(vm, payloadOf(vm, out), fn);
  } else {
    releaseResult(vm);
    copyValue(vm, window + 8, out);
  }
  closeFrame(vm, window);
}

/** The properties that `new` gives an object before its constructor runs. */
export function markConstructed(vm: Machine, object: number, fn: Addr): void {
  defineProperty(vm, object, NAME.__constructor__, fn, DONT_ENUM | SINCE_6);
  if (vm.version < 7) defineProperty(vm, object, NAME.constructor, fn, DONT_ENUM);
}

/** Drops the result of a call that nobody wants. */
export function releaseResult(vm: Machine): void {
  const tag = tagOf(vm, vm.result);
  const payload = payloadOf(vm, vm.result);
  setUndefined(vm, vm.result);
  if (tag >= 0x7ff90008) release(vm, takeOwned(payload));
}
