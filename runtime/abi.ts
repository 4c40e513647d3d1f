// SPDX-License-Identifier: MIT
import { BlockKind } from "../lib/heap/block-kind.ts";
import type { Ptr } from "../lib/memory/address-space.ts";
import * as arithmetic from "./actions/arithmetic.ts";
import * as exceptions from "./actions/exceptions.ts";
import * as functions from "./actions/functions.ts";
import * as members from "./actions/members.ts";
import * as operands from "./actions/operand-stack.ts";
import * as pushes from "./actions/push.ts";
import * as strings from "./actions/strings.ts";
import * as timeline from "./actions/timeline.ts";
import * as variables from "./actions/variables.ts";
import { enterFunction, leaveFunction } from "./calls/activation.ts";
import { openFrame } from "./calls/frames.ts";
import { poll } from "./calls/limits.ts";
import { type Addr, TAG_STRING } from "./layout/value.ts";
import type { Machine } from "./machine/machine.ts";
import { allocate } from "./memory/blocks.ts";
import { mark } from "./memory/count-watch.ts";
import { allocateCaches, allocateSites } from "./objects/inline-cache.ts";
import { createMethodTable } from "./operations/caches.ts";
import { createOperations, type Operations } from "./operations/index.ts";
import { createCharacterSlots, createSimpleSlots, intrinsicCodes } from "./operations/intrinsics.ts";
import { internJs, nameString } from "./strings/names.ts";
import { setBoolean, setNull, setNumber, setTagged } from "./values/slots.ts";

/**
 * Code of an action block or function. Result in the slot at `vm.result`. For timeline blocks `fn`, `args` and `argc` are 0
 * and the frame has been opened by the player.
 */
export type ActionCode = (fn: Ptr, self: Addr, args: Addr, argc: number) => void;

/** What emitted code says of one of its units (same order as the code it returns). */
export interface UnitDescription {
  /** Function name; "" for anonymous functions and timeline blocks. */
  name: string;
  /** Parameters: name, and register (0: a named local). */
  parameters: [name: string, register: number][];
  registers: number;
  /** DefineFunction2 flags; -1 for DefineFunction and timeline blocks. */
  flags: number;
}

/**
 * Everything that a movie's code can reach: the one table between recompiler and runtime. An emitted module is a factory
 * that takes this object, imports nothing but types, and returns its code.
 */
export interface Abi {
  /** The machine, passed to every helper. Opaque to emitted code except for the documented fields. */
  readonly vm: Machine;
  readonly I32: Int32Array;
  readonly F64: Float64Array;
  readonly U8: Uint8Array;
  readonly U16: Uint16Array;
  /** Registers the module's code units; code index of unit `n` is the result plus `n`. */
  defineUnits(units: UnitDescription[]): number;
  /** Pins strings for the life of the machine; pointers in the same order. */
  strings(texts: string[]): Int32Array;
  /** Interns names for the life of the machine; ids in the same order. */
  names(texts: string[]): Int32Array;
  /** Inline caches for `sites` member accesses; the address of the first, each `CACHE_BYTES` (12) long. */
  inlineCaches(sites: number): number;
  /** Registers a constant pool; its index. */
  constantPool(texts: string[]): number;
  /** Access sites of optimised code: *word* index of the first, each eight words long. */
  sites(count: number): number;
  /** Slots with constant values, for the life of the machine: address of the first, eight bytes each. */
  constants(values: (string | number | boolean | null)[]): number;
  /** Code numbers of native functions that emitted text computes itself, by `Class_method`. */
  readonly intrinsics: Readonly<Record<string, number>>;
  /** What optimised code calls where its own text does not go on. */
  readonly operations: Operations;
  /** Helpers for literal code: one per action. */
  readonly actions: typeof actions;
}

/** Helpers of literal (-O0) code, one per AVM1 action; operands on the operand stack. */
export const actions = {
  ...arithmetic,
  ...strings,
  ...variables,
  ...members,
  ...functions,
  ...timeline,
  ...exceptions,
  ...pushes,
  popTo: operands.popTo,
  operandFloor: operands.raiseFloor,
  restoreFloor: operands.restoreFloor,
  enterFunction,
  leaveFunction,
  openFrame,
  poll,
  mark,
};

/** Makes the ABI object of one machine. */
export function createAbi(vm: Machine): Abi {
  createCharacterSlots(vm);
  createMethodTable(vm);
  createSimpleSlots(vm);
  return {
    vm,
    I32: vm.I32,
    F64: vm.F64,
    U8: vm.U8,
    U16: vm.U16,
    actions,
    defineUnits(units) {
      const base = vm.units.length;
      for (const unit of units) {
        vm.units.push({
          name: unit.name === "" ? 0 : pinName(vm, unit.name),
          parameters: unit.parameters.map(([name, register]) => ({ name: pinName(vm, name), register })),
          registerCount: unit.registers,
          flags: unit.flags,
        });
        vm.code.push(missingCode);
      }
      return base;
    },
    strings: (texts) => Int32Array.from(texts, (text) => pinString(vm, text)),
    names: (texts) => Int32Array.from(texts, (text) => pinName(vm, text)),
    operations: createOperations(vm),
    intrinsics: intrinsicCodes(vm),
    sites: (count) => allocateSites(vm, count),
    constants: (values) => pinConstants(vm, values),
    inlineCaches: (sites) => allocateCaches(vm, sites),
    constantPool(texts) {
      return vm.constantPools.push({ strings: texts.map((text) => pinString(vm, text)) }) - 1;
    },
  };
}

function missingCode(): void {
  throw new Error("a code unit was called before its module had loaded");
}

function pinName(vm: Machine, text: string): number {
  const name = internJs(vm, text);
  vm.pinnedNames.push(name);
  return name;
}

/** A constant string: interned, because most constants are used as names, and kept until the machine is disposed. */
function pinString(vm: Machine, text: string): Ptr {
  // Interning first: it can move the name table.
  const name = pinName(vm, text);
  return nameString(vm, name);
}

/** Slots with constants. They own nothing: strings are pinned. */
function pinConstants(vm: Machine, values: (string | number | boolean | null)[]): number {
  const pinned = values.map((value) => (typeof value === "string" ? pinString(vm, value) : 0));
  const block = allocate(vm, Math.max(8, values.length * 8), BlockKind.ConstantPool);
  vm.constantBlocks.push(block);
  values.forEach((value, i) => {
    const slot = block + i * 8;
    if (typeof value === "string") setTagged(vm, slot, TAG_STRING, pinned[i]);
    else if (typeof value === "number") setNumber(vm, slot, value);
    else if (value === null) setNull(vm, slot);
    else setBoolean(vm, slot, value);
  });
  return block;
}
