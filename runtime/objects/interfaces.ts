// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { META, META_HAS_INTERFACES } from "../layout/records.ts";
import { TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { NAME } from "../strings/known-names.ts";
import { denseElement } from "./array.ts";
import { findOwnInternal, setInternal, visiblePrototypeOf } from "./object.ts";

/** Interface prototypes nested in each other that `instanceof` follows. */
const MAX_DEPTH = 32;

/** Gives a prototype its list of interface prototypes (an array, taken over). Only the first list counts. */
export function setInterfaces(vm: Machine, proto: Ptr, ownedList: Owned): boolean {
  if ((vm.I32[(proto >> 2) + META] & META_HAS_INTERFACES) !== 0) return false;
  setInternal(vm, proto, NAME["#interfaces"], TAG_OBJECT, ownedList);
  vm.I32[(proto >> 2) + META] |= META_HAS_INTERFACES;
  return true;
}

/** Whether a prototype object implements an interface, given by its prototype: its own list, and what those inherit or implement. */
export function implementsInterface(vm: Machine, proto: Ptr, wanted: Ptr, depth = 0): boolean {
  if ((vm.I32[(proto >> 2) + META] & META_HAS_INTERFACES) === 0 || depth > MAX_DEPTH) return false;
  const list = vm.I32[findOwnInternal(vm, proto, NAME["#interfaces"]) >> 2];
  for (let i = 0; ; i++) {
    const slot = denseElement(vm, list, i);
    if (slot === 0) return false;
    for (let at = vm.I32[slot >> 2], steps = 0; at !== 0 && steps < 256; at = visiblePrototypeOf(vm, at), steps++) {
      if (at === wanted || implementsInterface(vm, at, wanted, depth + 1)) return true;
    }
  }
}
