// SPDX-License-Identifier: MIT
import { frameScope, popScope, pushWithScope, registerAddress } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { toObject } from "../calls/member.ts";
import { declareLocal, defineLocal, deleteVariable, getVariable, hideClipFromSwf4, setVariable } from "../calls/variables.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { releaseValue } from "../memory/release.ts";
import { copyValue, moveValue, setBoolean } from "../values/slots.ts";
import { peek, popTo, push, pushCopy } from "./operand-stack.ts";

export function pushRegister(vm: Machine, frame: Addr, register: number): void {
  const slot = registerAddress(vm, frame, register);
  pushCopy(vm, slot === 0 ? vm.undefinedSlot : slot);
}

/** StoreRegister: the value stays on the stack. */
export function storeRegister(vm: Machine, frame: Addr, register: number): void {
  const slot = registerAddress(vm, frame, register);
  if (slot === 0) return;
  const window = openFrame(vm, 1);
  moveValue(vm, slot, window);
  copyValue(vm, peek(vm, 0), slot);
  closeFrame(vm, window);
}

export function getVariableAction(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 2);
  popTo(vm, window + 8);
  getVariable(vm, frame, stringifySlot(vm, window + 8), window);
  hideClipFromSwf4(vm, window);
  moveValue(vm, window, push(vm));
  closeFrame(vm, window);
}

export function setVariableAction(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  popTo(vm, window + 8);
  setVariable(vm, frame, stringifySlot(vm, window + 8), window);
  closeFrame(vm, window);
}

export function defineLocalAction(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  popTo(vm, window + 8);
  defineLocal(vm, frame, stringifySlot(vm, window + 8), window);
  closeFrame(vm, window);
}

export function declareLocalAction(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  declareLocal(vm, frame, stringifySlot(vm, window));
  closeFrame(vm, window);
}

/** Delete2. */
export function deleteVariableAction(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const deleted = deleteVariable(vm, frame, stringifySlot(vm, window));
  closeFrame(vm, window);
  setBoolean(vm, push(vm), deleted);
}

/** With: pops the object and puts it in front of the scope chain. False for undefined and null: the body is skipped. */
export function withAction(vm: Machine, frame: Addr): boolean {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  const object = toObject(vm, window, window + 8);
  if (object !== 0) pushWithScope(vm, frame, window + 8);
  closeFrame(vm, window);
  return object !== 0;
}

/** Leaves with-bodies until `depth` of them are left. */
export function leaveWith(vm: Machine, frame: Addr): void {
  popScope(vm, frame);
}

/** The scope now in force, retained, for a handler to come back to. */
export function currentScope(vm: Machine, frame: Addr): number {
  return frameScope(vm, frame);
}

/** Pops and forgets. */
export function popAction(vm: Machine): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  closeFrame(vm, window);
}

export function pushDuplicate(vm: Machine): void {
  pushCopy(vm, peek(vm, 0));
}

export function stackSwap(vm: Machine): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  popTo(vm, window + 8);
  moveValue(vm, window, push(vm));
  moveValue(vm, window + 8, push(vm));
  closeFrame(vm, window);
}

/** Overwrites a register with a value that is moved out of `from`. */
export function moveToRegister(vm: Machine, frame: Addr, register: number, from: Addr): void {
  const slot = registerAddress(vm, frame, register);
  if (slot === 0) return;
  releaseValue(vm, slot);
  moveValue(vm, from, slot);
}
