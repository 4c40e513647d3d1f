// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import { allocate, freeBlock, outOfMemory, roomyBytes, tryAllocate } from "../memory/blocks.ts";
import { type Owned, takeOwned } from "../memory/owned.ts";
import { release, retain } from "../memory/release.ts";

/** Longest string, in units; a longer result is an out-of-memory condition. */
export const MAX_STRING_LENGTH = 0x0fffffff;
/** Substrings from this length on share their parent's units. */
const MIN_SHARED_LENGTH = 32;
/** Concatenations up to this many bytes are stored inline, where the record takes 128 bytes of the default heap; longer ones get a growing buffer. */
const MAX_INLINE_CONCAT_BYTES = 92;
/** Smallest buffer; and from which size on one gets no more than it needs. */
const MIN_BUFFER_BYTES = 200;
const MOST_ROOMY_BYTES = 1 << 29;

/**
 * Strings are heap records: Latin-1 or UTF-16 units, immutable to all who see them. All functions here borrow their
 * string arguments; every string returned is owned by the caller, and out-of-memory is thrown.
 *
 * A string whose units are all below 256 may still be wide; equality and hash look at units, never at the width.
 */

/** Makes a string of `length` units with undefined contents; the units are to be written at the data address. */
export function allocateString(vm: Machine, length: number, wide: boolean): Owned {
  const bytes = wide ? length * 2 : length;
  const ptr = allocate(vm, R.STRING_RECORD_BYTES + bytes, BlockKind.String);
  initialise(vm, ptr, length, wide, ptr + R.STRING_INLINE_OFFSET, 0);
  return takeOwned(ptr);
}

function initialise(vm: Machine, ptr: Ptr, length: number, wide: boolean, data: number, owner: Ptr): void {
  const word = ptr >> 2;
  vm.I32[word + R.REFCOUNT] = 1;
  vm.I32[word + R.META] = wide ? BlockKind.String | R.STRING_WIDE : BlockKind.String;
  vm.I32[word + R.STRING_LENGTH] = length;
  vm.I32[word + R.STRING_HASH] = 0;
  vm.I32[word + R.STRING_NAME] = 0;
  vm.I32[word + R.STRING_DATA] = data;
  vm.I32[word + R.STRING_OWNER] = owner;
}

/** Units of a string. */
export function stringLength(vm: Machine, s: Ptr): number {
  return vm.I32[(s >> 2) + R.STRING_LENGTH];
}

export function isWide(vm: Machine, s: Ptr): boolean {
  return (vm.I32[(s >> 2) + R.META] & R.STRING_WIDE) !== 0;
}

/** Unit at `index`, which must be in range. */
export function unitAt(vm: Machine, s: Ptr, index: number): number {
  const data = vm.I32[(s >> 2) + R.STRING_DATA];
  return (vm.I32[(s >> 2) + R.META] & R.STRING_WIDE) === 0 ? vm.U8[data + index] : vm.U16[(data >> 1) + index];
}

/** Copies a JavaScript string into the heap. */
export function stringFromJs(vm: Machine, text: string): Owned {
  const length = text.length;
  if (length === 0) return emptyString(vm);
  let wide = false;
  for (let i = 0; i < length; i++) {
    if (text.charCodeAt(i) > 255) {
      wide = true;
      break;
    }
  }
  if (length === 1 && !wide) return singleChar(vm, text.charCodeAt(0));
  const ptr = allocateString(vm, length, wide);
  const data = ptr + R.STRING_INLINE_OFFSET;
  if (wide) for (let i = 0; i < length; i++) vm.U16[(data >> 1) + i] = text.charCodeAt(i);
  else for (let i = 0; i < length; i++) vm.U8[data + i] = text.charCodeAt(i);
  return ptr;
}

/** Makes a string of `length` Latin-1 bytes that stand at `address`. */
export function stringFromLatin1(vm: Machine, address: number, length: number): Owned {
  if (length === 0) return emptyString(vm);
  if (length === 1) return singleChar(vm, vm.U8[address]);
  const ptr = allocateString(vm, length, false);
  vm.U8.copyWithin(ptr + R.STRING_INLINE_OFFSET, address, address + length);
  return ptr;
}

/** The string as a JavaScript string: for output and for the player, not for running code. */
export function stringToJs(vm: Machine, s: Ptr): string {
  const length = stringLength(vm, s);
  const data = vm.I32[(s >> 2) + R.STRING_DATA];
  const units: ArrayLike<number> = isWide(vm, s)
    ? vm.U16.subarray(data >> 1, (data >> 1) + length)
    : vm.U8.subarray(data, data + length);
  let text = "";
  for (let at = 0; at < length; at += 8192) {
    const end = Math.min(length, at + 8192);
    text += String.fromCharCode.apply(null, Array.prototype.slice.call(units, at, end) as number[]);
  }
  return text;
}

/** The empty string, one more reference to the machine's own. */
export function emptyString(vm: Machine): Owned {
  return retain(vm, vm.emptyString);
}

/** The string of one unit; below 256 one more reference to the machine's own. */
export function singleChar(vm: Machine, unit: number): Owned {
  if (unit < 256) return retain(vm, vm.I32[(vm.singleChars >> 2) + unit]);
  const ptr = allocateString(vm, 1, true);
  vm.U16[(ptr + R.STRING_INLINE_OFFSET) >> 1] = unit;
  return ptr;
}

/** Makes the empty string and the single-character strings; called once, before any other string is made. */
export function createStringConstants(vm: Machine): void {
  vm.emptyString = allocateString(vm, 0, false);
  vm.singleChars = allocate(vm, 256 * 4, BlockKind.NameTable);
  for (let unit = 0; unit < 256; unit++) {
    const s = allocateString(vm, 1, false);
    vm.U8[s + R.STRING_INLINE_OFFSET] = unit;
    vm.I32[(vm.singleChars >> 2) + unit] = s;
  }
}

/** Releases what `createStringConstants` made. */
export function releaseStringConstants(vm: Machine): void {
  for (let unit = 0; unit < 256; unit++) release(vm, takeOwned(vm.I32[(vm.singleChars >> 2) + unit]));
  freeBlock(vm, vm.singleChars);
  release(vm, takeOwned(vm.emptyString));
}

/** Copies `count` units of `s` from `start` to `address`, widening when `wide`. */
export function copyUnits(vm: Machine, s: Ptr, start: number, count: number, address: number, wide: boolean): void {
  const data = vm.I32[(s >> 2) + R.STRING_DATA];
  if (!isWide(vm, s)) {
    if (!wide) {
      if (count < 24) for (let i = 0; i < count; i++) vm.U8[address + i] = vm.U8[data + start + i];
      else vm.U8.copyWithin(address, data + start, data + start + count);
    } else for (let i = 0; i < count; i++) vm.U16[(address >> 1) + i] = vm.U8[data + start + i];
  } else {
    const from = (data >> 1) + start;
    if (wide) vm.U16.copyWithin(address >> 1, from, from + count);
    else for (let i = 0; i < count; i++) vm.U8[address + i] = vm.U16[from + i];
  }
}

/**
 * `a` followed by `b`. Long results live in a buffer with spare room at its end; appending to the string that ends where
 * the buffer's used part ends writes in place, whoever else refers to it: its own length does not change.
 */
export function concatStrings(vm: Machine, a: Ptr, b: Ptr): Owned {
  const I32 = vm.I32;
  const aLength = I32[(a >> 2) + R.STRING_LENGTH];
  const bLength = I32[(b >> 2) + R.STRING_LENGTH];
  if (aLength === 0 || bLength === 0) return retain(vm, aLength === 0 ? b : a);
  const length = aLength + bLength;
  const wide = ((I32[(a >> 2) + R.META] | I32[(b >> 2) + R.META]) & R.STRING_WIDE) !== 0;
  const shift = wide ? 1 : 0;
  const bytes = length << shift;
  if (bytes <= MAX_INLINE_CONCAT_BYTES) {
    const ptr = allocateString(vm, length, wide);
    const data = ptr + R.STRING_INLINE_OFFSET;
    copyUnits(vm, a, 0, aLength, data, wide);
    copyUnits(vm, b, 0, bLength, data + (aLength << shift), wide);
    return ptr;
  }
  const owner = I32[(a >> 2) + R.STRING_OWNER];
  if (owner !== 0 && isWide(vm, a) === wide && (I32[(owner >> 2) + R.META] & R.META_KIND_MASK) === BlockKind.StringBuffer) {
    const data = I32[(a >> 2) + R.STRING_DATA];
    const end = data + (aLength << shift);
    const newEnd = end + (bLength << shift);
    if (I32[(owner >> 2) + R.BUFFER_USED] === end && newEnd <= I32[(owner >> 2) + R.BUFFER_END]) {
      copyUnits(vm, b, 0, bLength, end, wide);
      I32[(owner >> 2) + R.BUFFER_USED] = newEnd;
      return allocateView(vm, retain(vm, owner), data, length, wide);
    }
  }
  const buffer = allocateBuffer(vm, length <= MAX_STRING_LENGTH ? bytes : 0x7fffffff);
  const data = buffer + R.BUFFER_DATA_OFFSET;
  copyUnits(vm, a, 0, aLength, data, wide);
  copyUnits(vm, b, 0, bLength, data + (aLength << shift), wide);
  I32[(buffer >> 2) + R.BUFFER_USED] = data + bytes;
  return allocateView(vm, buffer, data, length, wide);
}

/** A string record over units that `owner` holds; takes over the caller's reference to `owner`, also when it throws. */
function allocateView(vm: Machine, owner: Owned, data: number, length: number, wide: boolean): Owned {
  const ptr = tryAllocate(vm, R.STRING_RECORD_BYTES, BlockKind.String);
  if (ptr === 0) {
    release(vm, owner);
    throw outOfMemory(vm, R.STRING_RECORD_BYTES, BlockKind.String);
  }
  initialise(vm, ptr, length, wide, data, owner);
  return takeOwned(ptr);
}

/** A buffer with room for at least `bytes`, and spare room where the heap has it: twice the size, in the heap's own steps. */
function allocateBuffer(vm: Machine, bytes: number): Owned {
  const least = bytes + R.BUFFER_DATA_OFFSET;
  let total = Math.max(least, roomyBytes(Math.min(Math.max(MIN_BUFFER_BYTES, least + (bytes >> 1)), MOST_ROOMY_BYTES)));
  let buffer = bytes > 0x100000 ? vm.heap.allocate(total, BlockKind.StringBuffer) : 0;
  if (buffer === 0) {
    if (bytes > 0x100000) total = least;
    buffer = allocate(vm, total, BlockKind.StringBuffer);
  }
  const word = buffer >> 2;
  vm.I32[word + R.REFCOUNT] = 1;
  vm.I32[word + R.META] = BlockKind.StringBuffer;
  vm.I32[word + R.BUFFER_END] = buffer + total;
  vm.I32[word + R.BUFFER_USED] = buffer + R.BUFFER_DATA_OFFSET;
  return takeOwned(buffer);
}

/** Units `start` (inclusive) to `end` (exclusive), both in range and in order. Long ones share their parent's units. */
export function substring(vm: Machine, s: Ptr, start: number, end: number): Owned {
  const length = end - start;
  if (length <= 0) return emptyString(vm);
  if (length === stringLength(vm, s)) return retain(vm, s);
  if (length === 1) return singleChar(vm, unitAt(vm, s, start));
  const wide = isWide(vm, s);
  if (length < MIN_SHARED_LENGTH) {
    const ptr = allocateString(vm, length, wide);
    copyUnits(vm, s, start, length, ptr + R.STRING_INLINE_OFFSET, wide);
    return ptr;
  }
  const owner = vm.I32[(s >> 2) + R.STRING_OWNER] || s;
  const data = vm.I32[(s >> 2) + R.STRING_DATA] + (wide ? start * 2 : start);
  return allocateView(vm, retain(vm, owner), data, length, wide);
}

/** Hash over the units, never 0; cached in the record. */
export function hashString(vm: Machine, s: Ptr): number {
  const I32 = vm.I32;
  const cached = I32[(s >> 2) + R.STRING_HASH];
  if (cached !== 0) return cached;
  const length = I32[(s >> 2) + R.STRING_LENGTH];
  const data = I32[(s >> 2) + R.STRING_DATA];
  const hash = hashUnits(vm, data, length, isWide(vm, s));
  I32[(s >> 2) + R.STRING_HASH] = hash;
  return hash;
}

/** Hash of `length` units at `data`, never 0. */
export function hashUnits(vm: Machine, data: number, length: number, wide: boolean): number {
  let hash = 0x811c9dc5 | 0;
  if (wide) for (let i = data >> 1, end = i + length; i < end; i++) hash = Math.imul(hash ^ vm.U16[i], 0x01000193);
  else for (let i = data, end = i + length; i < end; i++) hash = Math.imul(hash ^ vm.U8[i], 0x01000193);
  hash ^= hash >>> 15;
  return hash === 0 ? 1 : hash;
}

/** Whether both have the same units. */
export function stringsEqual(vm: Machine, a: Ptr, b: Ptr): boolean {
  if (a === b) return true;
  const I32 = vm.I32;
  const length = I32[(a >> 2) + R.STRING_LENGTH];
  if (length !== I32[(b >> 2) + R.STRING_LENGTH]) return false;
  return unitsEqual(vm, I32[(a >> 2) + R.STRING_DATA], isWide(vm, a), I32[(b >> 2) + R.STRING_DATA], isWide(vm, b), length);
}

/** Whether two runs of `length` units are the same. */
export function unitsEqual(vm: Machine, a: number, aWide: boolean, b: number, bWide: boolean, length: number): boolean {
  const { U8, U16 } = vm;
  if (!aWide && !bWide) {
    for (let i = 0; i < length; i++) if (U8[a + i] !== U8[b + i]) return false;
    return true;
  }
  for (let i = 0; i < length; i++) {
    const x = aWide ? U16[(a >> 1) + i] : U8[a + i];
    if (x !== (bWide ? U16[(b >> 1) + i] : U8[b + i])) return false;
  }
  return true;
}

/** Negative, zero or positive as `a` sorts before, with or after `b`, by units. */
export function compareStrings(vm: Machine, a: Ptr, b: Ptr): number {
  if (a === b) return 0;
  const aLength = stringLength(vm, a);
  const bLength = stringLength(vm, b);
  const shorter = Math.min(aLength, bLength);
  for (let i = 0; i < shorter; i++) {
    const x = unitAt(vm, a, i);
    const y = unitAt(vm, b, i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return aLength - bLength;
}

/** Orders units as the code points that they belong to: surrogates after all others. */
function codePointRank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
