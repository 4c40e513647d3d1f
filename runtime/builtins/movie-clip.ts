// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { setClip } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { resolveTarget } from "../calls/paths.ts";
import { toInt32 } from "../conversion/to-number.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { toString } from "../conversion/to-string.ts";
import { DONT_ENUM } from "../layout/attributes.ts";
import type { Addr } from "../layout/value.ts";
import { FIRST_TAG, TAG_NULL, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { release } from "../memory/release.ts";
import { stringToJs } from "../strings/heap-string.ts";
import { copyValue, tagOf } from "../values/slots.ts";
import type { ClassTable, Member } from "./declare.ts";
import {
  argument,
  booleanArgument,
  heldArgument,
  intArgument,
  isMissing,
  numberArgument,
  returnBoolean,
  returnNumber,
  thisObject,
} from "./native-call.ts";

/** Runs for calls on a clip only: anything else gives undefined. */
function onClip(run: (vm: Machine, clip: Ptr, args: Addr, argc: number, self: Addr) => void): NativeFunction {
  return (vm, _fn, self, args, argc) => {
    const clip = thisObject(vm, self);
    if (clip !== 0 && vm.host.isMovieClip(clip)) run(vm, clip, args, argc, self);
  };
}

const DEPTH_BIAS = 16384;

/** A clip named by a value: itself, or a path from a clip. Borrowed, or 0. */
function clipArgument(vm: Machine, start: Ptr, value: Addr): Ptr {
  const object = objectOf(vm, value);
  if (object !== 0) return vm.host.isMovieClip(object) ? object : 0;
  const path = toString(vm, value);
  const clip = resolveTarget(vm, start, path);
  release(vm, path);
  return clip;
}

function goto(play: boolean): NativeFunction {
  return onClip((vm, clip, args, argc) => {
    if (argc > 0) vm.host.gotoValue(clip, args, 0, play);
  });
}

const attachMovie = onClip((vm, clip, args, argc) => {
  if (argc < 3) return;
  const linkage = heldArgument(vm, args, argc, 0);
  const name = heldArgument(vm, args, argc, 1);
  const made = vm.host.attachMovie(clip, linkage, name, intArgument(vm, args, argc, 2) + DEPTH_BIAS, argument(vm, args, argc, 3));
  if (made !== 0) setClip(vm, vm.result, made);
});

const createEmptyMovieClip = onClip((vm, clip, args, argc) => {
  if (argc < 2) return;
  const name = heldArgument(vm, args, argc, 0);
  const made = vm.host.createEmptyClip(clip, name, intArgument(vm, args, argc, 1) + DEPTH_BIAS);
  if (made !== 0) setClip(vm, vm.result, made);
});

const duplicateMovieClip = onClip((vm, clip, args, argc) => {
  if (argc < 2) return;
  const name = heldArgument(vm, args, argc, 0);
  const made = vm.host.duplicateClip(clip, name, intArgument(vm, args, argc, 1) + DEPTH_BIAS, argument(vm, args, argc, 2));
  if (made !== 0 && vm.version >= 6) setClip(vm, vm.result, made);
});

const removeMovieClip = onClip((vm, _clip, _args, _argc, self) => vm.host.removeSprite(self));

const swapDepths = onClip((vm, clip, args, argc) => {
  if (argc === 0) return;
  if (tagOf(vm, args) < FIRST_TAG) vm.host.swapDepths(clip, toInt32(vm, args) + DEPTH_BIAS, 0);
  else {
    const other = clipArgument(vm, vm.host.clipParent(clip), args);
    if (other !== 0) vm.host.swapDepths(clip, 0, other);
  }
});

const getInstanceAtDepth = onClip((vm, clip, args, argc) => {
  if (isMissing(vm, args, argc, 0)) return;
  setClip(vm, vm.result, vm.host.childAtDepth(clip, intArgument(vm, args, argc, 0) + DEPTH_BIAS));
});

const getUrl = onClip((vm, _clip, args, argc) => {
  if (argc === 0) return;
  const url = heldArgument(vm, args, argc, 0);
  const window = openFrame(vm, 1);
  if (argc > 1) copyValue(vm, args + 8, window);
  vm.host.getUrl(stringToJs(vm, url), window, 0, false, false);
  closeFrame(vm, window);
});

function load(variables: boolean): NativeFunction {
  return onClip((vm, _clip, args, argc, self) => {
    if (argc === 0) return;
    const url = heldArgument(vm, args, argc, 0);
    vm.host.getUrl(stringToJs(vm, url), self, 0, true, variables);
  });
}

const unloadMovie = onClip((vm, _clip, _args, _argc, self) => vm.host.getUrl("", self, 0, true, false));

const startDrag = onClip((vm, _clip, args, argc, self) => {
  const bounds =
    argc >= 5
      ? {
          x1: numberArgument(vm, args, argc, 1),
          y1: numberArgument(vm, args, argc, 2),
          x2: numberArgument(vm, args, argc, 3),
          y2: numberArgument(vm, args, argc, 4),
        }
      : null;
  vm.host.startDrag(self, booleanArgument(vm, args, argc, 0), bounds);
});

const setMask = onClip((vm, clip, args, argc) => {
  if (argc === 0) return;
  const tag = tagOf(vm, args);
  returnBoolean(vm, tag === TAG_UNDEFINED || tag === TAG_NULL || clipArgument(vm, clip, args) !== 0);
});

function simple(name: string, index: number, run: (vm: Machine, clip: Ptr) => void, since?: Member["since"]): Member {
  return { name, method: onClip(run), native: [900, index], since };
}

export const movieClipClass: ClassTable = {
  name: "MovieClip",
  prototype: [
    { name: "useHandCursor", constant: true, flags: DONT_ENUM },
    { name: "enabled", constant: true, flags: DONT_ENUM },
    { name: "attachMovie", method: attachMovie, native: [900, 0] },
    { name: "swapDepths", method: swapDepths, native: [900, 1] },
    simple("getBytesTotal", 6, (vm, clip) => returnNumber(vm, vm.host.bytesTotal(clip))),
    simple("getBytesLoaded", 7, (vm, clip) => returnNumber(vm, vm.host.bytesTotal(clip))),
    simple("getDepth", 10, (vm, clip) => returnNumber(vm, vm.host.clipDepth(clip) - DEPTH_BIAS), 6),
    { name: "setMask", method: setMask, native: [900, 11], since: 6 },
    simple("play", 12, (vm, clip) => vm.host.play(clip)),
    simple("stop", 13, (vm, clip) => vm.host.stop(clip)),
    simple("nextFrame", 14, (vm, clip) => vm.host.nextFrame(clip)),
    simple("prevFrame", 15, (vm, clip) => vm.host.previousFrame(clip)),
    { name: "gotoAndPlay", method: goto(true), native: [900, 16] },
    { name: "gotoAndStop", method: goto(false), native: [900, 17] },
    { name: "duplicateMovieClip", method: duplicateMovieClip, native: [900, 18] },
    { name: "removeMovieClip", method: removeMovieClip, native: [900, 19] },
    { name: "startDrag", method: startDrag, native: [900, 20] },
    simple("stopDrag", 21, (vm) => vm.host.endDrag()),
    simple("getNextHighestDepth", 22, (vm, clip) => returnNumber(vm, vm.host.nextHighestDepth(clip)), 7),
    { name: "getInstanceAtDepth", method: getInstanceAtDepth, native: [900, 23], since: 7 },
    simple("getSWFVersion", 24, (vm, clip) => returnNumber(vm, vm.host.clipVersion(clip))),
    { name: "getURL", method: getUrl },
    { name: "loadMovie", method: load(false) },
    { name: "loadVariables", method: load(true) },
    { name: "unloadMovie", method: unloadMovie },
    { name: "createEmptyMovieClip", method: createEmptyMovieClip, native: [901, 0], since: 6 },
  ],
};
