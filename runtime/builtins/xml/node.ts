// SPDX-License-Identifier: MIT

import type { Ptr } from "../../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../../calls/frames.ts";
import { objectOf } from "../../conversion/to-primitive.ts";
import { READ_ONLY } from "../../layout/attributes.ts";
import { NATIVE_COUNT, NATIVE_SLOTS_OFFSET } from "../../layout/records.ts";
import { type Addr, TAG_OBJECT, TAG_STRING } from "../../layout/value.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Owned } from "../../memory/owned.ts";
import { clearSlot, retain } from "../../memory/release.ts";
import { appendElement, arrayLength, createArray, createLiteralArray, denseElement, truncateArray } from "../../objects/array.ts";
import { attachNativeData, NativeClass, nativeSlot } from "../../objects/native-data.ts";
import { addConstructor, createObject, makeUnique } from "../../objects/object.ts";
import { changeFlags, defineProperty, getProperty } from "../../objects/properties.ts";
import { stringFromJs, stringToJs } from "../../strings/heap-string.ts";
import { internLatin1Index } from "../../strings/index-names.ts";
import { NAME } from "../../strings/known-names.ts";
import { holdJsName, releaseName } from "../../strings/names.ts";
import { copyValue, payloadOf, setNull, setNumber, setObject, setString, tagOf } from "../../values/slots.ts";

/**
 * Nodes of the XML tree are script objects with native data; the tree's own links are in the native data and no script can write
 * them. Functions here take node objects (borrowed) and run no ActionScript.
 */

export const NodeType = { Element: 1, Text: 3 } as const;

/** Slots of a node's native data. Texts are strings or null. */
const Slot = { Type: 0, Name: 1, Value: 2, Attributes: 3, Parent: 4, Children: 5, Visible: 6, Index: 7, Count: 8 } as const;

/** Further slots of a document. */
export const DocumentSlot = {
  Declaration: 8,
  DocumentType: 9,
  Status: 10,
  IgnoreWhite: 11,
  ContentType: 12,
  Loaded: 13,
  Count: 14,
};

/** Whether an object is a node (or a document, which is one). */
export function isNode(vm: Machine, object: Ptr): boolean {
  return object !== 0 && nativeSlot(vm, object, NativeClass.XmlNode, 0) !== 0;
}

export function isDocument(vm: Machine, object: Ptr): boolean {
  if (!isNode(vm, object)) return false;
  const data = nodeSlot(vm, object, 0) - NATIVE_SLOTS_OFFSET;
  return vm.I32[(data >> 2) + NATIVE_COUNT] === DocumentSlot.Count;
}

/** Address of a slot of a node's data. */
export function nodeSlot(vm: Machine, node: Ptr, slot: number): Addr {
  return nativeSlot(vm, node, NativeClass.XmlNode, slot);
}

/** An object without prototype for names that come from a text: they stay out of the shared shapes. Owned. */
export function createBareObject(vm: Machine): Owned {
  const object = createObject(vm, 0);
  makeUnique(vm, object);
  return object;
}

/** Makes an object a node without links. `text`: an element's name, or the value of any other node. */
export function initialiseNode(vm: Machine, object: Ptr, type: number, text: string | null, document = false): void {
  const slots = attachNativeData(vm, object, NativeClass.XmlNode, document ? DocumentSlot.Count : Slot.Count);
  setNumber(vm, slots + Slot.Type * 8, type);
  setText(vm, slots + Slot.Name * 8, type === NodeType.Element ? text : null);
  setText(vm, slots + Slot.Value * 8, type === NodeType.Element ? null : text);
  setNull(vm, slots + Slot.Parent * 8);
  setNumber(vm, slots + Slot.Index * 8, 0);
  setObject(vm, slots + Slot.Attributes * 8, createBareObject(vm));
  setObject(vm, slots + Slot.Children * 8, createArray(vm));
}

/** A node as the parser makes it, of the class that `_global.XMLNode` names now. Owned. May run ActionScript. */
export function createNode(vm: Machine, type: number, text: string | null): Owned {
  const window = openFrame(vm, 4);
  getProperty(vm, vm.realm.global, holdJsName(vm, window + 24, "XMLNode"), vm.undefinedSlot, window);
  const constructor = objectOf(vm, window);
  if (constructor !== 0) getProperty(vm, constructor, NAME.prototype, window, window + 8);
  const node = createObject(vm, objectOf(vm, window + 8));
  setObject(vm, window + 16, node);
  addConstructor(vm, node, constructor);
  initialiseNode(vm, node, type, text);
  retain(vm, node);
  closeFrame(vm, window);
  return node;
}

/** Writes a string or null to a slot, releasing what it held. */
export function setText(vm: Machine, slot: Addr, text: string | null): void {
  clearSlot(vm, slot);
  if (text === null) setNull(vm, slot);
  else setString(vm, slot, stringFromJs(vm, text));
}

export function textIn(vm: Machine, slot: Addr): string | null {
  return tagOf(vm, slot) === TAG_STRING ? stringToJs(vm, payloadOf(vm, slot)) : null;
}

export function nodeType(vm: Machine, node: Ptr): number {
  return vm.F64[nodeSlot(vm, node, Slot.Type) >> 3];
}

/** Name of an element, value of a text: slots that hold a string or null. */
export function nameSlot(vm: Machine, node: Ptr): Addr {
  return nodeSlot(vm, node, Slot.Name);
}

export function valueSlot(vm: Machine, node: Ptr): Addr {
  return nodeSlot(vm, node, Slot.Value);
}

/** The attributes object, borrowed. */
export function attributesOf(vm: Machine, node: Ptr): Ptr {
  return payloadOf(vm, nodeSlot(vm, node, Slot.Attributes));
}

/** The parent, 0 for none. Borrowed. */
export function parentOf(vm: Machine, node: Ptr): Ptr {
  const slot = nodeSlot(vm, node, Slot.Parent);
  return tagOf(vm, slot) === TAG_OBJECT ? payloadOf(vm, slot) : 0;
}

function childrenArray(vm: Machine, node: Ptr): Ptr {
  return payloadOf(vm, nodeSlot(vm, node, Slot.Children));
}

export function childCount(vm: Machine, node: Ptr): number {
  return arrayLength(vm, childrenArray(vm, node));
}

/** A child by its position, 0 outside of the list. Borrowed. */
export function childAt(vm: Machine, node: Ptr, index: number): Ptr {
  const slot = denseElement(vm, childrenArray(vm, node), index);
  return slot === 0 ? 0 : payloadOf(vm, slot);
}

/** The node `offset` places further in its parent's list, 0 for none. Borrowed. */
export function siblingOf(vm: Machine, node: Ptr, offset: number): Ptr {
  const parent = parentOf(vm, node);
  return parent === 0 ? 0 : childAt(vm, parent, indexOf(vm, node) + offset);
}

function indexOf(vm: Machine, node: Ptr): number {
  return vm.F64[nodeSlot(vm, node, Slot.Index) >> 3];
}

function setIndex(vm: Machine, node: Ptr, index: number): void {
  vm.F64[nodeSlot(vm, node, Slot.Index) >> 3] = index;
}

/** Whether `ancestor` is the node itself or above it. */
export function isWithin(vm: Machine, node: Ptr, ancestor: Ptr): boolean {
  for (let at = node; at !== 0; at = parentOf(vm, at)) if (at === ancestor) return true;
  return false;
}

/** Puts a node that has no parent in a list of children before position `index` (the count: at the end). */
export function insertChild(vm: Machine, parent: Ptr, node: Ptr, index: number): void {
  const list = childrenArray(vm, parent);
  setObject(vm, appendElement(vm, list), retain(vm, node));
  for (let i = childCount(vm, parent) - 1; i > index; i--) {
    const before = childAt(vm, parent, i - 1);
    swapElements(vm, list, i - 1, i);
    setIndex(vm, before, i);
  }
  setIndex(vm, node, index);
  setObject(vm, nodeSlot(vm, node, Slot.Parent), retain(vm, parent));
  refreshVisible(vm, parent);
}

function swapElements(vm: Machine, list: Ptr, a: number, b: number): void {
  const x = denseElement(vm, list, a) >> 3;
  const y = denseElement(vm, list, b) >> 3;
  const I32 = vm.I32;
  for (const word of [0, 1]) {
    const held = I32[x * 2 + word];
    I32[x * 2 + word] = I32[y * 2 + word];
    I32[y * 2 + word] = held;
  }
}

/** Takes a node out of its parent's list; the caller holds it. */
export function detachNode(vm: Machine, node: Ptr): void {
  const parent = parentOf(vm, node);
  if (parent === 0) return;
  const list = childrenArray(vm, parent);
  const last = childCount(vm, parent) - 1;
  for (let i = indexOf(vm, node); i < last; i++) {
    swapElements(vm, list, i, i + 1);
    setIndex(vm, childAt(vm, parent, i), i);
  }
  truncateArray(vm, list, last);
  refreshVisible(vm, parent);
  const slot = nodeSlot(vm, node, Slot.Parent);
  clearSlot(vm, slot);
  setNull(vm, slot);
}

/** Detaches all children. */
export function removeChildren(vm: Machine, node: Ptr): void {
  while (childCount(vm, node) > 0) {
    const child = childAt(vm, node, childCount(vm, node) - 1);
    const window = openFrame(vm, 1);
    setObject(vm, window, retain(vm, child));
    detachNode(vm, child);
    closeFrame(vm, window);
  }
}

/** Writes the `childNodes` array to a dead slot: always the same one, whose elements scripts can't overwrite. */
export function copyChildNodes(vm: Machine, node: Ptr, out: Addr): void {
  const slot = nodeSlot(vm, node, Slot.Visible);
  if (tagOf(vm, slot) !== TAG_OBJECT) {
    setObject(vm, slot, createLiteralArray(vm));
    refreshVisible(vm, node);
  }
  copyValue(vm, slot, out);
}

function refreshVisible(vm: Machine, node: Ptr): void {
  const slot = nodeSlot(vm, node, Slot.Visible);
  if (tagOf(vm, slot) !== TAG_OBJECT) return;
  const visible = payloadOf(vm, slot);
  truncateArray(vm, visible, 0);
  for (let i = 0; i < childCount(vm, node); i++) {
    const name = internLatin1Index(vm, i);
    defineProperty(vm, visible, name, denseElement(vm, childrenArray(vm, node), i), 0);
    changeFlags(vm, visible, name, READ_ONLY, 0);
    releaseName(vm, name);
  }
}
