// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { toObject } from "../calls/member.ts";
import { toString } from "../conversion/to-string.ts";
import { DONT_DELETE, DONT_ENUM, INTERNAL, IS_ACCESSOR, READ_ONLY } from "../layout/attributes.ts";
import { TAG_NULL, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { NativeFunction } from "../machine/machine.ts";
import { isFunction } from "../objects/function.ts";
import { createObject, kindOf, visiblePrototypeOf } from "../objects/object.ts";
import { defineAccessor, findOwn } from "../objects/properties.ts";
import { addWatch, removeWatch } from "../objects/watch.ts";
import { stringFromJs, stringLength } from "../strings/heap-string.ts";
import { findName } from "../strings/names.ts";
import { copyValue, payloadOf, tagOf } from "../values/slots.ts";
import type { ClassTable } from "./declare.ts";
import {
  argument,
  heldArgument,
  heldName,
  isConstructorCall,
  returnBoolean,
  returnObject,
  returnString,
  thisObject,
} from "./native-call.ts";

/** Object(x), new Object(x): objects as they are, primitives boxed, nothing gives a new object (a bare one when called as a function). */
const constructObject: NativeFunction = (vm, _fn, self, args, argc) => {
  const constructing = isConstructorCall(vm);
  const value = argument(vm, args, argc, 0);
  const tag = tagOf(vm, value);
  if (tag !== TAG_UNDEFINED && tag !== TAG_NULL) {
    const window = openFrame(vm, 1);
    toObject(vm, value, window);
    copyValue(vm, window, vm.result);
    closeFrame(vm, window);
  } else if (constructing) copyValue(vm, self, vm.result);
  else returnObject(vm, createObject(vm, 0));
};

/** Object.prototype.valueOf: the object itself. */
export const objectValueOf: NativeFunction = (vm, _fn, self) => copyValue(vm, self, vm.result);

const toStringMethod: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  returnString(vm, stringFromJs(vm, object !== 0 && isFunction(vm, object) ? "[type Function]" : "[object Object]"));
};

const toLocaleString: NativeFunction = (vm, _fn, self) => returnString(vm, toString(vm, self));

const hasOwnProperty: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (argc === 0 || object === 0) {
    returnBoolean(vm, false);
    return;
  }
  const text = heldArgument(vm, args, argc, 0);
  const name = heldName(vm, text);
  returnBoolean(vm, findOwn(vm, object, name) !== 0 && (vm.foundFlags & INTERNAL) === 0);
};

const isPropertyEnumerable: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (argc === 0 || object === 0) {
    returnBoolean(vm, false);
    return;
  }
  const text = heldArgument(vm, args, argc, 0);
  const name = heldName(vm, text);
  const found = findOwn(vm, object, name) !== 0;
  returnBoolean(vm, found && (vm.foundFlags & (DONT_ENUM | INTERNAL)) === 0);
};

const isPrototypeOf: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  const window = openFrame(vm, 1);
  const value = toObject(vm, argument(vm, args, argc, 0), window);
  let found = false;
  if (object !== 0 && value !== 0) {
    for (
      let at = visiblePrototypeOf(vm, value), steps = 0;
      at !== 0 && !found && steps < 256;
      at = visiblePrototypeOf(vm, at), steps++
    )
      found = at === object;
  }
  closeFrame(vm, window);
  returnBoolean(vm, found);
};

const addPropertyMethod: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  const getter = argument(vm, args, argc, 1);
  const setter = argument(vm, args, argc, 2);
  const text = heldArgument(vm, args, argc, 0);
  const setterIsNull = tagOf(vm, setter) === TAG_NULL;
  const valid =
    object !== 0 &&
    argc >= 3 &&
    stringLength(vm, text) > 0 &&
    tagOf(vm, getter) === TAG_OBJECT &&
    isFunction(vm, payloadOf(vm, getter)) &&
    (setterIsNull || (tagOf(vm, setter) === TAG_OBJECT && isFunction(vm, payloadOf(vm, setter)))) &&
    kindOf(vm, object) !== BlockKind.Super;
  if (valid) {
    const name = heldName(vm, text);
    defineAccessor(vm, object, name, payloadOf(vm, getter), setterIsNull ? 0 : payloadOf(vm, setter));
  }
  returnBoolean(vm, valid);
};

const watch: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  const callback = argument(vm, args, argc, 1);
  if (object === 0 || argc < 2 || tagOf(vm, callback) !== TAG_OBJECT || !isFunction(vm, payloadOf(vm, callback))) {
    returnBoolean(vm, false);
    return;
  }
  const text = heldArgument(vm, args, argc, 0);
  const name = heldName(vm, text);
  addWatch(vm, object, name, payloadOf(vm, callback), argument(vm, args, argc, 2));
  returnBoolean(vm, true);
};

const unwatch: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0 || argc < 1) {
    returnBoolean(vm, false);
    return;
  }
  const text = heldArgument(vm, args, argc, 0);
  const name = findName(vm, text);
  const isAccessor = name !== 0 && findOwn(vm, object, name) !== 0 && (vm.foundFlags & IS_ACCESSOR) !== 0;
  const removed = name !== 0 && removeWatch(vm, object, name);
  returnBoolean(vm, removed && !isAccessor);
};

const registerClass: NativeFunction = (vm, _fn, _self, args, argc) => {
  if (argc < 2) {
    returnBoolean(vm, false);
    return;
  }
  const constructor = argument(vm, args, argc, 1);
  const tag = tagOf(vm, constructor);
  const isFunctionValue = tag === TAG_OBJECT && isFunction(vm, payloadOf(vm, constructor));
  if (!isFunctionValue && tag !== TAG_NULL && tag !== TAG_UNDEFINED) {
    returnBoolean(vm, false);
    return;
  }
  const linkage = heldArgument(vm, args, argc, 0);
  vm.host.registerClass(linkage, isFunctionValue ? payloadOf(vm, constructor) : 0);
  returnBoolean(vm, true);
};

export const objectClass: ClassTable = {
  name: "Object",
  native: [101, 9],
  sealed: true,
  construct: constructObject,
  returnsOwnResult: true,
  statics: [{ name: "registerClass", method: registerClass, native: [101, 8], flags: DONT_ENUM | DONT_DELETE | READ_ONLY }],
  prototype: [
    { name: "watch", method: watch, native: [101, 0], since: 6 },
    { name: "unwatch", method: unwatch, native: [101, 1], since: 6 },
    { name: "addProperty", method: addPropertyMethod, native: [101, 2], since: 6 },
    { name: "valueOf", method: objectValueOf, native: [101, 3] },
    { name: "toString", method: toStringMethod, native: [101, 4] },
    { name: "hasOwnProperty", method: hasOwnProperty, native: [101, 5], since: 6 },
    { name: "isPrototypeOf", method: isPrototypeOf, native: [101, 6], since: 6 },
    { name: "isPropertyEnumerable", method: isPropertyEnumerable, native: [101, 7], since: 6 },
    { name: "toLocaleString", method: toLocaleString, scripted: true },
  ],
};
