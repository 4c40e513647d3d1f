// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import type { Machine } from "../machine/machine.ts";
import { retain } from "../memory/release.ts";
import { setBoolean, setNull, setNumber, setString, setUndefined } from "../values/slots.ts";
import { push } from "./operand-stack.ts";

export function pushNumber(vm: Machine, value: number): void {
  setNumber(vm, push(vm), value);
}

/** Pushes a pinned string (borrowed). */
export function pushString(vm: Machine, s: Ptr): void {
  setString(vm, push(vm), retain(vm, s));
}

export function pushBoolean(vm: Machine, value: boolean): void {
  setBoolean(vm, push(vm), value);
}

export function pushNull(vm: Machine): void {
  setNull(vm, push(vm));
}

export function pushUndefined(vm: Machine): void {
  setUndefined(vm, push(vm));
}

/** Pushes an entry of the constant pool in force; undefined when there is none. */
export function pushConstant(vm: Machine, index: number): void {
  const s = vm.constantPools[vm.currentPool]?.strings[index];
  if (s === undefined) pushUndefined(vm);
  else pushString(vm, s);
}

/** ConstantPool: `pool` was registered by the module. */
export function setConstantPool(vm: Machine, pool: number): void {
  vm.currentPool = pool;
}
