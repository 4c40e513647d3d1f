// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { ActionScriptThrow, throwException } from "../calls/limits.ts";
import { replaceScope } from "../calls/scope.ts";
import { setVariable } from "../calls/variables.ts";
import { FRAME_SCOPE } from "../layout/frames.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { clearSlot, retain } from "../memory/release.ts";
import { moveValue } from "../values/slots.ts";
import { dropTo } from "./operand-stack.ts";
import { moveToRegister } from "./variables.ts";

/** How far things had got when a Try began: what a handler comes back to. Plain numbers in emitted locals. */
export interface TryState {
  frameTop: Addr;
  frameLimit: Addr;
  frame: Addr;
  callsLeft: number;
  version: number;
  pool: number;
  /** Values on the operand stack below the try, as a distance: the stack may move. */
  operands: number;
  floor: number;
  accessDepth: number;
}

/** Remembers the machine's state at a Try. */
export function enterTry(vm: Machine): TryState {
  return {
    frameTop: vm.frameTop,
    frameLimit: vm.frameLimit,
    frame: vm.frame,
    callsLeft: vm.callsLeft,
    version: vm.version,
    pool: vm.currentPool,
    operands: vm.operandTop - vm.operandStack,
    floor: vm.operandFloor - vm.operandStack,
    accessDepth: vm.accessDepth,
  };
}

/**
 * Comes back to the state of a Try after an exception: frames above are released. Any JavaScript exception but ActionScript's goes on.
 * @param error null for what optimised code has raised without a JavaScript exception (`vm.thrown`)
 */
export function caught(vm: Machine, error: unknown, state: TryState): void {
  if (error !== null && !(error instanceof ActionScriptThrow)) throw error;
  restoreState(vm, state);
}

/** Releases what lies above a state and makes it the machine's. */
export function restoreState(vm: Machine, state: TryState): void {
  // First the frame: those that are left here must not take over a function that dies with them.
  vm.frame = state.frame;
  closeFrame(vm, state.frameTop);
  vm.frameLimit = state.frameLimit;
  vm.callsLeft = state.callsLeft;
  if (vm.version !== state.version) vm.setVersion(state.version);
  vm.currentPool = state.pool;
  if (vm.operandTop - vm.operandStack > state.operands) dropTo(vm, vm.operandStack + state.operands);
  vm.operandFloor = vm.operandStack + state.floor;
  vm.accessDepth = state.accessDepth;
  vm.callee = 0;
  vm.thrown = 0;
}

/** Leaves with-bodies that an exception or jump has left: makes `scope`, which is still alive as part of the chain, the frame's. */
export function restoreScope(vm: Machine, frame: Addr, scope: Ptr): void {
  if (vm.I32[(frame + FRAME_SCOPE) >> 2] === scope) return;
  replaceScope(vm, frame + FRAME_SCOPE, retain(vm, scope));
}

/** Stores the exception in a variable (borrowed name). */
export function catchInVariable(vm: Machine, frame: Addr, name: Ptr): void {
  const window = openFrame(vm, 1);
  moveValue(vm, vm.exception, window);
  setVariable(vm, frame, name, window);
  closeFrame(vm, window);
}

/** Stores the exception in a register. */
export function catchInRegister(vm: Machine, frame: Addr, register: number): void {
  moveToRegister(vm, frame, register, vm.exception);
  // Code may name a register that there is not.
  clearSlot(vm, vm.exception);
}

/** Keeps the exception while a finally body runs: a dead slot of the frame stack gets it. */
export function suspendException(vm: Machine, slot: Addr): void {
  clearSlot(vm, slot);
  moveValue(vm, vm.exception, slot);
}

/** Throws again what `suspendException` kept. */
export function resumeException(vm: Machine, slot: Addr): never {
  moveValue(vm, slot, vm.exception);
  return throwException();
}

/** Keeps a function's result while a finally body runs. */
export function keepResult(vm: Machine, slot: Addr): void {
  clearSlot(vm, slot);
  moveValue(vm, vm.result, slot);
}

/** Gives back the result that `keepResult` kept. */
export function restoreResult(vm: Machine, slot: Addr): void {
  moveValue(vm, slot, vm.result);
}
