// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { FIRST_REFERENCE, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { addCandidate } from "./candidates.ts";
import { PointerList } from "./pointer-list.ts";
import { freeDeferredShapes, freeUnlisted } from "./release.ts";

/**
 * Trial deletion as slices of the collector do it: through data only, objects and arrays that nobody inherits from. Not
 * following a reference is safe: what stands behind it counts as held from outside.
 *
 * Each garbage record is walked twice, when its references are subtracted and when it is taken apart; references among garbage are
 * not put back for that.
 */

const WHITE = 0;
/** Visited; its references have been subtracted. */
const GRAY = 1 << R.META_COLOR_SHIFT;
/** Held from outside. */
const BLACK = 2 << R.META_COLOR_SHIFT;
/** Visited, but its references were not followed: the slice was over. */
const FRONTIER = 3 << R.META_COLOR_SHIFT;

/** Elements of the largest arrays that are looked through. */
const MAX_ELEMENTS = 500;
/** Value slots that are as much work as one record. */
const SLOTS_PER_UNIT = 8;

export interface DataTrial {
  /** Work done since `begin`: records, and slots in units of a record. */
  readonly units: number;
  begin(): void;
  /** Whether slices look through a record: data that nobody inherits from, and not so much of it that one record fills a slice. */
  isData(ptr: Ptr): boolean;
  isAlive(ptr: Ptr): boolean;
  /** Visits a record and what it leads to, until `limit` units of work are done. @returns whether that was all */
  expandFrom(ptr: Ptr, limit: number): boolean;
  /** Tells garbage from what is held from outside, whose counts are put back. */
  judge(): void;
  /** Frees the garbage and forgets what has been visited; the number of records freed. */
  sweep(): number;
}

/** Made for each machine, so that V8 compiles it for its memory: see `Reclaimer`. */
export function createDataTrial(vm: Machine): DataTrial {
  const { I32, heap } = vm;
  const { releaseReference } = vm.reclaimer;
  const visited = new PointerList();
  const work = new PointerList();
  /** Visited records whose references have been subtracted: all before this index. */
  let expanded = 0;
  /** Slots gone through since `begin`, a record counted as `SLOTS_PER_UNIT`. */
  let slotsDone = 0;

  function begin(): void {
    expanded = 0;
    slotsDone = 0;
  }

  function isData(ptr: Ptr): boolean {
    return isDataOf(ptr >> 2, I32[(ptr >> 2) + R.META]);
  }

  /** The same with the record's word index and its meta word at hand: every reference is asked about twice. */
  function isDataOf(word: number, meta: number): boolean {
    switch (meta & (R.META_KIND_MASK | R.META_IS_PROTOTYPE)) {
      case BlockKind.Object:
        return true;
      case BlockKind.Array:
        return I32[word + R.ARRAY_COUNT] <= MAX_ELEMENTS;
      default:
        return false;
    }
  }

  function isAlive(ptr: Ptr): boolean {
    return (I32[(ptr >> 2) + R.META] & R.META_COLOR_MASK) === BLACK;
  }

  function expandFrom(ptr: Ptr, limit: number): boolean {
    visit(ptr);
    const mostSlots = limit * SLOTS_PER_UNIT;
    while (expanded < visited.length && slotsDone < mostSlots) subtract(visited.at(expanded++));
    return expanded === visited.length;
  }

  function visit(ptr: Ptr): void {
    const meta = (ptr >> 2) + R.META;
    if ((I32[meta] & R.META_COLOR_MASK) !== WHITE) return;
    I32[meta] |= FRONTIER;
    visited.push(ptr);
  }

  function subtract(ptr: Ptr): void {
    const word = ptr >> 2;
    const meta = I32[word + R.META];
    I32[word + R.META] = (meta & ~R.META_COLOR_MASK) | GRAY;
    // The first slot is `__proto__`, which is never followed.
    const slots = I32[word + R.OBJECT_SLOTS] >> 2;
    const count = I32[(I32[word + R.OBJECT_SHAPE] >> 2) + R.SHAPE_COUNT];
    subtractSlots(slots + 2, slots + count * 2);
    let elements = 0;
    if ((meta & R.META_KIND_MASK) === BlockKind.Array) {
      elements = Math.max(0, I32[word + R.ARRAY_COUNT]);
      const first = I32[word + R.ARRAY_ELEMENTS] >> 2;
      subtractSlots(first, first + elements * 2);
    }
    slotsDone += SLOTS_PER_UNIT + count + elements;
  }

  function subtractSlots(from: number, to: number): void {
    for (let at = from; at < to; at += 2) {
      if (I32[at + 1] < TAG_OBJECT) continue;
      const target = I32[at];
      const word = target >> 2;
      const meta = I32[word + R.META];
      // What has been visited is data.
      if ((meta & R.META_COLOR_MASK) !== WHITE) I32[word + R.REFCOUNT]--;
      else if (isDataOf(word, meta)) {
        I32[word + R.REFCOUNT]--;
        I32[word + R.META] = meta | FRONTIER;
        visited.push(target);
      }
    }
  }

  function judge(): void {
    for (let i = 0; i < visited.length; i++) {
      const ptr = visited.at(i);
      if (I32[(ptr >> 2) + R.REFCOUNT] <= 0 || (I32[(ptr >> 2) + R.META] & R.META_COLOR_MASK) === BLACK) continue;
      revive(ptr);
      while (work.length > 0) putBack(work.pop());
    }
  }

  /** A record is held: paints it, and remembers it when its references have to be put back. */
  function revive(ptr: Ptr): void {
    const meta = I32[(ptr >> 2) + R.META];
    I32[(ptr >> 2) + R.META] = (meta & ~R.META_COLOR_MASK) | BLACK;
    if ((meta & R.META_COLOR_MASK) === GRAY) work.push(ptr);
  }

  function putBack(ptr: Ptr): void {
    const word = ptr >> 2;
    const slots = I32[word + R.OBJECT_SLOTS] >> 2;
    putBackSlots(slots + 2, slots + I32[(I32[word + R.OBJECT_SHAPE] >> 2) + R.SHAPE_COUNT] * 2);
    if ((I32[word + R.META] & R.META_KIND_MASK) !== BlockKind.Array) return;
    const first = I32[word + R.ARRAY_ELEMENTS] >> 2;
    putBackSlots(first, first + I32[word + R.ARRAY_COUNT] * 2);
  }

  function putBackSlots(from: number, to: number): void {
    for (let at = from; at < to; at += 2) {
      if (I32[at + 1] < TAG_OBJECT) continue;
      const target = I32[at];
      if (!isData(target)) continue;
      I32[(target >> 2) + R.REFCOUNT]++;
      if ((I32[(target >> 2) + R.META] & R.META_COLOR_MASK) !== BLACK) revive(target);
    }
  }

  function sweep(): number {
    let garbage = 0;
    for (let i = 0; i < visited.length; i++) {
      const ptr = visited.at(i);
      const meta = I32[(ptr >> 2) + R.META];
      if ((meta & R.META_COLOR_MASK) === BLACK) I32[(ptr >> 2) + R.META] = meta & ~R.META_COLOR_MASK;
      else visited.set(garbage++, ptr);
    }
    if (garbage > 0) {
      vm.deferShapes = true;
      for (let i = 0; i < garbage; i++) takeApart(visited.at(i));
      vm.deferShapes = false;
      for (let i = 0; i < garbage; i++) free(visited.at(i));
      freeDeferredShapes(vm);
    }
    visited.clear();
    return garbage;
  }

  /** Releases what a garbage record holds outside of the garbage, and frees its side blocks. */
  function takeApart(ptr: Ptr): void {
    const word = ptr >> 2;
    const meta = I32[word + R.META];
    const isSubtracted = (meta & R.META_COLOR_MASK) === GRAY;
    const shape = I32[word + R.OBJECT_SHAPE];
    const isArray = (meta & R.META_KIND_MASK) === BlockKind.Array;
    const slots = I32[word + R.OBJECT_SLOTS];
    const first = slots >> 2;
    const last = first + I32[(shape >> 2) + R.SHAPE_COUNT] * 2;
    if (last > first && I32[first + 1] >= FIRST_REFERENCE) releaseReference(I32[first + 1], I32[first]);
    releaseSlots(first + 2, last, isSubtracted);
    if (slots !== ptr + (isArray ? R.ARRAY_INLINE_OFFSET : R.OBJECT_INLINE_OFFSET)) heap.free(slots);
    if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0) {
      I32[(shape >> 2) + R.REFCOUNT] = vm.deadShapes;
      vm.deadShapes = shape;
    }
    if (!isArray) return;
    const elements = I32[word + R.ARRAY_ELEMENTS];
    releaseSlots(elements >> 2, (elements >> 2) + I32[word + R.ARRAY_COUNT] * 2, isSubtracted);
    if (elements !== 0) heap.free(elements - R.ELEMENTS_HEADER_BYTES);
  }

  function releaseSlots(from: number, to: number, isSubtracted: boolean): void {
    for (let at = from; at < to; at += 2) {
      const tag = I32[at + 1];
      if (tag < FIRST_REFERENCE) continue;
      const target = I32[at];
      if (isSubtracted && tag >= TAG_OBJECT) {
        const meta = I32[(target >> 2) + R.META];
        // Only garbage still has a colour.
        if ((meta & R.META_COLOR_MASK) !== WHITE) continue;
        if (isDataOf(target >> 2, meta)) {
          // Its count has been lowered already; it has lost a holder, and may be held by a cycle that was not seen whole.
          addCandidate(vm, target);
          continue;
        }
      }
      releaseReference(tag, target);
    }
  }

  function free(ptr: Ptr): void {
    const meta = I32[(ptr >> 2) + R.META] & ~R.META_COLOR_MASK;
    I32[(ptr >> 2) + R.META] = meta | R.META_DEAD;
    freeUnlisted(vm, ptr);
  }

  return {
    get units() {
      return (slotsDone / SLOTS_PER_UNIT) | 0;
    },
    begin,
    isData,
    isAlive,
    expandFrom,
    judge,
    sweep,
  };
}
