// SPDX-License-Identifier: MIT
import type { Ptr } from "../../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../../calls/frames.ts";
import { getMember } from "../../calls/member.ts";
import { toBoolean } from "../../conversion/to-boolean.ts";
import type { Addr } from "../../layout/value.ts";
import type { Machine, NativeFunction } from "../../machine/machine.ts";
import { addConstructor, createObject } from "../../objects/object.ts";
import { defineProperty } from "../../objects/properties.ts";
import { holdJsName, internJs, releaseName } from "../../strings/names.ts";
import { moveResult, moveValue, setBoolean, setObject } from "../../values/slots.ts";
import { getElement, indexedLength, setIndexed } from "../array-like.ts";
import { type ClassTable, defineMembers } from "../declare.ts";
import { argument, isMissing, thisObject } from "../native-call.ts";
import { callNamed, constructGlobal } from "../script-calls.ts";
import { HIDDEN_BEFORE_7 } from "./devices.ts";

/** ContextMenu and ContextMenuItem: plain data, which a player with a window would show. */

const ITEM_FLAGS = ["separatorBefore", "enabled", "visible"] as const;
const BUILT_IN_ITEMS = ["save", "zoom", "quality", "play", "loop", "rewind", "forward_back", "print"] as const;

function define(vm: Machine, object: Ptr, name: string, value: Addr): void {
  const id = internJs(vm, name);
  defineProperty(vm, object, id, value, 0);
  releaseName(vm, id);
}

/** new ContextMenuItem(caption, onSelect, separatorBefore = false, enabled = true, visible = true) */
const constructItem: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  const window = openFrame(vm, 1);
  define(vm, object, "caption", argument(vm, args, argc, 0));
  define(vm, object, "onSelect", argument(vm, args, argc, 1));
  ITEM_FLAGS.forEach((name, i) => {
    setBoolean(vm, window, isMissing(vm, args, argc, i + 2) ? i > 0 : toBoolean(vm, args + (i + 2) * 8));
    define(vm, object, name, window);
  });
  closeFrame(vm, window);
};

/** Reads members of `this` to consecutive slots. */
function readMembers(vm: Machine, self: Addr, names: readonly string[], out: Addr): void {
  const window = openFrame(vm, names.length);
  names.forEach((name, i) => {
    getMember(vm, self, holdJsName(vm, window + i * 8, name), out + i * 8);
  });
  closeFrame(vm, window);
}

const copyItem: NativeFunction = (vm, _fn, self) => {
  const names = ["caption", "onSelect", ...ITEM_FLAGS];
  const window = openFrame(vm, names.length + 1);
  readMembers(vm, self, names, window);
  constructGlobal(vm, "ContextMenuItem", window, names.length, window + names.length * 8);
  moveValue(vm, window + names.length * 8, vm.result);
  closeFrame(vm, window);
};

function setBuiltInItems(vm: Machine, object: Ptr, shown: boolean): void {
  const items = createObject(vm, vm.realm.objectPrototype);
  addConstructor(vm, items, vm.realm.objectConstructor);
  defineMembers(
    vm,
    items,
    BUILT_IN_ITEMS.map((name) => ({ name, constant: shown, flags: 0 })),
  );
  const window = openFrame(vm, 1);
  setObject(vm, window, items);
  define(vm, object, "builtInItems", window);
  closeFrame(vm, window);
}

/** new ContextMenu(onSelect) */
const constructMenu: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  define(vm, object, "onSelect", argument(vm, args, argc, 0));
  setBuiltInItems(vm, object, true);
  const window = openFrame(vm, 1);
  constructGlobal(vm, "Array", 0, 0, window);
  define(vm, object, "customItems", window);
  closeFrame(vm, window);
};

/** The copy shares the built-in items and has copies of the custom ones. */
const copyMenu: NativeFunction = (vm, _fn, self) => {
  const window = openFrame(vm, 5);
  readMembers(vm, self, ["onSelect", "builtInItems", "customItems"], window);
  constructGlobal(vm, "ContextMenu", window, 1, window + 24);
  const copy = thisObject(vm, window + 24);
  if (copy !== 0) {
    define(vm, copy, "builtInItems", window + 8);
    readMembers(vm, window + 24, ["customItems"], window + 32);
    copyItems(vm, window + 16, window + 32);
  }
  moveValue(vm, window + 24, vm.result);
  closeFrame(vm, window);
};

/** Appends a copy of every item of a list to another. */
function copyItems(vm: Machine, from: Addr, to: Addr): void {
  const list = thisObject(vm, from);
  const target = thisObject(vm, to);
  if (list === 0 || target === 0) return;
  const length = indexedLength(vm, list, from);
  for (let i = 0; i < length; i++) {
    const window = openFrame(vm, 2);
    getElement(vm, list, i, window);
    callNamed(vm, window, "copy", 0, 0);
    moveResult(vm, window + 8);
    setIndexed(vm, target, i, window + 8, to);
    closeFrame(vm, window);
  }
}

const hideBuiltInItems: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  if (object !== 0) setBuiltInItems(vm, object, false);
};

export const contextMenuItemClass: ClassTable = {
  name: "ContextMenuItem",
  construct: constructItem,
  prototype: [{ name: "copy", method: copyItem, scripted: true }],
  prototypeFlags: HIDDEN_BEFORE_7,
};

export const contextMenuClass: ClassTable = {
  name: "ContextMenu",
  construct: constructMenu,
  prototype: [
    { name: "copy", method: copyMenu, scripted: true },
    { name: "hideBuiltInItems", method: hideBuiltInItems, scripted: true },
  ],
  prototypeFlags: HIDDEN_BEFORE_7,
};
