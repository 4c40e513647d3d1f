// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { arrayClass } from "../builtins/array.ts";
import type { Member } from "../builtins/declare.ts";
import { functionClass } from "../builtins/function.ts";
import { mathMembers } from "../builtins/math.ts";
import { stringClass } from "../builtins/string.ts";
import { callFunction } from "../calls/call.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_BOOLEAN, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { allocate } from "../memory/blocks.ts";
import { isFunction, isNativeFunction, nativeCode, ownPrototype } from "../objects/function.ts";
import { findOwnNamed, markAsPrototype } from "../objects/object.ts";
import { findInChain } from "../objects/properties.ts";
import { unitAt } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import type { NameId } from "../strings/names.ts";
import { payloadOf, setTagged, tagOf } from "../values/slots.ts";

/**
 * Built-in functions that emitted text computes itself when it has seen that a call means them, and methods of primitive
 * strings, which are called without making the String object that the language asks for.
 */

/** Whether a function object is a given native. */
export function isNative(vm: Machine, fn: Ptr, native: NativeFunction): boolean {
  return isFunction(vm, fn) && vm.I32[(fn >> 2) + R.FUNCTION_CODE] === nativeCode(vm, native);
}

/** Code numbers of the natives that emitted text knows, by `Class_method`. */
export function intrinsicCodes(vm: Machine): Record<string, number> {
  const codes: Record<string, number> = {};
  for (const [name, method] of methodsOf(mathMembers)) codes[`Math_${name}`] = nativeCode(vm, method);
  const functionMethods = methodsOf(functionClass.prototype);
  codes.Function_call = nativeCode(vm, functionMethods.get("call")!);
  codes.Function_apply = nativeCode(vm, functionMethods.get("apply")!);
  codes.Array_push = nativeCode(vm, methodsOf(arrayClass.prototype).get("push")!);
  return codes;
}

function methodsOf(members: readonly Member[] = []): Map<string, NativeFunction> {
  const methods = new Map<string, NativeFunction>();
  for (const member of members) if ("method" in member) methods.set(member.name, member.method);
  return methods;
}

const STRING_METHODS = methodsOf(stringClass.prototype);
const CHAR_AT = STRING_METHODS.get("charAt");
const CHAR_CODE_AT = STRING_METHODS.get("charCodeAt");
/** Methods of String that read their text from any `this`: all but valueOf and toString, which want a String object. */
const TEXT_METHODS: ReadonlySet<NativeFunction> = new Set(
  [...STRING_METHODS].flatMap(([name, method]) => (name === "valueOf" || name === "toString" ? [] : [method])),
);

/** The native `String` that `_global` names, 0 when a script has put something else there. */
function plainStringClass(vm: Machine): Ptr {
  const slot = findOwnNamed(vm, vm.realm.global, NAME.String);
  if (slot === 0 || tagOf(vm, slot) !== TAG_OBJECT || stringClass.construct === undefined) return 0;
  const fn = payloadOf(vm, slot);
  return isNative(vm, fn, stringClass.construct) ? fn : 0;
}

/** Whether a string's `length` is what its String object would have: true for a whole epoch once it is. */
export function stringsArePlain(vm: Machine): boolean {
  if (vm.plainStringEpoch === vm.epoch) return true;
  if (vm.version < 6) return false;
  const fn = plainStringClass(vm);
  if (fn === 0) return false;
  markAsPrototype(vm, vm.realm.global);
  vm.plainStringEpoch = vm.epoch;
  return true;
}

/** Whether literals are made by the classes that came with the environment: true for a whole epoch once it is. */
export function literalsArePlain(vm: Machine): boolean {
  if (vm.plainLiteralEpoch === vm.epoch) return true;
  const { global, objectConstructor, arrayConstructor } = vm.realm;
  for (const [name, constructor] of [
    [NAME.Object, objectConstructor],
    [NAME.Array, arrayConstructor],
  ]) {
    const slot = findOwnNamed(vm, global, name);
    if (slot === 0 || tagOf(vm, slot) !== TAG_OBJECT || payloadOf(vm, slot) !== constructor) return false;
  }
  markAsPrototype(vm, global);
  vm.plainLiteralEpoch = vm.epoch;
  return true;
}

/** Words of a method site for string receivers: epoch, function, and which intrinsic it is. */
const SITE_STRING_EPOCH = 5;
const SITE_STRING_FUNCTION = 6;
const SITE_STRING_INTRINSIC = 7;
const INTRINSIC_CHAR_AT = 1;
const INTRINSIC_CHAR_CODE_AT = 2;

/** The native that a method of a primitive string is, 0 when the general way must be taken. The site remembers it for an epoch. */
export function stringMethod(vm: Machine, name: NameId, site: number): Ptr {
  const I32 = vm.I32;
  if (I32[site + SITE_STRING_EPOCH] === vm.epoch) return I32[site + SITE_STRING_FUNCTION];
  if (vm.version < 6) return 0;
  const constructor = plainStringClass(vm);
  const proto = constructor === 0 ? 0 : ownPrototype(vm, constructor);
  if (proto === 0) return 0;
  const window = openFrame(vm, 1);
  const found = findInChain(vm, proto, name, window, window);
  const fn = found && vm.foundHolder === proto && tagOf(vm, window) === TAG_OBJECT ? payloadOf(vm, window) : 0;
  closeFrame(vm, window);
  if (fn === 0 || !isFunction(vm, fn) || !isNativeFunction(vm, fn)) return 0;
  const native = vm.natives[~I32[(fn >> 2) + R.FUNCTION_CODE]];
  if (!TEXT_METHODS.has(native)) return 0;
  markAsPrototype(vm, vm.realm.global);
  markAsPrototype(vm, constructor);
  markAsPrototype(vm, proto);
  I32[site + SITE_STRING_EPOCH] = vm.epoch;
  I32[site + SITE_STRING_FUNCTION] = fn;
  I32[site + SITE_STRING_INTRINSIC] =
    native === CHAR_AT ? INTRINSIC_CHAR_AT : native === CHAR_CODE_AT ? INTRINSIC_CHAR_CODE_AT : 0;
  return fn;
}

/** Calls a method of a primitive string without boxing it. False when the general way must be taken. */
export function callStringMethod(vm: Machine, text: Addr, name: NameId, args: Addr, argc: number, site: number): boolean {
  const fn = stringMethod(vm, name, site);
  if (fn === 0) return false;
  vm.callee = 0;
  callFunction(vm, fn, text, args, argc);
  return true;
}

/**
 * `charCodeAt` of a primitive string at an int32.
 * @returns the code unit; -1 when the position is outside, or the site does not know the method
 */
export function charCodeAt(vm: Machine, s: Ptr, index: number, site: number): number {
  const I32 = vm.I32;
  if (I32[site + SITE_STRING_EPOCH] !== vm.epoch || I32[site + SITE_STRING_INTRINSIC] !== INTRINSIC_CHAR_CODE_AT) return -1;
  const i = index | 0;
  if (i !== index || i >>> 0 >= I32[(s >> 2) + R.STRING_LENGTH]) return -1;
  return unitAt(vm, s, i);
}

/**
 * `charAt` of a primitive string at an int32.
 * @returns a pinned slot with the character; 0 when the position is outside, the character is not Latin-1, or the site does not
 *   know the method
 */
export function charAt(vm: Machine, s: Ptr, index: number, site: number): Addr {
  const I32 = vm.I32;
  if (I32[site + SITE_STRING_EPOCH] !== vm.epoch || I32[site + SITE_STRING_INTRINSIC] !== INTRINSIC_CHAR_AT) return 0;
  const i = index | 0;
  if (i !== index || i >>> 0 >= I32[(s >> 2) + R.STRING_LENGTH]) return 0;
  const unit = unitAt(vm, s, i);
  return unit < 256 ? vm.characterSlots + unit * 8 : 0;
}

/** Slots with the 256 Latin-1 characters, for the life of the machine. They own nothing. */
export function createCharacterSlots(vm: Machine): void {
  if (vm.characterSlots !== 0) return;
  vm.characterSlots = allocate(vm, 256 * 8, BlockKind.ConstantPool);
  vm.constantBlocks.push(vm.characterSlots);
  for (let unit = 0; unit < 256; unit++)
    setTagged(vm, vm.characterSlots + unit * 8, TAG_STRING, vm.I32[(vm.singleChars >> 2) + unit]);
}

/** Slots with every value that is neither a number nor counted, for the life of the machine. */
export function createSimpleSlots(vm: Machine): void {
  if (vm.simpleSlots !== 0) return;
  vm.simpleSlots = allocate(vm, 3 * 16, BlockKind.ConstantPool);
  vm.constantBlocks.push(vm.simpleSlots);
  for (const [i, tag] of [TAG_UNDEFINED, TAG_NULL, TAG_BOOLEAN].entries()) {
    for (let payload = 0; payload < 2; payload++) setTagged(vm, vm.simpleSlots + i * 16 + payload * 8, tag, payload);
  }
}
