// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { DONT_ENUM } from "../layout/attributes.ts";
import {
  CALLEE_CONSTRUCTS,
  CALLEE_DEPTH_SHIFT,
  CALLEE_OPEN,
  FRAME_BASE,
  FRAME_FUNCTION,
  FRAME_LINK,
  FRAME_REGISTERS,
  FRAME_SCOPE,
  FRAME_SLOTS,
  FRAME_SUPER,
  FRAME_TARGET,
  FRAME_THIS,
  LIGHT_FUNCTION,
  LIGHT_SCOPE,
  LIGHT_THIS,
  LINK_CONSTRUCTS,
  LINK_LIGHT,
  LINK_OPEN,
  LINK_REGISTERS_SHIFT,
} from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_BLOCK, TAG_CLIP, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { type Owned, takeOwned } from "../memory/owned.ts";
import { release, releaseValue, retain } from "../memory/release.ts";
import { appendElement, createArray } from "../objects/array.ts";
import { addProperty, createObject } from "../objects/object.ts";
import { defineProperty } from "../objects/properties.ts";
import { createSuper } from "../objects/super.ts";
import { stringToJs } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { nameString } from "../strings/names.ts";
import { copyValue, moveValue, setNull, setObject, setTagged, setUndefined } from "../values/slots.ts";
import { closeFrame, openFrame } from "./frames.ts";
import { tooDeep } from "./limits.ts";
import { createObjectScope, createScope, createTimelineScope } from "./scope.ts";

/** Depth (`CALLEE_DEPTH_SHIFT`) of a function that is called as the method of no name: it has no `this`, and `super` is the function's own. */
export const SUPER_OF_FUNCTION = -2;

const PRELOAD_THIS = 1;
const SUPPRESS_THIS = 2;
const PRELOAD_ARGUMENTS = 4;
const SUPPRESS_ARGUMENTS = 8;
const PRELOAD_SUPER = 16;
const SUPPRESS_SUPER = 32;
const PRELOAD_ROOT = 64;
const PRELOAD_PARENT = 128;
const PRELOAD_GLOBAL = 256;

function openActivation(vm: Machine, registers: number, constructs: boolean): Addr {
  const frame = openFrame(vm, FRAME_SLOTS + registers);
  vm.I32[(frame + FRAME_LINK) >> 2] = vm.frame;
  vm.I32[((frame + FRAME_LINK) >> 2) + 1] = (registers << LINK_REGISTERS_SHIFT) | (constructs ? LINK_CONSTRUCTS : 0);
  return frame;
}

/** Opens the frame of timeline code on a clip (slot of a clip value): scope is [clip, _global], `this` the clip. */
export function enterTimeline(vm: Machine, clip: Addr): Addr {
  const frame = openActivation(vm, 0, false);
  copyValue(vm, clip, frame + FRAME_THIS);
  copyValue(vm, clip, frame + FRAME_TARGET);
  copyValue(vm, clip, frame + FRAME_BASE);
  setTagged(vm, frame + FRAME_SCOPE, TAG_BLOCK, createTimelineScope(vm, clip));
  vm.frame = frame;
  return frame;
}

/**
 * Opens the frame of a bytecode function with everything it may name: activation object, registers, `arguments`, `super`.
 * @param unit index of the code unit, which says how parameters and preloads are laid out
 */
export function enterFunction(vm: Machine, fn: Ptr, self: Addr, args: Addr, argc: number, unit: number): Addr {
  const info = vm.units[unit];
  if (--vm.callsLeft < 0) tooDeep(vm);
  const callee = vm.callee;
  vm.callee = 0;
  const isOpen = (callee & CALLEE_OPEN) !== 0;
  const depth = callee >> CALLEE_DEPTH_SHIFT;
  const constructs = (callee & CALLEE_CONSTRUCTS) !== 0;
  const frame = openActivation(vm, info.registerCount, constructs);
  const caller = vm.frame;
  const flags = info.flags;
  setObject(vm, frame + FRAME_FUNCTION, retain(vm, fn));
  // The name `this` means the caller's `this` in a function that has its own in a register, or none.
  if (flags < 0 || (flags & (PRELOAD_THIS | SUPPRESS_THIS)) === 0) copyValue(vm, self, frame + FRAME_THIS);
  else copyValue(vm, namedThis(vm, caller), frame + FRAME_THIS);
  enterClips(vm, frame, fn, self, caller, isOpen);
  const local = enterScope(vm, frame, fn, isOpen);
  vm.frame = frame;

  if ((flags & SUPPRESS_SUPER) === 0 || flags < 0 || (flags & PRELOAD_SUPER) !== 0) {
    const tag = vm.I32[(self >> 2) + 1];
    // A function called by name alone has no `super`, and SWF 5 has none at all.
    if (depth >= 0 && vm.version >= 6 && (tag === TAG_OBJECT || tag === TAG_CLIP))
      setObject(vm, frame + FRAME_SUPER, createSuper(vm, self, depth));
    else if (depth === SUPER_OF_FUNCTION && vm.version >= 6)
      setObject(vm, frame + FRAME_SUPER, createSuper(vm, frame + FRAME_FUNCTION, 0));
  }
  let register = 1;
  if (flags >= 0) {
    if ((flags & PRELOAD_THIS) !== 0) {
      if ((flags & SUPPRESS_THIS) === 0) copyToRegister(vm, frame, register, self);
      register++;
    }
    if ((flags & PRELOAD_ARGUMENTS) !== 0) {
      storeFresh(vm, frame, register++, createArguments(vm, fn, args, argc, caller));
    } else if ((flags & SUPPRESS_ARGUMENTS) === 0)
      defineLocalObject(vm, local, NAME.arguments, createArguments(vm, fn, args, argc, caller));
    if ((flags & PRELOAD_SUPER) !== 0) {
      if ((flags & SUPPRESS_SUPER) === 0) copyToRegister(vm, frame, register, frame + FRAME_SUPER);
      register++;
    } else if ((flags & SUPPRESS_SUPER) === 0) defineSuper(vm, local, frame);
    register = preloadClips(vm, frame, register, flags);
  } else {
    defineLocalObject(vm, local, NAME.arguments, createArguments(vm, fn, args, argc, caller));
    defineSuper(vm, local, frame);
  }
  for (let i = 0; i < info.parameters.length; i++) {
    const parameter = info.parameters[i];
    let value = args + i * 8;
    if (i >= argc) {
      value = vm.undefinedSlot;
    }
    if (parameter.register !== 0) copyToRegister(vm, frame, parameter.register, value);
    else defineProperty(vm, local, parameter.name, value, 0);
  }
  return frame;
}

/**
 * Opens a frame for a native that Flash Player wrote in ActionScript: functions that it calls see it as their `caller`. The native
 * leaves it by `leaveFrame`.
 */
export function enterNative(vm: Machine, fn: Ptr, self: Addr): Addr {
  const frame = openActivation(vm, 0, false);
  const caller = vm.frame;
  setObject(vm, frame + FRAME_FUNCTION, retain(vm, fn));
  copyValue(vm, self, frame + FRAME_THIS);
  if (caller !== 0) {
    setClip(vm, frame + FRAME_TARGET, targetClip(vm, caller));
    setClip(vm, frame + FRAME_BASE, baseClip(vm, caller));
  }
  setTagged(vm, frame + FRAME_SCOPE, TAG_BLOCK, vm.realm.globalScope);
  retain(vm, vm.realm.globalScope);
  vm.frame = frame;
  return frame;
}

/** Base clip and target of a function: where it was defined, or where it is called when SWF 5 code calls it. */
function enterClips(vm: Machine, frame: Addr, fn: Ptr, self: Addr, caller: Addr, isOpen: boolean): void {
  const home = vm.I32[(fn >> 2) + R.FUNCTION_HOME];
  const base = frame + FRAME_BASE;
  if (!isOpen && home !== 0 && vm.host.resolveReference(home) !== 0) {
    retain(vm, home);
    setTagged(vm, base, TAG_CLIP, home);
  } else if (vm.I32[(self >> 2) + 1] === TAG_CLIP) copyValue(vm, self, base);
  else if (caller !== 0 && isLight(vm, caller)) setClip(vm, base, targetClip(vm, caller));
  else if (caller !== 0) copyValue(vm, caller + FRAME_TARGET, base);
  copyValue(vm, base, frame + FRAME_TARGET);
}

/** Activation object in front of the captured chain (or of the target's own, for SWF 5 callers). Returns the object, borrowed. */
function enterScope(vm: Machine, frame: Addr, fn: Ptr, isOpen: boolean): Ptr {
  const captured = vm.I32[(fn >> 2) + R.FUNCTION_SCOPE];
  const parent = isOpen || captured === 0 ? createTimelineScope(vm, frame + FRAME_BASE) : captured;
  try {
    const local = createObject(vm, 0);
    setTagged(vm, frame + FRAME_SCOPE, TAG_BLOCK, createObjectScope(vm, R.SCOPE_ACTIVATION, parent, local));
    return local;
  } finally {
    if (parent !== captured) release(vm, takeOwned(parent));
  }
}

function preloadClips(vm: Machine, frame: Addr, register: number, flags: number): number {
  const base =
    vm.I32[((frame + FRAME_BASE) >> 2) + 1] === TAG_CLIP ? vm.host.resolveReference(vm.I32[(frame + FRAME_BASE) >> 2]) : 0;
  if ((flags & PRELOAD_ROOT) !== 0) {
    const root = base === 0 ? 0 : vm.host.clipRoot(base);
    if (root !== 0) storeClip(vm, frame, register, root);
    register++;
  }
  if ((flags & PRELOAD_PARENT) !== 0) {
    const parent = base === 0 ? 0 : vm.host.clipParent(base);
    // Without a parent the register is not consumed: `_global` takes its place.
    if (parent !== 0) storeClip(vm, frame, register++, parent);
  }
  if ((flags & PRELOAD_GLOBAL) !== 0) {
    storeFresh(vm, frame, register++, retain(vm, vm.realm.global));
  }
  return register;
}

function storeFresh(vm: Machine, frame: Addr, register: number, ownedObject: Owned): void {
  const slot = ownRegister(vm, frame, register);
  if (slot === 0) {
    release(vm, ownedObject);
    return;
  }
  setObject(vm, slot, ownedObject);
}

/** As `storeFresh`: the frame's registers are still undefined, and each preload has its own. */
function storeClip(vm: Machine, frame: Addr, register: number, clip: Ptr): void {
  const slot = ownRegister(vm, frame, register);
  if (slot === 0) return;
  setTagged(vm, slot, TAG_CLIP, retain(vm, vm.I32[(clip >> 2) + R.CLIP_REFERENCE]));
}

function copyToRegister(vm: Machine, frame: Addr, register: number, value: Addr): void {
  const slot = ownRegister(vm, frame, register);
  if (slot === 0) return;
  releaseValue(vm, slot);
  copyValue(vm, value, slot);
}

function defineLocalObject(vm: Machine, local: Ptr, name: number, ownedObject: Owned): void {
  const window = openFrame(vm, 1);
  setObject(vm, window, ownedObject);
  moveValue(vm, window, addProperty(vm, local, name, 0));
  closeFrame(vm, window);
}

function defineSuper(vm: Machine, local: Ptr, frame: Addr): void {
  if (vm.I32[((frame + FRAME_SUPER) >> 2) + 1] === TAG_UNDEFINED) return;
  copyValue(vm, frame + FRAME_SUPER, addProperty(vm, local, NAME.super, 0));
}

/** The `arguments` array of a call: the arguments, `callee` and `caller`. Owned. */
export function createArguments(vm: Machine, fn: Ptr, args: Addr, argc: number, caller: Addr): Owned {
  // Room for `callee` and `caller`.
  const array = createArray(vm, argc, 4);
  for (let i = 0; i < argc; i++) copyValue(vm, args + i * 8, appendElement(vm, array));
  try {
    describeCall(vm, array, fn, caller);
  } catch (error) {
    release(vm, array);
    throw error;
  }
  return array;
}

/** Gives an `arguments` array its `callee` and `caller`. */
function describeCall(vm: Machine, array: Ptr, fn: Ptr, caller: Addr): void {
  const callee = addProperty(vm, array, NAME.callee, DONT_ENUM);
  setObject(vm, callee, retain(vm, fn));
  const callerSlot = addProperty(vm, array, NAME.caller, DONT_ENUM);
  const callerFunction = caller === 0 ? 0 : frameFunction(vm, caller);
  if (callerFunction !== 0) {
    setObject(vm, callerSlot, retain(vm, callerFunction));
  } else setNull(vm, callerSlot);
}

/**
 * Address of a register of a frame: its own, or one of the machine's four where it has none; 0 when there is no such register.
 * From player version 10 on, a register past the frame's own is one of the four as well.
 */
export function registerAddress(vm: Machine, frame: Addr, register: number): Addr {
  const own = ownRegister(vm, frame, register);
  if (own !== 0) return own;
  const hasOwn = vm.I32[((frame + FRAME_LINK) >> 2) + 1] >> LINK_REGISTERS_SHIFT !== 0;
  return register < 4 && (!hasOwn || vm.playerVersion >= 10) ? vm.globalRegisters + register * 8 : 0;
}

/** Address of a register of the frame itself, which is what parameters and preloads are written to; 0 when it has no such register. */
function ownRegister(vm: Machine, frame: Addr, register: number): Addr {
  const count = vm.I32[((frame + FRAME_LINK) >> 2) + 1] >> LINK_REGISTERS_SHIFT;
  return register < count ? frame + FRAME_REGISTERS + register * 8 : 0;
}

/** Leaves a frame: releases all it holds. The result stays in `vm.result`. */
export function leaveFrame(vm: Machine, frame: Addr): void {
  vm.frame = vm.I32[(frame + FRAME_LINK) >> 2];
  closeFrame(vm, frame);
}

/** Leaves the frame that `enterFunction` has opened. */
export function leaveFunction(vm: Machine, frame: Addr): void {
  vm.callsLeft++;
  leaveFrame(vm, frame);
}

/** Whether the innermost bytecode function runs as a constructor (ASnew). */
export function isConstructing(vm: Machine): boolean {
  return vm.frame !== 0 && (vm.I32[((vm.frame + FRAME_LINK) >> 2) + 1] & LINK_CONSTRUCTS) !== 0;
}

/** Puts a with-object in front of the frame's scope chain; undone by `popScope`. */
export function pushWithScope(vm: Machine, frame: Addr, object: Addr): void {
  const slot = (frame + FRAME_SCOPE) >> 2;
  const parent = takeOwned(vm.I32[slot]);
  vm.I32[slot] = createScope(vm, R.SCOPE_WITH, parent, object);
  release(vm, parent);
}

/** Takes the innermost scope off the frame's chain. */
export function popScope(vm: Machine, frame: Addr): void {
  const slot = (frame + FRAME_SCOPE) >> 2;
  const scope = takeOwned(vm.I32[slot]);
  vm.I32[slot] = retain(vm, vm.I32[(scope >> 2) + R.SCOPE_PARENT]);
  release(vm, scope);
}

/** The frame's base clip as an object, or 0 when it is gone. Borrowed. */
export function baseClip(vm: Machine, frame: Addr): Ptr {
  return isLight(vm, frame) ? lightBase(vm, frame) : clipIn(vm, frame + FRAME_BASE);
}

/** The frame's target clip as an object, or 0 when it is invalid or gone. Borrowed. */
export function targetClip(vm: Machine, frame: Addr): Ptr {
  return isLight(vm, frame) ? lightBase(vm, frame) : clipIn(vm, frame + FRAME_TARGET);
}

function isLight(vm: Machine, frame: Addr): boolean {
  return (vm.I32[((frame + FRAME_LINK) >> 2) + 1] & LINK_LIGHT) !== 0;
}

/** Innermost scope of a frame; made now where a function without a captured scope runs in a light frame that has needed none. Borrowed. */
export function frameScope(vm: Machine, frame: Addr): Ptr {
  if (!isLight(vm, frame)) return vm.I32[(frame + FRAME_SCOPE) >> 2];
  const own = vm.I32[(frame + LIGHT_SCOPE) >> 2];
  if (own !== 0) return own;
  return vm.I32[(vm.I32[(frame + LIGHT_FUNCTION) >> 2] >> 2) + R.FUNCTION_SCOPE] || openLightScope(vm, frame);
}

/** Gives a light frame a scope of its own, which begins with the clip that it runs on. Borrowed. */
export function openLightScope(vm: Machine, frame: Addr): Ptr {
  const window = openFrame(vm, 1);
  setClip(vm, window, targetClip(vm, frame));
  const scope = createTimelineScope(vm, window);
  closeFrame(vm, window);
  setTagged(vm, frame + LIGHT_SCOPE, TAG_BLOCK, scope);
  return scope;
}

/** Address of the slot that holds a frame's `this`. */
export function frameThis(vm: Machine, frame: Addr): Addr {
  return isLight(vm, frame) ? vm.I32[(frame + LIGHT_THIS) >> 2] : frame + FRAME_THIS;
}

/** What the name `this` means in a frame (0: none): address of a borrowed slot. */
export function namedThis(vm: Machine, frame: Addr): Addr {
  let at = frame;
  for (; at !== 0 && isLight(vm, at); at = vm.I32[(at + FRAME_LINK) >> 2]) {
    const { flags } = vm.units[vm.I32[(vm.I32[(at + LIGHT_FUNCTION) >> 2] >> 2) + R.FUNCTION_CODE]];
    if ((flags & (PRELOAD_THIS | SUPPRESS_THIS)) === 0) return frameThis(vm, at);
  }
  return at === 0 ? vm.undefinedSlot : at + FRAME_THIS;
}

/** The function that runs in a frame, 0 for timeline code. Borrowed. */
export function frameFunction(vm: Machine, frame: Addr): Ptr {
  if (isLight(vm, frame)) return vm.I32[(frame + LIGHT_FUNCTION) >> 2];
  return vm.I32[((frame + FRAME_FUNCTION) >> 2) + 1] === TAG_OBJECT ? vm.I32[(frame + FRAME_FUNCTION) >> 2] : 0;
}

/** Where ActionScript is, for people: the action where the movie tells it, else the running function. */
export function currentSite(vm: Machine): string {
  if (vm.position !== "") return vm.position;
  if (vm.frame === 0) return "the player";
  const fn = frameFunction(vm, vm.frame);
  if (fn === 0) return "timeline code";
  const code = vm.I32[(fn >> 2) + R.FUNCTION_CODE];
  if (code < 0) return `native ${vm.natives[~code].name}`;
  const name = vm.units[code].name;
  return name === 0 ? "an anonymous function" : `function ${stringToJs(vm, nameString(vm, name))}`;
}

/** Clip reference that functions defined in a frame get as their home: its base, else its target; 0 for none. Borrowed. */
export function frameHome(vm: Machine, frame: Addr): Ptr {
  if (isLight(vm, frame)) {
    const clip = lightBase(vm, frame);
    return clip === 0 ? 0 : vm.I32[(clip >> 2) + R.CLIP_REFERENCE];
  }
  for (const slot of [frame + FRAME_BASE, frame + FRAME_TARGET])
    if (vm.I32[(slot >> 2) + 1] === TAG_CLIP) return vm.I32[slot >> 2];
  return 0;
}

/** Base clip and target of a light frame: where its function was defined, else as `enterClips` has it. */
function lightBase(vm: Machine, frame: Addr): Ptr {
  const home = vm.I32[(vm.I32[(frame + LIGHT_FUNCTION) >> 2] >> 2) + R.FUNCTION_HOME];
  const isOpen = (vm.I32[((frame + FRAME_LINK) >> 2) + 1] & LINK_OPEN) !== 0;
  const clip = home === 0 || isOpen ? 0 : vm.host.resolveReference(home);
  if (clip !== 0) return clip;
  const self = frameThis(vm, frame);
  if (vm.I32[(self >> 2) + 1] === TAG_CLIP) return vm.host.resolveReference(vm.I32[self >> 2]);
  const caller = vm.I32[(frame + FRAME_LINK) >> 2];
  return caller === 0 ? 0 : targetClip(vm, caller);
}

function clipIn(vm: Machine, slot: Addr): Ptr {
  return vm.I32[(slot >> 2) + 1] === TAG_CLIP ? vm.host.resolveReference(vm.I32[slot >> 2]) : 0;
}

/** The target clip, or the root of the base clip where the target is invalid: scope of variables and timeline actions. Borrowed, or 0. */
export function targetOrRoot(vm: Machine, frame: Addr): Ptr {
  const target = targetClip(vm, frame);
  if (target !== 0) return target;
  const base = baseClip(vm, frame);
  return base === 0 ? 0 : vm.host.clipRoot(base);
}

/** Writes a clip object as a value to a dead slot. */
export function setClip(vm: Machine, slot: Addr, clip: Ptr): void {
  if (clip === 0) {
    setUndefined(vm, slot);
    return;
  }
  const reference = vm.I32[(clip >> 2) + R.CLIP_REFERENCE];
  if (reference === 0 || !vm.host.isMovieClip(clip)) {
    setObject(vm, slot, retain(vm, clip));
    return;
  }
  retain(vm, reference);
  setTagged(vm, slot, TAG_CLIP, reference);
}
