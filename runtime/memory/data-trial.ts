// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { FIRST_REFERENCE, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { addCandidate } from "./candidates.ts";
import { destroyShape, freeDeferredShapes, freeUnlisted, IN_A_LIST } from "./release.ts";

/**
 * Trial deletion as slices of the collector do it: through data only, objects and arrays that nobody inherits from. Not
 * following a reference is safe: what stands behind it counts as held from outside.
 *
 * References among garbage are not put back for taking it apart, and what it holds beside is written down when its references
 * are subtracted: where all that was visited is garbage, its slots are gone through only once.
 */

const WHITE = 0;
/** Visited. Its references have been subtracted, but for what still waits on the stack. */
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
  /** @param limit work that the trial may do, in units; `MOST_UNITS` at most */
  begin(limit: number): void;
  /** Work done since `begin`: records, and slots in units of a record. */
  units(): number;
  /** Whether slices look through a record: data that nobody inherits from, and not so much of it that one record fills a slice. */
  isData(ptr: Ptr): boolean;
  isAlive(ptr: Ptr): boolean;
  /**
   * Visits a record, one of `MOST_ROOTS` at most, and what it leads to, until all the work is done or the next record would be too
   * much. @returns whether that was all
   */
  expandFrom(ptr: Ptr): boolean;
  /** Tells garbage from what is held from outside, whose counts are put back. */
  judge(): void;
  /** Frees the garbage and forgets what has been visited; the number of records freed. */
  sweep(): number;
}

/** Units of work that a trial does at most. */
const MOST_UNITS = 5_000;
/** A record of at most so many slots is gone through although less work is left. */
const OVERTIME_SLOTS = 1_000;
/** Records that a trial may start from. */
const MOST_ROOTS = 1 << 12;
/** Slots that a trial goes through at most: each leads to one record or stands for one reference to something else. */
const MOST_SLOTS = MOST_UNITS * SLOTS_PER_UNIT + OVERTIME_SLOTS;
/** Entries of the table that tells which references to something else are the same. */
const OTHERS_TABLE = 64;
/** In place of a tag. */
const OF_SHAPE = 0;
/** Bit of an address on the list of what has been visited: freeing the record is more than freeing one block. */
const HAS_SIDE_BLOCKS = 1;

/** Made for each machine, so that V8 compiles it for its memory: see `Reclaimer`. */
export function createDataTrial(vm: Machine): DataTrial {
  const { I32, heap } = vm;
  const { releaseReference } = vm.reclaimer;
  /** What has been visited and gone through, each record after what it was found in. */
  const visited = new Int32Array(MOST_ROOTS + MOST_SLOTS);
  let visitedCount = 0;
  /** What has been visited and not yet gone through: a stack, so that what was made together is gone through, and freed, one after the other. */
  const pending = new Int32Array(visited.length);
  let pendingCount = 0;
  /** Visited records that are held from outside. */
  let alive = 0;
  /**
   * What visited records hold that is no data: a tag, a pointer, and how many such references have been found. Or `OF_SHAPE` and a
   * shape, for the prototypes of as many records as the shape says.
   */
  const others = new Int32Array(3 * (1 + MOST_SLOTS + 2 * MOST_ROOTS));
  let othersEnd = 0;
  /** By bits of a pointer, where in `others` it stands if it was the last of them: most records hold the same functions. */
  const lastOthers = new Int32Array(OTHERS_TABLE);
  /** All that was visited is garbage, and has been gone through. */
  let isWhole = false;
  /** Sum of what is left of visited records' counts: 0 where all are garbage. */
  let held = 0;
  /** Slots that may be gone through. */
  let slotsLimit = 0;
  /** Slots gone through since `begin`, a record counted as `SLOTS_PER_UNIT`. */
  let slotsDone = 0;

  function begin(limit: number): void {
    slotsLimit = (Math.min(limit, MOST_UNITS) * SLOTS_PER_UNIT) | 0;
    visitedCount = 0;
    pendingCount = 0;
    alive = 0;
    // The first entry is no reference's.
    othersEnd = 3;
    lastOthers.fill(0);
    held = 0;
    slotsDone = 0;
  }

  function units(): number {
    return (slotsDone / SLOTS_PER_UNIT) | 0;
  }

  function isData(ptr: Ptr): boolean {
    return isDataOf(ptr >> 2, I32[(ptr >> 2) + R.META]);
  }

  /** The same with the record's word index and its meta word at hand: every reference is asked about. */
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

  /** A visited record holds what is no data: that is released should all that was visited be garbage. */
  function noteOther(tag: number, target: Ptr, times: number): void {
    const entry = (target >> 6) & (OTHERS_TABLE - 1);
    let at = lastOthers[entry];
    if (others[at + 1] !== target) {
      at = othersEnd;
      lastOthers[entry] = at;
      others[at] = tag;
      others[at + 1] = target;
      others[at + 2] = 0;
      othersEnd = at + 3;
    }
    others[at + 2] += times;
  }

  /** The same for the prototype of records of a shape that is not one record's own. */
  function noteShape(ptr: Ptr, times: number): void {
    const shape = ptr >> 2;
    if (I32[shape + R.SHAPE_VISITED] === 0) {
      others[othersEnd] = OF_SHAPE;
      others[othersEnd + 1] = shape;
      othersEnd += 3;
    }
    I32[shape + R.SHAPE_VISITED] += times;
  }

  /** The same for the prototype and the constructor of records. */
  function noteKin(shape: Ptr, constructor: Ptr, times: number): void {
    noteShape(shape, times);
    noteOther(TAG_OBJECT, constructor, times);
  }

  function isFunction(ptr: Ptr): boolean {
    return (I32[(ptr >> 2) + R.META] & R.META_KIND_MASK) === BlockKind.Function;
  }

  function expandFrom(ptr: Ptr): boolean {
    // All of it in one function and its state in locals, as `Reclaimer` says: by far the most of a slice's time goes by here. `| 0`
    // tells V8 that a number is an int32, which it then keeps in a register, untagged and without asking for overflow.
    const memory = I32;
    const found = visited;
    const stack = pending;
    const arrayKind = BlockKind.Array | 0;
    let top = pendingCount | 0;
    let end = visitedCount | 0;
    let left = held | 0;
    // Data has many arrays that nothing has been added to.
    const emptyShape = vm.realm.literalArrayShape | 0;
    const arrayConstructor = vm.realm.arrayConstructor | 0;
    let emptyArrays = 0;
    // The last object in one block that is no array: one of the same shape and constructor holds the same beside data.
    let kinShape = 0;
    let kinConstructor = 0;
    let kinSlots = 0;
    let kin = 0;
    let slotsLeft = (slotsLimit - slotsDone) | 0;
    const before = slotsLeft;
    const root = (ptr >> 2) + R.META;
    if ((memory[root] & R.META_COLOR_MASK) === WHITE) {
      memory[root] |= GRAY;
      left = (left + memory[(ptr >> 2) + R.REFCOUNT]) | 0;
      stack[top] = ptr;
      top = (top + 1) | 0;
    }
    while (top > 0 && slotsLeft > 0) {
      const record = stack[top - 1];
      const word = record >> 2;
      const slots = memory[word + R.OBJECT_SLOTS];
      const shape = memory[word + R.OBJECT_SHAPE];
      // Tags, from the last to the first: what they lead to comes off the stack the other way round. The first slot is `__proto__`, which is never followed.
      const proto = ((slots >> 2) + 1) | 0;
      let first = (proto + 2) | 0;
      let at = 0;
      let elements = 0;
      if (
        shape === kinShape &&
        memory[proto + 1] === kinConstructor &&
        memory[first] === TAG_OBJECT &&
        slots === ((record + R.OBJECT_INLINE_OFFSET) | 0)
      ) {
        kin = (kin + 1) | 0;
        first = (proto + 4) | 0;
        at = (proto + ((kinSlots << 1) - 2)) | 0;
        slotsLeft = (slotsLeft - (SLOTS_PER_UNIT + kinSlots)) | 0;
        found[end] = record;
      } else {
        const isArray = (memory[word + R.META] & R.META_KIND_MASK) === arrayKind;
        const count = memory[(shape >> 2) + R.SHAPE_COUNT];
        const isUnique = memory[(shape >> 2) + R.META] & R.SHAPE_UNIQUE;
        let sideBlocks = (slots - record - (isArray ? R.ARRAY_INLINE_OFFSET : R.OBJECT_INLINE_OFFSET)) | 0 | isUnique;
        if (isArray) {
          elements = Math.max(0, memory[word + R.ARRAY_COUNT]);
          sideBlocks |= memory[word + R.ARRAY_ELEMENTS];
        }
        const work = (SLOTS_PER_UNIT + count + elements) | 0;
        if (work > OVERTIME_SLOTS && work > slotsLeft) break;
        slotsLeft = (slotsLeft - work) | 0;
        at = (proto + ((count << 1) - 2)) | 0;
        if (isUnique === 0 && memory[(shape >> 2) + R.SHAPE_PROTO] !== 0) {
          noteShape(shape, 1);
          if (!isArray && count > 1 && work <= OVERTIME_SLOTS && memory[first] === TAG_OBJECT && isFunction(memory[proto + 1])) {
            if (kin > 0) noteKin(kinShape, kinConstructor, kin);
            kinShape = shape;
            kinConstructor = memory[proto + 1];
            kinSlots = count;
            kin = 0;
          }
        } else if (count > 0 && memory[proto] >= FIRST_REFERENCE) noteOther(memory[proto], memory[proto - 1], 1);
        found[end] = sideBlocks === 0 ? record : record | HAS_SIDE_BLOCKS;
      }
      top = (top - 1) | 0;
      end = (end + 1) | 0;
      for (;;) {
        for (; at >= first; at = (at - 2) | 0) {
          const tag = memory[at];
          if (tag < FIRST_REFERENCE) continue;
          const target = memory[at - 1];
          if (tag >= TAG_OBJECT) {
            const targetWord = target >> 2;
            const targetMeta = memory[targetWord + R.META];
            // What has been visited is data.
            if ((targetMeta & R.META_COLOR_MASK) !== WHITE) {
              memory[targetWord + R.REFCOUNT]--;
              left = (left - 1) | 0;
              continue;
            }
            if (isDataOf(targetWord, targetMeta)) {
              left = (left + --memory[targetWord + R.REFCOUNT]) | 0;
              memory[targetWord + R.META] = targetMeta | GRAY;
              const own = memory[targetWord + R.OBJECT_SLOTS];
              if (
                memory[targetWord + R.OBJECT_SHAPE] === emptyShape &&
                memory[targetWord + R.ARRAY_ELEMENTS] === 0 &&
                own === ((target + R.ARRAY_INLINE_OFFSET) | 0) &&
                memory[((own >> 2) + 2 * R.ARRAY_CONSTRUCTOR_SLOT) | 0] === arrayConstructor
              ) {
                // Leads nowhere.
                found[end] = target;
                end = (end + 1) | 0;
                emptyArrays = (emptyArrays + 1) | 0;
              } else {
                stack[top] = target;
                top = (top + 1) | 0;
              }
              continue;
            }
          }
          noteOther(tag, target, 1);
        }
        if (elements === 0) break;
        first = ((memory[word + R.ARRAY_ELEMENTS] >> 2) + 1) | 0;
        at = (first + ((elements << 1) - 2)) | 0;
        elements = 0;
      }
    }
    if (kin > 0) noteKin(kinShape, kinConstructor, kin);
    if (emptyArrays > 0) {
      noteShape(emptyShape, emptyArrays);
      noteOther(TAG_OBJECT, arrayConstructor, emptyArrays);
    }
    pendingCount = top;
    visitedCount = end;
    held = left;
    slotsDone += before - slotsLeft + emptyArrays * SLOTS_PER_UNIT;
    return top === 0;
  }

  function judge(): void {
    isWhole = held === 0 && pendingCount === 0;
    if (isWhole) return;
    for (let i = 0; i < visitedCount; i++) visited[i] &= ~HAS_SIDE_BLOCKS;
    while (pendingCount > 0) {
      const ptr = pending[--pendingCount];
      I32[(ptr >> 2) + R.META] |= FRONTIER;
      visited[visitedCount++] = ptr;
    }
    for (let i = 0; i < visitedCount; i++) {
      const ptr = visited[i];
      if (I32[(ptr >> 2) + R.REFCOUNT] <= 0 || (I32[(ptr >> 2) + R.META] & R.META_COLOR_MASK) === BLACK) continue;
      revive(ptr);
      while (pendingCount > 0) putBack(pending[--pendingCount]);
    }
  }

  /** A record is held: paints it, and puts it on the stack when its references have to be put back. */
  function revive(ptr: Ptr): void {
    const meta = I32[(ptr >> 2) + R.META];
    I32[(ptr >> 2) + R.META] = (meta & ~R.META_COLOR_MASK) | BLACK;
    alive++;
    if ((meta & R.META_COLOR_MASK) === GRAY) pending[pendingCount++] = ptr;
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
    const garbage = visitedCount - alive;
    if (!isWhole) for (let i = 3; i < othersEnd; i += 3) if (others[i] === OF_SHAPE) I32[others[i + 1] + R.SHAPE_VISITED] = 0;
    if (alive > 0) putGarbageFirst();
    if (garbage === 0) return 0;
    vm.deferShapes = true;
    if (isWhole) sweepWhole();
    else {
      for (let i = 0; i < garbage; i++) releaseHeld(visited[i]);
      for (let i = 0; i < garbage; i++) free(visited[i]);
    }
    vm.deferShapes = false;
    freeDeferredShapes(vm);
    return garbage;
  }

  /** All that was visited is garbage, and what it holds beside itself stands in `others`. */
  function sweepWhole(): void {
    const memory = I32;
    const found = visited;
    const blocks = heap;
    for (let i = 3; i < othersEnd; i += 3) {
      const target = others[i + 1];
      if (others[i] === OF_SHAPE) {
        releaseReferences(TAG_OBJECT, memory[target + R.SHAPE_PROTO], memory[target + R.SHAPE_VISITED]);
        memory[target + R.SHAPE_VISITED] = 0;
      } else {
        releaseReferences(others[i], target, others[i + 2]);
      }
    }
    // What was found last was mostly allocated last, below the rest: blocks that follow each other are joined most cheaply upwards.
    for (let i = visitedCount - 1; i >= 0; i--) {
      const ptr = found[i];
      if ((ptr & HAS_SIDE_BLOCKS) === 0 && (memory[(ptr >> 2) + R.META] & IN_A_LIST) === 0) blocks.free(ptr);
      else freeBlocks(ptr & ~HAS_SIDE_BLOCKS);
    }
  }

  /** Drops that many references to a record. */
  function releaseReferences(tag: number, target: Ptr, times: number): void {
    I32[(target >> 2) + R.REFCOUNT] -= times - 1;
    releaseReference(tag, target);
  }

  /** What is alive loses its colour; what is not moves to the front of the list. */
  function putGarbageFirst(): void {
    let garbage = 0;
    for (let i = 0; i < visitedCount; i++) {
      const ptr = visited[i];
      const meta = I32[(ptr >> 2) + R.META];
      if ((meta & R.META_COLOR_MASK) === BLACK) I32[(ptr >> 2) + R.META] = meta & ~R.META_COLOR_MASK;
      else visited[garbage++] = ptr;
    }
  }

  /** Releases what a garbage record holds outside of the garbage, but for its `__proto__`. */
  function releaseHeld(ptr: Ptr): void {
    const word = ptr >> 2;
    const meta = I32[word + R.META];
    const isSubtracted = (meta & R.META_COLOR_MASK) === GRAY;
    const slots = I32[word + R.OBJECT_SLOTS] >> 2;
    releaseSlots(slots + 2, slots + I32[(I32[word + R.OBJECT_SHAPE] >> 2) + R.SHAPE_COUNT] * 2, isSubtracted);
    if ((meta & R.META_KIND_MASK) !== BlockKind.Array) return;
    const elements = I32[word + R.ARRAY_ELEMENTS] >> 2;
    releaseSlots(elements, elements + I32[word + R.ARRAY_COUNT] * 2, isSubtracted);
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

  /** Gives back a garbage record that holds nothing any more but its `__proto__`. */
  function free(ptr: Ptr): void {
    const word = ptr >> 2;
    const slots = I32[word + R.OBJECT_SLOTS] >> 2;
    if (I32[(I32[word + R.OBJECT_SHAPE] >> 2) + R.SHAPE_COUNT] > 0 && I32[slots + 1] >= FIRST_REFERENCE)
      releaseReference(I32[slots + 1], I32[slots]);
    freeBlocks(ptr);
  }

  /** Gives back the blocks of a garbage record that holds nothing any more. */
  function freeBlocks(ptr: Ptr): void {
    const word = ptr >> 2;
    const meta = I32[word + R.META] & ~R.META_COLOR_MASK;
    const shape = I32[word + R.OBJECT_SHAPE];
    const slots = I32[word + R.OBJECT_SLOTS];
    const isArray = (meta & R.META_KIND_MASK) === BlockKind.Array;
    if (slots !== ptr + (isArray ? R.ARRAY_INLINE_OFFSET : R.OBJECT_INLINE_OFFSET)) heap.free(slots);
    if ((I32[(shape >> 2) + R.META] & R.SHAPE_UNIQUE) !== 0) destroyShape(vm, shape);
    if (isArray && I32[word + R.ARRAY_ELEMENTS] !== 0) heap.free(I32[word + R.ARRAY_ELEMENTS] - R.ELEMENTS_HEADER_BYTES);
    if ((meta & IN_A_LIST) === 0) {
      heap.free(ptr);
      return;
    }
    I32[word + R.META] = meta | R.META_DEAD;
    freeUnlisted(vm, ptr);
  }

  return { begin, units, isData, isAlive, expandFrom, judge, sweep };
}
