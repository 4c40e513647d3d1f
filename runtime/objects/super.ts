// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_CLIP, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { copyValue, tagOf } from "../values/slots.ts";
import { allocateObject, prototypeOf, rootShape } from "./object.ts";

/**
 * A `super` object: `this` (borrowed slot, an object or clip) and the number of steps up its prototype chain to the
 * object whose method is running.
 */
export function createSuper(vm: Machine, self: Addr, depth: number): Owned {
  const object = allocateObject(vm, BlockKind.Super, rootShape(vm, 0), 0);
  vm.I32[(object >> 2) + R.SUPER_DEPTH] = depth;
  copyValue(vm, self, object + R.SUPER_THIS_OFFSET);
  return object;
}

/** Object on which the running method was found, or 0 when the chain is shorter than the depth. Borrowed. */
export function superBase(vm: Machine, superObject: Ptr): Ptr {
  const self = superObject + R.SUPER_THIS_OFFSET;
  let object = vm.I32[self >> 2];
  if (tagOf(vm, self) === TAG_CLIP) object = vm.host.resolveReference(object);
  else if (tagOf(vm, self) !== TAG_OBJECT) return 0;
  for (let depth = vm.I32[(superObject >> 2) + R.SUPER_DEPTH]; depth > 0 && object !== 0; depth--)
    object = prototypeOf(vm, object);
  return object;
}

/** First object that property lookups through `super` look at, or 0. Borrowed. */
export function superStart(vm: Machine, superObject: Ptr): Ptr {
  const base = superBase(vm, superObject);
  return base === 0 ? 0 : prototypeOf(vm, base);
}

export function isSuper(vm: Machine, object: Ptr): boolean {
  return (vm.I32[(object >> 2) + R.META] & R.META_KIND_MASK) === BlockKind.Super;
}
