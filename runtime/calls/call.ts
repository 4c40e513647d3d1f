// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { CALLEE_CONSTRUCTS, CALLEE_OPEN } from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_CLIP } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { payloadOf, setUndefined, tagOf } from "../values/slots.ts";
import { closeFrame } from "./frames.ts";
import { throwOn, tooDeep } from "./limits.ts";

/**
 * Calls a function object. May run ActionScript, and so may free or grow anything that the caller does not hold.
 * @param fn held by the caller for the whole call; anything but a function gives undefined
 * @param self slot of `this`, borrowed
 * @param args address of `argc` consecutive slots, borrowed
 * Afterwards the slot at `vm.result` holds the owned result.
 */
export function callFunction(vm: Machine, fn: Ptr, self: Addr, args: Addr, argc: number): void {
  const I32 = vm.I32;
  const word = fn >> 2;
  setUndefined(vm, vm.result);
  if ((I32[word + R.META] & R.META_KIND_MASK) !== BlockKind.Function) return;
  const traits = I32[word + R.FUNCTION_TRAITS];
  if ((traits & R.FUNCTION_IS_NATIVE) !== 0) {
    if (--vm.callsLeft < 0) tooDeep(vm);
    vm.nativeConstructs = (vm.callee & CALLEE_CONSTRUCTS) !== 0;
    vm.callee = 0;
    const top = vm.frameTop;
    vm.natives[~I32[word + R.FUNCTION_CODE]](vm, fn, self, args, argc);
    // What the native held for as long as it runs: see `heldText`.
    if (vm.frameTop !== top) closeFrame(vm, top);
    vm.callsLeft++;
    return;
  }
  const callerVersion = vm.version;
  const callerPool = vm.currentPool;
  let version = traits & 0xff;
  if (callerVersion < 6) {
    vm.callee |= CALLEE_OPEN;
    version = openVersion(vm, self, version);
  }
  if (version !== callerVersion) vm.setVersion(version);
  vm.currentPool = traits >>> R.FUNCTION_POOL_SHIFT;
  vm.code[I32[word + R.FUNCTION_CODE]](fn, self, args, argc);
  vm.currentPool = callerPool;
  if (vm.version !== callerVersion) vm.setVersion(callerVersion);
  if (vm.thrown !== 0) throwOn(vm);
}

/** A function called from SWF 5 code runs with the version of the clip it is called on, at least 5 (reference: semantics §1). */
function openVersion(vm: Machine, self: Addr, definedVersion: number): number {
  if (tagOf(vm, self) !== TAG_CLIP) return Math.max(5, definedVersion);
  const clip = vm.host.resolveReference(payloadOf(vm, self));
  return Math.max(5, clip === 0 ? definedVersion : vm.host.clipVersion(clip));
}
