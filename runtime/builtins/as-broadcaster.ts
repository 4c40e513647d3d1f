// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { callFunction } from "../calls/call.ts";
import { releaseResult } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { getIndexed, getMember, getMemberByString } from "../calls/member.ts";
import { looseEquals } from "../conversion/operators.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { toString } from "../conversion/to-string.ts";
import { CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import { type Addr, TAG_NULL, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { clearSlot, release } from "../memory/release.ts";
import { createArray, createLiteralArray, isArray } from "../objects/array.ts";
import { isFunction } from "../objects/function.ts";
import { defineProperty, getProperty, methodDepth } from "../objects/properties.ts";
import { NAME } from "../strings/known-names.ts";
import { internJs, releaseName } from "../strings/names.ts";
import { payloadOf, setNumber, setObject, tagOf } from "../values/slots.ts";
import { indexedLength, setIndexed } from "./array-like.ts";
import { DEFAULT_MEMBER_FLAGS, defineMembers, type Member } from "./declare.ts";
import { argument, returnBoolean, thisObject } from "./native-call.ts";

/** Opens a window of 4 slots whose first holds the `_listeners` of an object; the list is 0 when it is no object. */
function openListeners(vm: Machine, object: Ptr, self: number): { window: number; list: Ptr } {
  const window = openFrame(vm, 4);
  getProperty(vm, object, NAME._listeners, self, window);
  return { window, list: objectOf(vm, window) };
}

const addListener: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  const listener = argument(vm, args, argc, 0);
  removeFrom(vm, object, self, listener);
  const { window, list } = openListeners(vm, object, self);
  if (list !== 0) {
    if (isArray(vm, list)) setIndexed(vm, list, indexedLength(vm, list, window), listener, window);
    else {
      getMember(vm, window, NAME.push, window + 8);
      if (tagOf(vm, window + 8) === TAG_OBJECT) callFunction(vm, payloadOf(vm, window + 8), window, listener, 1);
      releaseResult(vm);
    }
  }
  closeFrame(vm, window);
  returnBoolean(vm, true);
};

/** Removes a listener through the list's own `splice`. */
function removeFrom(vm: Machine, object: Ptr, self: number, listener: number): boolean {
  const { window, list } = openListeners(vm, object, self);
  let found = false;
  if (list !== 0) {
    const length = indexedLength(vm, list, window);
    for (let i = 0; i < length && !found; i++) {
      getIndexed(vm, list, i, window, window + 8);
      found = looseEquals(vm, window + 8, listener);
      closeFrame(vm, window + 8);
      openFrame(vm, 3);
      if (!found) continue;
      getMember(vm, window, NAME.splice, window + 8);
      setNumber(vm, window + 16, i);
      setNumber(vm, window + 24, 1);
      if (tagOf(vm, window + 8) === TAG_OBJECT) callFunction(vm, payloadOf(vm, window + 8), window, window + 16, 2);
      releaseResult(vm);
    }
  }
  closeFrame(vm, window);
  return found;
}

const removeListener: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object !== 0) returnBoolean(vm, removeFrom(vm, object, self, argument(vm, args, argc, 0)));
};

/**
 * broadcastMessage(name, …): calls each listener's method; removals during the loop shift the rest. True when the list held
 * anything but undefined and null.
 */
export const broadcastMessage: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0 || argc === 0) return;
  const { window, list } = openListeners(vm, object, self);
  const length = list === 0 ? 0 : indexedLength(vm, list, window);
  let heard = false;
  if (length > 0) {
    const name = toString(vm, args);
    for (let i = 0; i < length; i++) {
      getIndexed(vm, list, i, window, window + 8);
      heard ||= isListener(vm, window + 8);
      if (objectOf(vm, window + 8) !== 0) {
        getMemberByString(vm, window + 8, name, window + 16);
        vm.callee = methodDepth(vm, false) << CALLEE_DEPTH_SHIFT;
        if (tagOf(vm, window + 16) === TAG_OBJECT && isFunction(vm, payloadOf(vm, window + 16))) {
          callFunction(vm, payloadOf(vm, window + 16), window + 8, args + 8, argc - 1);
          releaseResult(vm);
        }
      }
      closeFrame(vm, window + 8);
      openFrame(vm, 3);
    }
    release(vm, name);
  }
  closeFrame(vm, window);
  if (heard) returnBoolean(vm, true);
};

/** Whether an element of the list counts as a listener: in SWF 5 objects only. */
function isListener(vm: Machine, slot: Addr): boolean {
  if (vm.version < 6) return objectOf(vm, slot) !== 0;
  return tagOf(vm, slot) !== TAG_UNDEFINED && tagOf(vm, slot) !== TAG_NULL;
}

const METHODS: readonly Member[] = [
  { name: "broadcastMessage", method: broadcastMessage, native: [101, 12] },
  { name: "addListener", method: addListener, scripted: true },
  { name: "removeListener", method: removeListener, scripted: true },
];

/** Makes an object a broadcaster: the three methods and an empty list. */
export function initialiseBroadcaster(vm: Machine, object: Ptr): void {
  defineMembers(vm, object, METHODS);
  const window = openFrame(vm, 1);
  setObject(vm, window, createArray(vm));
  defineProperty(vm, object, NAME._listeners, window, DEFAULT_MEMBER_FLAGS);
  closeFrame(vm, window);
}

/** AsBroadcaster.initialize(o): the object gets AsBroadcaster's own functions and a list. */
const initialize: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = objectOf(vm, argument(vm, args, argc, 0));
  const source = thisObject(vm, self);
  if (object !== 0 && source !== 0) makeBroadcaster(vm, object, source);
};

/** Names of what makes an object a broadcaster. */
export const BROADCASTER_NAMES = ["broadcastMessage", "addListener", "removeListener", "_listeners"] as const;

/** What AsBroadcaster.initialize does. `source`: the AsBroadcaster object. */
export function makeBroadcaster(vm: Machine, object: Ptr, source: Ptr): void {
  const window = openFrame(vm, 2);
  // Each broadcaster has a broadcastMessage of its own; the other two are AsBroadcaster's.
  defineMembers(vm, object, METHODS.slice(0, 1));
  for (const { name } of METHODS.slice(1)) {
    const id = internJs(vm, name);
    getProperty(vm, source, id, vm.undefinedSlot, window);
    defineProperty(vm, object, id, window, DEFAULT_MEMBER_FLAGS);
    releaseName(vm, id);
    closeFrame(vm, window + 8);
    clearSlot(vm, window);
    openFrame(vm, 1);
  }
  setObject(vm, window, createLiteralArray(vm));
  defineProperty(vm, object, NAME._listeners, window, DEFAULT_MEMBER_FLAGS);
  closeFrame(vm, window);
}

/** Members of the AsBroadcaster object. */
export const broadcasterMembers: readonly Member[] = [...METHODS, { name: "initialize", method: initialize, scripted: true }];
