// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import { allocateRecord } from "../memory/blocks.ts";
import { type Owned, takeOwned } from "../memory/owned.ts";
import { detachReferences, release } from "../memory/release.ts";
import { allocateObject, holdPrototype, rootShape } from "../objects/object.ts";
import { stringFromJs } from "../strings/heap-string.ts";
import type { DisplayObject } from "./display-object.ts";

/** Heap side of display objects: the object that scripts see, and the soft reference that values carry. */
const INLINE_SLOTS = 11;

/** Makes a display object's heap object. `proto` is borrowed. The display object owns the reference. */
export function createClipObject(vm: Machine, display: DisplayObject, proto: Ptr): void {
  const object = allocateObject(vm, BlockKind.Clip, rootShape(vm, proto), INLINE_SLOTS);
  vm.I32[(object >> 2) + R.META] |= R.META_EXOTIC;
  vm.I32[(object >> 2) + R.CLIP_DISPLAY] = display.handle;
  vm.I32[(object >> 2) + R.CLIP_REFERENCE] = 0;
  holdPrototype(vm, object, proto);
  display.object = object;
  renewReference(vm, display);
}

/** Gives the object a new soft reference: its path has changed. Old values keep theirs. */
export function renewReference(vm: Machine, display: DisplayObject): void {
  const { object } = display;
  if (object === 0) return;
  // A clip that has come or got another name may hide a global variable.
  vm.epoch++;
  const path = stringFromJs(vm, dotPath(display));
  let reference: Owned;
  try {
    reference = allocateRecord(vm, R.CLIP_REFERENCE_BYTES, BlockKind.ClipReference);
  } catch (error) {
    release(vm, path);
    throw error;
  }
  vm.I32[(reference >> 2) + R.REFERENCE_TARGET] = object;
  vm.I32[(reference >> 2) + R.REFERENCE_PATH] = path;
  // The older one stays known to the clip, which has to tell it when it goes.
  vm.I32[(reference >> 2) + R.REFERENCE_OLDER] = vm.I32[(object >> 2) + R.CLIP_REFERENCE];
  vm.I32[(object >> 2) + R.CLIP_REFERENCE] = reference;
}

/** The clip is gone: values that refer to it look its path up from now on. */
export function dropClipObject(vm: Machine, display: DisplayObject): void {
  const { object } = display;
  if (object === 0) return;
  display.object = 0;
  const reference = vm.I32[(object >> 2) + R.CLIP_REFERENCE];
  if (reference !== 0) detachReferences(vm, reference);
  release(vm, takeOwned(object));
}

/** Dot path such as `_level0.a.b`. */
export function dotPath(display: DisplayObject): string {
  if (display.parent === null) return `_level${levelOf(display)}`;
  return `${dotPath(display.parent)}.${display.name}`;
}

/** Slash path such as `/a/b`, `/` for the root of level 0. */
export function slashPath(display: DisplayObject): string {
  if (display.parent === null) return levelOf(display) === 0 ? "/" : `_level${levelOf(display)}`;
  const parent = slashPath(display.parent);
  return parent === "/" ? `/${display.name}` : `${parent}/${display.name}`;
}

function levelOf(display: DisplayObject): number {
  return "level" in display ? (display.level as number) : 0;
}
