// SPDX-License-Identifier: MIT
import type { Machine } from "../machine/machine.ts";
import * as arithmetic from "./arithmetic.ts";
import * as bridge from "./bridge.ts";
import { addCached, ownMethod, sharedMethod } from "./caches.ts";
import * as calls from "./calls.ts";
import { createConstruction } from "./construction.ts";
import { createElementOperations } from "./elements.ts";
import * as frames from "./frames.ts";
import * as intrinsics from "./intrinsics.ts";
import * as members from "./members.ts";
import * as names from "./names.ts";
import { createValueOperations, dropException, raise, raiseAgain, takeException } from "./values.ts";
import * as variables from "./variables.ts";

/**
 * What optimised (-O1, -O2) code calls where its own text does not go on: general forms of the operations, frames, and
 * cache misses. Values are addressed by slots; owned slots are always live.
 */
const operations = {
  ...arithmetic,
  ...bridge,
  ...calls,
  ...frames,
  ...intrinsics,
  ...members,
  ...names,
  ...variables,
  dropException,
  takeException,
  raise,
  raiseAgain,
  addCached,
  ownMethod,
  sharedMethod,
};

export type Operations = ReturnType<typeof createOperations>;

/** The operations for the code of a machine's modules. Those that are made for it take no machine. */
export function createOperations(vm: Machine) {
  const values = createValueOperations(vm);
  return { ...operations, ...values, ...createConstruction(vm, values), ...createElementOperations(vm, values) };
}
