// SPDX-License-Identifier: MIT
import { FUEL_GROWTH, FUEL_SLICE, type Machine, MIN_CANDIDATE_THRESHOLD } from "../machine/machine.ts";
import { collectSlice } from "../memory/collector.ts";
import { countRunning } from "../memory/running.ts";

/** Thrown through JavaScript frames for an ActionScript `throw`; the value is in the slot `vm.exception`. */
export class ActionScriptThrow extends Error {
  override readonly name = "ActionScriptThrow";
}

/** Thrown when a script limit is hit: no ActionScript handler sees it. */
export class ScriptHalt extends Error {
  override readonly name = "ScriptHalt";
}

const THROW_SIGNAL = new ActionScriptThrow("ActionScript exception");
THROW_SIGNAL.stack = undefined;

/** Throws the value that is in `vm.exception`. One signal object serves all: a throw makes no garbage. */
export function throwException(): never {
  throw THROW_SIGNAL;
}

/** What code has called has returned with an exception (`vm.thrown`): it goes on as a JavaScript one. */
export function throwOn(vm: Machine): never {
  vm.thrown = 0;
  return throwException();
}

/** Stops the running script, and as Flash does, all scripts after it. */
export function haltScripts(vm: Machine, reason: string): never {
  vm.halted ??= reason;
  throw new ScriptHalt(reason);
}

/**
 * Called when `vm.fuel` runs out: looks at the clock and gives the cycle collector a slice. All counts are exact here,
 * whatever locals hold.
 */
export function poll(vm: Machine): void {
  vm.fuelSpent += vm.fuelSlice;
  if (vm.fuelSlice < FUEL_SLICE) vm.fuelSlice = Math.ceil(vm.fuelSlice * FUEL_GROWTH);
  vm.fuel = vm.fuelSlice;
  if (performance.now() > vm.deadlineMs) haltScripts(vm, `a script ran longer than ${vm.timeoutMs / 1000} s`);
  if (vm.fuelSpent < FUEL_SLICE) return;
  vm.fuelSpent = 0;
  // However long candidates may wait for a slice, memory may run short meanwhile.
  const isShort = vm.candidateCount >= MIN_CANDIDATE_THRESHOLD && vm.pressure.check() === "high";
  if (vm.candidateCount > vm.candidateThreshold || (isShort && vm.collector.isUnderPressure())) {
    countRunning(vm, 1);
    collectSlice(vm);
    countRunning(vm, -1);
  }
  // What a slice could not get done comes sooner, not all at once; and so does the next look at memory that is short.
  if (vm.collector.isBehind || isShort) {
    vm.fuel = FUEL_SLICE >> 2;
    vm.fuelSpent = FUEL_SLICE;
  }
}

/** The next call would be one too many. */
export function tooDeep(vm: Machine): never {
  return haltScripts(vm, `${vm.maxCallDepth} levels of recursion were exceeded in one action list`);
}
