// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { FRAME_LINK, LINK_LIGHT } from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { type VisitEdge, visitSlots } from "./trace.ts";

/** What running code holds: values on the frame stack, and functions that run in light frames, which borrow them. */

/** Visits what the slots of the frame stack hold. */
export function visitFrameStack(vm: Machine, visit: VisitEdge): void {
  let top = vm.frameTop;
  for (let chunk = vm.frameChunk; chunk !== 0; chunk = vm.I32[chunk >> 2]) {
    visitSlots(vm, chunk + 16, (top - chunk - 16) >> 3, visit);
    top = vm.I32[(chunk >> 2) + 1];
  }
}

/**
 * A function's count has reached zero: if it is running, the outermost light frame that runs it takes it over.
 * @returns whether one did; the function is then alive with one reference
 */
export function adoptRunning(vm: Machine, fn: Ptr): boolean {
  const I32 = vm.I32;
  let adopter = 0;
  for (let frame = vm.frame; frame !== 0; frame = I32[(frame + FRAME_LINK) >> 2]) {
    const word = frame >> 2;
    if ((I32[word + 1] & LINK_LIGHT) !== 0 && I32[word + 2] === fn) adopter = word;
  }
  if (adopter === 0) return false;
  I32[adopter + 3] = TAG_OBJECT;
  I32[(fn >> 2) + R.REFCOUNT] = 1;
  return true;
}

/** Counts the functions and scopes that light frames borrow, or with -1 takes that back: the cycle collector must see them as held. */
export function countRunning(vm: Machine, step: 1 | -1): void {
  const I32 = vm.I32;
  for (let frame = vm.frame; frame !== 0; frame = I32[(frame + FRAME_LINK) >> 2]) {
    const word = frame >> 2;
    if ((I32[word + 1] & LINK_LIGHT) !== 0) I32[I32[word + 2] >> 2] += step;
  }
}
