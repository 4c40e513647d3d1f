// SPDX-License-Identifier: MIT
import { objectOf } from "../conversion/to-primitive.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_BLOCK } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { createEnumeration, enumerateNames } from "../objects/enumerate.ts";
import { replaceTagged } from "../values/slots.ts";

/** Enumerate2: puts the list of a value's names in an owned slot. */
export function enumerate(vm: Machine, value: Addr, out: Addr): void {
  const object = objectOf(vm, value);
  replaceTagged(vm, out, TAG_BLOCK, object === 0 ? createEnumeration(vm) : enumerateNames(vm, object));
}

/** Slot of the name at a position of a list, the undefined slot past its end. Lives as long as the list. */
export function nameAt(vm: Machine, list: Addr, position: number): Addr {
  const names = vm.I32[list >> 2];
  if (position >= vm.I32[(names >> 2) + R.ENUMERATION_COUNT]) return vm.undefinedSlot;
  return names + R.ENUMERATION_SLOTS_OFFSET + position * 8;
}
