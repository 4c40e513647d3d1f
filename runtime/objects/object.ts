// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import {
  DONT_DELETE,
  DONT_ENUM,
  INTERNAL,
  SINCE_6,
  SINCE_7,
  SINCE_8,
  SINCE_9,
  SINCE_10,
  VERSION_BITS,
} from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_REFERENCE, TAG_BLOCK, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocate, freeBlock, roomyBytes } from "../memory/blocks.ts";
import { type Owned, takeOwned } from "../memory/owned.ts";
import { clearSlot, releaseReference } from "../memory/release.ts";
import { NAME } from "../strings/known-names.ts";
import { type NameId, releaseName } from "../strings/names.ts";
import {
  allocateShape,
  compactEntries,
  entryCount,
  entryFlags,
  entryName,
  findEntry,
  freeUniqueShape,
  isUniqueShape,
  removeEntry,
  shapeWithProperty,
  uniqueCopy,
  wantsCompaction,
} from "./shapes.ts";

/** Inline value slots of objects made without a hint: the record fills a 64-byte o1heap fragment. */
export const DEFAULT_INLINE_SLOTS = 5;
/** Inline slot counts whose records fill o1heap fragments of 64, 128, 256 bytes. */
const INLINE_STEPS = [5, 13, 29] as const;

/** Byte offset of the inline slots in a record of each object kind. */
export function inlineOffset(kind: number): number {
  switch (kind) {
    case BlockKind.Array:
      return R.ARRAY_INLINE_OFFSET;
    case BlockKind.Function:
      return R.FUNCTION_INLINE_OFFSET;
    case BlockKind.Clip:
      return R.CLIP_INLINE_OFFSET;
    case BlockKind.Super:
      return R.SUPER_INLINE_OFFSET;
    default:
      return R.OBJECT_INLINE_OFFSET;
  }
}

/** Block kind of a record: Object, Array, Function, Clip or Super for anything that scripts see as an object. */
export function kindOf(vm: Machine, object: Ptr): number {
  return vm.I32[(object >> 2) + R.META] & R.META_KIND_MASK;
}

/** The object's prototype as property lookups of the running version follow it, 0 for none. */
export function prototypeOf(vm: Machine, object: Ptr): Ptr {
  const word = vm.I32[(object >> 2) + R.OBJECT_SHAPE] >> 2;
  if ((vm.I32[word + R.META] & R.SHAPE_PROTO_FLAGGED) !== 0 && vm.version < 7 && isProtoHidden(vm, word << 2)) return 0;
  return vm.I32[word + R.SHAPE_PROTO];
}

/**
 * The object's prototype as `for..in`, `instanceof` and isPrototypeOf see it: version bits of `__proto__` hide it from them in
 * every version, from property lookups up to SWF 6 only.
 */
export function visiblePrototypeOf(vm: Machine, object: Ptr): Ptr {
  const word = vm.I32[(object >> 2) + R.OBJECT_SHAPE] >> 2;
  if ((vm.I32[word + R.META] & R.SHAPE_PROTO_FLAGGED) !== 0 && isProtoHidden(vm, word << 2)) return 0;
  return vm.I32[word + R.SHAPE_PROTO];
}

/** Version bits that hide `__proto__` from code of an SWF version: fewer than those that hide other properties. */
const PROTO_HIDDEN_BY_VERSION: readonly number[] = [0, 0, 0, 0, 0x7ff8, 0x3480, SINCE_7, SINCE_8, SINCE_9, SINCE_10];

function isProtoHidden(vm: Machine, shape: Ptr): boolean {
  const index = findEntry(vm, shape, NAME.__proto__);
  return index >= 0 && (entryFlags(vm, shape, index) & (PROTO_HIDDEN_BY_VERSION[Math.max(4, vm.version)] ?? 0)) !== 0;
}

/** The object's prototype whether code of the running version sees it or not, 0 for none. */
export function storedPrototypeOf(vm: Machine, object: Ptr): Ptr {
  return vm.I32[(vm.I32[(object >> 2) + R.OBJECT_SHAPE] >> 2) + R.SHAPE_PROTO];
}

export function shapeOf(vm: Machine, object: Ptr): Ptr {
  return vm.I32[(object >> 2) + R.OBJECT_SHAPE];
}

/** Address of the value slot with an index. */
export function slotAddress(vm: Machine, object: Ptr, index: number): Addr {
  return vm.I32[(object >> 2) + R.OBJECT_SLOTS] + index * 8;
}

/** Makes a record of an object kind with the given shape; all its slots are undefined. The caller sets the kind's own words. */
export function allocateObject(vm: Machine, kind: BlockKind, shape: Ptr, inlineSlots: number): Owned {
  const I32 = vm.I32;
  const offset = inlineOffset(kind);
  const ptr = allocate(vm, offset + inlineSlots * 8, kind);
  const word = ptr >> 2;
  I32[word + R.REFCOUNT] = 1;
  I32[word + R.META] = kind | (inlineSlots << R.META_INLINE_SLOTS_SHIFT);
  I32[word + R.OBJECT_SHAPE] = shape;
  const slots = (ptr + offset) >> 2;
  I32[word + R.OBJECT_SLOTS] = ptr + offset;
  for (let at = slots, end = slots + inlineSlots * 2; at < end; at += 2) {
    I32[at] = 0;
    I32[at + 1] = TAG_UNDEFINED;
  }
  return takeOwned(ptr);
}

/** A plain object that inherits from `proto` (borrowed; 0: no `__proto__` property at all). */
export function createObject(vm: Machine, proto: Ptr): Owned {
  const shape = rootShape(vm, proto);
  const inlineSlots = vm.I32[(shape >> 2) + R.META] >>> R.META_INLINE_SLOTS_SHIFT || DEFAULT_INLINE_SLOTS;
  const object = allocateObject(vm, BlockKind.Object, shape, inlineSlots);
  if (proto !== 0) holdPrototype(vm, object, proto);
  return object;
}

/** Gives a new object its own `constructor` (borrowed; 0 while the environment is being made: none). */
export function addConstructor(vm: Machine, object: Ptr, constructor: Ptr): void {
  if (constructor === 0) return;
  const slot = addProperty(vm, object, NAME.constructor, DONT_ENUM | DONT_DELETE) >> 2;
  vm.I32[slot] = constructor;
  vm.I32[slot + 1] = TAG_OBJECT;
  vm.I32[(constructor >> 2) + R.REFCOUNT]++;
}

/** Writes `proto` to slot 0 of a new object whose shape begins with `__proto__`. */
export function holdPrototype(vm: Machine, object: Ptr, proto: Ptr): void {
  const slot = vm.I32[(object >> 2) + R.OBJECT_SLOTS] >> 2;
  vm.I32[slot] = proto;
  vm.I32[slot + 1] = TAG_OBJECT;
  vm.I32[(proto >> 2) + R.REFCOUNT]++;
}

/** The root of the shape tree for objects that inherit from `proto`; its only entry is `__proto__` (none for 0). */
export function rootShape(vm: Machine, proto: Ptr): Ptr {
  if (proto === 0) return nullRoot(vm);
  const own = vm.I32[(proto >> 2) + R.META] & R.META_IS_PROTOTYPE ? findOwnInternal(vm, proto, NAME["#rootShape"]) : 0;
  if (own !== 0) return vm.I32[own >> 2];
  // The slot first: once there are shapes, nothing may fail that would lose them.
  const slot = addProperty(vm, proto, NAME["#rootShape"], DONT_ENUM | DONT_DELETE | INTERNAL);
  const root = allocateShape(vm, proto, false);
  // SWF 5 has no Function class: what inherits from Function.prototype does so from SWF 6 on.
  const since = proto === vm.realm?.functionPrototype ? SINCE_6 : 0;
  let withProto: Ptr;
  try {
    withProto = shapeWithProperty(vm, root, NAME.__proto__, DONT_ENUM | DONT_DELETE | since);
  } catch (error) {
    freeUniqueShape(vm, root);
    throw error;
  }
  // The empty shape is only a stepping stone: the root proper is the one with `__proto__`.
  vm.I32[(withProto >> 2) + R.SHAPE_PARENT] = 0;
  vm.I32[(withProto >> 2) + R.SHAPE_NEXT_SIBLING] = 0;
  freeUniqueShape(vm, root);
  vm.I32[slot >> 2] = withProto;
  vm.I32[(slot >> 2) + 1] = TAG_BLOCK;
  vm.I32[(proto >> 2) + R.META] |= R.META_IS_PROTOTYPE;
  vm.epoch++;
  return withProto;
}

function nullRoot(vm: Machine): Ptr {
  if (vm.nullRoot === 0) vm.nullRoot = allocateShape(vm, 0, false);
  return vm.nullRoot;
}

/** Slot of an internal property of the object itself, 0 when it has none. */
export function findOwnInternal(vm: Machine, object: Ptr, name: NameId): Addr {
  const exact = vm.caseSensitive;
  vm.caseSensitive = true;
  const index = findEntry(vm, shapeOf(vm, object), name);
  vm.caseSensitive = exact;
  return index < 0 ? 0 : slotAddress(vm, object, index);
}

/**
 * Slot of the object's own named property (array elements in the dense block are not looked at), 0 when it has none.
 * `vm.foundFlags` gets the property's flags, whatever its visibility.
 */
export function findOwnNamed(vm: Machine, object: Ptr, name: NameId): Addr {
  const I32 = vm.I32;
  const shape = I32[(object >> 2) + R.OBJECT_SHAPE];
  const index = findEntry(vm, shape, name);
  if (index < 0) return 0;
  vm.foundFlags = entryFlags(vm, shape, index);
  return I32[(object >> 2) + R.OBJECT_SLOTS] + index * 8;
}

/**
 * Adds a property that the object does not have; its slot is undefined.
 * @returns the new slot
 */
export function addProperty(vm: Machine, object: Ptr, name: NameId, flags: number): Addr {
  const I32 = vm.I32;
  const word = object >> 2;
  let shape = I32[word + R.OBJECT_SHAPE];
  const index = I32[(shape >> 2) + R.SHAPE_COUNT];
  ensureSlots(vm, object, index + 1);
  let next = shapeWithProperty(vm, shape, name, flags);
  if (next === 0) {
    shape = makeUnique(vm, object);
    next = shapeWithProperty(vm, shape, name, flags);
  }
  I32[word + R.OBJECT_SHAPE] = next;
  const slot = I32[word + R.OBJECT_SLOTS] + index * 8;
  I32[slot >> 2] = 0;
  I32[(slot >> 2) + 1] = TAG_UNDEFINED;
  if ((I32[word + R.META] & R.META_IS_PROTOTYPE) !== 0) vm.epoch++;
  return slot;
}

/** Slots of a Slots block that has room for `count`. */
function slotsCapacity(count: number): number {
  return roomyBytes(count * 8) >> 3;
}

function ensureSlots(vm: Machine, object: Ptr, count: number): void {
  const I32 = vm.I32;
  const word = object >> 2;
  const meta = I32[word + R.META];
  const slots = I32[word + R.OBJECT_SLOTS];
  const offset = inlineOffset(meta & R.META_KIND_MASK);
  const used = count - 1;
  if (slots === object + offset) {
    if (count <= meta >>> R.META_INLINE_SLOTS_SHIFT) return;
    const block = allocate(vm, slotsCapacity(count) * 8, BlockKind.Slots);
    I32.copyWithin(block >> 2, slots >> 2, (slots >> 2) + used * 2);
    I32[word + R.OBJECT_SLOTS] = block;
    if ((meta & R.META_KIND_MASK) === BlockKind.Object) rememberSize(vm, I32[word + R.OBJECT_SHAPE], count);
    return;
  }
  if (count <= slotsCapacity(used)) return;
  const block = allocate(vm, slotsCapacity(count) * 8, BlockKind.Slots);
  I32.copyWithin(block >> 2, slots >> 2, (slots >> 2) + used * 2);
  freeBlock(vm, slots);
  I32[word + R.OBJECT_SLOTS] = block;
  if ((meta & R.META_KIND_MASK) === BlockKind.Object) rememberSize(vm, I32[word + R.OBJECT_SHAPE], count);
}

/** An object outgrew its inline slots: later objects with the same prototype get more of them. */
function rememberSize(vm: Machine, shape: Ptr, count: number): void {
  const I32 = vm.I32;
  let root = shape;
  while (I32[(root >> 2) + R.SHAPE_PARENT] !== 0) root = I32[(root >> 2) + R.SHAPE_PARENT];
  const meta = (root >> 2) + R.META;
  if ((I32[meta] & R.SHAPE_UNIQUE) !== 0 || root === vm.nullRoot) return;
  const step = INLINE_STEPS.find((slots) => slots >= count);
  if (step === undefined || I32[meta] >>> R.META_INLINE_SLOTS_SHIFT >= step) return;
  // Plain `{}` objects vary too much to learn from: the shape tree of Object.prototype keeps the default.
  if (I32[(root >> 2) + R.SHAPE_PROTO] === vm.realm?.objectPrototype) return;
  I32[meta] = (I32[meta] & 0x00ffffff) | (step << R.META_INLINE_SLOTS_SHIFT);
}

/** Gives the object a shape of its own, if it has none yet. */
export function makeUnique(vm: Machine, object: Ptr): Ptr {
  const shape = shapeOf(vm, object);
  if (isUniqueShape(vm, shape)) return shape;
  const unique = uniqueCopy(vm, shape, storedPrototypeOf(vm, object));
  vm.I32[(object >> 2) + R.OBJECT_SHAPE] = unique;
  return unique;
}

/** Removes the own property in `slot`-index `index`: what it held is released. Does not look at DontDelete. */
export function removeProperty(vm: Machine, object: Ptr, index: number): void {
  const shape = makeUnique(vm, object);
  const I32 = vm.I32;
  const isProto = entryName(vm, shape, index) === NAME.__proto__;
  removeEntry(vm, shape, index, (name) => releaseName(vm, name));
  if (isProto) I32[(shape >> 2) + R.SHAPE_PROTO] = 0;
  if ((I32[(object >> 2) + R.META] & R.META_IS_PROTOTYPE) !== 0) vm.epoch++;
  const slot = slotAddress(vm, object, index) >> 2;
  const tag = I32[slot + 1];
  const payload = I32[slot];
  I32[slot] = 0;
  I32[slot + 1] = TAG_UNDEFINED;
  if (wantsCompaction(vm, shape)) compactObject(vm, object, shape);
  if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, payload);
}

function compactObject(vm: Machine, object: Ptr, shape: Ptr): void {
  const I32 = vm.I32;
  const count = entryCount(vm, shape);
  const slots = I32[(object >> 2) + R.OBJECT_SLOTS] >> 2;
  compactEntries(vm, shape, (from, to) => {
    I32[slots + to * 2] = I32[slots + from * 2];
    I32[slots + to * 2 + 1] = I32[slots + from * 2 + 1];
  });
  for (let i = entryCount(vm, shape); i < count; i++) {
    I32[slots + i * 2] = 0;
    I32[slots + i * 2 + 1] = TAG_UNDEFINED;
  }
}

/** Changes a property's flags. The object's shape may become unique. */
export function setFlags(vm: Machine, object: Ptr, index: number, flags: number): void {
  const shape = shapeOf(vm, object);
  if (entryFlags(vm, shape, index) === flags) return;
  const unique = makeUnique(vm, object);
  const descriptors = vm.I32[(unique >> 2) + R.SHAPE_DESCRIPTORS] >> 2;
  vm.I32[descriptors + (R.DESCRIPTORS_ENTRIES_OFFSET >> 2) + index * 4 + R.ENTRY_FLAGS] = flags;
  if (entryName(vm, unique, index) === NAME.__proto__ && (flags & VERSION_BITS) !== 0)
    vm.I32[(unique >> 2) + R.META] |= R.SHAPE_PROTO_FLAGGED;
  vm.epoch++;
}

/**
 * Makes `proto` (0: none) the object's prototype as lookups follow it. The `__proto__` property itself, if there is one,
 * is the caller's to write.
 */
export function changePrototype(vm: Machine, object: Ptr, proto: Ptr): void {
  if (storedPrototypeOf(vm, object) === proto) return;
  const shape = makeUnique(vm, object);
  vm.I32[(shape >> 2) + R.SHAPE_PROTO] = proto;
  if (proto !== 0) markAsPrototype(vm, proto);
  vm.epoch++;
}

/** Marks an object as one that others inherit from: its structural changes raise the epoch from now on. */
export function markAsPrototype(vm: Machine, proto: Ptr): void {
  vm.I32[(proto >> 2) + R.META] |= R.META_IS_PROTOTYPE;
}

/** Sets an internal property to what is in two words; a counted payload's reference is taken over. */
export function setInternal(vm: Machine, object: Ptr, name: NameId, tag: number, payload: number): void {
  let slot = findOwnInternal(vm, object, name);
  if (slot !== 0) clearSlot(vm, slot);
  else
    try {
      slot = addProperty(vm, object, name, DONT_ENUM | DONT_DELETE | INTERNAL);
    } catch (error) {
      if (tag >= FIRST_REFERENCE) releaseReference(vm, tag, payload);
      throw error;
    }
  vm.I32[slot >> 2] = payload;
  vm.I32[(slot >> 2) + 1] = tag;
}
