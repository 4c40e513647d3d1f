// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import { allocateRecord } from "../memory/blocks.ts";
import { retain } from "../memory/release.ts";
import { setUndefined } from "../values/slots.ts";

/** An accessor record with one reference; `getter` and `setter` (0: none) are borrowed, the stored value is undefined. */
export function allocateAccessor(vm: Machine, getter: Ptr, setter: Ptr): Ptr {
  const accessor = allocateRecord(vm, R.ACCESSOR_BYTES, BlockKind.Accessor);
  const word = accessor >> 2;
  vm.I32[word + R.ACCESSOR_GETTER] = getter;
  vm.I32[word + R.ACCESSOR_SETTER] = setter;
  vm.I32[word + R.ACCESSOR_DEPTH] = 0;
  setUndefined(vm, accessor + R.ACCESSOR_VALUE_OFFSET);
  if (getter !== 0) retain(vm, getter);
  if (setter !== 0) retain(vm, setter);
  return accessor;
}
