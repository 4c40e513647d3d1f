// SPDX-License-Identifier: MIT
import { closeFrame, openFrame } from "../calls/frames.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { toJsString } from "../conversion/to-string.ts";
import { DONT_ENUM, SINCE_6, SINCE_7, SINCE_8, SINCE_9, SINCE_10 } from "../layout/attributes.ts";
import { FUNCTION_IS_CONSTRUCTOR } from "../layout/records.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { createNativeFunction } from "../objects/function.ts";
import { changeFlags, defineAccessor, findOwn } from "../objects/properties.ts";
import { holdJsName, internJs, releaseName } from "../strings/names.ts";
import { setObject } from "../values/slots.ts";
import { arrayClass } from "./array.ts";
import { broadcasterMembers } from "./as-broadcaster.ts";
import { booleanClass, numberClass } from "./boxes.ts";
import { dateClass } from "./date.ts";
import { addPrototype, type ClassTable, defineObject, type Member } from "./declare.ts";
import { functionClass } from "./function.ts";
import { globalFunctions, loneNatives } from "./globals.ts";
import { mathMembers } from "./math.ts";
import { argument, intArgument, returnObject } from "./native-call.ts";
import { objectClass } from "./object.ts";
import { oldCaseFunctions, stringClass } from "./string.ts";
import { loadVarsClass } from "./xml/load-vars.ts";
import { xmlClass, xmlNodeClass } from "./xml/xml.ts";

/** ASnative: natives by category and index, collected from the class tables. */
const registry = new Map<number, Map<number, NativeFunction>>();

function register([category, index]: readonly [number, number], native: NativeFunction): void {
  let group = registry.get(category);
  if (group === undefined) {
    group = new Map();
    registry.set(category, group);
  }
  if (!group.has(index)) group.set(index, native);
}

/** Enters the rows of member tables. */
export function registerMembers(members: readonly Member[]): void {
  for (const member of members) {
    if (member.native === undefined) continue;
    if ("method" in member) register(member.native, member.method);
    else if ("get" in member) register(member.native, member.get);
  }
}

/** Enters a class table's constructor and members. */
export function registerClassNatives(table: ClassTable): void {
  if (table.native !== undefined && table.construct !== undefined) register(table.native, table.construct);
  registerMembers(table.statics ?? []);
  registerMembers(table.prototype ?? []);
}

for (const table of [
  objectClass,
  functionClass,
  arrayClass,
  stringClass,
  numberClass,
  booleanClass,
  dateClass,
  xmlNodeClass,
  xmlClass,
  loadVarsClass,
])
  registerClassNatives(table);
for (const members of [globalFunctions, loneNatives, mathMembers, broadcasterMembers, oldCaseFunctions]) registerMembers(members);

const returnsNothing: NativeFunction = () => {};

function lookUp(category: number, index: number): NativeFunction | undefined {
  const group = registry.get(category);
  return group === undefined ? undefined : (group.get(index) ?? returnsNothing);
}

/** ASnative(category, index): a new function object each time. */
const asNative: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc !== 2) return;
  const native = lookUp(intArgument(vm, args, argc, 0), intArgument(vm, args, argc, 1));
  if (native !== undefined) returnObject(vm, createNativeFunction(vm, native, FUNCTION_IS_CONSTRUCTOR));
};

/** ASconstructor(category, index): the same with a `prototype`. */
const asConstructor: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc < 2) return;
  const native = lookUp(intArgument(vm, args, argc, 0), intArgument(vm, args, argc, 1));
  if (native === undefined) return;
  const fn = createNativeFunction(vm, native, FUNCTION_IS_CONSTRUCTOR);
  addPrototype(vm, fn);
  returnObject(vm, fn);
};

const VERSION_PREFIXES: readonly [string, number][] = [
  ["6", SINCE_6],
  ["7", SINCE_7],
  ["8", SINCE_8],
  ["9", SINCE_9],
];

function splitName(vm: Machine, text: string): { name: string; flags: number } {
  if (text.startsWith("10")) return vm.playerVersion < 10 ? { name: text, flags: 0 } : { name: text.slice(2), flags: SINCE_10 };
  if (text.startsWith("1") && vm.playerVersion >= 10) return { name: text.slice(1), flags: 0 };
  for (const [prefix, flags] of VERSION_PREFIXES) if (text.startsWith(prefix)) return { name: text.slice(prefix.length), flags };
  return { name: text, flags: 0 };
}

/** Calls back for each name of ASSetNative's list with its first native index. */
function forEachName(
  vm: Machine,
  args: number,
  argc: number,
  step: number,
  define: (name: string, flags: number, index: number) => void,
): void {
  const names = toJsString(vm, argument(vm, args, argc, 2));
  let index = intArgument(vm, args, argc, 3);
  for (const text of names.split(",")) {
    const { name, flags } = splitName(vm, text);
    if (name !== "") define(name, flags, index);
    index += step;
  }
}

const asSetNative: NativeFunction = (vm, _fn, _self, args, argc) => {
  const object = objectOf(vm, argument(vm, args, argc, 0));
  if (object === 0 || argc < 3) return;
  const category = intArgument(vm, args, argc, 1);
  forEachName(vm, args, argc, 1, (name, flags, index) => {
    const native = lookUp(category, index);
    if (native === undefined) return;
    // A property that is there already gets no version.
    const id = internJs(vm, name);
    const isKnown = findOwn(vm, object, id) !== 0;
    releaseName(vm, id);
    defineObject(vm, object, name, createNativeFunction(vm, native), isKnown ? 0 : flags);
  });
};

const asSetNativeAccessor: NativeFunction = (vm, _fn, _self, args, argc) => {
  const object = objectOf(vm, argument(vm, args, argc, 0));
  if (object === 0 || argc < 3) return;
  const category = intArgument(vm, args, argc, 1);
  forEachName(vm, args, argc, 2, (text, flags, index) => {
    const get = lookUp(category, index);
    const set = lookUp(category, index + 1);
    if (get === undefined || set === undefined) return;
    const window = openFrame(vm, 3);
    setObject(vm, window, createNativeFunction(vm, get));
    setObject(vm, window + 8, createNativeFunction(vm, set));
    const name = holdJsName(vm, window + 16, text);
    defineAccessor(vm, object, name, objectOf(vm, window), objectOf(vm, window + 8));
    changeFlags(vm, object, name, flags, 0);
    closeFrame(vm, window);
  });
};

/** Functions of `_global` around ASnative. */
export const nativeFunctions: readonly Member[] = [
  { name: "ASnative", method: asNative, flags: DONT_ENUM, bare: true },
  { name: "ASSetNative", method: asSetNative, flags: DONT_ENUM, native: [4, 0] },
  { name: "ASSetNativeAccessor", method: asSetNativeAccessor, flags: DONT_ENUM, native: [4, 1] },
  { name: "ASconstructor", method: asConstructor, flags: DONT_ENUM, bare: true },
  { name: "enableDebugConsole", method: returnsNothing, flags: DONT_ENUM, bare: true },
  { name: "showRedrawRegions", method: returnsNothing, flags: DONT_ENUM },
];
registerMembers(nativeFunctions);
