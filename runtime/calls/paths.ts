// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { META, META_EXOTIC } from "../layout/records.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { release } from "../memory/release.ts";
import { findInChain } from "../objects/properties.ts";
import { stringLength, substring, unitAt } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { internString, type NameId, nameFold, releaseName } from "../strings/names.ts";
import { copyValue, moveOver, setUndefined } from "../values/slots.ts";
import { namedThis, setClip } from "./activation.ts";
import { closeFrame, openFrame } from "./frames.ts";

const COLON = 58;
const DOT = 46;
const SLASH = 47;

/** Position of the last `:` or `.` that splits a variable name into path and variable, or -1. `colonOnly`: SWF 4 reads. */
export function pathSplit(vm: Machine, name: Ptr, colonOnly: boolean): number {
  for (let i = stringLength(vm, name) - 1; i >= 0; i--) {
    const unit = unitAt(vm, name, i);
    if (unit === COLON || (unit === DOT && !colonOnly)) return i;
  }
  return -1;
}

export function containsSlash(vm: Machine, name: Ptr): boolean {
  for (let i = stringLength(vm, name) - 1; i >= 0; i--) if (unitAt(vm, name, i) === SLASH) return true;
  return false;
}

/**
 * Resolves the units [start, end) of a path from a start object (reference: semantics §6.2).
 * @param start object the path is relative to
 * @param forVariable `this` is understood as the first token
 * @param frame running frame, for `this`
 * @param out dead slot: the object found as a value, owned; undefined when the path leads nowhere
 */
export function resolvePath(
  vm: Machine,
  start: Addr,
  path: Ptr,
  end: number,
  forVariable: boolean,
  frame: Addr,
  out: Addr,
): boolean {
  copyValue(vm, start, out);
  let object = objectOf(vm, out);
  let at = 0;
  let slashMode = false;
  let first = true;
  if (end > 0 && unitAt(vm, path, 0) === SLASH) {
    if (!isExotic(vm, object)) return fail(vm, out);
    replaceWithClip(vm, out, vm.host.clipRoot(object));
    object = objectOf(vm, out);
    at = 1;
    slashMode = true;
    first = false;
  }
  while (at < end) {
    if (object === 0) return fail(vm, out);
    const before = at;
    if (vm.version >= 5) while (at < end && unitAt(vm, path, at) === COLON) at++;
    // A variable can't stand behind colons that end no name.
    if (at >= end && forVariable && at > before) return fail(vm, out);
    if (at >= end) break;
    if (unitAt(vm, path, at) === DOT && at + 1 < end + 1 && isParentToken(vm, path, at, end)) {
      at += 2;
      slashMode = true;
      if (at < end) at++;
      const parent = isExotic(vm, object) ? vm.host.clipParent(object) : 0;
      if (parent === 0) return fail(vm, out);
      replaceWithClip(vm, out, parent);
      object = objectOf(vm, out);
      first = false;
      continue;
    }
    const tokenStart = at;
    while (at < end) {
      const unit = unitAt(vm, path, at);
      if (unit === SLASH || (unit === COLON && vm.version >= 5) || (unit === DOT && vm.version >= 5 && !slashMode)) break;
      at++;
    }
    const text = substring(vm, path, tokenStart, at);
    if (at < end) {
      if (unitAt(vm, path, at) === SLASH) slashMode = true;
      at++;
    }
    const name = internString(vm, text);
    release(vm, text);
    const found = step(vm, object, name, first, forVariable, frame, out);
    releaseName(vm, name);
    if (!found) return fail(vm, out);
    object = objectOf(vm, out);
    first = false;
  }
  return object !== 0 || fail(vm, out);
}

function isParentToken(vm: Machine, path: Ptr, at: number, end: number): boolean {
  if (at + 1 >= end || unitAt(vm, path, at + 1) !== DOT) return false;
  if (at + 2 >= end) return true;
  const after = unitAt(vm, path, at + 2);
  return after === SLASH || (after === COLON && vm.version >= 5);
}

function isExotic(vm: Machine, object: Ptr): boolean {
  return object !== 0 && (vm.I32[(object >> 2) + META] & META_EXOTIC) !== 0;
}

/** One token of a path: replaces the value in `out` by what the name leads to. */
function step(vm: Machine, object: Ptr, name: NameId, first: boolean, forVariable: boolean, frame: Addr, out: Addr): boolean {
  const window = openFrame(vm, 1);
  let found = false;
  if (first && forVariable && vm.version >= 5 && isThis(vm, name)) {
    if (frame !== 0) copyValue(vm, namedThis(vm, frame), window);
    found = true;
  } else if (first && name === NAME._root && vm.version >= 5 && isExotic(vm, object)) {
    setClip(vm, window, vm.host.clipRoot(object));
    found = true;
  } else if (first && vm.host.level(name, window)) found = true;
  else if (isExotic(vm, object) && vm.host.clipChild(object, name, window)) found = true;
  else found = findInChain(vm, object, name, out, window);
  if (found) moveOver(vm, window, out);
  closeFrame(vm, window);
  return found && objectOf(vm, out) !== 0;
}

/** Whether a name is `this`, by the case rule of the running version. */
export function isThis(vm: Machine, name: NameId): boolean {
  return name === NAME.this || (!vm.caseSensitive && nameFold(vm, name) === NAME.this);
}

function replaceWithClip(vm: Machine, out: Addr, clip: Ptr): void {
  const window = openFrame(vm, 1);
  setClip(vm, window, clip);
  moveOver(vm, window, out);
  closeFrame(vm, window);
}

function fail(vm: Machine, out: Addr): boolean {
  const window = openFrame(vm, 1);
  moveOver(vm, window, out);
  closeFrame(vm, window);
  setUndefined(vm, out);
  return false;
}

/**
 * The clip that a string or clip value names as a target, relative to a start clip only (tellTarget, loadMovie,
 * removeMovieClip …). Borrowed; 0 when there is none.
 */
export function resolveTarget(vm: Machine, startClip: Ptr, path: Ptr): Ptr {
  const window = openFrame(vm, 2);
  setClip(vm, window, startClip);
  let clip: Ptr = 0;
  if (resolvePath(vm, window, path, stringLength(vm, path), false, 0, window + 8)) clip = objectOf(vm, window + 8);
  closeFrame(vm, window);
  return isExotic(vm, clip) ? clip : 0;
}
