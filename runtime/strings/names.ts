// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { TAG_STRING } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocate, freeBlock, reallocate } from "../memory/blocks.ts";
import { takeOwned } from "../memory/owned.ts";
import { release, retain } from "../memory/release.ts";
import { toLowerUnit } from "./case-folding.ts";
import {
  allocateString,
  copyUnits,
  hashString,
  hashUnits,
  isWide,
  stringFromJs,
  stringLength,
  stringToJs,
  unitAt,
  unitsEqual,
} from "./heap-string.ts";
import { knownNameTexts } from "./known-names.ts";

/**
 * Interned property names. A name is a small integer, an index into the name table; 0 is no name.
 *
 * The table is weak: a name lives as long as its canonical string does, and whoever keeps a name (a property, a
 * module's constants) holds a reference to that string. When the string dies, its destructor calls `forgetName`.
 */
export type NameId = number;

const INITIAL_NAMES = 1023;
const INITIAL_BUCKETS = 1024;

/** Makes the table and interns the names that the runtime knows by constant ids. */
export function createNameTable(vm: Machine): void {
  vm.nameCapacity = INITIAL_NAMES;
  vm.nameTable = allocate(vm, INITIAL_NAMES * R.NAME_ENTRY_WORDS * 4, BlockKind.NameTable);
  vm.nameBuckets = allocate(vm, INITIAL_BUCKETS * 4, BlockKind.NameTable);
  vm.nameBucketMask = INITIAL_BUCKETS - 1;
  vm.I32.fill(0, vm.nameBuckets >> 2, (vm.nameBuckets >> 2) + INITIAL_BUCKETS);
  vm.nameCount = 1;
  vm.I32.fill(0, vm.nameTable >> 2, (vm.nameTable >> 2) + R.NAME_ENTRY_WORDS);
  const texts = knownNameTexts();
  texts.forEach((text, index) => {
    const name = addName(vm, stringFromJs(vm, text), false);
    if (name !== index + 1) throw new Error(`known name ${JSON.stringify(text)} got id ${name}, not ${index + 1}`);
  });
  // Folded forms come after, so that they don't take the ids of known names.
  for (let name = 1; name <= texts.length; name++) {
    const fold = foldString(vm, nameString(vm, name));
    if (fold !== 0) vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_FOLD] = fold;
  }
}

/** Gives up the machine's hold of the known names. */
export function releaseKnownNames(vm: Machine): void {
  const count = knownNameTexts().length;
  for (let name = 1; name <= count; name++) releaseName(vm, name);
}

/** Frees the table: the last thing a machine does, after every name has died. */
export function freeNameTable(vm: Machine): void {
  freeBlock(vm, vm.nameTable);
  freeBlock(vm, vm.nameBuckets);
}

/** Canonical string of a name; borrowed. */
export function nameString(vm: Machine, name: NameId): Ptr {
  return vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_STRING];
}

/** Array index that the name spells in canonical decimal (0 to 2^31-2), or -1. */
export function nameIndex(vm: Machine, name: NameId): number {
  return vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_INDEX];
}

/** Name of the case-folded form; the name itself where folding changes nothing. */
export function nameFold(vm: Machine, name: NameId): NameId {
  return vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_FOLD];
}

/** One more holder of the name. */
export function retainName(vm: Machine, name: NameId): void {
  retain(vm, nameString(vm, name));
}

/** One holder less. */
export function releaseName(vm: Machine, name: NameId): void {
  release(vm, takeOwned(nameString(vm, name)));
}

/** The name as a JavaScript string, for messages and the player. */
export function nameToJs(vm: Machine, name: NameId): string {
  return stringToJs(vm, nameString(vm, name));
}

/** Interns a JavaScript string; the caller becomes a holder of the name. */
export function internJs(vm: Machine, text: string): NameId {
  const s = stringFromJs(vm, text);
  try {
    return internString(vm, s);
  } finally {
    release(vm, s);
  }
}

/** The name of an equal string, or 0 when nobody holds such a name: then no object has a property of that name. */
export function findName(vm: Machine, s: Ptr): NameId {
  const name = vm.I32[(s >> 2) + R.STRING_NAME];
  if (name !== 0) return name;
  const hash = hashString(vm, s);
  return lookup(vm, vm.I32[(s >> 2) + R.STRING_DATA], stringLength(vm, s), isWide(vm, s), hash);
}

/** The name with these Latin-1 bytes, or 0. Allocates nothing. */
export function findLatin1Name(vm: Machine, address: number, length: number): NameId {
  return lookup(vm, address, length, false, hashUnits(vm, address, length, false));
}

function lookup(vm: Machine, data: number, length: number, wide: boolean, hash: number): NameId {
  const I32 = vm.I32;
  let name = I32[(vm.nameBuckets >> 2) + (hash & vm.nameBucketMask)];
  while (name !== 0) {
    const entry = (vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS;
    const s = I32[entry + R.NAME_STRING];
    if (
      I32[(s >> 2) + R.STRING_HASH] === hash &&
      I32[(s >> 2) + R.STRING_LENGTH] === length &&
      unitsEqual(vm, data, wide, I32[(s >> 2) + R.STRING_DATA], isWide(vm, s), length)
    ) {
      return name;
    }
    name = I32[entry + R.NAME_NEXT];
  }
  return 0;
}

/**
 * Interns a string (borrowed). The caller becomes a holder of the name: `releaseName` when done.
 * A view on a larger string is copied, so that a name does not keep it alive.
 */
export function internString(vm: Machine, s: Ptr): NameId {
  const found = findName(vm, s);
  if (found !== 0) {
    retain(vm, nameString(vm, found));
    return found;
  }
  let canonical = s;
  if (vm.I32[(s >> 2) + R.STRING_OWNER] !== 0) {
    const length = stringLength(vm, s);
    canonical = allocateString(vm, length, isWide(vm, s));
    copyUnits(vm, s, 0, length, canonical + R.STRING_INLINE_OFFSET, isWide(vm, s));
    vm.I32[(canonical >> 2) + R.STRING_HASH] = vm.I32[(s >> 2) + R.STRING_HASH];
  } else retain(vm, s);
  return addName(vm, canonical);
}

/**
 * Interns a string and lets a dead slot hold the name: for names that must outlive calls which can throw. The slot's frame
 * releases it.
 */
export function holdName(vm: Machine, slot: number, s: Ptr): NameId {
  return hold(vm, slot, internString(vm, s));
}

/** `holdName` of a JavaScript string. */
export function holdJsName(vm: Machine, slot: number, text: string): NameId {
  return hold(vm, slot, internJs(vm, text));
}

function hold(vm: Machine, slot: number, name: NameId): NameId {
  vm.I32[slot >> 2] = nameString(vm, name);
  vm.I32[(slot >> 2) + 1] = TAG_STRING;
  return name;
}

/** Enters a string that is known to be new; takes over one reference to it, which becomes the caller's hold of the name. */
function addName(vm: Machine, s: Ptr, withFold = true): NameId {
  const I32 = vm.I32;
  const hash = hashString(vm, s);
  const fold = withFold ? foldString(vm, s) : 0;
  let name = vm.nameFree;
  if (name !== 0) vm.nameFree = I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_NEXT];
  else {
    if (vm.nameCount === vm.nameCapacity) {
      const capacity = vm.nameCapacity * 2 + 1;
      vm.nameTable = reallocate(vm, vm.nameTable, capacity * R.NAME_ENTRY_WORDS * 4, BlockKind.NameTable);
      vm.nameCapacity = capacity;
    }
    name = vm.nameCount++;
  }
  const entry = (vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS;
  const bucket = (vm.nameBuckets >> 2) + (hash & vm.nameBucketMask);
  I32[entry + R.NAME_STRING] = s;
  I32[entry + R.NAME_FOLD] = fold === 0 ? name : fold;
  I32[entry + R.NAME_INDEX] = parseIndex(vm, s);
  I32[entry + R.NAME_NEXT] = I32[bucket];
  I32[bucket] = name;
  I32[(s >> 2) + R.STRING_NAME] = name;
  if (++vm.nameLive > vm.nameBucketMask) growBuckets(vm);
  return name;
}

/** Name of the folded form, which the new name will hold; 0 when `s` is its own folded form. */
function foldString(vm: Machine, s: Ptr): NameId {
  const length = stringLength(vm, s);
  let at = 0;
  while (at < length) {
    const unit = unitAt(vm, s, at);
    if (toLowerUnit(unit) !== unit) break;
    at++;
  }
  if (at === length) return 0;
  const wide = isWide(vm, s);
  const folded = allocateString(vm, length, true);
  const data = (folded + R.STRING_INLINE_OFFSET) >> 1;
  // STRING_INLINE_OFFSET is even, so wide units are aligned.
  for (let i = 0; i < length; i++) vm.U16[data + i] = toLowerUnit(unitAt(vm, s, i));
  if (!wide) {
    const narrow = allocateString(vm, length, false);
    for (let i = 0; i < length; i++) vm.U8[narrow + R.STRING_INLINE_OFFSET + i] = vm.U16[data + i];
    release(vm, folded);
    const name = internString(vm, narrow);
    release(vm, narrow);
    return name;
  }
  const name = internString(vm, folded);
  release(vm, folded);
  return name;
}

function parseIndex(vm: Machine, s: Ptr): number {
  const length = stringLength(vm, s);
  if (length === 0 || length > 10) return -1;
  const first = unitAt(vm, s, 0);
  if (first === 48) return length === 1 ? 0 : -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = unitAt(vm, s, i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value < 0x7fffffff ? value : -1;
}

function growBuckets(vm: Machine): void {
  const I32 = vm.I32;
  const count = (vm.nameBucketMask + 1) * 2;
  const buckets = allocate(vm, count * 4, BlockKind.NameTable);
  I32.fill(0, buckets >> 2, (buckets >> 2) + count);
  const oldBase = vm.nameBuckets >> 2;
  for (let i = 0; i <= vm.nameBucketMask; i++) {
    let name = I32[oldBase + i];
    while (name !== 0) {
      const entry = (vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS;
      const next = I32[entry + R.NAME_NEXT];
      const bucket = (buckets >> 2) + (I32[(I32[entry + R.NAME_STRING] >> 2) + R.STRING_HASH] & (count - 1));
      I32[entry + R.NAME_NEXT] = I32[bucket];
      I32[bucket] = name;
      name = next;
    }
  }
  freeBlock(vm, vm.nameBuckets);
  vm.nameBuckets = buckets;
  vm.nameBucketMask = count - 1;
}

/** The canonical string of a name dies: takes the name out of the table and gives its id back. */
export function forgetName(vm: Machine, s: Ptr): void {
  const I32 = vm.I32;
  const name = I32[(s >> 2) + R.STRING_NAME];
  const table = vm.nameTable >> 2;
  const entry = table + name * R.NAME_ENTRY_WORDS;
  let link = (vm.nameBuckets >> 2) + (I32[(s >> 2) + R.STRING_HASH] & vm.nameBucketMask);
  while (I32[link] !== name) link = table + I32[link] * R.NAME_ENTRY_WORDS + R.NAME_NEXT;
  I32[link] = I32[entry + R.NAME_NEXT];
  I32[entry + R.NAME_NEXT] = vm.nameFree;
  vm.nameFree = name;
  vm.nameLive--;
  const fold = I32[entry + R.NAME_FOLD];
  if (fold !== name) releaseName(vm, fold);
}
