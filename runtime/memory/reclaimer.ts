// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_REFERENCE, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { addCandidate } from "./candidates.ts";
import { destroyShape, freeUnlisted, IN_A_LIST, RELEASE_CHILDREN } from "./release.ts";
import { adoptRunning } from "./running.ts";
import { CYCLE_KINDS } from "./trace.ts";

/**
 * How references are dropped and records given back: the hottest of the runtime's functions. They are made for each machine,
 * so that V8 compiles them for its memory: with `I32` a constant an access takes three instructions fewer. The rest of the runtime
 * comes here by way of release.ts.
 *
 * Loops use a local `memory` that is set before them: within a loop V8 takes no captured variable for a constant.
 */
export interface Reclaimer {
  /** Drops a reference whose tag is known to be counted. */
  releaseReference(tag: number, ptr: Ptr): void;
  /** The record's count is zero: links it into the dead list, and works the list off unless that is already going on. */
  destroy(ptr: Ptr): void;
  /**
   * Works the dead list off: each record on it gives back what it holds, and its own block.
   * @param limit records at most; what is left waits for the next time
   */
  releaseDead(limit: number): void;
  /** Drops what `count` slots hold, whose bits stay. */
  releaseSlots(slots: Addr, count: number): void;
  /** Releases what the slots from one address to another hold, and makes those undefined. */
  clearSlots(from: Addr, to: Addr): void;
  /** Releases what a slot holds and makes it undefined. */
  clearSlot(slot: Addr): void;
  /** Copies a value over a live slot, whose old value is released afterwards. */
  replaceValue(slot: Addr, value: Addr): void;
  /** Writes an owned reference or plain tagged value over a live slot, whose old value is released afterwards. Returns the slot. */
  replaceTagged(slot: Addr, tag: number, payload: number): Addr;
  /** Releases the properties of a dead object, and its shape where that is its own. `inlineOffset`: bytes before its inline slots. */
  releaseProperties(ptr: Ptr, inlineOffset: number): void;
}

export function createReclaimer(vm: Machine): Reclaimer {
  const { I32, heap } = vm;

  function releaseReference(tag: number, ptr: Ptr): void {
    if (--I32[(ptr >> 2) + R.REFCOUNT] === 0) destroy(ptr);
    else if (tag >= TAG_OBJECT && (I32[(ptr >> 2) + R.META] & R.META_BUFFERED) === 0) {
      if ((CYCLE_KINDS >> (I32[(ptr >> 2) + R.META] & 31)) & 1) addCandidate(vm, ptr);
    }
  }

  function destroy(ptr: Ptr): void {
    const word = ptr >> 2;
    I32[word + R.META] |= R.META_DEAD;
    I32[word + R.REFCOUNT] = vm.deadList;
    vm.deadList = ptr;
    if (!vm.releasing) releaseDead(vm.releaseLimit);
  }

  function releaseDead(limit: number): void {
    vm.releasing = true;
    for (let left = limit; vm.deadList !== 0 && left > 0; left--) {
      const dead = vm.deadList;
      vm.deadList = I32[(dead >> 2) + R.REFCOUNT];
      finish(dead);
    }
    vm.releasing = false;
  }

  /** Releases the children of a dead record and frees it. */
  function finish(ptr: Ptr): void {
    const meta = I32[(ptr >> 2) + R.META];
    if ((meta & R.META_KIND_MASK) === BlockKind.Function && vm.frame !== 0 && adoptRunning(vm, ptr)) {
      I32[(ptr >> 2) + R.META] = meta & ~R.META_DEAD;
      return;
    }
    // Most that dies is a plain object.
    if ((meta & R.META_KIND_MASK) === BlockKind.Object) releaseProperties(ptr, R.OBJECT_INLINE_OFFSET);
    else RELEASE_CHILDREN[meta & R.META_KIND_MASK]?.(vm, ptr);
    if ((meta & IN_A_LIST) === 0) heap.free(ptr);
    else freeUnlisted(vm, ptr);
  }

  function releaseSlots(slots: Addr, count: number): void {
    const memory = I32;
    let word = slots >> 2;
    for (const end = (word + count * 2) | 0; word < end; word = (word + 2) | 0) {
      const tag = memory[word + 1];
      if (tag < FIRST_REFERENCE) continue;
      const ptr = memory[word];
      // `releaseReference` where that is no more than counting: so it is for prototypes and constructors, which many share.
      if (memory[ptr >> 2] > 1 && (memory[(ptr >> 2) + R.META] & R.META_BUFFERED) !== 0) memory[ptr >> 2]--;
      else releaseReference(tag, ptr);
    }
  }

  function clearSlots(from: Addr, to: Addr): void {
    const memory = I32;
    for (let word = from >> 2, end = to >> 2; word < end; word += 2) {
      const tag = memory[word + 1];
      if (tag >= FIRST_REFERENCE) {
        memory[word + 1] = TAG_UNDEFINED;
        releaseReference(tag, memory[word]);
      }
    }
  }

  function clearSlot(slot: Addr): void {
    replaceTagged(slot, TAG_UNDEFINED, 0);
  }

  function replaceValue(slot: Addr, value: Addr): void {
    const tag = I32[(value >> 2) + 1];
    const payload = I32[value >> 2];
    if (tag >= FIRST_REFERENCE) I32[payload >> 2]++;
    replaceTagged(slot, tag, payload);
  }

  function replaceTagged(slot: Addr, tag: number, payload: number): Addr {
    const word = slot >> 2;
    const oldTag = I32[word + 1];
    const oldPayload = I32[word];
    I32[word] = payload;
    I32[word + 1] = tag;
    if (oldTag >= FIRST_REFERENCE) releaseReference(oldTag, oldPayload);
    return slot;
  }

  function releaseProperties(ptr: Ptr, inlineOffset: number): void {
    const word = ptr >> 2;
    const shape = I32[word + R.OBJECT_SHAPE];
    const slots = I32[word + R.OBJECT_SLOTS];
    releaseSlots(slots, I32[(shape >> 2) + R.SHAPE_COUNT]);
    if (slots !== ptr + inlineOffset) heap.free(slots);
    if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0) destroyShape(vm, shape);
  }

  return {
    releaseReference,
    destroy,
    releaseDead,
    releaseSlots,
    clearSlots,
    clearSlot,
    replaceValue,
    replaceTagged,
    releaseProperties,
  };
}
