// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { META, META_BUFFERED } from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";

/**
 * The cycle collector's candidates, oldest first, with a table beside that finds a record's entry: most candidates die by
 * themselves, and one that does is taken out at once, so that its memory can be used again while it is still in the caches.
 *
 *   entries   `candidateRoom` words: a record, or 0 where one has been taken out; those in use lie from `candidateFirst` to
 *             `candidateEnd`, and `candidateCount` of them are records
 *   table     twice as many words in sets of four: the index of an entry + 1, or 0; the entry may be gone, or another record's
 *             by now
 */
const SMALLEST_ROOM = 256;
const SET = 4;
/** Knuth's multiplicative hash: 2^32 over the golden ratio. */
const GOLDEN = 0x9e3779b1 | 0;

/**
 * Remembers a record whose count dropped to something above zero: it may be the root of a garbage cycle (Bacon and Rajan).
 * A record is buffered once; when it dies meanwhile it is taken out again. Never throws, since releasing must not: a record
 * that there is no memory to remember is a candidate again when its count drops the next time, and the next complete collection looks at all.
 */
export function addCandidate(vm: Machine, ptr: Ptr): void {
  const I32 = vm.I32;
  const meta = (ptr >> 2) + META;
  if ((I32[meta] & META_BUFFERED) !== 0) return;
  if (vm.candidateEnd === vm.candidateRoom && !makeRoom(vm)) {
    vm.lostCandidates = true;
    return;
  }
  I32[meta] |= META_BUFFERED;
  const index = vm.candidateEnd++;
  I32[vm.candidates + index] = ptr;
  vm.candidateCount++;
  enterInTable(vm, ptr, index);
}

/**
 * A buffered record dies: takes it out of the buffer.
 * @returns false in the rare case that the table had no room for it: the block must then stay as a zombie (META_DEAD) until
 * the buffer is swept
 */
export function removeCandidate(vm: Machine, ptr: Ptr): boolean {
  const I32 = vm.I32;
  const set = setOf(vm, ptr);
  for (let at = set; at < set + SET; at++) {
    const entry = vm.candidates + I32[at] - 1;
    if (I32[at] === 0 || I32[entry] !== ptr) continue;
    I32[at] = 0;
    I32[entry] = 0;
    I32[(ptr >> 2) + META] &= ~META_BUFFERED;
    vm.candidateCount--;
    return true;
  }
  return false;
}

/** Takes the oldest entry out of the buffer, which must not be empty. */
export function takeOldest(vm: Machine): Ptr {
  const I32 = vm.I32;
  while (I32[vm.candidates + vm.candidateFirst] === 0) vm.candidateFirst++;
  const index = vm.candidateFirst++;
  const ptr = I32[vm.candidates + index];
  // What is taken must not be found any more should it become a candidate again. The table is left alone: that would be a cache miss.
  I32[vm.candidates + index] = 0;
  if (--vm.candidateCount === 0) {
    vm.candidateFirst = 0;
    vm.candidateEnd = 0;
  }
  return ptr;
}

/**
 * Word index of the set in which a record's entry is looked for: records of the same 64 KiB that follow each other have sets that do,
 * which are in the caches together.
 */
function setOf(vm: Machine, ptr: Ptr): number {
  const room = vm.candidateRoom;
  const set = ((ptr >>> 6) + (Math.imul(ptr >>> 16, GOLDEN) >>> vm.candidateShift)) & ((room >> 1) - 1);
  return vm.candidates + room + (set << 2);
}

/**
 * Makes an entry, the latest, findable. It goes in the place of one that is gone, or of none. A full set forgets one: that record can't
 * be taken out of the buffer when it dies.
 */
function enterInTable(vm: Machine, ptr: Ptr, index: number): void {
  const I32 = vm.I32;
  const set = setOf(vm, ptr);
  let at = set;
  for (const end = at + SET - 1; at < end && isInUse(vm, set, I32[at], index); at++) {}
  I32[at] = index + 1;
}

/** Whether what a set says is the entry, before `index`, of one of its records. */
function isInUse(vm: Machine, set: number, said: number, index: number): boolean {
  if (said <= vm.candidateFirst || said > index) return false;
  const ptr = vm.I32[vm.candidates + said - 1];
  return ptr !== 0 && setOf(vm, ptr) === set;
}

/** Closes gaps, or gets a larger buffer when there are few. @returns false when there is no memory for one; nothing has changed then */
function makeRoom(vm: Machine): boolean {
  const { candidateList, candidateRoom } = vm;
  if (vm.candidateCount > candidateRoom - (candidateRoom >> 2) || candidateRoom === 0) {
    const room = Math.max(SMALLEST_ROOM, candidateRoom * 2);
    if (!candidateList.tryReserve(room * 3)) return false;
    vm.candidates = candidateList.base >> 2;
    vm.candidateRoom = room;
    vm.candidateShift = Math.clz32(room) + 2;
  }
  rebuild(vm);
  return true;
}

function rebuild(vm: Machine): void {
  const { I32, candidates, candidateRoom, candidateFirst, candidateEnd } = vm;
  I32.fill(0, candidates + candidateRoom, candidates + candidateRoom * 3);
  // `enterInTable` is to take none of the new entries for one that is gone.
  vm.candidateFirst = 0;
  let end = 0;
  for (let index = candidateFirst; index < candidateEnd; index++) {
    const ptr = I32[candidates + index];
    if (ptr === 0) continue;
    I32[candidates + end] = ptr;
    enterInTable(vm, ptr, end++);
  }
  vm.candidateEnd = end;
}
