// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { callFunction } from "../calls/call.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { ActionScriptThrow } from "../calls/limits.ts";
import { META, META_WATCHED } from "../layout/records.ts";
import { type Addr, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { clearSlot, retain } from "../memory/release.ts";
import { NAME } from "../strings/known-names.ts";
import { type NameId, nameString } from "../strings/names.ts";
import { copyValue, moveResult, moveValue, setNumber, setObject, setString, setUndefined } from "../values/slots.ts";
import { appendElement, createArray, denseElement } from "./array.ts";
import {
  addProperty,
  createObject,
  findOwnInternal,
  findOwnNamed,
  prototypeOf,
  removeProperty,
  setInternal,
  shapeOf,
} from "./object.ts";
import { getStored } from "./properties.ts";
import { findEntry } from "./shapes.ts";

/** Calls of one watcher within itself past which it is not called again. */
const MAX_WATCH_DEPTH = 65;
/** A watch is an array in the object's internal `#watches` object: callback, user data, running calls. */
const CALLBACK = 0;
const USER_DATA = 1;
const DEPTH = 2;

function watches(vm: Machine, object: Ptr): Ptr {
  const slot = findOwnInternal(vm, object, NAME["#watches"]);
  return slot === 0 ? 0 : vm.I32[slot >> 2];
}

/** Watches a property; replaces an earlier watch of the same name. `callback` and `userData` are borrowed. */
export function addWatch(vm: Machine, object: Ptr, name: NameId, callback: Ptr, userData: Addr): void {
  const window = openFrame(vm, 1);
  if (watches(vm, object) === 0) setInternal(vm, object, NAME["#watches"], TAG_OBJECT, createObject(vm, 0));
  removeWatch(vm, object, name);
  const entry = createArray(vm, 6);
  setObject(vm, window, entry);
  setObject(vm, appendElement(vm, entry), retain(vm, callback));
  copyValue(vm, userData, appendElement(vm, entry));
  setNumber(vm, appendElement(vm, entry), 0);
  moveValue(vm, window, addProperty(vm, watches(vm, object), name, 0));
  closeFrame(vm, window);
  vm.I32[(object >> 2) + META] |= META_WATCHED;
  vm.epoch++;
}

/** Ends the watch of a name; false when there was none. */
export function removeWatch(vm: Machine, object: Ptr, name: NameId): boolean {
  const table = watches(vm, object);
  if (table === 0) return false;
  const index = findEntry(vm, shapeOf(vm, table), name);
  if (index < 0) return false;
  removeProperty(vm, table, index);
  return true;
}

/**
 * Calls the watcher of a property that is about to be set, if there is one.
 * @returns 0 when there is none, else a frame window whose slot 0 holds the value to store; the caller closes it
 */
export function callWatcher(vm: Machine, object: Ptr, name: NameId, value: Addr, receiver: Addr): Addr {
  const table = watches(vm, object);
  const slot = table === 0 ? 0 : findOwnNamed(vm, table, name);
  if (slot === 0) return 0;
  const watch = vm.I32[slot >> 2];
  const depth = denseElement(vm, watch, DEPTH) >> 3;
  if (vm.F64[depth] >= MAX_WATCH_DEPTH) return 0;
  const window = openFrame(vm, 6);
  setObject(vm, window + 40, retain(vm, watch));
  const text = nameString(vm, name);
  setString(vm, window + 8, retain(vm, text));
  for (let holder = object, steps = 0; holder !== 0 && steps < 256; holder = prototypeOf(vm, holder), steps++)
    if (getStored(vm, holder, name, window + 16)) break;
  copyValue(vm, value, window + 24);
  copyValue(vm, denseElement(vm, watch, USER_DATA), window + 32);
  vm.F64[depth]++;
  vm.callee = 0;
  let pending: ActionScriptThrow | null = null;
  try {
    callFunction(vm, vm.I32[denseElement(vm, watch, CALLBACK) >> 2], receiver, window + 8, 4);
    moveResult(vm, window);
  } catch (error) {
    if (!(error instanceof ActionScriptThrow)) throw error;
    pending = error;
  }
  vm.F64[denseElement(vm, watch, DEPTH) >> 3]--;
  if (pending !== null) {
    setUndefined(vm, window);
    storeAfterThrow(vm, object, name, window);
    closeFrame(vm, window);
    throw pending;
  }
  return window;
}

/** The callback threw: undefined is stored and the exception goes on. */
function storeAfterThrow(vm: Machine, object: Ptr, name: NameId, value: Addr): void {
  const slot = findOwnNamed(vm, object, name);
  if (slot === 0) {
    copyValue(vm, value, addProperty(vm, object, name, 0));
    return;
  }
  clearSlot(vm, slot);
}
