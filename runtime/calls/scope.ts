// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_BLOCK, TAG_CLIP, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocateRecord } from "../memory/blocks.ts";
import { type Owned, takeOwned } from "../memory/owned.ts";
import { release, retain } from "../memory/release.ts";
import { copyValue, setObject, setTagged } from "../values/slots.ts";

/** A scope link in front of `parent` (borrowed, 0 for none) with a copy of `value`. Owned by the caller. */
export function createScope(vm: Machine, type: number, parent: Ptr, value: Addr): Owned {
  const scope = allocateRecord(vm, R.SCOPE_BYTES, BlockKind.Scope);
  vm.I32[(scope >> 2) + R.SCOPE_PARENT] = parent;
  vm.I32[(scope >> 2) + R.SCOPE_TYPE] = type;
  if (parent !== 0) retain(vm, parent);
  copyValue(vm, value, scope + R.SCOPE_VALUE_OFFSET);
  return scope;
}

/** A scope link that holds an object, whose reference it takes over. */
export function createObjectScope(vm: Machine, type: number, parent: Ptr, ownedObject: Owned): Owned {
  setObject(vm, vm.scratch, ownedObject);
  try {
    return createScope(vm, type, parent, vm.scratch);
  } finally {
    release(vm, ownedObject);
  }
}

/** The chain [target clip, _global] that timeline code starts with. `target`: slot of a clip value. Owned. */
export function createTimelineScope(vm: Machine, target: Addr): Owned {
  return createScope(vm, R.SCOPE_TARGET, vm.realm.globalScope, target);
}

/**
 * A copy of a chain in which the target entry holds another clip; the part behind the target is shared. Owned.
 * @param scope chain of running code, which always has a target entry
 */
export function scopeWithTarget(vm: Machine, scope: Ptr, target: Addr): Owned {
  const word = scope >> 2;
  const parent = vm.I32[word + R.SCOPE_PARENT];
  const type = vm.I32[word + R.SCOPE_TYPE];
  if (type === R.SCOPE_TARGET) return createScope(vm, type, parent, target);
  if (parent === 0) throw new Error("running code with a scope chain that has no target");
  const copiedParent = scopeWithTarget(vm, parent, target);
  try {
    return createScope(vm, type, copiedParent, scope + R.SCOPE_VALUE_OFFSET);
  } finally {
    release(vm, copiedParent);
  }
}

/** The object that a scope link makes visible, 0 when it is a clip that is gone. Borrowed. */
export function scopeObject(vm: Machine, scope: Ptr): Ptr {
  const value = (scope + R.SCOPE_VALUE_OFFSET) >> 2;
  const tag = vm.I32[value + 1];
  if (tag === TAG_OBJECT) return vm.I32[value];
  if (tag === TAG_CLIP) return vm.host.resolveReference(vm.I32[value]);
  return 0;
}

/** Replaces the scope in a frame slot by another, whose reference is taken over. */
export function replaceScope(vm: Machine, slot: Addr, ownedScope: Owned): void {
  const old = takeOwned(vm.I32[slot >> 2]);
  setTagged(vm, slot, TAG_BLOCK, ownedScope);
  release(vm, old);
}
