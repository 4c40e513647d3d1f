// SPDX-License-Identifier: MIT
import { AdaptiveArrayError } from "../../lib/heap/adaptive-array.ts";
import { BlockKind } from "../../lib/heap/block-kind.ts";
import { haltScripts } from "../calls/limits.ts";
import { type Addr, FIRST_REFERENCE } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { outOfMemory } from "../memory/blocks.ts";
import { releaseReference } from "../memory/release.ts";
import { moveValue, setUndefined } from "../values/slots.ts";

/**
 * The operand stack of literal (-O0) code. One block that grows by moving: nobody keeps addresses of its slots across a
 * call, arguments are copied to the frame stack first. Popping below the running frame's floor gives undefined.
 */
export function createOperandStack(vm: Machine): void {
  vm.operandTop = 0;
  vm.operandFloor = 0;
  grow(vm);
}

export function destroyOperandStack(vm: Machine): void {
  dropTo(vm, vm.operandStack);
  vm.operands.free();
}

/** @throws OutOfMemoryError, or ScriptHalt when a script has pushed more than there is any use for */
function grow(vm: Machine): void {
  const used = vm.operandTop - vm.operandStack;
  const floor = vm.operandFloor - vm.operandStack;
  try {
    vm.operands.reserve(vm.operands.capacity + 1);
  } catch (error) {
    if (!(error instanceof AdaptiveArrayError)) throw error;
    if (error.reason === "limit") haltScripts(vm, `the operand stack holds ${vm.operands.capacity} values`);
    throw outOfMemory(vm, vm.operands.capacity * 16, BlockKind.OperandStack);
  }
  vm.operandStack = vm.operands.base;
  vm.operandTop = vm.operandStack + used;
  vm.operandFloor = vm.operandStack + floor;
  vm.operandLimit = vm.operandStack + vm.operands.capacity * 8;
}

/** A new dead slot on top, for the caller to write at once. */
export function push(vm: Machine): Addr {
  if (vm.operandTop === vm.operandLimit) grow(vm);
  const slot = vm.operandTop;
  vm.operandTop = slot + 8;
  return slot;
}

/** Moves the top value to a dead slot; undefined when the frame's part of the stack is empty. */
export function popTo(vm: Machine, out: Addr): void {
  if (vm.operandTop === vm.operandFloor) {
    setUndefined(vm, out);
    return;
  }
  vm.operandTop -= 8;
  moveValue(vm, vm.operandTop, out);
}

/** Pushes a copy of a value (borrowed). */
export function pushCopy(vm: Machine, value: Addr): void {
  const tag = vm.I32[(value >> 2) + 1];
  const payload = vm.I32[value >> 2];
  if (tag >= FIRST_REFERENCE) vm.I32[payload >> 2]++;
  const slot = push(vm) >> 2;
  vm.I32[slot] = payload;
  vm.I32[slot + 1] = tag;
}

/** Address of the value `depth` below the top (0: the top), or of an undefined slot when there is none. Not to be written. */
export function peek(vm: Machine, depth: number): Addr {
  const slot = vm.operandTop - 8 * (depth + 1);
  return slot < vm.operandFloor ? vm.undefinedSlot : slot;
}

/** Drops everything above an address, which must come from the current block. */
export function dropTo(vm: Machine, top: Addr): void {
  const count = (vm.operandTop - top) >> 3;
  for (let i = 0; i < count; i++) {
    vm.operandTop -= 8;
    const word = vm.operandTop >> 2;
    if (vm.I32[word + 1] >= FIRST_REFERENCE) releaseReference(vm, vm.I32[word + 1], vm.I32[word]);
  }
}

/** Values that the running frame has on the stack. */
export function operandCount(vm: Machine): number {
  return (vm.operandTop - vm.operandFloor) >> 3;
}

/** A function begins: what is on the stack belongs to its caller. Returns the old floor, as a distance, for `restoreFloor`. */
export function raiseFloor(vm: Machine): number {
  const floor = vm.operandFloor - vm.operandStack;
  vm.operandFloor = vm.operandTop;
  return floor;
}

/** A function ends: drops what it left on the stack. */
export function restoreFloor(vm: Machine, floor: number): void {
  if (vm.operandTop > vm.operandFloor) dropTo(vm, vm.operandFloor);
  vm.operandFloor = vm.operandStack + floor;
}
