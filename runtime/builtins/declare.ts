// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { DONT_DELETE, DONT_ENUM, READ_ONLY, SINCE_6, SINCE_7, SINCE_8, SINCE_9, SINCE_10 } from "../layout/attributes.ts";
import { FUNCTION_IS_CONSTRUCTOR } from "../layout/records.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { retain } from "../memory/release.ts";
import { createNativeFunction } from "../objects/function.ts";
import { addConstructor, createObject, prototypeOf, shapeOf } from "../objects/object.ts";
import { changeFlags, defineAccessor, defineProperty, getStored } from "../objects/properties.ts";
import { entryCount, entryName } from "../objects/shapes.ts";
import { stringFromJs } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { holdJsName, internJs, releaseName } from "../strings/names.ts";
import { setBoolean, setNull, setNumber, setObject, setString, setUndefined } from "../values/slots.ts";

/**
 * Built-in classes are declared as tables and installed by the functions here: what a class looks like to scripts
 * (members, order, attributes, first version) can be read off its table.
 */

/** What a member holds: a native function, a constant, or a getter with maybe a setter. */
export type MemberValue =
  | { method: NativeFunction }
  | { constant: number | string | boolean | null | undefined }
  | { get: NativeFunction; set?: NativeFunction };

/** One row of a class table. `flags` default to DontEnum + DontDelete; `since` hides the member from older code. */
export type Member = MemberValue & {
  name: string;
  flags?: number;
  since?: 6 | 7 | 8 | 9 | 10;
  /** Written in ActionScript by Flash Player itself: has a `prototype` like any such function. */
  scripted?: true;
  /** Has no properties at all. */
  bare?: true;
  /** Category and index by which ASnative gives the same function (for accessors: the getter). */
  native?: readonly [category: number, index: number];
};

/** A class table. Members are created in the order of the rows. */
export interface ClassTable {
  name: string;
  /** Runs for `F(...)` and `new F(...)`; tells them apart by `isConstructorCall`. Default: does nothing. */
  construct?: NativeFunction;
  /** The constructor's own result is what `new` gives (boxing classes). */
  returnsOwnResult?: boolean;
  statics?: readonly Member[];
  prototype?: readonly Member[];
  /** Attributes of the class in its namespace; default DontEnum. */
  flags?: number;
  since?: 6 | 7 | 8 | 9 | 10;
  /** All own properties of the constructor are DontEnum, DontDelete and ReadOnly. */
  sealed?: true;
  /** ASnative category and index of the constructor. */
  native?: readonly [category: number, index: number];
  /** Class whose prototype this one's inherits from; default Object. */
  extends?: string;
  /** The prototype is an instance of the class it extends: it has `__constructor__` instead of `constructor`. */
  derived?: true;
  /** Set on everything in the prototype that is there before `later`, `__proto__` and `constructor` included. */
  prototypeFlags?: number;
  /** Members of the prototype that are added last, without `prototypeFlags`. */
  later?: readonly Member[];
}

export const DEFAULT_MEMBER_FLAGS = DONT_ENUM | DONT_DELETE;

const SINCE_FLAGS = { 6: SINCE_6, 7: SINCE_7 | 0x100, 8: SINCE_8, 9: SINCE_9, 10: SINCE_10 } as const;

/** Flag bits that hide a member from code before a version. */
export function sinceFlags(since: Member["since"]): number {
  return since === undefined ? 0 : SINCE_FLAGS[since];
}

/** Adds a table's members to an object. */
export function defineMembers(vm: Machine, object: Ptr, members: readonly Member[]): void {
  for (const member of members) defineMember(vm, object, member);
}

function defineMember(vm: Machine, object: Ptr, member: Member): void {
  const flags = (member.flags ?? DEFAULT_MEMBER_FLAGS) | sinceFlags(member.since);
  const window = openFrame(vm, 3);
  const name = holdJsName(vm, window + 16, member.name);
  if ("get" in member) {
    setObject(vm, window, createNativeFunction(vm, member.get));
    if (member.set !== undefined) setObject(vm, window + 8, createNativeFunction(vm, member.set));
    defineAccessor(vm, object, name, objectOf(vm, window), objectOf(vm, window + 8));
    changeFlags(vm, object, name, flags, 0);
  } else {
    if ("method" in member) setObject(vm, window, memberFunction(vm, member, member.method));
    else setConstant(vm, window, member.constant);
    defineProperty(vm, object, name, window, flags);
  }
  closeFrame(vm, window);
}

function memberFunction(vm: Machine, member: Member, method: NativeFunction): Owned {
  if (member.bare) {
    const { functionPrototype, functionConstructor } = vm.realm;
    vm.realm.functionPrototype = 0;
    vm.realm.functionConstructor = 0;
    const fn = createNativeFunction(vm, method);
    vm.realm.functionPrototype = functionPrototype;
    vm.realm.functionConstructor = functionConstructor;
    return fn;
  }
  const fn = createNativeFunction(vm, method);
  if (member.scripted) addPrototype(vm, fn);
  return fn;
}

/** Gives a native function a `prototype` object whose `constructor` it is. */
export function addPrototype(vm: Machine, fn: Ptr): void {
  const proto = createObject(vm, vm.realm.objectPrototype);
  defineObject(vm, proto, "constructor", retain(vm, fn), DEFAULT_MEMBER_FLAGS);
  defineObject(vm, fn, "prototype", proto, DEFAULT_MEMBER_FLAGS);
}

/** Gives a prototype that is an instance of its parent class the `__constructor__` that `new` would have. */
function defineOrigin(vm: Machine, proto: Ptr): void {
  const window = openFrame(vm, 1);
  const parent = prototypeOf(vm, proto);
  getStored(vm, parent, NAME.constructor, window);
  defineProperty(vm, proto, NAME.__constructor__, window, DONT_ENUM | SINCE_6);
  closeFrame(vm, window);
}

/** Makes all own properties DontEnum, DontDelete and ReadOnly. */
export function sealObject(vm: Machine, object: Ptr): void {
  flagAll(vm, object, DONT_ENUM | DONT_DELETE | READ_ONLY);
}

/** Sets attributes of all own properties. */
export function flagAll(vm: Machine, object: Ptr, flags: number): void {
  const exact = vm.caseSensitive;
  vm.caseSensitive = true;
  for (let i = 0; i < entryCount(vm, shapeOf(vm, object)); i++) {
    const name = entryName(vm, shapeOf(vm, object), i);
    if (name !== 0) changeFlags(vm, object, name, flags, 0);
  }
  vm.caseSensitive = exact;
}

/** Writes a JavaScript primitive to a dead slot. */
export function setConstant(vm: Machine, slot: Addr, value: number | string | boolean | null | undefined): void {
  if (value === undefined) setUndefined(vm, slot);
  else if (value === null) setNull(vm, slot);
  else if (typeof value === "number") setNumber(vm, slot, value);
  else if (typeof value === "boolean") setBoolean(vm, slot, value);
  else setString(vm, slot, stringFromJs(vm, value));
}

/** Defines a property from JavaScript; the object's reference is taken over. */
export function defineObject(vm: Machine, holder: Ptr, name: string, ownedObject: Owned, flags: number): void {
  const id = internJs(vm, name);
  const window = openFrame(vm, 1);
  setObject(vm, window, ownedObject);
  defineProperty(vm, holder, id, window, flags);
  closeFrame(vm, window);
  releaseName(vm, id);
}

/**
 * Installs a class in a namespace object (`_global`, `flash.geom` …): constructor function, prototype, members.
 * The prototype is also remembered in the realm under the class's name.
 * @returns the constructor, borrowed
 */
export function defineClass(vm: Machine, namespace: Ptr, table: ClassTable, existingPrototype: Ptr = 0): Ptr {
  const realm = vm.realm;
  const constructor = createNativeFunction(
    vm,
    table.construct ?? (table.derived ? constructDerived : constructNothing),
    table.returnsOwnResult ? FUNCTION_IS_CONSTRUCTOR : 0,
  );
  if (table.name === "Function") {
    // The first function of all: it is its own constructor, and that of all that follow.
    realm.functionConstructor = constructor;
    addConstructor(vm, constructor, constructor);
  }
  let proto = existingPrototype;
  if (proto === 0) {
    const parent = table.extends === undefined ? realm.objectPrototype : realm.prototypes.get(table.extends);
    if (parent === undefined) throw new Error(`class ${table.name} extends ${table.extends}, which is not defined yet`);
    proto = createObject(vm, parent);
  } else retain(vm, proto);
  if (table.statics !== undefined) defineMembers(vm, constructor, table.statics);
  defineObject(vm, constructor, "prototype", retain(vm, proto), DEFAULT_MEMBER_FLAGS);
  if (table.derived) defineOrigin(vm, proto);
  else {
    retain(vm, constructor);
    defineObject(vm, proto, "constructor", constructor, DEFAULT_MEMBER_FLAGS);
  }
  if (table.prototype !== undefined) defineMembers(vm, proto, table.prototype);
  if (table.prototypeFlags !== undefined) flagAll(vm, proto, table.prototypeFlags);
  if (table.later !== undefined) defineMembers(vm, proto, table.later);
  realm.prototypes.set(table.name, proto);
  if (table.sealed) sealObject(vm, constructor);
  defineObject(vm, namespace, table.name, constructor, (table.flags ?? DONT_ENUM) | sinceFlags(table.since));
  return constructor;
}

/** A native that is declared, so that the class looks as it should, but only says that it does nothing. */
export function unimplemented(name: string): NativeFunction {
  return (vm) => vm.host.warn(`${name} is not implemented`);
}

/** Rows for methods without behaviour yet: names in one text. `className` is for the warning. */
export function unimplementedMethods(className: string, names: string, rest: Omit<Member, "name" | "method"> = {}): Member[] {
  return names.split(" ").map((name) => ({ ...rest, name, method: unimplemented(`${className}.${name}`) }) as Member);
}

/** Rows for accessors without behaviour yet: they read as undefined and ignore what they are set to. */
export function unimplementedAccessors(names: string, rest: Omit<Member, "name" | "get" | "set"> = {}): Member[] {
  return names.split(" ").map((name) => ({ flags: 0, ...rest, name, get: () => {}, set: () => {} }) as Member);
}

/** Constructor of derived classes that do nothing else: their objects show `__constructor__` without attributes. */
export const constructDerived: NativeFunction = (vm, _fn, self) => {
  const object = objectOf(vm, self);
  if (object !== 0) changeFlags(vm, object, NAME.__constructor__, 0, ANY_FLAGS);
};

const ANY_FLAGS = 0xffff;

/** Constructor of classes that do nothing when constructed. */
export const constructNothing: NativeFunction = () => {};
