// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { callFunction } from "../calls/call.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import { SUPER_THIS_OFFSET } from "../layout/records.ts";
import { type Addr, TAG_CLIP, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { isFunction } from "../objects/function.ts";
import { findInChain, methodDepth } from "../objects/properties.ts";
import { isSuper } from "../objects/super.ts";
import type { NameId } from "../strings/names.ts";
import { moveResult, payloadOf, setUndefined, tagOf } from "../values/slots.ts";

/** The object behind a value: objects themselves, a clip reference's clip; 0 for everything else and for clips that are gone. Borrowed. */
export function objectOf(vm: Machine, value: Addr): Ptr {
  const tag = tagOf(vm, value);
  if (tag === TAG_OBJECT) return payloadOf(vm, value);
  if (tag === TAG_CLIP) return vm.host.resolveReference(payloadOf(vm, value));
  return 0;
}

/**
 * Calls a method of a value for a conversion (`valueOf`, `toString`): found by inheritance, without `__resolve`.
 * Runs ActionScript. `out` gets the owned result, undefined when there is no such function.
 * @returns whether there was a function to call
 */
export function callConversion(vm: Machine, value: Addr, name: NameId, out: Addr): boolean {
  const object = objectOf(vm, value);
  setUndefined(vm, out);
  if (object === 0) return false;
  const window = openFrame(vm, 1);
  findInChain(vm, object, name, value, window);
  let called = false;
  if (tagOf(vm, window) === TAG_OBJECT && isFunction(vm, payloadOf(vm, window))) {
    const throughSuper = isSuper(vm, object);
    vm.callee = methodDepth(vm, throughSuper) << CALLEE_DEPTH_SHIFT;
    callFunction(vm, payloadOf(vm, window), throughSuper ? object + SUPER_THIS_OFFSET : value, 0, 0);
    moveResult(vm, out);
    called = true;
  }
  closeFrame(vm, window);
  return called;
}
