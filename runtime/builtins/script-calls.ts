// SPDX-License-Identifier: MIT
import { callValue } from "../actions/members.ts";
import { construct } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { getMember } from "../calls/member.ts";
import { CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { retain } from "../memory/release.ts";
import { getProperty } from "../objects/properties.ts";
import { holdJsName } from "../strings/names.ts";
import { setObject } from "../values/slots.ts";

/**
 * `new Name(args)` of whatever `_global` names now, as the parts of Flash Player that are written in ActionScript do it. May run
 * ActionScript. The object, or undefined, goes to the dead slot `out`.
 */
export function constructGlobal(vm: Machine, name: string, args: Addr, argc: number, out: Addr): void {
  const window = openFrame(vm, 2);
  getProperty(vm, vm.realm.global, holdJsName(vm, window + 8, name), vm.undefinedSlot, window);
  construct(vm, window, args, argc, out);
  closeFrame(vm, window);
}

/** `target.name(args)`; nothing happens when that is no function. May run ActionScript. The result is in `vm.result`, owned. */
export function callNamed(vm: Machine, target: Addr, name: string, args: Addr, argc: number): void {
  const window = openFrame(vm, 2);
  getMember(vm, target, holdJsName(vm, window + 8, name), window);
  vm.callee = 1 << CALLEE_DEPTH_SHIFT;
  callValue(vm, window, target, args, argc);
  vm.callee = 0;
  closeFrame(vm, window);
}

/** Calls a function that `_global` names now. May run ActionScript. The result is in `vm.result`, owned. */
export function callGlobal(vm: Machine, name: string, args: Addr, argc: number): void {
  const window = openFrame(vm, 2);
  setObject(vm, window, retain(vm, vm.realm.global));
  callNamed(vm, window, name, args, argc);
  closeFrame(vm, window);
}
