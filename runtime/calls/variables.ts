// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_CLIP } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { release } from "../memory/release.ts";
import { deleteProperty, findInChain, findOwn, getProperty, hasProperty, setProperty } from "../objects/properties.ts";
import { stringLength, substring, unitAt } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { holdName, internString, type NameId, releaseName } from "../strings/names.ts";
import { copyValue, moveOver, setUndefined, tagOf } from "../values/slots.ts";
import { frameScope, frameThis, namedThis, setClip, targetOrRoot } from "./activation.ts";
import { closeFrame, openFrame } from "./frames.ts";
import { containsSlash, isThis, pathSplit, resolvePath } from "./paths.ts";
import { scopeObject } from "./scope.ts";

/**
 * GetVariable: `text` is the name, maybe with a path. `out` is a dead slot.
 * @param thisOut dead slot that gets the object in which the variable was found, as calls want it for `this`; 0 if not wanted
 */
export function getVariable(vm: Machine, frame: Addr, text: Ptr, out: Addr, thisOut: Addr = 0): boolean {
  if (thisOut !== 0) setUndefined(vm, thisOut);
  if (stringLength(vm, text) === 0) {
    setUndefined(vm, out);
    return false;
  }
  const split = pathSplit(vm, text, vm.version < 5);
  if (split >= 0) return getByPath(vm, frame, text, split, out, thisOut);
  if (vm.version >= 5 && containsSlash(vm, text)) {
    const window = openFrame(vm, 1);
    startValue(vm, frame, window);
    const found = resolvePath(vm, window, text, stringLength(vm, text), true, frame, out);
    closeFrame(vm, window);
    // The path of a clip only: variables need a colon or dot before their name.
    if (found && tagOf(vm, out) !== TAG_CLIP) clear(vm, out);
    else if (found) {
      if (thisOut !== 0) setClip(vm, thisOut, targetOrRoot(vm, frame));
      return true;
    }
  }
  const window = openFrame(vm, 1);
  const found = getPlainVariable(vm, frame, holdName(vm, window, text), out, thisOut);
  closeFrame(vm, window);
  return found;
}

/** Three dots in a row make a path invalid, wherever they stand in the units [0, end). */
function hasThreeDots(vm: Machine, text: Ptr, end: number): boolean {
  let run = 0;
  for (let i = 0; i < end && run < 3; i++) run = unitAt(vm, text, i) === 46 ? run + 1 : 0;
  return run === 3;
}

/** GetVariable of a name without any path separator: the scope chain from the inside out. */
export function getPlainVariable(vm: Machine, frame: Addr, name: NameId, out: Addr, thisOut: Addr = 0): boolean {
  if (vm.version >= 5 && isThis(vm, name)) {
    copyValue(vm, namedThis(vm, frame), out);
    return true;
  }
  const I32 = vm.I32;
  for (let scope = frameScope(vm, frame); scope !== 0; scope = I32[(scope >> 2) + R.SCOPE_PARENT]) {
    const object = scopeObject(vm, scope);
    if (object === 0) continue;
    if (I32[(scope >> 2) + R.SCOPE_PARENT] === 0 || I32[(scope >> 2) + R.SCOPE_TYPE] === R.SCOPE_WITH) {
      // The end of the chain and with-objects also answer through __resolve.
      if (getProperty(vm, object, name, scope + R.SCOPE_VALUE_OFFSET, out)) {
        if (thisOut !== 0) copyValue(vm, scope + R.SCOPE_VALUE_OFFSET, thisOut);
        return true;
      }
    } else if (findInChain(vm, object, name, scope + R.SCOPE_VALUE_OFFSET, out)) {
      if (thisOut !== 0) copyValue(vm, scope + R.SCOPE_VALUE_OFFSET, thisOut);
      return true;
    }
  }
  setUndefined(vm, out);
  return false;
}

/** The value that relative paths start from: the target clip, or the root of the base clip. */
function startValue(vm: Machine, frame: Addr, out: Addr): void {
  setClip(vm, out, targetOrRoot(vm, frame));
}

function getByPath(vm: Machine, frame: Addr, text: Ptr, split: number, out: Addr, thisOut: Addr): boolean {
  setUndefined(vm, out);
  if (split === 0 || hasThreeDots(vm, text, split)) return false;
  const window = openFrame(vm, 2);
  let found = false;
  const variable = substring(vm, text, split + 1, stringLength(vm, text));
  const name = holdName(vm, window + 8, variable);
  release(vm, variable);
  const I32 = vm.I32;
  for (let scope = frameScope(vm, frame); scope !== 0 && !found; scope = I32[(scope >> 2) + R.SCOPE_PARENT]) {
    if (scopeObject(vm, scope) === 0) continue;
    if (resolvePath(vm, scope + R.SCOPE_VALUE_OFFSET, text, split, true, frame, window)) {
      const object = objectOf(vm, window);
      if (hasProperty(vm, object, name)) {
        getProperty(vm, object, name, window, out);
        if (thisOut !== 0) copyValue(vm, window, thisOut);
        found = true;
      }
    }
    clear(vm, window);
  }
  closeFrame(vm, window);
  return found;
}

function clear(vm: Machine, slot: Addr): void {
  const window = openFrame(vm, 1);
  moveOver(vm, window, slot);
  closeFrame(vm, window);
}

/** SetVariable: `value` is borrowed. */
export function setVariable(vm: Machine, frame: Addr, text: Ptr, value: Addr): void {
  if (stringLength(vm, text) === 0) return;
  const split = pathSplit(vm, text, false);
  if (split >= 0) {
    setByPath(vm, frame, text, split, value);
    return;
  }
  const window = openFrame(vm, 1);
  setPlainVariable(vm, frame, holdName(vm, window, text), value);
  closeFrame(vm, window);
}

/** SetVariable of a name without path: the first scope that has it, else the target clip. */
export function setPlainVariable(vm: Machine, frame: Addr, name: NameId, value: Addr): void {
  if (vm.version >= 5 && name === NAME.this) {
    const window = openFrame(vm, 1);
    copyValue(vm, value, window);
    moveOver(vm, window, frameThis(vm, frame));
    closeFrame(vm, window);
    return;
  }
  const I32 = vm.I32;
  for (let scope = frameScope(vm, frame); scope !== 0; scope = I32[(scope >> 2) + R.SCOPE_PARENT]) {
    const object = scopeObject(vm, scope);
    if (object === 0) continue;
    // `_global` is never written by a plain name: the target gets a variable that hides the global one.
    // An inherited property does not attract the write either.
    if (I32[(scope >> 2) + R.SCOPE_PARENT] !== 0 && ownsVariable(vm, object, name)) {
      setProperty(vm, object, name, value, scope + R.SCOPE_VALUE_OFFSET);
      return;
    }
  }
  const target = targetOrRoot(vm, frame);
  if (target === 0) return;
  const window = openFrame(vm, 1);
  setClip(vm, window, target);
  setProperty(vm, target, name, value, window);
  closeFrame(vm, window);
}

/** Whether an object has a variable itself: a property, or as a clip a child or display property. */
function ownsVariable(vm: Machine, object: Ptr, name: NameId): boolean {
  if (findOwn(vm, object, name) !== 0) return true;
  return (vm.I32[(object >> 2) + R.META] & R.META_EXOTIC) !== 0 && vm.host.hasExotic(object, name);
}

function setByPath(vm: Machine, frame: Addr, text: Ptr, split: number, value: Addr): void {
  const window = openFrame(vm, 2);
  const I32 = vm.I32;
  for (let scope = frameScope(vm, frame); scope !== 0; scope = I32[(scope >> 2) + R.SCOPE_PARENT]) {
    if (scopeObject(vm, scope) === 0) continue;
    if (resolvePath(vm, scope + R.SCOPE_VALUE_OFFSET, text, split, true, frame, window)) {
      const variable = substring(vm, text, split + 1, stringLength(vm, text));
      const name = holdName(vm, window + 8, variable);
      release(vm, variable);
      setProperty(vm, objectOf(vm, window), name, value, window);
      break;
    }
  }
  closeFrame(vm, window);
}

/** DefineLocal: `var name = value`. */
export function defineLocal(vm: Machine, frame: Addr, text: Ptr, value: Addr): void {
  const scope = localScope(vm, frame, text);
  if (scope !== 0) {
    const window = openFrame(vm, 1);
    setProperty(vm, scopeObject(vm, scope), holdName(vm, window, text), value, scope + R.SCOPE_VALUE_OFFSET);
    closeFrame(vm, window);
    return;
  }
  if (pathSplit(vm, text, false) >= 0) {
    setVariable(vm, frame, text, value);
    return;
  }
  const target = targetOrRoot(vm, frame);
  if (target === 0) return;
  const window = openFrame(vm, 2);
  setClip(vm, window, target);
  setProperty(vm, target, holdName(vm, window + 8, text), value, window);
  closeFrame(vm, window);
}

/** Scope in which a local is defined: the activation, or a with-object that owns the name; 0 in timeline code. */
function localScope(vm: Machine, frame: Addr, text: Ptr): Ptr {
  const I32 = vm.I32;
  for (let scope = frameScope(vm, frame); scope !== 0; scope = I32[(scope >> 2) + R.SCOPE_PARENT]) {
    const type = I32[(scope >> 2) + R.SCOPE_TYPE];
    if (type === R.SCOPE_ACTIVATION) return scope;
    if (type !== R.SCOPE_WITH) return 0;
    const object = scopeObject(vm, scope);
    if (object === 0) continue;
    const name = internString(vm, text);
    const owned = findOwn(vm, object, name) !== 0;
    releaseName(vm, name);
    if (owned) return scope;
  }
  return 0;
}

/** DefineLocal2: `var name` without a value: keeps what is there. */
export function declareLocal(vm: Machine, frame: Addr, text: Ptr): void {
  const scope = localScope(vm, frame, text);
  if (scope !== 0) {
    const name = internString(vm, text);
    const object = scopeObject(vm, scope);
    if (!hasProperty(vm, object, name)) setProperty(vm, object, name, vm.undefinedSlot, scope + R.SCOPE_VALUE_OFFSET);
    releaseName(vm, name);
    return;
  }
  if (pathSplit(vm, text, false) >= 0) {
    const window = openFrame(vm, 1);
    if (!getVariable(vm, frame, text, window)) setVariable(vm, frame, text, vm.undefinedSlot);
    closeFrame(vm, window);
    return;
  }
  const target = targetOrRoot(vm, frame);
  if (target === 0) return;
  const name = internString(vm, text);
  if (findOwn(vm, target, name) === 0) {
    const window = openFrame(vm, 1);
    setClip(vm, window, target);
    setProperty(vm, target, name, vm.undefinedSlot, window);
    closeFrame(vm, window);
  }
  releaseName(vm, name);
}

/** Delete2: deletes a variable, maybe by path. */
export function deleteVariable(vm: Machine, frame: Addr, text: Ptr): boolean {
  const I32 = vm.I32;
  const split = pathSplit(vm, text, false);
  if (split >= 0) {
    const path = substring(vm, text, 0, split);
    const variable = substring(vm, text, split + 1, stringLength(vm, text));
    const window = openFrame(vm, 1);
    getVariable(vm, frame, path, window);
    const object = objectOf(vm, window);
    const name = internString(vm, variable);
    const deleted = object !== 0 && deleteProperty(vm, object, name);
    releaseName(vm, name);
    closeFrame(vm, window);
    release(vm, variable);
    release(vm, path);
    return deleted;
  }
  const window = openFrame(vm, 1);
  const name = holdName(vm, window, text);
  let deleted = false;
  for (let scope = frameScope(vm, frame); scope !== 0; scope = I32[(scope >> 2) + R.SCOPE_PARENT]) {
    const object = scopeObject(vm, scope);
    if (object !== 0 && findOwn(vm, object, name) !== 0) {
      deleted = deleteProperty(vm, object, name);
      break;
    }
  }
  closeFrame(vm, window);
  return deleted;
}

/** GetVariable's SWF 4 rule: a clip is not a value there. */
export function hideClipFromSwf4(vm: Machine, slot: Addr): void {
  if (vm.version < 5 && tagOf(vm, slot) === TAG_CLIP) clear(vm, slot);
}
