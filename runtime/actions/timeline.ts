// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { baseClip, setClip, targetClip, targetOrRoot } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { ActionScriptThrow } from "../calls/limits.ts";
import { resolveTarget } from "../calls/paths.ts";
import { replaceScope, scopeWithTarget } from "../calls/scope.ts";
import { toNumber } from "../conversion/to-number.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { stringifySlot, toJsString, toString } from "../conversion/to-string.ts";
import { FRAME_BASE, FRAME_SCOPE, FRAME_TARGET } from "../layout/frames.ts";
import { type Addr, TAG_CLIP, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { release } from "../memory/release.ts";
import { stringFromJs, stringLength, stringToJs } from "../strings/heap-string.ts";
import { copyValue, moveOver, moveValue, setNumber, setString, setUndefined, tagOf } from "../values/slots.ts";
import { popTo, push } from "./operand-stack.ts";
import { popNumber } from "./strings.ts";

/** An action on the target clip that does nothing while the target is invalid. */
function onTarget(act: (vm: Machine, target: Ptr) => void): (vm: Machine, frame: Addr) => void {
  return (vm, frame) => {
    const target = targetClip(vm, frame);
    if (target !== 0) act(vm, target);
  };
}

export const nextFrame = onTarget((vm, target) => vm.host.nextFrame(target));
export const previousFrame = onTarget((vm, target) => vm.host.previousFrame(target));
export const play = onTarget((vm, target) => vm.host.play(target));
export const stop = onTarget((vm, target) => vm.host.stop(target));

export function toggleQuality(vm: Machine): void {
  vm.host.toggleQuality();
}

export function stopSounds(vm: Machine): void {
  vm.host.stopSounds();
}

/** GotoFrame: `frame0` counts from 0. */
export function gotoFrame(vm: Machine, frame: Addr, frame0: number): void {
  const target = targetClip(vm, frame);
  if (target !== 0) vm.host.gotoFrame(target, frame0 + 1, false);
}

export function gotoLabel(vm: Machine, frame: Addr, label: Ptr): void {
  const target = targetClip(vm, frame);
  if (target !== 0) vm.host.gotoLabel(target, stringToJs(vm, label));
}

/** GotoFrame2: with an invalid target it goes on the root, unlike GotoFrame. */
export function gotoFrame2(vm: Machine, frame: Addr, play: boolean, bias: number): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const target = targetOrRoot(vm, frame);
  if (target !== 0) vm.host.gotoValue(target, window, bias, play);
  closeFrame(vm, window);
}

/** Call: runs another frame's actions at once. */
export function callFrame(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const target = targetClip(vm, frame);
  if (target !== 0) vm.host.callFrame(target, window);
  closeFrame(vm, window);
}

/** WaitForFrame, `frame0` from the payload: whether it is loaded. */
export function isFrameLoaded(vm: Machine, frame: Addr, frame0: number): boolean {
  const target = targetClip(vm, frame);
  if (frame0 > 16000) return false;
  if (target === 0) return true;
  return vm.host.framesLoaded(target) >= Math.min(frame0, vm.host.totalFrames(target));
}

/** WaitForFrame2: the frame, counted from 1, is on the stack. */
export function isFrameLoaded2(vm: Machine, frame: Addr): boolean {
  const number = popNumber(vm);
  const wanted = Number.isInteger(number) ? number : 0;
  return isFrameLoaded(vm, frame, wanted - 1);
}

/** SetTarget with the path from the payload (borrowed string). */
export function setTarget(vm: Machine, frame: Addr, path: Ptr): void {
  if (stringLength(vm, path) === 0) {
    changeTarget(vm, frame, frame + FRAME_BASE);
    return;
  }
  const base = baseClip(vm, frame);
  const window = openFrame(vm, 1);
  const found = base === 0 ? 0 : resolveTarget(vm, base, path);
  setClip(vm, window, found);
  changeTarget(vm, frame, window);
  closeFrame(vm, window);
}

/** SetTarget2: the path or clip is on the stack. */
export function setTarget2(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  if (tagOf(vm, window) === TAG_UNDEFINED) {
    if (vm.version <= 6) changeTarget(vm, frame, frame + FRAME_BASE);
    else changeTarget(vm, frame, vm.undefinedSlot);
  } else {
    const path = toString(vm, window);
    setTarget(vm, frame, path);
    release(vm, path);
  }
  closeFrame(vm, window);
}

/** Makes a clip value the target; anything else makes it invalid: variables then live on the root. */
function changeTarget(vm: Machine, frame: Addr, clip: Addr): void {
  const window = openFrame(vm, 2);
  if (tagOf(vm, clip) === TAG_CLIP) copyValue(vm, clip, window);
  copyValue(vm, window, window + 8);
  moveOver(vm, window, frame + FRAME_TARGET);
  if (tagOf(vm, window + 8) !== TAG_CLIP) {
    const base = baseClip(vm, frame);
    if (base !== 0) setClip(vm, window + 8, vm.host.clipRoot(base));
  }
  replaceScope(vm, frame + FRAME_SCOPE, scopeWithTarget(vm, vm.I32[(frame + FRAME_SCOPE) >> 2], window + 8));
  closeFrame(vm, window);
}

/** Trace: undefined prints as such in every version. */
export function trace(vm: Machine): void {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  let text = "undefined";
  try {
    if (tagOf(vm, window) !== TAG_UNDEFINED) text = toJsString(vm, window);
  } catch (error) {
    if (error instanceof ActionScriptThrow) vm.host.trace("[type Object]");
    throw error;
  }
  closeFrame(vm, window);
  vm.host.trace(text);
}

export function getTime(vm: Machine): void {
  setNumber(vm, push(vm), vm.host.getTimer());
}

/** RandomNumber: an integer from 0 up to but not including the operand. */
export function randomNumber(vm: Machine): void {
  const value = popNumber(vm);
  const max = value !== value ? 0 : Math.trunc(Math.min(2147483647, Math.max(-2147483648, value)));
  setNumber(vm, push(vm), max <= 0 ? 0 : vm.host.randomInteger() % max);
}

/** The clip that a value names as a target: "" the current one, a path or a clip. Borrowed, or 0. */
function clipNamed(vm: Machine, frame: Addr, value: Addr): Ptr {
  if (tagOf(vm, value) === TAG_CLIP) return objectOf(vm, value);
  const start = targetOrRoot(vm, frame);
  const path = toString(vm, value);
  let clip = targetClip(vm, frame);
  if (stringLength(vm, path) > 0) clip = start === 0 ? 0 : resolveTarget(vm, start, path);
  release(vm, path);
  return clip;
}

/** GetProperty. */
export function getProperty(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 3);
  popTo(vm, window);
  popTo(vm, window + 8);
  const index = toNumber(vm, window);
  const clip = clipNamed(vm, frame, window + 8);
  setUndefined(vm, window + 16);
  if (clip !== 0 && index > -1 && index < 22) vm.host.getDisplayProperty(clip, Math.trunc(index), window + 16);
  moveValue(vm, window + 16, push(vm));
  closeFrame(vm, window);
}

/** SetProperty. */
export function setProperty(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 3);
  popTo(vm, window);
  popTo(vm, window + 8);
  popTo(vm, window + 16);
  const index = toNumber(vm, window + 8);
  const clip = clipNamed(vm, frame, window + 16);
  if (clip !== 0 && index > -1 && index < 22) vm.host.setDisplayProperty(clip, Math.trunc(index), window);
  closeFrame(vm, window);
}

export function cloneSprite(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 4);
  popTo(vm, window);
  popTo(vm, window + 8);
  popTo(vm, window + 16);
  const depth = toNumber(vm, window) | 0;
  const name = toString(vm, window + 8);
  const source = clipNamed(vm, frame, window + 16);
  if (source !== 0) {
    setClip(vm, window + 24, source);
    vm.host.cloneSprite(window + 24, name, depth);
  }
  release(vm, name);
  closeFrame(vm, window);
}

export function removeSprite(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  const clip = clipNamed(vm, frame, window);
  if (clip !== 0) {
    setClip(vm, window + 8, clip);
    vm.host.removeSprite(window + 8);
    if (targetClip(vm, frame) === 0) changeTarget(vm, frame, frame + FRAME_BASE);
  }
  closeFrame(vm, window);
}

export function startDrag(vm: Machine, frame: Addr): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  const lock = popNumber(vm) !== 0;
  const constrained = popNumber(vm) !== 0;
  let bounds: { x1: number; y1: number; x2: number; y2: number } | null = null;
  if (constrained) {
    const y2 = popNumber(vm);
    const x2 = popNumber(vm);
    const y1 = popNumber(vm);
    const x1 = popNumber(vm);
    bounds = { x1, y1, x2, y2 };
  }
  const clip = clipNamed(vm, frame, window);
  if (clip !== 0) {
    setClip(vm, window + 8, clip);
    vm.host.startDrag(window + 8, lock, bounds);
  }
  closeFrame(vm, window);
}

export function endDrag(vm: Machine): void {
  vm.host.endDrag();
}

/** GetURL with both strings from the payload (borrowed). */
export function getUrl(vm: Machine, url: Ptr, target: Ptr): void {
  const window = openFrame(vm, 1);
  setString(vm, window, stringFromJs(vm, stringToJs(vm, target)));
  vm.host.getUrl(stringToJs(vm, url), window, 0, false, false);
  closeFrame(vm, window);
}

/** GetURL2. */
export function getUrl2(vm: Machine, flags: number): void {
  const window = openFrame(vm, 2);
  popTo(vm, window);
  popTo(vm, window + 8);
  // The target is converted first.
  if (tagOf(vm, window) !== TAG_CLIP && tagOf(vm, window) !== TAG_UNDEFINED) stringifySlot(vm, window);
  const url = toJsString(vm, window + 8);
  vm.host.getUrl(url, window, flags & 3, (flags & 0x40) !== 0, (flags & 0x80) !== 0);
  closeFrame(vm, window);
}
