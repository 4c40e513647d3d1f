// SPDX-License-Identifier: MIT
import * as arithmetic from "./arithmetic.ts";
import * as bridge from "./bridge.ts";
import { addCached, element, ownMethod, sharedMethod } from "./caches.ts";
import * as calls from "./calls.ts";
import * as frames from "./frames.ts";
import * as intrinsics from "./intrinsics.ts";
import * as members from "./members.ts";
import * as names from "./names.ts";
import * as values from "./values.ts";
import * as variables from "./variables.ts";

/**
 * What optimised (-O1, -O2) code calls where its own text does not go on: general forms of the operations, frames, and
 * cache misses. Values are addressed by slots; owned slots are always live.
 */
export const operations = {
  ...arithmetic,
  ...bridge,
  ...calls,
  ...frames,
  ...intrinsics,
  ...members,
  ...names,
  ...values,
  ...variables,
  addCached,
  element,
  ownMethod,
  sharedMethod,
};
