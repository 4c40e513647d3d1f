// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { callFunction } from "../calls/call.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { haltScripts } from "../calls/limits.ts";
import {
  DONT_DELETE,
  DONT_ENUM,
  INTERNAL,
  IS_ACCESSOR,
  MAY_BE_LAZY,
  READ_ONLY,
  SINCE_7,
  VERSION_BITS,
} from "../layout/attributes.ts";
import { CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import * as R from "../layout/records.ts";
import { type Addr, TAG_BLOCK, TAG_CLIP, TAG_HOLE, TAG_LAZY_PROTOTYPE, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { clearSlot, release, retain } from "../memory/release.ts";
import { stringLength, unitAt } from "../strings/heap-string.ts";
import { NAME } from "../strings/known-names.ts";
import { type NameId, nameIndex, nameString, nameToJs } from "../strings/names.ts";
import { copyValue, moveResult, replaceValue, setString, setTagged, setUndefined } from "../values/slots.ts";
import { allocateAccessor } from "./accessor.ts";
import {
  appendElement,
  arrayLength,
  canAppend,
  denseElement,
  elementCapacity,
  forgetReversal,
  growElements,
  isArray,
  isDenseArray,
  lengthSlot,
  makeSlow,
  setArrayLength,
  truncateArray,
} from "./array.ts";
import { materialisePrototype } from "./function.ts";
import {
  addProperty,
  changePrototype,
  findOwnNamed,
  kindOf,
  makeUnique,
  prototypeOf,
  removeProperty,
  setFlags,
  shapeOf,
  storedPrototypeOf,
} from "./object.ts";
import { entryFlags, findEntry } from "./shapes.ts";
import { superStart } from "./super.ts";
import { callWatcher } from "./watch.ts";

/** Objects on one prototype chain past which Flash gives up. */
const MAX_CHAIN = 255;
/** Calls of one accessor within itself past which the raw value is used (reference: semantics §7.2). */
const MAX_ACCESSOR_DEPTH = 65;

/** Slot of an own property, dense array elements included; 0 when there is none. Sets `vm.foundFlags`. */
export function findOwn(vm: Machine, object: Ptr, name: NameId): Addr {
  if (isDenseArray(vm, object)) {
    const index = nameIndex(vm, name);
    if (index >= 0) {
      vm.foundFlags = 0;
      return denseElement(vm, object, index);
    }
  }
  return findOwnNamed(vm, object, name);
}

/**
 * Reads a property as scripts do: own, exotic, inherited, `__resolve`. May run ActionScript (getters, __resolve).
 * @param receiver slot of the value that getters see as `this`
 * @param out dead slot: gets the value (undefined when there is none), owned
 * @returns whether the property exists
 */
export function getProperty(vm: Machine, object: Ptr, name: NameId, receiver: Addr, out: Addr): boolean {
  if (name !== 0 && findInChain(vm, object, name, receiver, out)) return true;
  return resolveMissing(vm, object, name, receiver, out);
}

/** Like `getProperty`, without `__resolve`. */
export function findInChain(vm: Machine, start: Ptr, name: NameId, receiver: Addr, out: Addr): boolean {
  const I32 = vm.I32;
  let object = start;
  let depth = 0;
  let firstDepth = 0;
  if (kindOf(vm, start) === BlockKind.Super) {
    object = superStart(vm, start);
    receiver = start + R.SUPER_THIS_OFFSET;
    depth = I32[(start >> 2) + R.SUPER_DEPTH] + 1;
    firstDepth = depth;
    if (object === 0) {
      setUndefined(vm, out);
      return false;
    }
  }
  for (let steps = 0; ; steps++) {
    const slot = findOwn(vm, object, name);
    if (slot !== 0 && (vm.foundFlags & (vm.hiddenMask | INTERNAL)) === 0) {
      vm.foundHolder = object;
      vm.foundDepth = firstDepth > 0 ? depthThroughSuper(vm, firstDepth, depth) : depth;
      readSlot(vm, object, slot, vm.foundFlags, receiver, out);
      return true;
    }
    if ((I32[(object >> 2) + R.META] & R.META_EXOTIC) !== 0 && vm.host.getExotic(object, name, out)) {
      vm.foundHolder = object;
      vm.foundDepth = depth;
      return true;
    }
    object = prototypeOf(vm, object);
    if (object === 0) break;
    depth++;
    if (steps >= MAX_CHAIN) haltScripts(vm, "prototype chain is too long");
  }
  setUndefined(vm, out);
  return false;
}

/**
 * Where a method that super found counts as standing. Up to SWF 6 that is the next prototype, wherever it really stands. Later one
 * found further up is taken to stand one step nearer. Either way such a method can find itself through its own super.
 */
function depthThroughSuper(vm: Machine, firstDepth: number, depth: number): number {
  return vm.version < 7 || depth === firstDepth ? firstDepth : depth - 1;
}

/** Depth at which a method that `findInChain` has just found on an object counts for its own `super`: an own one as if inherited. */
export function methodDepth(vm: Machine, isThroughSuper: boolean): number {
  if (isThroughSuper) return vm.foundDepth;
  return vm.version < 7 ? 1 : Math.max(1, vm.foundDepth);
}

/** Copies what a property's slot holds to `out`, running its getter if it has one. */
function readSlot(vm: Machine, holder: Ptr, slot: Addr, flags: number, receiver: Addr, out: Addr): void {
  if ((flags & (IS_ACCESSOR | MAY_BE_LAZY)) !== 0) {
    if ((flags & IS_ACCESSOR) !== 0) {
      readAccessor(vm, vm.I32[slot >> 2], receiver, out);
      return;
    }
    if (vm.I32[(slot >> 2) + 1] === TAG_LAZY_PROTOTYPE) materialisePrototype(vm, holder, slot);
  }
  copyValue(vm, slot, out);
}

function readAccessor(vm: Machine, accessor: Ptr, receiver: Addr, out: Addr): void {
  const I32 = vm.I32;
  const getter = I32[(accessor >> 2) + R.ACCESSOR_GETTER];
  const depth = (accessor >> 2) + R.ACCESSOR_DEPTH;
  if (getter === 0 || I32[depth] >= MAX_ACCESSOR_DEPTH) {
    copyValue(vm, accessor + R.ACCESSOR_VALUE_OFFSET, out);
    return;
  }
  const held = retain(vm, accessor);
  I32[depth]++;
  const holderDepth = vm.foundDepth;
  const holder = vm.foundHolder;
  vm.callee = 1 << CALLEE_DEPTH_SHIFT;
  try {
    callFunction(vm, getter, receiver, 0, 0);
  } finally {
    I32[depth]--;
    release(vm, held);
  }
  vm.foundDepth = holderDepth;
  vm.foundHolder = holder;
  moveResult(vm, out);
}

/** Not found: the nearest visible stored `__resolve` that is an object is called with the name. */
function resolveMissing(vm: Machine, start: Ptr, name: NameId, receiver: Addr, out: Addr): boolean {
  setUndefined(vm, out);
  if (name === NAME.__resolve) return false;
  const resolver = findResolver(vm, start);
  if (resolver === 0) return false;
  const text = name === 0 ? vm.missingName : vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_STRING];
  if (text === 0) return false;
  vm.callee = 1 << CALLEE_DEPTH_SHIFT;
  const window = openFrame(vm, 1);
  setString(vm, window, retain(vm, text));
  callFunction(vm, resolver, receiver, window, 1);
  moveResult(vm, out);
  closeFrame(vm, window);
  return true;
}

/**
 * The nearest stored `__resolve`, whatever its attributes and even behind an accessor. Up to SWF 6 the first one there is decides;
 * later primitives are passed over.
 */
function findResolver(vm: Machine, start: Ptr): Ptr {
  let object = kindOf(vm, start) === BlockKind.Super ? superStart(vm, start) : start;
  for (let steps = 0; object !== 0 && steps < MAX_CHAIN; steps++) {
    let slot = findOwn(vm, object, NAME.__resolve);
    if (slot !== 0) {
      if ((vm.foundFlags & IS_ACCESSOR) !== 0) slot = vm.I32[slot >> 2] + R.ACCESSOR_VALUE_OFFSET;
      if (vm.I32[(slot >> 2) + 1] === TAG_OBJECT) return vm.I32[slot >> 2];
      if (vm.version < 7) return 0;
    }
    object = prototypeOf(vm, object);
  }
  return 0;
}

/** Whether the object or one of its prototypes has the property, visible or not; runs nothing. */
export function hasProperty(vm: Machine, start: Ptr, name: NameId): boolean {
  if (name === 0) return false;
  let object = start;
  for (let steps = 0; object !== 0 && steps <= MAX_CHAIN; steps++) {
    if (findOwn(vm, object, name) !== 0) return true;
    if ((vm.I32[(object >> 2) + R.META] & R.META_EXOTIC) !== 0 && vm.host.hasExotic(object, name)) return true;
    object = prototypeOf(vm, object);
  }
  return false;
}

/**
 * Writes a property as scripts do: watchers, own property, display property, inherited setter, new property. May run ActionScript.
 * @param value borrowed
 * @param receiver slot of the value that setters and watchers see as `this`
 */
export function setProperty(vm: Machine, object: Ptr, name: NameId, value: Addr, receiver: Addr): void {
  if (name === NAME[""]) return;
  const I32 = vm.I32;
  const meta = I32[(object >> 2) + R.META];
  if ((meta & R.META_KIND_MASK) === BlockKind.Super) {
    setThroughSuper(vm, object, name, value);
    return;
  }
  if ((meta & R.META_WATCHED) !== 0) {
    const window = callWatcher(vm, object, name, value, receiver);
    if (window !== 0) {
      setUnwatched(vm, object, name, window, receiver);
      closeFrame(vm, window);
      return;
    }
  }
  setUnwatched(vm, object, name, value, receiver);
}

function setUnwatched(vm: Machine, object: Ptr, name: NameId, value: Addr, receiver: Addr): void {
  const I32 = vm.I32;
  const slot = findOwn(vm, object, name);
  const exotic = (I32[(object >> 2) + R.META] & R.META_EXOTIC) !== 0;
  if (slot !== 0) {
    const flags = vm.foundFlags;
    // A display property is set past an own setter of its name.
    if (exotic && (flags & IS_ACCESSOR) !== 0 && vm.host.setExotic(object, name, value)) return;
    overwrite(vm, object, name, slot, flags, value, receiver);
    return;
  }
  if (exotic && vm.host.setExotic(object, name, value)) return;
  for (let proto = prototypeOf(vm, object), steps = 0; proto !== 0; proto = prototypeOf(vm, proto)) {
    const inherited = findOwn(vm, proto, name);
    if (inherited !== 0 && (vm.foundFlags & IS_ACCESSOR) !== 0 && (vm.foundFlags & vm.hiddenMask) === 0) {
      callSetter(vm, I32[inherited >> 2], value, receiver);
      return;
    }
    if (++steps > MAX_CHAIN) haltScripts(vm, "prototype chain is too long");
  }
  addOwn(vm, object, name, value, 0);
  if (exotic) vm.host.exoticWritten(object, name);
}

/** Writes over a property that exists. */
function overwrite(vm: Machine, object: Ptr, name: NameId, slot: Addr, flags: number, value: Addr, receiver: Addr): void {
  const I32 = vm.I32;
  if ((flags & IS_ACCESSOR) !== 0 && (flags & vm.hiddenMask) === 0) {
    if ((flags & READ_ONLY) !== 0) return;
    const accessor = I32[slot >> 2];
    const held = retain(vm, accessor);
    try {
      callSetter(vm, accessor, value, receiver);
      replaceValue(vm, accessor + R.ACCESSOR_VALUE_OFFSET, value);
    } finally {
      release(vm, held);
    }
    return;
  }
  if ((flags & READ_ONLY) !== 0) return;
  if ((flags & VERSION_BITS) !== 0) {
    // An accessor that this version does not see is replaced like a value.
    const cleared = (vm.version === 6 ? VERSION_BITS & ~SINCE_7 : VERSION_BITS) | IS_ACCESSOR;
    setFlags(vm, object, findEntry(vm, shapeOf(vm, object), name), flags & ~cleared);
    slot = findOwnNamed(vm, object, name);
  }
  if (isProtoName(vm, name)) {
    writeProto(vm, object, slot, value);
    return;
  }
  if (isArray(vm, object)) {
    if (slot === lengthSlot(vm, object)) {
      setArrayLength(vm, object, value);
      return;
    }
    if (nameIndex(vm, name) < 0) {
      raiseLength(vm, object, name);
      slot = findOwnNamed(vm, object, name);
    }
  }
  noteReplaced(vm, object, slot);
  replaceValue(vm, slot, value);
  if ((I32[(object >> 2) + R.META] & R.META_EXOTIC) !== 0) vm.host.exoticWritten(object, name);
}

function isProtoName(vm: Machine, name: NameId): boolean {
  return (
    name === NAME.__proto__ ||
    (!vm.caseSensitive && vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_FOLD] === NAME.__proto__)
  );
}

/**
 * Raises the epoch when a function in a property that others inherit, or look up in a scope, is about to be replaced:
 * method caches remember the function itself.
 */
export function noteReplaced(vm: Machine, object: Ptr, slot: Addr): void {
  const I32 = vm.I32;
  if ((I32[(object >> 2) + R.META] & R.META_IS_PROTOTYPE) === 0 || I32[(slot >> 2) + 1] !== TAG_OBJECT) return;
  if ((I32[(I32[slot >> 2] >> 2) + R.META] & R.META_KIND_MASK) === BlockKind.Function) vm.epoch++;
}

function writeProto(vm: Machine, object: Ptr, slot: Addr, value: Addr): void {
  const I32 = vm.I32;
  const tag = I32[(value >> 2) + 1];
  let proto = 0;
  if (tag === TAG_OBJECT) proto = I32[value >> 2];
  else if (tag === TAG_CLIP) proto = vm.host.resolveReference(I32[value >> 2]);
  if (proto !== storedPrototypeOf(vm, object)) {
    changePrototype(vm, object, proto);
    slot = findOwnNamed(vm, object, NAME.__proto__);
  }
  replaceValue(vm, slot, value);
}

function callSetter(vm: Machine, accessor: Ptr, value: Addr, receiver: Addr): void {
  const I32 = vm.I32;
  const setter = I32[(accessor >> 2) + R.ACCESSOR_SETTER];
  const depth = (accessor >> 2) + R.ACCESSOR_DEPTH;
  if (setter === 0 || I32[depth] >= MAX_ACCESSOR_DEPTH) return;
  const held = retain(vm, accessor);
  I32[depth]++;
  vm.callee = 1 << CALLEE_DEPTH_SHIFT;
  try {
    callFunction(vm, setter, receiver, value, 1);
    clearSlot(vm, vm.result);
  } finally {
    I32[depth]--;
    release(vm, held);
  }
}

function setThroughSuper(vm: Machine, superObject: Ptr, name: NameId, value: Addr): void {
  const receiver = superObject + R.SUPER_THIS_OFFSET;
  for (let object = superStart(vm, superObject), steps = 0; object !== 0 && steps < MAX_CHAIN; steps++) {
    const slot = findOwn(vm, object, name);
    if (slot !== 0 && (vm.foundFlags & IS_ACCESSOR) !== 0 && (vm.foundFlags & vm.hiddenMask) === 0) {
      callSetter(vm, vm.I32[slot >> 2], value, receiver);
      return;
    }
    object = prototypeOf(vm, object);
  }
}

/** Adds an own property that does not exist yet; array indices go to the dense block where they can. */
function addOwn(vm: Machine, object: Ptr, name: NameId, value: Addr, flags: number): void {
  if (isArray(vm, object)) {
    const index = nameIndex(vm, name);
    if (index >= 0) {
      addElement(vm, object, index, name, value);
      return;
    }
    if ((flags & DONT_ENUM) === 0) makeSlow(vm, object);
    raiseLength(vm, object, name);
  }
  if (isProtoName(vm, name)) {
    const slot = addProperty(vm, object, NAME.__proto__, flags);
    writeProto(vm, object, slot, value);
    return;
  }
  copyValue(vm, value, addProperty(vm, object, name, flags));
}

/**
 * Setting a property whose name is a decimal integer raises `length` past that index, which wraps to int32, so `length` may become
 * negative and elements go. Indices that the dense block can hold are not looked at here.
 */
function raiseLength(vm: Machine, array: Ptr, name: NameId): void {
  const text = nameString(vm, name);
  const first = stringLength(vm, text) > 0 ? unitAt(vm, text, 0) : 0;
  // Blanks, sign or digit.
  if (first > 57) return;
  const match = /^[\t\n\r ]*([+-]?)(\d+)$/.exec(nameToJs(vm, name));
  if (match === null) return;
  const magnitude = Number(BigInt.asIntN(32, BigInt(match[2])));
  const index = (match[1] === "-" ? -magnitude : magnitude) | 0;
  if (index >= arrayLength(vm, array)) truncateArray(vm, array, (index + 1) | 0);
}

/** Gap of missing elements that the dense block bridges with holes. */
const MAX_GAP = 64;

function addElement(vm: Machine, array: Ptr, index: number, name: NameId, value: Addr): void {
  const I32 = vm.I32;
  const count = I32[(array >> 2) + R.ARRAY_COUNT];
  if (count >= 0 && index > count && index - count <= MAX_GAP) {
    if (index >= elementCapacity(vm, array)) growElements(vm, array, index + 1);
    for (let at = (I32[(array >> 2) + R.ARRAY_ELEMENTS] >> 2) + count * 2, end = at + (index - count) * 2; at < end; at += 2) {
      I32[at] = 0;
      I32[at + 1] = TAG_HOLE;
    }
    I32[(array >> 2) + R.ARRAY_COUNT] = index;
  }
  if (canAppend(vm, array, index)) {
    copyValue(vm, value, appendElement(vm, array));
    return;
  }
  makeSlow(vm, array);
  copyValue(vm, value, addProperty(vm, array, name, 0));
  const slot = lengthSlot(vm, array);
  if (vm.F64[slot >> 3] < index + 1) vm.F64[slot >> 3] = index + 1;
}

/**
 * Defines an own property with given attributes, replacing the value and the attributes of one that exists. Runs nothing.
 * @param value borrowed
 */
export function defineProperty(vm: Machine, object: Ptr, name: NameId, value: Addr, flags: number): void {
  const slot = findOwn(vm, object, name);
  if (slot === 0) {
    addOwn(vm, object, name, value, flags);
    return;
  }
  noteReplaced(vm, object, slot);
  if (isProtoName(vm, name)) writeProto(vm, object, slot, value);
  else replaceValue(vm, slot, value);
  if (isDenseArray(vm, object) && nameIndex(vm, name) >= 0) {
    if (flags === 0) return;
    makeSlow(vm, object);
  }
  setFlags(vm, object, findEntry(vm, shapeOf(vm, object), name), flags);
}

/** Deletes an own property. False when there is none or it is DontDelete. */
export function deleteProperty(vm: Machine, object: Ptr, name: NameId): boolean {
  if (name === 0) return false;
  const I32 = vm.I32;
  if (isDenseArray(vm, object)) {
    const index = nameIndex(vm, name);
    if (index >= 0) return deleteElement(vm, object, index);
  }
  const shape = shapeOf(vm, object);
  const index = findEntry(vm, shape, name);
  if (index < 0) return false;
  const flags = entryFlags(vm, shape, index);
  if ((flags & (DONT_DELETE | INTERNAL)) !== 0) return false;
  if (isArray(vm, object) && index === R.ARRAY_LENGTH_SLOT) return false;
  removeProperty(vm, object, index);
  if ((I32[(object >> 2) + R.META] & R.META_EXOTIC) !== 0) vm.host.exoticWritten(object, name);
  return true;
}

function deleteElement(vm: Machine, array: Ptr, index: number): boolean {
  const I32 = vm.I32;
  const slot = denseElement(vm, array, index);
  if (slot === 0) return false;
  clearSlot(vm, slot);
  I32[(slot >> 2) + 1] = TAG_HOLE;
  const word = (array >> 2) + R.ARRAY_COUNT;
  forgetReversal(vm, array, index);
  while (I32[word] > 0 && I32[((I32[(array >> 2) + R.ARRAY_ELEMENTS] + (I32[word] - 1) * 8) >> 2) + 1] === TAG_HOLE) I32[word]--;
  return true;
}

/** Attributes of an own property for ASSetPropFlags: makes a dense array slow if an element's change. False: no such property. */
export function changeFlags(vm: Machine, object: Ptr, name: NameId, set: number, clear: number): boolean {
  if (isDenseArray(vm, object)) {
    if (nameIndex(vm, name) >= 0 && denseElement(vm, object, nameIndex(vm, name)) === 0) return false;
    makeSlow(vm, object);
  }
  const shape = shapeOf(vm, object);
  const index = findEntry(vm, shape, name);
  if (index < 0) return false;
  const flags = entryFlags(vm, shape, index);
  if ((flags & INTERNAL) !== 0) return false;
  setFlags(vm, object, index, (flags & ~clear) | set);
  return true;
}

/** Turns an own property into an accessor, or adds one (addProperty). `getter` is an object, `setter` an object or 0; both borrowed. */
export function defineAccessor(vm: Machine, object: Ptr, name: NameId, getter: Ptr, setter: Ptr): void {
  const I32 = vm.I32;
  if (isArray(vm, object)) makeSlow(vm, object);
  let slot = findOwnNamed(vm, object, name);
  let flags = setter === 0 ? READ_ONLY : 0;
  // What may fail for lack of memory comes first; a frame holds the accessor until its slot does.
  const window = openFrame(vm, 1);
  const accessor = allocateAccessor(vm, getter, setter);
  setTagged(vm, window, TAG_BLOCK, accessor);
  if (slot === 0) slot = addProperty(vm, object, name, flags | IS_ACCESSOR);
  else {
    const index = findEntry(vm, shapeOf(vm, object), name);
    const old = vm.foundFlags;
    const hadNoSetter = (old & IS_ACCESSOR) !== 0 && I32[(I32[slot >> 2] >> 2) + R.ACCESSOR_SETTER] === 0;
    if ((old & IS_ACCESSOR) !== 0) copyValue(vm, I32[slot >> 2] + R.ACCESSOR_VALUE_OFFSET, accessor + R.ACCESSOR_VALUE_OFFSET);
    else copyValue(vm, slot, accessor + R.ACCESSOR_VALUE_OFFSET);
    flags = (old & ~MAY_BE_LAZY) | flags | IS_ACCESSOR;
    // Being ReadOnly for want of a setter ends with the new one; otherwise attributes stay.
    if (setter !== 0 && hadNoSetter) flags &= ~READ_ONLY;
    makeUnique(vm, object);
    setFlags(vm, object, index, flags);
    slot = findOwnNamed(vm, object, name);
    clearSlot(vm, slot);
  }
  setTagged(vm, slot, TAG_BLOCK, accessor);
  setUndefined(vm, window);
  closeFrame(vm, window);
  vm.epoch++;
}

/** Reads a property whatever its visibility, its getter run: what is enumerated is also copied. */
export function getEnumerated(vm: Machine, object: Ptr, name: NameId, receiver: Addr, out: Addr): void {
  const slot = findOwn(vm, object, name);
  if (slot !== 0 && (vm.foundFlags & INTERNAL) === 0) readSlot(vm, object, slot, vm.foundFlags, receiver, out);
  else getProperty(vm, object, name, receiver, out);
}

/** Raw stored value of an own property (behind an accessor: the value stored there) to `out`; false and undefined when there is none. */
export function getStored(vm: Machine, object: Ptr, name: NameId, out: Addr): boolean {
  const slot = name === 0 ? 0 : findOwn(vm, object, name);
  if (slot === 0 || (vm.foundFlags & INTERNAL) !== 0) {
    setUndefined(vm, out);
    return false;
  }
  if ((vm.foundFlags & IS_ACCESSOR) !== 0) copyValue(vm, vm.I32[slot >> 2] + R.ACCESSOR_VALUE_OFFSET, out);
  else readSlot(vm, object, slot, vm.foundFlags, slot, out);
  return true;
}
