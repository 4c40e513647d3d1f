// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { META, META_BUFFERED } from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";

/**
 * Remembers a record whose count dropped to something above zero: it may be the root of a garbage cycle (Bacon and Rajan).
 * A record is buffered once; when it dies meanwhile it is taken out again. Never throws, since releasing must not: a record
 * that there is no memory to remember is a candidate again when its count drops the next time, and the next complete collection looks at all.
 */
export function addCandidate(vm: Machine, ptr: Ptr): void {
  const I32 = vm.I32;
  const meta = (ptr >> 2) + META;
  if ((I32[meta] & META_BUFFERED) !== 0) return;
  if (vm.candidateFirst + vm.candidateCount === vm.candidateList.capacity && !growCandidates(vm)) {
    vm.lostCandidates = true;
    return;
  }
  I32[meta] |= META_BUFFERED;
  I32[(vm.candidates >> 2) + vm.candidateFirst + vm.candidateCount++] = ptr;
}

/** How far back a dying record is looked for in the buffer: the short-lived are among the newest. */
const SEARCH_DEPTH = 16;

/**
 * A buffered record dies: takes it out of the buffer if it is among the newest entries.
 * @returns false when it was not found there: the block must then stay as a zombie (META_DEAD) until the buffer is swept
 */
export function removeCandidate(vm: Machine, ptr: Ptr): boolean {
  const I32 = vm.I32;
  const base = (vm.candidates >> 2) + vm.candidateFirst;
  const stop = Math.max(0, vm.candidateCount - SEARCH_DEPTH);
  for (let i = vm.candidateCount - 1; i >= stop; i--) {
    if (I32[base + i] !== ptr) continue;
    I32[base + i] = I32[base + --vm.candidateCount];
    I32[(ptr >> 2) + META] &= ~META_BUFFERED;
    return true;
  }
  return false;
}

/** Takes the oldest entry out of the buffer, which must not be empty. */
export function takeOldest(vm: Machine): Ptr {
  const ptr = vm.I32[(vm.candidates >> 2) + vm.candidateFirst];
  vm.candidateFirst = --vm.candidateCount === 0 ? 0 : vm.candidateFirst + 1;
  return ptr;
}

/** @returns false when there is no memory for a larger buffer; nothing has changed then */
function growCandidates(vm: Machine): boolean {
  const { candidateList } = vm;
  if (vm.candidateFirst > candidateList.capacity >> 2) {
    const base = vm.candidates >> 2;
    vm.I32.copyWithin(base, base + vm.candidateFirst, base + vm.candidateFirst + vm.candidateCount);
    vm.candidateFirst = 0;
    return true;
  }
  if (!candidateList.tryReserve(candidateList.capacity + 1)) return false;
  vm.candidates = candidateList.base;
  return true;
}
