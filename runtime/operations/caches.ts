// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { NEEDS_SLOW_READ, NEEDS_SLOW_WRITE } from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_CLIP, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { isFunction } from "../objects/function.ts";
import { allocateSites } from "../objects/inline-cache.ts";
import { markAsPrototype, prototypeOf } from "../objects/object.ts";
import { methodDepth } from "../objects/properties.ts";
import { entryFlags, findEntry } from "../objects/shapes.ts";
import { NAME } from "../strings/known-names.ts";
import type { NameId } from "../strings/names.ts";

/**
 * Inline caches of optimised code: eight words for each access site, read by the emitted text. A site is a *word* index.
 *
 *   property   SHAPE, OFFSET of an own property; TRANSITION_… when the access added it
 *   method     SHAPE, EPOCH, FUNCTION of an inherited method (or 0 and OFFSET of an own one), DEPTH
 *   variable   KEY (clip reference of the scope), EPOCH, SLOT, SELF; closures: see variables.ts
 *
 * A shape that a site knows is marked; when such a shape is freed all sites are cleared. What is found on a chain holds as long as the
 * machine's epoch does: it is raised by every structural change of an object that others inherit from or look variables up in.
 */
export const SITE_WORDS = 8;
export const SITE_SHAPE = 0;
export const SITE_KEY = 0;
export const SITE_OFFSET = 1;
export const SITE_EPOCH = 1;
export const SITE_FUNCTION = 2;
export const SITE_SLOT = 2;
export const SITE_DEPTH = 3;
export const SITE_SELF = 3;
export const SITE_OWN_OFFSET = 4;
/** Words of a property site that remembers an addition: shapes before and after, offset and index of the new slot, epoch. */
export const SITE_BEFORE = 2;
export const SITE_AFTER = 3;
export const SITE_NEW_OFFSET = 4;
export const SITE_ADD_EPOCH = 5;

/** Lets a site remember an own property, if a plain read of its slot is right for every object of the shape. */
export function fillRead(vm: Machine, site: number, object: Ptr, name: NameId): void {
  const I32 = vm.I32;
  const shape = I32[(object >> 2) + R.OBJECT_SHAPE];
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0) return;
  const index = findEntry(vm, shape, name);
  if (index < 0 || (entryFlags(vm, shape, index) & NEEDS_SLOW_READ) !== 0) return;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[site + SITE_SHAPE] = shape;
  I32[site + SITE_OFFSET] = index * 8;
}

/**
 * Lets a site remember a write that has just been made.
 * @param before shape that the object had before it
 */
export function fillWrite(vm: Machine, site: number, object: Ptr, name: NameId, before: Ptr): void {
  const I32 = vm.I32;
  const word = object >> 2;
  const meta = I32[word + R.META];
  if ((meta & (R.META_EXOTIC | R.META_WATCHED)) !== 0) return;
  const kind = meta & R.META_KIND_MASK;
  const shape = I32[word + R.OBJECT_SHAPE];
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0 || kind === BlockKind.Super) return;
  const index = findEntry(vm, shape, name);
  if (index < 0 || (entryFlags(vm, shape, index) & NEEDS_SLOW_WRITE) !== 0 || isProto(vm, name)) return;
  if (kind === BlockKind.Array && index === R.ARRAY_LENGTH_SLOT) return;
  if (shape === before) {
    I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
    I32[site + SITE_SHAPE] = shape;
    I32[site + SITE_OFFSET] = index * 8;
    return;
  }
  if (kind !== BlockKind.Object || I32[(shape >> 2) + R.SHAPE_PARENT] !== before) return;
  if (index !== I32[(before >> 2) + R.SHAPE_COUNT]) return;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[(before >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[site + SITE_BEFORE] = before;
  I32[site + SITE_AFTER] = shape;
  I32[site + SITE_NEW_OFFSET] = index * 8;
  I32[site + SITE_ADD_EPOCH] = vm.epoch;
}

function isProto(vm: Machine, name: NameId): boolean {
  return vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_FOLD] === NAME.__proto__ || name === NAME.__proto__;
}

/**
 * Adds the property that a write site remembers.
 * @returns its slot, which holds undefined; 0 when the site does not know the object's shape or there is no inline room
 */
export function addCached(vm: Machine, object: Ptr, site: number): Addr {
  const I32 = vm.I32;
  const word = object >> 2;
  if (I32[word + R.OBJECT_SHAPE] !== I32[site + SITE_BEFORE] || vm.epoch !== I32[site + SITE_ADD_EPOCH]) return 0;
  const meta = I32[word + R.META];
  const offset = I32[site + SITE_NEW_OFFSET];
  if (meta >>> R.META_INLINE_SLOTS_SHIFT <= offset >> 3) return 0;
  if ((meta & (R.META_KIND_MASK | R.META_IS_PROTOTYPE | R.META_EXOTIC | R.META_WATCHED)) !== BlockKind.Object) return 0;
  I32[word + R.OBJECT_SHAPE] = I32[site + SITE_AFTER];
  return object + R.OBJECT_INLINE_OFFSET + offset;
}

/**
 * Lets a site remember a method that has just been found on a receiver: `vm.foundHolder`, `vm.foundDepth`.
 * @param slotTag tag and payload of what was found
 */
export function fillMethod(vm: Machine, site: number, object: Ptr, name: NameId, tag: number, payload: number): void {
  const I32 = vm.I32;
  const word = object >> 2;
  const meta = I32[word + R.META];
  const shape = I32[word + R.OBJECT_SHAPE];
  if (tag !== TAG_OBJECT || !isFunction(vm, payload)) return;
  if ((meta & (R.META_EXOTIC | R.META_WATCHED)) !== 0 || (meta & R.META_KIND_MASK) === BlockKind.Super) return;
  // A shape of one object only stands for the object itself, which then has to tell of its changes.
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0) markAsPrototype(vm, object);
  const holder = vm.foundHolder;
  const holderShape = I32[(holder >> 2) + R.OBJECT_SHAPE];
  const index = findEntry(vm, holderShape, name);
  if (index < 0 || (entryFlags(vm, holderShape, index) & NEEDS_SLOW_READ) !== 0) return;
  if (holder !== object && !chainIsMarked(vm, object, holder)) return;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[site + SITE_SHAPE] = shape;
  I32[site + SITE_EPOCH] = vm.epoch;
  I32[site + SITE_FUNCTION] = holder === object ? 0 : payload;
  I32[site + SITE_DEPTH] = methodDepth(vm, false);
  I32[site + SITE_OWN_OFFSET] = index * 8;
  const entry = tableEntry(vm, shape, name);
  for (let word = 0; word <= SITE_OWN_OFFSET; word++) I32[entry + word] = I32[site + word];
  I32[entry + ENTRY_NAME] = name;
}

/** Entries of the table that all method sites share, a power of two; each of SITE_WORDS words: a site's, and the name. */
const TABLE_ENTRIES = 512;
const ENTRY_NAME = 5;

/** Where the shared table keeps a method of a name for a shape. */
function tableEntry(vm: Machine, shape: Ptr, name: NameId): number {
  return vm.methodTable + (((shape >> 6) ^ Math.imul(name, 31)) & (TABLE_ENTRIES - 1)) * SITE_WORDS;
}

/** Makes the table that all method sites share: for sites that see objects of several shapes. It is cleared with the sites. */
export function createMethodTable(vm: Machine): void {
  if (vm.methodTable === 0) vm.methodTable = allocateSites(vm, TABLE_ENTRIES);
}

/**
 * Looks a method up in the shared table, and lets the site remember what is found.
 * @returns the function; 0 when it must be looked up in the general way
 */
export function sharedMethod(vm: Machine, object: Ptr, name: NameId, site: number): Ptr {
  const I32 = vm.I32;
  const shape = I32[(object >> 2) + R.OBJECT_SHAPE];
  const entry = tableEntry(vm, shape, name);
  if (I32[entry + SITE_SHAPE] !== shape || I32[entry + ENTRY_NAME] !== name || I32[entry + SITE_EPOCH] !== vm.epoch) return 0;
  I32[site + SITE_SHAPE] = shape;
  I32[site + SITE_EPOCH] = vm.epoch;
  I32[site + SITE_FUNCTION] = I32[entry + SITE_FUNCTION];
  I32[site + SITE_DEPTH] = I32[entry + SITE_DEPTH];
  I32[site + SITE_OWN_OFFSET] = I32[entry + SITE_OWN_OFFSET];
  return I32[entry + SITE_FUNCTION] || ownMethod(vm, object, site);
}

/** Whether every object of a chain up to `holder` tells of its changes; a clip on the way answers for more than its properties. */
function chainIsMarked(vm: Machine, object: Ptr, holder: Ptr): boolean {
  const I32 = vm.I32;
  for (let steps = 0, at = object; at !== holder; steps++) {
    const shape = I32[(at >> 2) + R.OBJECT_SHAPE] >> 2;
    // SWF 5 code may run functions of any version: what it sees of a chain depends on who asks.
    if ((I32[shape + R.META] & R.SHAPE_PROTO_FLAGGED) !== 0 && vm.version < 6) return false;
    at = prototypeOf(vm, at);
    if (at === 0 || steps > 32 || (I32[(at >> 2) + R.META] & R.META_EXOTIC) !== 0) return false;
    markAsPrototype(vm, at);
  }
  return true;
}

/** The function in an own property that a method site remembers, 0 when that holds none now. */
export function ownMethod(vm: Machine, object: Ptr, site: number): Ptr {
  const I32 = vm.I32;
  const slot = (I32[(object >> 2) + R.OBJECT_SLOTS] + I32[site + SITE_OWN_OFFSET]) >> 2;
  return I32[slot + 1] === TAG_OBJECT && isFunction(vm, I32[slot]) ? I32[slot] : 0;
}

/** Address of a dense element that exists, else 0. `index` is any number. */
export function element(vm: Machine, object: Ptr, index: number): Addr {
  const I32 = vm.I32;
  const word = object >> 2;
  const i = index | 0;
  if ((I32[word + R.META] & R.META_KIND_MASK) !== BlockKind.Array || i !== index || i >>> 0 >= I32[word + R.ARRAY_COUNT])
    return 0;
  return I32[word + R.ARRAY_ELEMENTS] + i * 8;
}

/** The object that a scope record makes visible, when that needs no look-up; else 0. */
export function plainScopeObject(vm: Machine, scope: Ptr): Ptr {
  return vm.I32[((scope + R.SCOPE_VALUE_OFFSET) >> 2) + 1] === TAG_OBJECT ? vm.I32[(scope + R.SCOPE_VALUE_OFFSET) >> 2] : 0;
}

/** The clip reference that a target scope holds, else 0. */
export function scopeReference(vm: Machine, scope: Ptr): Ptr {
  return vm.I32[((scope + R.SCOPE_VALUE_OFFSET) >> 2) + 1] === TAG_CLIP ? vm.I32[(scope + R.SCOPE_VALUE_OFFSET) >> 2] : 0;
}
