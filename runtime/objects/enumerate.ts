// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { DONT_ENUM, INTERNAL } from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import { allocateRecord, reallocate } from "../memory/blocks.ts";
import { type Owned, takeOwned } from "../memory/owned.ts";
import { release, retain } from "../memory/release.ts";
import { internLatin1Index } from "../strings/index-names.ts";
import { nameIndex, nameString, releaseName } from "../strings/names.ts";
import { setString } from "../values/slots.ts";
import { denseElement, forEachDense, isDenseArray } from "./array.ts";
import { kindOf, shapeOf, visiblePrototypeOf } from "./object.ts";
import { entryCount, entryFlags, entryName, findEntry } from "./shapes.ts";

const INITIAL_CAPACITY = 12;

/** An empty list of names for one `for..in`. Owned. */
export function createEnumeration(vm: Machine): Owned {
  const list = allocateRecord(vm, R.ENUMERATION_SLOTS_OFFSET + INITIAL_CAPACITY * 8, BlockKind.Enumeration);
  vm.I32[(list >> 2) + R.ENUMERATION_COUNT] = 0;
  vm.I32[(list >> 2) + R.ENUMERATION_CAPACITY] = INITIAL_CAPACITY;
  return list;
}

/** Appends a string; the list may move. Takes both over, also when it throws. */
function append(vm: Machine, ownedList: Owned, ownedString: Owned): Owned {
  let list = ownedList;
  const count = vm.I32[(list >> 2) + R.ENUMERATION_COUNT];
  if (count === vm.I32[(list >> 2) + R.ENUMERATION_CAPACITY]) {
    const capacity = count * 2 + 4;
    try {
      list = takeOwned(reallocate(vm, list, R.ENUMERATION_SLOTS_OFFSET + capacity * 8, BlockKind.Enumeration));
    } catch (error) {
      release(vm, ownedList);
      release(vm, ownedString);
      throw error;
    }
    vm.I32[(list >> 2) + R.ENUMERATION_CAPACITY] = capacity;
  }
  setString(vm, list + R.ENUMERATION_SLOTS_OFFSET + count * 8, ownedString);
  vm.I32[(list >> 2) + R.ENUMERATION_COUNT] = count + 1;
  return list;
}

/**
 * The enumerable names of an object and its prototypes as `for..in` visits them, first name first: the outermost prototype's
 * first and the object's own last; of one object from the newest to the oldest, then children of clips. A name is listed once, where it is nearest; a DontEnum
 * property hides an inherited one. Owned enumeration record.
 */
export function enumerateNames(vm: Machine, start: Ptr): Owned {
  let list = createEnumeration(vm);
  if (kindOf(vm, start) === BlockKind.Super) return list;
  const chain: Ptr[] = [];
  for (let object = start; object !== 0 && chain.length < 256; object = visiblePrototypeOf(vm, object)) chain.push(object);
  for (let i = chain.length - 1; i >= 0; i--) {
    const object = chain[i];
    list = appendOwn(vm, list, start, object);
    if ((vm.I32[(object >> 2) + R.META] & R.META_EXOTIC) !== 0) {
      vm.host.enumerateExotic(object, (name) => {
        list = append(vm, list, retain(vm, name));
      });
    }
  }
  return list;
}

function appendOwn(vm: Machine, ownedList: Owned, start: Ptr, object: Ptr): Owned {
  let list = ownedList;
  const shape = shapeOf(vm, object);
  for (let i = entryCount(vm, shape) - 1; i >= 0; i--) {
    const name = entryName(vm, shape, i);
    if (name === R.NO_NAME || (entryFlags(vm, shape, i) & (DONT_ENUM | INTERNAL)) !== 0) continue;
    if (isShadowed(vm, start, object, name)) continue;
    list = append(vm, list, retain(vm, nameString(vm, name)));
  }
  if (!isDenseArray(vm, object)) return list;
  const indices: number[] = [];
  forEachDense(vm, object, (index) => indices.push(index));
  for (let i = indices.length - 1; i >= 0; i--) {
    const name = internLatin1Index(vm, indices[i]);
    if (!isShadowed(vm, start, object, name)) list = append(vm, list, retain(vm, nameString(vm, name)));
    releaseName(vm, name);
  }
  return list;
}

/** Whether an object nearer than `holder` has a property of the name. */
function isShadowed(vm: Machine, start: Ptr, holder: Ptr, name: number): boolean {
  for (let object = start; object !== holder && object !== 0; object = visiblePrototypeOf(vm, object)) {
    if (isDenseArray(vm, object) && nameIndex(vm, name) >= 0 && denseElement(vm, object, nameIndex(vm, name)) !== 0) return true;
    if (findEntry(vm, shapeOf(vm, object), name) >= 0) return true;
  }
  return false;
}

/** Number of names left in a list. */
export function enumerationCount(vm: Machine, list: Ptr): number {
  return vm.I32[(list >> 2) + R.ENUMERATION_COUNT];
}

/** The name at a position, borrowed. */
export function enumeratedName(vm: Machine, list: Ptr, index: number): Ptr {
  return vm.I32[(list + R.ENUMERATION_SLOTS_OFFSET + index * 8) >> 2];
}

/** Drops a list. */
export function releaseEnumeration(vm: Machine, list: Owned): void {
  release(vm, list);
}
