// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { DONT_DELETE, DONT_ENUM } from "../layout/attributes.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_LAZY_PROTOTYPE, TAG_OBJECT } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { retain } from "../memory/release.ts";
import { NAME } from "../strings/known-names.ts";
import { addConstructor, addProperty, allocateObject, createObject, findOwnNamed, holdPrototype, rootShape } from "./object.ts";

/** `__proto__`, `constructor` and `prototype`: the record fills a 64-byte o1heap fragment. */
const INLINE_SLOTS = 3;
const CONSTRUCTOR_SLOT = 1;
const PROTOTYPE_SLOT = 2;

/**
 * A function object from DefineFunction. Its `prototype` object is made when first asked for.
 * @param code index into `vm.code`
 * @param scope scope chain it captures, borrowed
 * @param home ClipReference of the clip it is defined on, borrowed, or 0
 */
export function createFunction(vm: Machine, code: number, scope: Ptr, home: Ptr, version: number, pool: number): Owned {
  const fn = allocateObject(vm, BlockKind.Function, vm.realm.functionShape, INLINE_SLOTS);
  const word = fn >> 2;
  vm.I32[word + R.FUNCTION_CODE] = code;
  vm.I32[word + R.FUNCTION_SCOPE] = scope;
  vm.I32[word + R.FUNCTION_HOME] = home;
  vm.I32[word + R.FUNCTION_TRAITS] = version | (pool << R.FUNCTION_POOL_SHIFT);
  if (scope !== 0) retain(vm, scope);
  if (home !== 0) retain(vm, home);
  holdPrototype(vm, fn, vm.realm.functionPrototype);
  const constructor = vm.realm.functionConstructor;
  retain(vm, constructor);
  vm.I32[(fn + R.FUNCTION_INLINE_OFFSET + CONSTRUCTOR_SLOT * 8) >> 2] = constructor;
  vm.I32[((fn + R.FUNCTION_INLINE_OFFSET + CONSTRUCTOR_SLOT * 8) >> 2) + 1] = TAG_OBJECT;
  const slot = (fn + R.FUNCTION_INLINE_OFFSET + PROTOTYPE_SLOT * 8) >> 2;
  vm.I32[slot] = 0;
  vm.I32[slot + 1] = TAG_LAZY_PROTOTYPE;
  return fn;
}

/** Code number of a native function in this machine: negative, the complement of its index in `vm.natives`. */
export function nativeCode(vm: Machine, native: NativeFunction): number {
  let index = vm.nativeIndex.get(native);
  if (index === undefined) {
    index = vm.natives.push(native) - 1;
    vm.nativeIndex.set(native, index);
  }
  return ~index;
}

/** A native function object without `prototype`. `traits`: FUNCTION_IS_CONSTRUCTOR or 0. */
export function createNativeFunction(vm: Machine, native: NativeFunction, traits = 0): Owned {
  const code = nativeCode(vm, native);
  const proto = vm.realm.functionPrototype;
  const fn = allocateObject(vm, BlockKind.Function, rootShape(vm, proto), INLINE_SLOTS);
  const word = fn >> 2;
  vm.I32[word + R.FUNCTION_CODE] = code;
  vm.I32[word + R.FUNCTION_SCOPE] = 0;
  vm.I32[word + R.FUNCTION_HOME] = 0;
  vm.I32[word + R.FUNCTION_TRAITS] = R.FUNCTION_IS_NATIVE | traits;
  if (proto !== 0) holdPrototype(vm, fn, proto);
  addConstructor(vm, fn, vm.realm.functionConstructor);
  return fn;
}

export function isFunction(vm: Machine, object: Ptr): boolean {
  return (vm.I32[(object >> 2) + R.META] & R.META_KIND_MASK) === BlockKind.Function;
}

export function isNativeFunction(vm: Machine, fn: Ptr): boolean {
  return (vm.I32[(fn >> 2) + R.FUNCTION_TRAITS] & R.FUNCTION_IS_NATIVE) !== 0;
}

/** Fills a lazy `prototype` slot: a fresh object whose `constructor` is the function. */
export function materialisePrototype(vm: Machine, fn: Ptr, slot: Addr): void {
  const proto = createObject(vm, vm.realm.objectPrototype);
  vm.I32[slot >> 2] = proto;
  vm.I32[(slot >> 2) + 1] = TAG_OBJECT;
  const constructorSlot = addProperty(vm, proto, NAME.constructor, DONT_ENUM | DONT_DELETE);
  vm.I32[constructorSlot >> 2] = fn;
  vm.I32[(constructorSlot >> 2) + 1] = TAG_OBJECT;
  retain(vm, fn);
}

/** The function's own stored `prototype` when that is an object, made if it is still lazy; 0 otherwise. Borrowed. */
export function ownPrototype(vm: Machine, fn: Ptr): Ptr {
  const slot = findOwnNamed(vm, fn, NAME.prototype);
  if (slot === 0) return 0;
  if (vm.I32[(slot >> 2) + 1] === TAG_LAZY_PROTOTYPE) materialisePrototype(vm, fn, slot);
  return vm.I32[(slot >> 2) + 1] === TAG_OBJECT ? vm.I32[slot >> 2] : 0;
}
