// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_TAG, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { canReverseDense, elementCapacity, forgetReversal, growElements, lengthSlot } from "./array.ts";

/** Array methods on arrays without holes that nobody watches: elements are moved as words, their counts stay. */

/** Whether the elements from 0 to `length` are just what the dense block holds, and a script can't tell how they are moved. */
export function isPlainDense(vm: Machine, array: Ptr): boolean {
  if ((vm.I32[(array >> 2) + R.META] & R.META_WATCHED) !== 0 || !canReverseDense(vm, array)) return false;
  return vm.I32[(lengthSlot(vm, array) >> 2) + 1] < FIRST_TAG;
}

/**
 * Puts `inserted` undefined elements in the place of the `removed` ones from index `start`, and sets `length`. The removed elements
 * are the caller's from then on.
 * @param taken where they are moved to, dead slots; 0 when there are none
 * @returns address of the first new element
 * @throws OutOfMemoryError before anything has changed
 */
export function replaceElements(vm: Machine, array: Ptr, start: number, removed: number, inserted: number, taken: Addr): Addr {
  const { I32 } = vm;
  const word = array >> 2;
  const count = I32[word + R.ARRAY_COUNT];
  const length = count - removed + inserted;
  if (length > elementCapacity(vm, array)) growElements(vm, array, Math.max(6, length + (length >> 1)));
  const base = I32[word + R.ARRAY_ELEMENTS] >> 2;
  const from = base + start * 2;
  if (removed > 0) I32.copyWithin(taken >> 2, from, from + removed * 2);
  if (removed !== inserted) I32.copyWithin(from + inserted * 2, from + removed * 2, base + count * 2);
  for (let at = from, end = from + inserted * 2; at < end; at += 2) {
    I32[at] = 0;
    I32[at + 1] = TAG_UNDEFINED;
  }
  if (length < count) forgetReversal(vm, array, length);
  I32[word + R.ARRAY_COUNT] = length;
  vm.F64[lengthSlot(vm, array) >> 3] = length;
  return from * 4;
}

/** Appends `count` elements whose values the caller moves there before anything else happens; they hold undefined. */
export function appendElements(vm: Machine, array: Ptr, count: number): Addr {
  return replaceElements(vm, array, vm.I32[(array >> 2) + R.ARRAY_COUNT], 0, count, 0);
}
