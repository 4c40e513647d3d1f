// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import type { ActionCode } from "../abi.ts";
import { createArguments, frameFunction, openLightScope, SUPER_OF_FUNCTION } from "../calls/activation.ts";
import { closeFrame, openFrame, popChunk, pushChunk } from "../calls/frames.ts";
import { poll } from "../calls/limits.ts";
import { CALLEE_OPEN, FRAME_LINK, LINK_OPEN } from "../layout/frames.ts";
import { type Addr, TAG_CLIP, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { retain } from "../memory/release.ts";
import { createSuper } from "../objects/super.ts";
import { setObject } from "../values/slots.ts";

/**
 * Light frames: those of optimised functions that have no activation object. They borrow their function, `this` and
 * arguments from the caller, so that a call costs a handful of stores. Arguments are passed in the caller's *outgoing
 * area*, which grows down from the end of the frame chunk and owns nothing: what it shows is held by slots of the caller.
 */

/**
 * Goes on with the opening of a light frame, whose header and owned slots the emitted text has written, where the call is an
 * unusual one: from SWF 5, or of a function without a captured scope. The scope chain is that of the clip it runs on.
 * @param callee what `vm.callee` was
 * @returns the scope in which the function looks names up, borrowed
 */
export function enterSpecially(vm: Machine, frame: Addr, callee: number): Ptr {
  if ((callee & CALLEE_OPEN) !== 0) vm.I32[((frame + FRAME_LINK) >> 2) + 1] |= LINK_OPEN;
  return openLightScope(vm, frame);
}

/** Bytes that a fresh chunk offers to a frame and its outgoing area at least. */
const CHUNK_BYTES = 65_536 - 16;

/** Runs a function in a fresh chunk of the frame stack: there was no room for its frame. */
export function onFreshChunk(vm: Machine, code: ActionCode, fn: Ptr, self: Addr, args: Addr, argc: number, bytes: number): void {
  pushChunk(vm, Math.max(CHUNK_BYTES, bytes + 64));
  code(fn, self, args, argc);
  popChunk(vm);
}

/** Opens a window for the owned slots and the outgoing area of code with a full frame. Its end is `vm.frameLimit` from then on. */
export function openSlots(vm: Machine, slots: number, outgoingBytes: number): Addr {
  if (vm.frameTop + slots * 8 > vm.frameLimit - outgoingBytes)
    pushChunk(vm, Math.max(CHUNK_BYTES, slots * 8 + outgoingBytes + 64));
  const window = openFrame(vm, slots);
  vm.frameLimit -= outgoingBytes;
  return window;
}

/** Closes what `openSlots` opened. */
export function closeSlots(vm: Machine, window: Addr, outgoingBytes: number): void {
  vm.frameLimit += outgoingBytes;
  closeFrame(vm, window);
}

/** Puts a new `super` object in an owned slot of the running light frame; nothing when the function was called by name alone. */
export function storeSuper(vm: Machine, self: Addr, depth: number, slot: Addr): void {
  const tag = vm.I32[(self >> 2) + 1];
  if (vm.version < 6) return;
  if (depth === SUPER_OF_FUNCTION) {
    const window = openFrame(vm, 1);
    setObject(vm, window, retain(vm, frameFunction(vm, vm.frame)));
    setObject(vm, slot, createSuper(vm, window, 0));
    closeFrame(vm, window);
  } else if (depth >= 0 && (tag === TAG_OBJECT || tag === TAG_CLIP)) setObject(vm, slot, createSuper(vm, self, depth));
}

/** Puts a new `arguments` array in an owned slot of a light frame. */
export function storeArguments(vm: Machine, fn: Ptr, args: Addr, argc: number, slot: Addr, frame: Addr): void {
  setObject(vm, slot, createArguments(vm, fn, args, argc, vm.I32[(frame + FRAME_LINK) >> 2]));
}

/** Puts `_global` in an owned slot. */
export function storeGlobal(vm: Machine, slot: Addr): void {
  setObject(vm, slot, retain(vm, vm.realm.global));
}

export { tooDeep } from "../calls/limits.ts";

/** Most backward jumps between two looks at the machine's fuel. */
export const LOOP_FUEL: number = 256;

/** A loop has used up its fuel: the machine is charged for new fuel, which is little as long as looks at the clock are frequent. */
export function refuel(vm: Machine): number {
  const fuel = Math.min(LOOP_FUEL, vm.fuelSlice);
  vm.fuel -= fuel;
  if (vm.fuel < 0) poll(vm);
  return fuel;
}
