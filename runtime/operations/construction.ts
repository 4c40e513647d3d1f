// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { DONT_ENUM, SINCE_6 } from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocate } from "../memory/blocks.ts";
import { DEFAULT_INLINE_SLOTS, rootShape } from "../objects/object.ts";
import { shapeWithProperty } from "../objects/shapes.ts";
import { NAME } from "../strings/known-names.ts";
import { functionIn } from "./calls.ts";
import type { createValueOperations } from "./values.ts";

/** Words of a construction site: prototype, root shape, shape of a new object. */
const SITE_PROTOTYPE = 0;
const SITE_ROOT = 1;
const SITE_INSTANCE = 2;
const PROTOTYPE_SLOT = 2;

/** `new` on functions that the emitted text may know. Made for each machine, as `createValueOperations` is. */
export function createConstruction(vm: Machine, { storeTagged }: ReturnType<typeof createValueOperations>) {
  const { I32 } = vm;

  /**
   * Begins `new` on a bytecode function: puts the new object in an owned slot.
   * @returns the function, borrowed; 0 when the general way must be taken, and then the slot is as it was
   */
  function beginConstruct(constructor: Addr, out: Addr, site: number): Ptr {
    const fn = functionIn(vm, constructor);
    if (fn === 0 || (I32[(fn >> 2) + R.FUNCTION_TRAITS] & R.FUNCTION_IS_NATIVE) !== 0) return 0;
    if (I32[(fn >> 2) + R.OBJECT_SHAPE] !== vm.realm.functionShape) return 0;
    const slot = I32[(fn >> 2) + R.OBJECT_SLOTS] + PROTOTYPE_SLOT * 8;
    if (I32[(slot >> 2) + 1] !== TAG_OBJECT) return 0;
    const proto = I32[slot >> 2];
    if (I32[site + SITE_PROTOTYPE] !== proto && !fillConstruct(vm, site, proto)) return 0;
    const room = I32[(I32[site + SITE_ROOT] >> 2) + R.META] >>> R.META_INLINE_SLOTS_SHIFT || DEFAULT_INLINE_SLOTS;
    // `allocateObject`, but each slot is written once: `__proto__`, one or two names of the constructor, then nothing.
    const object = allocate(vm, R.OBJECT_INLINE_OFFSET + room * 8, BlockKind.Object);
    const word = object >> 2;
    I32[word + R.REFCOUNT] = 1;
    I32[word + R.META] = BlockKind.Object | (room << R.META_INLINE_SLOTS_SHIFT);
    I32[word + R.OBJECT_SHAPE] = I32[site + SITE_INSTANCE];
    I32[word + R.OBJECT_SLOTS] = object + R.OBJECT_INLINE_OFFSET;
    const first = (object + R.OBJECT_INLINE_OFFSET) >> 2;
    I32[first] = proto;
    I32[first + 1] = TAG_OBJECT;
    I32[proto >> 2]++;
    const marks = vm.version < 7 ? 2 : 1;
    const memory = I32;
    let at = (first + 2) | 0;
    for (const end = (at + marks * 2) | 0; at < end; at = (at + 2) | 0) {
      memory[at] = fn;
      memory[at + 1] = TAG_OBJECT;
    }
    // Only tags: nobody reads a slot before a property is written there.
    for (const end = (first + room * 2) | 0; at < end; at = (at + 2) | 0) memory[at + 1] = TAG_UNDEFINED;
    I32[fn >> 2] += marks;
    storeTagged(out, TAG_OBJECT, object);
    return fn;
  }

  return { beginConstruct };
}

/** Learns the shape that `markConstructed` gives to objects that inherit from `proto`. */
function fillConstruct(vm: Machine, site: number, proto: Ptr): boolean {
  const I32 = vm.I32;
  const root = rootShape(vm, proto);
  let shape = shapeWithProperty(vm, root, NAME.__constructor__, DONT_ENUM | SINCE_6);
  if (shape !== 0 && vm.version < 7) shape = shapeWithProperty(vm, shape, NAME.constructor, DONT_ENUM);
  if (shape === 0) return false;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[(root >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[site + SITE_PROTOTYPE] = proto;
  I32[site + SITE_ROOT] = root;
  I32[site + SITE_INSTANCE] = shape;
  return true;
}
