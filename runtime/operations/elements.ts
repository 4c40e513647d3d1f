// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { adaptLiteral } from "../actions/members.ts";
import { createArguments } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import * as member from "../calls/member.ts";
import { stringifySlot } from "../conversion/to-string.ts";
import { FRAME_LINK } from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, FIRST_REFERENCE, FIRST_TAG, TAG_HOLE, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { appendElement, canAppend, createLiteralArray } from "../objects/array.ts";
import { NAME } from "../strings/known-names.ts";
import { copyValue, payloadOf, setObject, tagOf } from "../values/slots.ts";
import { element } from "./caches.ts";
import { literalsArePlain } from "./intrinsics.ts";
import { finishInto } from "./members.ts";
import type { createValueOperations } from "./values.ts";

/** Elements of arrays, and members whose name is known only now. Made for each machine, as `createValueOperations` is. */
export function createElementOperations(vm: Machine, values: ReturnType<typeof createValueOperations>) {
  const { store, storeTagged, moveSlot, dropSlot } = values;
  const { I32, F64 } = vm;

  /** GetMember with a name that is known only now. */
  function getElement(target: Addr, index: Addr, out: Addr): Addr {
    if (tagOf(vm, target) === TAG_OBJECT && tagOf(vm, index) < FIRST_TAG) {
      const slot = element(vm, payloadOf(vm, target), F64[index >> 3]);
      if (slot !== 0 && I32[(slot >> 2) + 1] !== TAG_HOLE) {
        store(out, slot);
        return out;
      }
    }
    const window = openFrame(vm, 3);
    copyValue(vm, target, window);
    copyValue(vm, index, window + 8);
    const name = stringifySlot(vm, window + 8);
    member.getMemberByString(vm, window, name, window + 16);
    return finishInto(vm, window, window + 16, out);
  }

  /**
   * `arguments[index]` of a light frame that has no such object, where the index is not that of an argument: makes the object to
   * ask it. Puts the value in the owned slot `out` and returns that.
   */
  function getArgument(fn: Ptr, args: Addr, argc: number, frame: Addr, index: Addr, out: Addr): Addr {
    const window = openFrame(vm, 2);
    copyValue(vm, index, window + 8);
    setObject(vm, window, createArguments(vm, fn, args, argc, I32[(frame + FRAME_LINK) >> 2]));
    const found = getElement(window, window + 8, out);
    if (found !== out) store(out, found);
    closeFrame(vm, window);
    return out;
  }

  /** The slot of an array's element that may be overwritten in place, a new one at its end too; 0 where there is more to do. */
  function writableElement(target: Addr, index: Addr): Addr {
    if (tagOf(vm, target) !== TAG_OBJECT || tagOf(vm, index) >= FIRST_TAG) return 0;
    const array = payloadOf(vm, target);
    if ((I32[(array >> 2) + R.META] & (R.META_KIND_MASK | R.META_WATCHED)) !== BlockKind.Array) return 0;
    const i = F64[index >> 3];
    const slot = element(vm, array, i);
    if (slot !== 0 && I32[(slot >> 2) + 1] !== TAG_HOLE) return slot;
    if ((i | 0) !== i || !canAppend(vm, array, i)) return 0;
    return appendElement(vm, array);
  }

  /** SetMember with a name that is known only now. */
  function setElement(target: Addr, index: Addr, value: Addr): void {
    // Read first: the value may lie in the array, which moves its elements when it grows.
    const tag = I32[(value >> 2) + 1];
    const payload = I32[value >> 2];
    const slot = writableElement(target, index);
    if (slot === 0) {
      setMemberNamed(target, index, value);
      return;
    }
    if (tag >= FIRST_REFERENCE) I32[payload >> 2]++;
    storeTagged(slot, tag, payload);
  }

  /** `setElement` with a value in an owned slot, or one that is not counted: what is counted changes hands. */
  function moveToElement(target: Addr, index: Addr, from: Addr): void {
    const tag = I32[(from >> 2) + 1];
    if (tag < FIRST_REFERENCE) {
      setElement(target, index, from);
      return;
    }
    const slot = writableElement(target, index);
    if (slot !== 0) moveSlot(from, slot);
    else {
      setMemberNamed(target, index, from);
      dropSlot(from);
    }
  }

  function setMemberNamed(target: Addr, index: Addr, value: Addr): void {
    const window = openFrame(vm, 3);
    copyValue(vm, target, window);
    copyValue(vm, index, window + 8);
    copyValue(vm, value, window + 16);
    const name = stringifySlot(vm, window + 8);
    member.setMemberByString(vm, window, name, window + 16);
    closeFrame(vm, window);
  }

  /** Where a number may be stored as the element of a dense array: an element without a counted value, or a new one at its end; else 0. */
  function elementForNumber(object: Ptr, index: number): Addr {
    const word = object >> 2;
    const i = index | 0;
    if ((I32[word + R.META] & (R.META_KIND_MASK | R.META_WATCHED)) !== BlockKind.Array || i !== index) return 0;
    const count = I32[word + R.ARRAY_COUNT];
    if (i >>> 0 < count) {
      const slot = I32[word + R.ARRAY_ELEMENTS] + i * 8;
      return I32[(slot >> 2) + 1] < TAG_HOLE ? slot : 0;
    }
    return i === count && i >= 0 ? appendElement(vm, object) : 0;
  }

  /** InitArray: `count` values in consecutive slots, first element first. */
  function makeArray(values: Addr, count: number, out: Addr): Addr {
    if (literalsArePlain(vm)) {
      const plain = createLiteralArray(vm, count);
      for (let i = 0; i < count; i++) copyValue(vm, values + i * 8, appendElement(vm, plain));
      return storeTagged(out, TAG_OBJECT, plain);
    }
    const window = openFrame(vm, 1);
    const array = createLiteralArray(vm, count);
    setObject(vm, window, array);
    adaptLiteral(vm, array, NAME.Array, vm.realm.arrayConstructor);
    for (let i = 0; i < count; i++) copyValue(vm, values + i * 8, appendElement(vm, array));
    return finishInto(vm, window, window, out);
  }

  /** `push` of one value (borrowed) to a dense array; the new length, or -1 when the general way must be taken. */
  function pushElement(array: Ptr, value: Addr): number {
    const word = array >> 2;
    if ((I32[word + R.META] & (R.META_KIND_MASK | R.META_WATCHED)) !== BlockKind.Array) return -1;
    const count = I32[word + R.ARRAY_COUNT];
    const length = (I32[word + R.OBJECT_SLOTS] + R.ARRAY_LENGTH_SLOT * 8) >> 3;
    if (count < 0 || F64[length] !== count) return -1;
    copyValue(vm, value, appendElement(vm, array));
    return count + 1;
  }

  return { getElement, getArgument, setElement, moveToElement, elementForNumber, makeArray, pushElement };
}
