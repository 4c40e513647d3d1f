// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_BLOCK } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocateRecord } from "../memory/blocks.ts";
import { NAME } from "../strings/known-names.ts";
import { setUndefined } from "../values/slots.ts";
import { findOwnInternal, setInternal } from "./object.ts";

/**
 * Native classes whose objects carry data of their own, beside their properties. Any plain object can become one of
 * them, once: a native constructor attaches a NativeData record (counted value slots) as an internal property.
 */
export const NativeClass = {
  None: 0,
  String: 1,
  Number: 2,
  Boolean: 3,
  Date: 4,
  XmlNode: 5,
  Xml: 6,
  LoadVars: 7,
  Sound: 8,
  Color: 9,
  TextFormat: 10,
  StyleSheet: 11,
  SharedObject: 12,
  NetConnection: 13,
  NetStream: 14,
  XmlSocket: 15,
  LocalConnection: 16,
  MovieClipLoader: 17,
  BitmapData: 18,
  Transform: 19,
  ColorTransform: 20,
  Filter: 21,
  TextSnapshot: 22,
  Camera: 23,
  Microphone: 24,
  Video: 25,
  ContextMenu: 26,
  Error: 27,
} as const;

export type NativeClass = (typeof NativeClass)[keyof typeof NativeClass];

/** The object's native class, `NativeClass.None` for ordinary objects. */
export function nativeClassOf(vm: Machine, object: Ptr): number {
  return (vm.I32[(object >> 2) + R.META] >>> R.META_NATIVE_CLASS_SHIFT) & 0xff;
}

/**
 * Makes an object one of a native class with `count` value slots, all undefined; what an earlier class had attached is released.
 * @returns address of the first slot
 */
export function attachNativeData(vm: Machine, object: Ptr, nativeClass: NativeClass, count: number): Addr {
  const data = allocateRecord(vm, R.NATIVE_SLOTS_OFFSET + count * 8, BlockKind.NativeData);
  vm.I32[(data >> 2) + R.NATIVE_CLASS] = nativeClass;
  vm.I32[(data >> 2) + R.NATIVE_COUNT] = count;
  for (let i = 0; i < count; i++) setUndefined(vm, data + R.NATIVE_SLOTS_OFFSET + i * 8);
  setInternal(vm, object, NAME["#native"], TAG_BLOCK, data);
  const meta = (object >> 2) + R.META;
  vm.I32[meta] = (vm.I32[meta] & ~R.META_NATIVE_CLASS_MASK) | (nativeClass << R.META_NATIVE_CLASS_SHIFT);
  return data + R.NATIVE_SLOTS_OFFSET;
}

/** Address of a slot of the object's native data; 0 when the object is not of that class. */
export function nativeSlot(vm: Machine, object: Ptr, nativeClass: NativeClass, index: number): Addr {
  if (nativeClassOf(vm, object) !== nativeClass) return 0;
  const slot = findOwnInternal(vm, object, NAME["#native"]);
  return slot === 0 ? 0 : vm.I32[slot >> 2] + R.NATIVE_SLOTS_OFFSET + index * 8;
}
