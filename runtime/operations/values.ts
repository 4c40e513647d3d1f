// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { FRAME_LINK, LIGHT_FUNCTION } from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_REFERENCE, TAG_BOOLEAN, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { addCandidate } from "../memory/candidates.ts";
import { clearSlot } from "../memory/release.ts";
import { CYCLE_KINDS, isKindIn } from "../memory/trace.ts";
import { noteReplaced } from "../objects/properties.ts";
import { copyValue, moveOver, moveValue } from "../values/slots.ts";

/** Stands for an object that is not at hand where a property is replaced: it may be one that others inherit from. */
export const ANY_OBJECT = -1;

/**
 * Owned slots of optimised code: always live. A temporary keeps what it holds until it is written again or its frame is left.
 *
 * Emitted text uses these all the time, so that they are made for each machine: see `Reclaimer`.
 */
export function createValueOperations(vm: Machine) {
  const { I32, F64 } = vm;
  const { releaseReference, clearSlots, clearSlot: dropSlot, replaceValue: store, replaceTagged: storeTagged } = vm.reclaimer;

  /**
   * Copies a value to an owned slot. What is there already, since no one else may hold it, is made known to the cycle collector: text drops
   * what it has secured without a word, as whoever else lets go of it meanwhile does that. Returns the slot.
   */
  function keep(value: Addr, slot: Addr): Addr {
    if (value !== slot) store(slot, value);
    else if (I32[(slot >> 2) + 1] >= TAG_OBJECT && isKindIn(vm, I32[slot >> 2], CYCLE_KINDS)) addCandidate(vm, I32[slot >> 2]);
    return slot;
  }

  /** Puts a number in an owned slot. Returns the slot. */
  function number(slot: Addr, value: number): Addr {
    const word = slot >> 2;
    const tag = I32[word + 1];
    const payload = I32[word];
    F64[slot >> 3] = value;
    if (tag >= FIRST_REFERENCE) releaseReference(tag, payload);
    return slot;
  }

  /** Puts a comparison's result in an owned slot: 0 false, 1 true, 2 undefined. Returns the slot. */
  function truth(slot: Addr, value: number): Addr {
    return storeTagged(slot, value === 2 ? TAG_UNDEFINED : TAG_BOOLEAN, value === 1 ? 1 : 0);
  }

  /** Moves the result of a call to an owned slot. Returns the slot. */
  function takeResult(slot: Addr): Addr {
    const word = vm.result >> 2;
    const tag = I32[word + 1];
    I32[word + 1] = TAG_UNDEFINED;
    return storeTagged(slot, tag, I32[word]);
  }

  /** Drops the result of a call that nobody wants. */
  function dropResult(): void {
    dropSlot(vm.result);
  }

  /**
   * Overwrites a plain property of `object` (or of `ANY_OBJECT`) with a copy of a value.
   * Replacing a function that others inherit ends the method caches.
   */
  function replaceProperty(object: Ptr, slot: Addr, value: Addr): void {
    note(object, slot);
    store(slot, value);
  }

  /** `replaceProperty` with a value that the property takes over. The caller forgets it. */
  function moveToProperty(object: Ptr, slot: Addr, from: Addr): void {
    note(object, slot);
    storeTagged(slot, I32[(from >> 2) + 1], I32[from >> 2]);
  }

  /** `replaceProperty` with a number. */
  function replaceWithNumber(object: Ptr, slot: Addr, value: number): void {
    note(object, slot);
    number(slot, value);
  }

  function note(object: Ptr, slot: Addr): void {
    if (object !== ANY_OBJECT) noteReplaced(vm, object, slot);
    else if (I32[(slot >> 2) + 1] === TAG_OBJECT) noteFunction(I32[slot >> 2]);
  }

  function noteFunction(object: Ptr): void {
    if ((I32[(object >> 2) + R.META] & R.META_KIND_MASK) === BlockKind.Function) vm.epoch++;
  }

  /** Moves a value from one owned slot to another. */
  function moveSlot(from: Addr, to: Addr): void {
    const tag = I32[(from >> 2) + 1];
    const payload = I32[from >> 2];
    I32[(from >> 2) + 1] = TAG_UNDEFINED;
    storeTagged(to, tag, payload);
  }

  /** Releases what the slots of a light frame own, up to `end`: it is being left. */
  function releaseLight(frame: Addr, end: Addr): void {
    // From now on a function that dies is not handed to this frame.
    vm.frame = I32[(frame + FRAME_LINK) >> 2];
    clearSlots(frame + LIGHT_FUNCTION, end);
  }

  return {
    keep,
    store,
    number,
    truth,
    storeTagged,
    takeResult,
    dropResult,
    dropSlot,
    releaseReference,
    replaceProperty,
    moveToProperty,
    replaceWithNumber,
    moveSlot,
    releaseLight,
  };
}

/** Throw: the running function is to return at once, unless it catches the value itself. */
export function raise(vm: Machine, value: Addr): void {
  copyValue(vm, value, vm.exception);
  vm.thrown = 1;
}

/** Throws again what `suspendException` kept. */
export function raiseAgain(vm: Machine, slot: Addr): void {
  moveValue(vm, slot, vm.exception);
  vm.thrown = 1;
}

/** Moves the exception that has been caught to an owned slot. */
export function takeException(vm: Machine, slot: Addr): void {
  moveOver(vm, vm.exception, slot);
}

/** Forgets the exception that has been caught. */
export function dropException(vm: Machine): void {
  clearSlot(vm, vm.exception);
}
