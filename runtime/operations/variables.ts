// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { frameScope } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import * as general from "../calls/variables.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import { NEEDS_SLOW_READ, NEEDS_SLOW_WRITE } from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_CLIP, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { markAsPrototype } from "../objects/object.ts";
import { entryFlags, findEntry } from "../objects/shapes.ts";
import { type NameId, nameString } from "../strings/names.ts";
import { copyValue, replaceValue, setUndefined } from "../values/slots.ts";
import { plainScopeObject, SITE_EPOCH, SITE_KEY, SITE_SELF, SITE_SLOT, scopeReference } from "./caches.ts";
import { finishInto } from "./members.ts";

/**
 * Variables of optimised code. A site knows the chain in one of these forms, from the scope at which the search starts:
 *
 *   target      the first link is a clip's (KEY, EPOCH): the variable's SLOT, and SELF (0: that link's own value) for calls
 *   FORM 1      the first link is an activation of shape SHAPE_1: own property at OFFSET
 *   FORM 2      as 1 for the second link; the first one, of shape SHAPE_1, has no such property; SHAPE_2, OFFSET
 *   FORM 3      the first link is an activation of shape SHAPE_1 without it, then as for a target
 */
const SITE_FORM = 4;
const SITE_SHAPE_1 = 5;
/** Shape of the activation that has the variable, and its offset there: for text that has the activation at hand. */
const SITE_SHAPE_2 = 6;
const SITE_FORM_OFFSET = 7;

/** Address of a variable that a site knows from `scope` on, else 0; `vm.foundSelf` is where calls find their `this`. */
export function cachedVariable(vm: Machine, scope: Ptr, site: number): Addr {
  const I32 = vm.I32;
  const word = scope >> 2;
  const form = I32[site + SITE_FORM];
  if (form === 0) {
    if (I32[word + (R.SCOPE_VALUE_OFFSET >> 2)] !== I32[site + SITE_KEY] || I32[site + SITE_EPOCH] !== vm.epoch) return 0;
    vm.foundSelf = I32[site + SITE_SELF] === 0 ? scope + R.SCOPE_VALUE_OFFSET : I32[site + SITE_SELF];
    return I32[site + SITE_SLOT];
  }
  if (I32[word + R.SCOPE_TYPE] !== R.SCOPE_ACTIVATION) return 0;
  const object = I32[word + (R.SCOPE_VALUE_OFFSET >> 2)];
  if (I32[(object >> 2) + R.OBJECT_SHAPE] !== I32[site + SITE_SHAPE_1]) return 0;
  if (form === 1) {
    vm.foundSelf = scope + R.SCOPE_VALUE_OFFSET;
    return I32[(object >> 2) + R.OBJECT_SLOTS] + I32[site + SITE_FORM_OFFSET];
  }
  const parent = I32[word + R.SCOPE_PARENT];
  if (form === 3) {
    if (I32[(parent + R.SCOPE_VALUE_OFFSET) >> 2] !== I32[site + SITE_KEY] || I32[site + SITE_EPOCH] !== vm.epoch) return 0;
    vm.foundSelf = I32[site + SITE_SELF] === 0 ? parent + R.SCOPE_VALUE_OFFSET : I32[site + SITE_SELF];
    return I32[site + SITE_SLOT];
  }
  if (I32[(parent >> 2) + R.SCOPE_TYPE] !== R.SCOPE_ACTIVATION) return 0;
  const second = I32[(parent + R.SCOPE_VALUE_OFFSET) >> 2];
  if (I32[(second >> 2) + R.OBJECT_SHAPE] !== I32[site + SITE_SHAPE_2]) return 0;
  vm.foundSelf = parent + R.SCOPE_VALUE_OFFSET;
  return I32[(second >> 2) + R.OBJECT_SLOTS] + I32[site + SITE_FORM_OFFSET];
}

/**
 * GetVariable of a constant name without path separators.
 * @param scope where the search starts: a scope of the frame's chain behind those that can't have the name
 * @param out owned slot for a value that has no slot of its own
 * @param self owned slot for the `this` of a call, 0 when it is not wanted
 * @returns address of the value, borrowed: the variable's own slot or `out`; `vm.foundSelf` for calls
 */
export function getVariable(vm: Machine, frame: Addr, scope: Ptr, name: NameId, out: Addr, self: Addr, site: number): Addr {
  const cached = cachedVariable(vm, scope, site);
  if (cached !== 0) return cached;
  fillVariable(vm, scope, name, site, false);
  const window = openFrame(vm, 2);
  general.getPlainVariable(vm, frame, name, window, self === 0 ? 0 : window + 8);
  if (self !== 0) {
    replaceValue(vm, self, window + 8);
    vm.foundSelf = self;
  }
  return finishInto(vm, window, window, out);
}

/** GetVariable of any name, paths included. */
export function getVariableByText(vm: Machine, frame: Addr, text: Ptr, out: Addr, self: Addr): Addr {
  const window = openFrame(vm, 2);
  setUndefined(vm, window + 8);
  general.getVariable(vm, frame, text, window, self === 0 ? 0 : window + 8);
  if (self !== 0) {
    replaceValue(vm, self, window + 8);
    vm.foundSelf = self;
  }
  return finishInto(vm, window, window, out);
}

/** SetVariable of a constant name without path separators. */
export function setVariable(vm: Machine, frame: Addr, scope: Ptr, name: NameId, value: Addr, site: number): void {
  const window = openFrame(vm, 1);
  copyValue(vm, value, window);
  general.setPlainVariable(vm, frame, name, window);
  closeFrame(vm, window);
  fillVariable(vm, scope, name, site, true);
}

/** SetVariable of any name. */
export function setVariableByText(vm: Machine, frame: Addr, text: Ptr, value: Addr): void {
  const window = openFrame(vm, 1);
  copyValue(vm, value, window);
  general.setVariable(vm, frame, text, window);
  closeFrame(vm, window);
}

/** DefineLocal of a constant name. `scope`: the frame's own; the site learns of variables of its first link only. */
export function defineLocal(vm: Machine, frame: Addr, scope: Ptr, name: NameId, value: Addr, site: number): void {
  const window = openFrame(vm, 1);
  copyValue(vm, value, window);
  general.defineLocal(vm, frame, nameString(vm, name), window);
  closeFrame(vm, window);
  if (site !== 0) fillFirst(vm, scope, name, site, NEEDS_SLOW_WRITE);
}

/** DefineLocal2. */
export function declareLocal(vm: Machine, frame: Addr, text: Ptr): void {
  general.declareLocal(vm, frame, text);
}

/** Remembers where a search that starts at `scope` finds a name, if that is a plain property of a scope's own object. */
function fillVariable(vm: Machine, scope: Ptr, name: NameId, site: number, forWriting: boolean): void {
  const refused = forWriting ? NEEDS_SLOW_WRITE : NEEDS_SLOW_READ;
  if (fillFirst(vm, scope, name, site, refused)) return;
  const I32 = vm.I32;
  const word = scope >> 2;
  const parent = I32[word + R.SCOPE_PARENT];
  if (I32[word + R.SCOPE_TYPE] === R.SCOPE_ACTIVATION) fillBehindActivation(vm, scope, name, site, refused);
  else if (!forWriting && I32[word + R.SCOPE_TYPE] === R.SCOPE_TARGET && parent === vm.realm.globalScope)
    fillGlobal(vm, scope, name, site);
}

/** A variable of the first link itself. */
function fillFirst(vm: Machine, scope: Ptr, name: NameId, site: number, refused: number): boolean {
  const I32 = vm.I32;
  if (I32[(scope >> 2) + R.SCOPE_TYPE] === R.SCOPE_TARGET) return fillTarget(vm, scope, name, site, refused, 0);
  if (I32[(scope >> 2) + R.SCOPE_TYPE] !== R.SCOPE_ACTIVATION) return false;
  const object = plainScopeObject(vm, scope);
  if (object === 0) return false;
  const offset = sharedOffset(vm, object, name, refused);
  if (offset < 0) return false;
  I32[site + SITE_FORM] = 1;
  I32[site + SITE_SHAPE_1] = I32[(object >> 2) + R.OBJECT_SHAPE];
  I32[site + SITE_SHAPE_2] = I32[(object >> 2) + R.OBJECT_SHAPE];
  I32[site + SITE_FORM_OFFSET] = offset;
  return true;
}

/** Offset of a plain own property that all objects of the shape have, or -1. Marks the shape as cached. */
function sharedOffset(vm: Machine, object: Ptr, name: NameId, refused: number): number {
  const I32 = vm.I32;
  const shape = I32[(object >> 2) + R.OBJECT_SHAPE];
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0) return -1;
  const index = findEntry(vm, shape, name);
  if (index < 0 || (entryFlags(vm, shape, index) & refused) !== 0) return -1;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  return index * 8;
}

/** A variable of a clip: its own property, whose place stays as long as the epoch does. */
function fillTarget(vm: Machine, scope: Ptr, name: NameId, site: number, refused: number, form: number): boolean {
  const I32 = vm.I32;
  const reference = scopeReference(vm, scope);
  const clip = reference === 0 ? 0 : I32[(reference >> 2) + R.REFERENCE_TARGET];
  if (clip === 0 || (I32[(clip >> 2) + R.META] & R.META_WATCHED) !== 0) return false;
  const shape = I32[(clip >> 2) + R.OBJECT_SHAPE];
  const index = findEntry(vm, shape, name);
  if (index < 0 || (entryFlags(vm, shape, index) & refused) !== 0) return false;
  markAsPrototype(vm, clip);
  I32[site + SITE_FORM] = form;
  I32[site + SITE_SHAPE_2] = 0;
  I32[site + SITE_KEY] = reference;
  I32[site + SITE_EPOCH] = vm.epoch;
  I32[site + SITE_SLOT] = I32[(clip >> 2) + R.OBJECT_SLOTS] + index * 8;
  I32[site + SITE_SELF] = 0;
  return true;
}

/** A variable of `_global` that neither the clip nor what it inherits nor its children hide. */
function fillGlobal(vm: Machine, scope: Ptr, name: NameId, site: number): boolean {
  const I32 = vm.I32;
  const reference = scopeReference(vm, scope);
  const clip = reference === 0 ? 0 : I32[(reference >> 2) + R.REFERENCE_TARGET];
  if (clip === 0) return false;
  for (let at = clip, steps = 0; at !== 0 && steps < 32; steps++) {
    const shape = I32[(at >> 2) + R.OBJECT_SHAPE];
    if (findEntry(vm, shape, name) >= 0 || (I32[(shape >> 2) + R.META] & R.SHAPE_PROTO_FLAGGED) !== 0) return false;
    if ((I32[(at >> 2) + R.META] & R.META_EXOTIC) !== 0 && vm.host.hasExotic(at, name)) return false;
    markAsPrototype(vm, at);
    at = I32[(shape >> 2) + R.SHAPE_PROTO];
  }
  const global = vm.realm.global;
  const shape = I32[(global >> 2) + R.OBJECT_SHAPE];
  const index = findEntry(vm, shape, name);
  if (index < 0 || (entryFlags(vm, shape, index) & (NEEDS_SLOW_READ | vm.hiddenMask)) !== 0) return false;
  markAsPrototype(vm, global);
  I32[site + SITE_FORM] = 0;
  I32[site + SITE_SHAPE_2] = 0;
  I32[site + SITE_KEY] = reference;
  I32[site + SITE_EPOCH] = vm.epoch;
  I32[site + SITE_SLOT] = I32[(global >> 2) + R.OBJECT_SLOTS] + index * 8;
  I32[site + SITE_SELF] = vm.realm.globalScope + R.SCOPE_VALUE_OFFSET;
  return true;
}

/** A variable of what lies behind an activation that does not have it. */
function fillBehindActivation(vm: Machine, scope: Ptr, name: NameId, site: number, refused: number): void {
  const I32 = vm.I32;
  const object = plainScopeObject(vm, scope);
  const parent = I32[(scope >> 2) + R.SCOPE_PARENT];
  if (object === 0 || parent === 0 || I32[((scope + R.SCOPE_VALUE_OFFSET) >> 2) + 1] !== TAG_OBJECT) return;
  const shape = I32[(object >> 2) + R.OBJECT_SHAPE];
  if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0 || findEntry(vm, shape, name) >= 0) return;
  // Nothing inherits into an activation unless a script has given it a prototype.
  if (I32[(shape >> 2) + R.SHAPE_PROTO] !== 0) return;
  let known = false;
  if (I32[(parent >> 2) + R.SCOPE_TYPE] === R.SCOPE_TARGET) {
    known = fillTarget(vm, parent, name, site, refused, 3);
    if (!known && refused === NEEDS_SLOW_READ && I32[(parent >> 2) + R.SCOPE_PARENT] === vm.realm.globalScope) {
      known = fillGlobal(vm, parent, name, site);
      if (known) I32[site + SITE_FORM] = 3;
    }
  } else if (I32[(parent >> 2) + R.SCOPE_TYPE] === R.SCOPE_ACTIVATION) {
    const second = plainScopeObject(vm, parent);
    const offset = second === 0 ? -1 : sharedOffset(vm, second, name, refused);
    if (offset >= 0) {
      I32[site + SITE_FORM] = 2;
      I32[site + SITE_SHAPE_2] = I32[(second >> 2) + R.OBJECT_SHAPE];
      I32[site + SITE_FORM_OFFSET] = offset;
      known = true;
    }
  }
  if (!known) return;
  I32[(shape >> 2) + R.META] |= R.SHAPE_CACHED;
  I32[site + SITE_SHAPE_1] = shape;
}

/** Text of a value that names a variable, kept in an owned slot. Borrowed. */
export function textOf(vm: Machine, value: Addr, slot: Addr): Ptr {
  replaceValue(vm, slot, value);
  return stringifySlot(vm, slot);
}

/** SWF 4 knows no clips as values. */
export function hideClip(vm: Machine, value: Addr, slot: Addr): Addr {
  if (vm.version >= 5 || vm.I32[(value >> 2) + 1] !== TAG_CLIP) return value;
  replaceValue(vm, slot, vm.undefinedSlot);
  return slot;
}

/** Where the search for a name starts that the frame's own activation can't have. Borrowed. */
export function searchScope(vm: Machine, frame: Addr): Ptr {
  const scope = frameScope(vm, frame);
  const isActivation = vm.I32[(scope >> 2) + R.SCOPE_TYPE] === R.SCOPE_ACTIVATION;
  return isActivation ? vm.I32[(scope >> 2) + R.SCOPE_PARENT] : scope;
}
