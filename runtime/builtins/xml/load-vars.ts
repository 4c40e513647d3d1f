// SPDX-License-Identifier: MIT
import { releaseResult } from "../../calls/construct.ts";
import { closeFrame, openFrame } from "../../calls/frames.ts";
import { getMember, setMember } from "../../calls/member.ts";
import { objectOf } from "../../conversion/to-primitive.ts";
import { toJsString } from "../../conversion/to-string.ts";
import { DONT_DELETE, DONT_ENUM } from "../../layout/attributes.ts";
import { type Addr, TAG_NULL, TAG_OBJECT, TAG_STRING, TAG_UNDEFINED } from "../../layout/value.ts";
import type { Machine, NativeFunction } from "../../machine/machine.ts";
import { isArray } from "../../objects/array.ts";
import { enumeratedName, enumerateNames, enumerationCount, releaseEnumeration } from "../../objects/enumerate.ts";
import { defineProperty, getProperty, setProperty } from "../../objects/properties.ts";
import { stringFromJs, stringToJs } from "../../strings/heap-string.ts";
import { holdJsName, internJs, releaseName } from "../../strings/names.ts";
import { moveResult, moveValue, payloadOf, setBoolean, setNumber, setString, setUndefined, tagOf } from "../../values/slots.ts";
import { getElement, indexedLength } from "../array-like.ts";
import { type ClassTable, DEFAULT_MEMBER_FLAGS, type Member } from "../declare.ts";
import { unescapeText } from "../globals.ts";
import { argument, isMissing, returnBoolean, thisObject } from "../native-call.ts";
import { callGlobal, callNamed, constructGlobal } from "../script-calls.ts";
import { isNode } from "./node.ts";

/** LoadVars, and what XML shares with it: loading, sending, and the members that Flash Player wrote in ActionScript. */

function defineNamed(vm: Machine, object: number, name: string, value: Addr, flags: number): void {
  const id = internJs(vm, name);
  defineProperty(vm, object, id, value, flags);
  releaseName(vm, id);
}

function setNamed(vm: Machine, self: Addr, name: string, value: Addr): void {
  const window = openFrame(vm, 1);
  setMember(vm, self, holdJsName(vm, window, name), value);
  closeFrame(vm, window);
}

/** Notes that a load has begun and asks the player for the file. */
function beginLoad(vm: Machine, target: Addr, url: string): void {
  const object = thisObject(vm, target);
  if (object === 0) return;
  const window = openFrame(vm, 1);
  setNumber(vm, window, 0);
  defineNamed(vm, object, "_bytesLoaded", window, DEFAULT_MEMBER_FLAGS);
  setUndefined(vm, window);
  defineNamed(vm, object, "_bytesTotal", window, DEFAULT_MEMBER_FLAGS);
  setBoolean(vm, window, false);
  if (isNode(vm, object)) setNamed(vm, target, "loaded", window);
  else defineNamed(vm, object, "loaded", window, DEFAULT_MEMBER_FLAGS);
  closeFrame(vm, window);
  vm.host.loadText(url, target);
}

const load: NativeFunction = (vm, _fn, self, args, argc) => {
  const isValid = !isMissing(vm, args, argc, 0) && tagOf(vm, args) !== TAG_NULL;
  if (isValid) beginLoad(vm, self, toJsString(vm, args));
  returnBoolean(vm, isValid);
};

const send: NativeFunction = (vm, _fn, self, args, argc) => {
  if (argc > 0 && thisObject(vm, self) !== 0) vm.host.warn(`sending to ${toJsString(vm, args)} is not implemented`);
  returnBoolean(vm, argc > 0);
};

const sendAndLoad: NativeFunction = (vm, _fn, _self, args, argc) => {
  const target = argument(vm, args, argc, 1);
  const isValid = argc > 1 && objectOf(vm, target) !== 0;
  if (isValid) beginLoad(vm, target, toJsString(vm, args));
  returnBoolean(vm, isValid);
};

/** A native that returns a member of `this`. */
function memberReader(name: string): NativeFunction {
  return (vm, _fn, self) => {
    const window = openFrame(vm, 2);
    getMember(vm, self, holdJsName(vm, window, name), window + 8);
    moveValue(vm, window + 8, vm.result);
    closeFrame(vm, window);
  };
}

/** addRequestHeader(name, value) or ([name, value, …]): pushed, two by two, to a list that is made for the first. */
const addRequestHeader: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  const window = openFrame(vm, 4);
  const id = holdJsName(vm, window, "_customHeaders");
  getProperty(vm, object, id, self, window + 8);
  if (tagOf(vm, window + 8) === TAG_UNDEFINED || tagOf(vm, window + 8) === TAG_NULL) {
    constructGlobal(vm, "Array", 0, 0, window + 8);
    defineProperty(vm, object, id, window + 8, DONT_ENUM | DONT_DELETE);
  }
  const add = (pair: Addr): void => {
    if (tagOf(vm, pair) !== TAG_STRING || tagOf(vm, pair + 8) !== TAG_STRING) return;
    callNamed(vm, window + 8, "push", pair, 2);
    releaseResult(vm);
  };
  const first = argument(vm, args, argc, 0);
  if (tagOf(vm, first) === TAG_OBJECT && isArray(vm, payloadOf(vm, first))) {
    const headers = payloadOf(vm, first);
    for (let i = 0; i + 1 < indexedLength(vm, headers, first); i += 2) {
      getElement(vm, headers, i, window + 16);
      getElement(vm, headers, i + 1, window + 24);
      add(window + 16);
      closeFrame(vm, window + 16);
      openFrame(vm, 2);
    }
  } else if (argc > 1) add(args);
  closeFrame(vm, window);
};

/** The default onData: what came is taken in and `loaded` set, then onLoad is told. */
function dataHandler(accept: (vm: Machine, self: Addr, text: Addr) => void): NativeFunction {
  return (vm, _fn, self, args, argc) => {
    const text = argument(vm, args, argc, 0);
    const success = tagOf(vm, text) !== TAG_UNDEFINED && tagOf(vm, text) !== TAG_NULL;
    const object = thisObject(vm, self);
    const window = openFrame(vm, 1);
    if (success && object !== 0) {
      accept(vm, self, text);
      setBoolean(vm, window, true);
      setNamed(vm, self, "loaded", window);
    }
    setBoolean(vm, window, success);
    callNamed(vm, self, "onLoad", window, 1);
    releaseResult(vm);
    closeFrame(vm, window);
  };
}

const onLoad: NativeFunction = () => {};

/** Members that LoadVars and XML have in common. */
export function loadMembers(accept: (vm: Machine, self: Addr, text: Addr) => void, flags: number): Member[] {
  const scripted = (name: string, method: NativeFunction): Member => ({ name, method, flags, scripted: true });
  return [
    { name: "load", method: load, flags, native: [301, 0] },
    { name: "send", method: send, flags, native: [301, 1] },
    { name: "sendAndLoad", method: sendAndLoad, flags, native: [301, 2] },
    scripted("onLoad", onLoad),
    scripted("onData", dataHandler(accept)),
    scripted("getBytesLoaded", memberReader("_bytesLoaded")),
    scripted("getBytesTotal", memberReader("_bytesTotal")),
    scripted("addRequestHeader", addRequestHeader),
  ];
}

/** Sets the variables of form-encoded text. */
function decodeInto(vm: Machine, self: Addr, source: string): void {
  const object = thisObject(vm, self);
  if (object === 0) return;
  for (const part of source.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = unescapeText(vm, equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? "" : unescapeText(vm, part.slice(equals + 1));
    const window = openFrame(vm, 2);
    setString(vm, window, stringFromJs(vm, value));
    setProperty(vm, object, holdJsName(vm, window + 8, name), window, self);
    closeFrame(vm, window);
  }
}

const decode: NativeFunction = (vm, _fn, self, args, argc) => {
  if (argc === 0) returnBoolean(vm, false);
  else decodeInto(vm, self, toJsString(vm, args));
};

/** toString: escapes the enumerable members one by one, collects them in an array and joins that, all by what scripts see. */
const toStringMethod: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  const list = enumerateNames(vm, object);
  const names = Array.from({ length: enumerationCount(vm, list) }, (_, i) => stringToJs(vm, enumeratedName(vm, list, i)));
  releaseEnumeration(vm, list);
  const window = openFrame(vm, 2);
  constructGlobal(vm, "Array", 0, 0, window);
  for (const name of names) {
    setString(vm, window + 8, stringFromJs(vm, `${escapedText(vm, name)}=${escapedMember(vm, self, name)}`));
    callNamed(vm, window, "push", window + 8, 1);
    releaseResult(vm);
    closeFrame(vm, window + 8);
    openFrame(vm, 1);
  }
  setString(vm, window + 8, stringFromJs(vm, "&"));
  callNamed(vm, window, "join", window + 8, 1);
  const result = openFrame(vm, 1);
  moveResult(vm, result);
  moveValue(vm, result, vm.result);
  closeFrame(vm, window);
};

/** What the global escape makes of a value (slot, borrowed). */
function escapeValue(vm: Machine, value: Addr): string {
  const window = openFrame(vm, 1);
  callGlobal(vm, "escape", value, 1);
  moveResult(vm, window);
  const text = toJsString(vm, window);
  closeFrame(vm, window);
  return text;
}

function escapedText(vm: Machine, text: string): string {
  const window = openFrame(vm, 1);
  setString(vm, window, stringFromJs(vm, text));
  const escaped = escapeValue(vm, window);
  closeFrame(vm, window);
  return escaped;
}

function escapedMember(vm: Machine, self: Addr, name: string): string {
  const window = openFrame(vm, 2);
  getMember(vm, self, holdJsName(vm, window + 8, name), window);
  const escaped = escapeValue(vm, window);
  closeFrame(vm, window);
  return escaped;
}

export const loadVarsClass: ClassTable = {
  name: "LoadVars",
  prototype: (
    [
      ...loadMembers((vm, self, text) => {
        callNamed(vm, self, "decode", text, 1);
        releaseResult(vm);
      }, DONT_ENUM | DONT_DELETE),
      { name: "decode", method: decode, native: [301, 3] },
      { name: "toString", method: toStringMethod, scripted: true },
      { name: "contentType", constant: "application/x-www-form-urlencoded" },
    ] as Member[]
  ).map((member) => ({ ...member, since: 6 })),
};
