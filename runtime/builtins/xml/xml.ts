// SPDX-License-Identifier: MIT

import type { Ptr } from "../../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../../calls/frames.ts";
import { toBoolean } from "../../conversion/to-boolean.ts";
import { toNumber } from "../../conversion/to-number.ts";
import { objectOf } from "../../conversion/to-primitive.ts";
import { toJsString } from "../../conversion/to-string.ts";
import { type Addr, TAG_UNDEFINED } from "../../layout/value.ts";
import type { Machine, NativeFunction } from "../../machine/machine.ts";
import type { Owned } from "../../memory/owned.ts";
import { clearSlot, retain } from "../../memory/release.ts";
import { enumeratedName, enumerateNames, enumerationCount, releaseEnumeration } from "../../objects/enumerate.ts";
import { findOwnNamed } from "../../objects/object.ts";
import { defineProperty, getProperty, getStored } from "../../objects/properties.ts";
import { stringFromJs, stringToJs } from "../../strings/heap-string.ts";
import { findName, holdJsName, internJs, releaseName } from "../../strings/names.ts";
import { copyValue, setBoolean, setNumber, setObject, setString, setUndefined, tagOf } from "../../values/slots.ts";
import { type ClassTable, defineMembers, type Member } from "../declare.ts";
import {
  argument,
  isMissing,
  returnBoolean,
  returnNull,
  returnNumber,
  returnObject,
  returnString,
  thisObject,
} from "../native-call.ts";
import { loadMembers } from "./load-vars.ts";
import {
  attributesOf,
  childAt,
  childCount,
  copyChildNodes,
  createNode,
  DocumentSlot,
  detachNode,
  initialiseNode,
  insertChild,
  isDocument,
  isNode,
  isWithin,
  NodeType,
  nameSlot,
  nodeSlot,
  nodeType,
  parentOf,
  removeChildren,
  setText,
  siblingOf,
  textIn,
  valueSlot,
} from "./node.ts";
import { parseInto, serialiseNode } from "./text.ts";

/** XMLNode and XML. Members on anything that is no node give undefined. */

/** A native that runs on nodes only. */
function onNode(run: (vm: Machine, node: Ptr, args: Addr, argc: number) => void): NativeFunction {
  return (vm, _fn, self, args, argc) => {
    const node = thisObject(vm, self);
    if (isNode(vm, node)) run(vm, node, args, argc);
  };
}

function returnNode(vm: Machine, node: Ptr): void {
  if (node === 0) {
    returnNull(vm);
    return;
  }
  returnObject(vm, retain(vm, node));
}

function returnText(vm: Machine, text: string | null): void {
  if (text === null) returnNull(vm);
  else returnString(vm, stringFromJs(vm, text));
}

const constructNode: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0 || isMissing(vm, args, argc, 0) || isMissing(vm, args, argc, 1)) return;
  initialiseNode(vm, object, toNumber(vm, args) | 0, toJsString(vm, args + 8));
};

/** Splits the name of an element at its colon; null for other nodes. */
function qualifiedName(vm: Machine, node: Ptr): { prefix: string; local: string } | null {
  const name = textIn(vm, nameSlot(vm, node));
  if (name === null) return null;
  const colon = name.indexOf(":");
  return colon < 0 || colon === name.length - 1
    ? { prefix: "", local: name }
    : { prefix: name.slice(0, colon), local: name.slice(colon + 1) };
}

/** An attribute of a node as text, null when it has none of that name. */
function attribute(vm: Machine, node: Ptr, name: string): string | null {
  const window = openFrame(vm, 2);
  const id = holdJsName(vm, window + 8, name);
  const text = getStored(vm, attributesOf(vm, node), id, window) ? toJsString(vm, window) : null;
  closeFrame(vm, window);
  return text;
}

/** The namespace that a prefix means at a node, null when none is declared. */
function namespaceOf(vm: Machine, node: Ptr, prefix: string): string | null {
  for (let at = node; at !== 0; at = parentOf(vm, at)) {
    const uri = attribute(vm, at, prefix === "" ? "xmlns" : `xmlns:${prefix}`);
    if (uri !== null) return uri;
  }
  return null;
}

/** The prefix that a namespace has at a node, null when none. */
function prefixOf(vm: Machine, node: Ptr, uri: string): string | null {
  for (let at = node; at !== 0; at = parentOf(vm, at)) {
    const list = enumerateNames(vm, attributesOf(vm, at));
    let found: string | null = null;
    for (let i = 0; i < enumerationCount(vm, list) && found === null; i++) {
      const name = stringToJs(vm, enumeratedName(vm, list, i));
      if ((name === "xmlns" || name.startsWith("xmlns:")) && attribute(vm, at, name) === uri) found = name.slice(6);
    }
    releaseEnumeration(vm, list);
    if (found !== null) return found;
  }
  return null;
}

/** Accessor without setter that is there all the same: setting it does nothing. */
function reader(name: string, read: (vm: Machine, node: Ptr) => void): Member {
  return { name, flags: 0, get: onNode(read), set: ignoreSet };
}

const ignoreSet: NativeFunction = () => {};

/** Accessor of a text of the node. */
function textMember(name: string, slotOf: (vm: Machine, node: Ptr) => Addr): Member {
  return {
    name,
    flags: 0,
    get: onNode((vm, node) => copyValue(vm, slotOf(vm, node), vm.result)),
    set: onNode((vm, node, args, argc) => {
      if (!isMissing(vm, args, argc, 0)) setText(vm, slotOf(vm, node), toJsString(vm, args));
    }),
  };
}

function cloneNode(vm: Machine, node: Ptr, deep: boolean): Owned {
  const type = nodeType(vm, node);
  const copy = createNode(vm, type, textIn(vm, type === NodeType.Element ? nameSlot(vm, node) : valueSlot(vm, node)));
  const window = openFrame(vm, 2);
  setObject(vm, window, copy);
  copyAttributes(vm, attributesOf(vm, node), attributesOf(vm, copy));
  for (let i = 0; deep && i < childCount(vm, node); i++) {
    setObject(vm, window + 8, cloneNode(vm, childAt(vm, node, i), true));
    insertChild(vm, copy, vm.I32[(window + 8) >> 2], i);
    clearSlot(vm, window + 8);
    setUndefined(vm, window + 8);
  }
  retain(vm, copy);
  closeFrame(vm, window);
  return copy;
}

function copyAttributes(vm: Machine, from: Ptr, to: Ptr): void {
  const list = enumerateNames(vm, from);
  for (let i = enumerationCount(vm, list) - 1; i >= 0; i--) {
    const name = findName(vm, enumeratedName(vm, list, i));
    const window = openFrame(vm, 1);
    getStored(vm, from, name, window);
    defineProperty(vm, to, name, window, 0);
    closeFrame(vm, window);
  }
  releaseEnumeration(vm, list);
}

/** Moves a node under a parent, unless it is there already or (from player version 10 on) stands above it. */
function adopt(vm: Machine, parent: Ptr, node: Ptr, index: () => number): void {
  if (!isNode(vm, node) || parentOf(vm, node) === parent) return;
  if (vm.playerVersion >= 10 && isWithin(vm, parent, node)) return;
  const window = openFrame(vm, 1);
  setObject(vm, window, retain(vm, node));
  detachNode(vm, node);
  insertChild(vm, parent, node, index());
  closeFrame(vm, window);
}

const appendChild = onNode((vm, node, args, argc) => {
  adopt(vm, node, objectOf(vm, argument(vm, args, argc, 0)), () => childCount(vm, node));
});

const insertBefore = onNode((vm, node, args, argc) => {
  const reference = objectOf(vm, argument(vm, args, argc, 1));
  if (!isNode(vm, reference) || parentOf(vm, reference) !== node) return;
  const position = (): number => {
    for (let i = 0; i < childCount(vm, node); i++) if (childAt(vm, node, i) === reference) return i;
    return childCount(vm, node);
  };
  adopt(vm, node, objectOf(vm, argument(vm, args, argc, 0)), position);
});

const method = (name: string, index: number, native: NativeFunction): Member => ({
  name,
  method: native,
  flags: 0,
  native: [253, index],
});

export const xmlNodeClass: ClassTable = {
  name: "XMLNode",
  construct: constructNode,
  native: [253, 0],
  prototype: [
    method(
      "cloneNode",
      1,
      onNode((vm, node, args, argc) => returnObject(vm, cloneNode(vm, node, toBoolean(vm, argument(vm, args, argc, 0))))),
    ),
    method(
      "removeNode",
      2,
      onNode((vm, node) => {
        const window = openFrame(vm, 1);
        setObject(vm, window, retain(vm, node));
        detachNode(vm, node);
        closeFrame(vm, window);
      }),
    ),
    method("insertBefore", 3, insertBefore),
    method("appendChild", 4, appendChild),
    method(
      "hasChildNodes",
      5,
      onNode((vm, node) => returnBoolean(vm, childCount(vm, node) > 0)),
    ),
    method(
      "toString",
      6,
      onNode((vm, node) => returnText(vm, serialiseNode(vm, node))),
    ),
    method(
      "getNamespaceForPrefix",
      7,
      onNode((vm, node, args, argc) => {
        returnText(vm, argc > 0 ? namespaceOf(vm, node, toJsString(vm, args)) : null);
      }),
    ),
    method(
      "getPrefixForNamespace",
      8,
      onNode((vm, node, args, argc) => {
        returnText(vm, argc > 0 ? prefixOf(vm, node, toJsString(vm, args)) : null);
      }),
    ),
    reader("attributes", (vm, node) => returnNode(vm, attributesOf(vm, node))),
    reader("childNodes", (vm, node) => copyChildNodes(vm, node, vm.result)),
    reader("firstChild", (vm, node) => returnNode(vm, childAt(vm, node, 0))),
    reader("lastChild", (vm, node) => returnNode(vm, childAt(vm, node, childCount(vm, node) - 1))),
    reader("nextSibling", (vm, node) => returnNode(vm, siblingOf(vm, node, 1))),
    textMember("nodeName", nameSlot),
    reader("nodeType", (vm, node) => returnNumber(vm, nodeType(vm, node))),
    textMember("nodeValue", valueSlot),
    reader("parentNode", (vm, node) => returnNode(vm, parentOf(vm, node))),
    reader("previousSibling", (vm, node) => returnNode(vm, siblingOf(vm, node, -1))),
    reader("prefix", (vm, node) => returnText(vm, qualifiedName(vm, node)?.prefix ?? null)),
    reader("localName", (vm, node) => returnText(vm, qualifiedName(vm, node)?.local ?? null)),
    reader("namespaceURI", (vm, node) => {
      const name = qualifiedName(vm, node);
      returnText(vm, name === null ? null : (namespaceOf(vm, node, name.prefix) ?? ""));
    }),
  ],
};

/** A native that runs on documents only. */
function onDocument(run: (vm: Machine, node: Ptr, args: Addr, argc: number) => void): NativeFunction {
  return onNode((vm, node, args, argc) => {
    if (isDocument(vm, node)) run(vm, node, args, argc);
  });
}

type Convert = (vm: Machine, value: Addr, out: Addr) => void;

const asText: Convert = (vm, value, out) => setText(vm, out, toJsString(vm, value));
const asFlag: Convert = (vm, value, out) => setBoolean(vm, out, toBoolean(vm, value));
const asInteger: Convert = (vm, value, out) => setNumber(vm, out, toNumber(vm, value) | 0);

/** Accessor of a document's own slot. */
function documentMember(name: string, slot: number, convert: Convert): Member {
  return {
    name,
    get: onDocument((vm, node) => copyValue(vm, nodeSlot(vm, node, slot), vm.result)),
    set: onDocument((vm, node, args, argc) => {
      const value = argument(vm, args, argc, 0);
      if (tagOf(vm, value) === TAG_UNDEFINED) return;
      const window = openFrame(vm, 1);
      convert(vm, value, window);
      clearSlot(vm, nodeSlot(vm, node, slot));
      copyValue(vm, window, nodeSlot(vm, node, slot));
      closeFrame(vm, window);
    }),
  };
}

/** What Flash Player adds to XML.prototype when the first document is made. */
const documentMembers: readonly Member[] = [
  documentMember("ignoreWhite", DocumentSlot.IgnoreWhite, asFlag),
  documentMember("contentType", DocumentSlot.ContentType, asText),
  documentMember("docTypeDecl", DocumentSlot.DocumentType, asText),
  documentMember("xmlDecl", DocumentSlot.Declaration, asText),
  documentMember("status", DocumentSlot.Status, asInteger),
  documentMember("loaded", DocumentSlot.Loaded, asFlag),
];

function addDocumentMembers(vm: Machine): void {
  const proto = vm.realm.prototypes.get("XML");
  if (proto === undefined) return;
  for (const member of documentMembers) {
    const name = internJs(vm, member.name);
    if (findOwnNamed(vm, proto, name) === 0) defineMembers(vm, proto, [member]);
    releaseName(vm, name);
  }
}

const constructDocument: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  addDocumentMembers(vm);
  initialiseNode(vm, object, NodeType.Element, null, true);
  const slot = (index: number): Addr => nodeSlot(vm, object, index);
  setNumber(vm, slot(DocumentSlot.Status), 0);
  setBoolean(vm, slot(DocumentSlot.IgnoreWhite), false);
  setString(vm, slot(DocumentSlot.ContentType), stringFromJs(vm, "application/x-www-form-urlencoded"));
  if (!isMissing(vm, args, argc, 0)) parseDocument(vm, object, args);
};

/** Replaces what a document holds. `text`: slot of what is converted to the text. */
function parseDocument(vm: Machine, document: Ptr, text: Addr): void {
  const source = toJsString(vm, text);
  removeChildren(vm, document);
  for (const slot of [DocumentSlot.Declaration, DocumentSlot.DocumentType]) {
    clearSlot(vm, nodeSlot(vm, document, slot));
    setUndefined(vm, nodeSlot(vm, document, slot));
  }
  const window = openFrame(vm, 3);
  setObject(vm, window, retain(vm, document));
  getProperty(vm, document, holdJsName(vm, window + 16, "ignoreWhite"), window, window + 8);
  parseInto(vm, document, source, toBoolean(vm, window + 8));
  closeFrame(vm, window);
}

const parseXml = onDocument((vm, node, args, argc) => {
  if (!isMissing(vm, args, argc, 0)) parseDocument(vm, node, args);
});

function creator(type: number): NativeFunction {
  return onDocument((vm, _node, args, argc) => {
    if (!isMissing(vm, args, argc, 0)) returnObject(vm, createNode(vm, type, toJsString(vm, args)));
  });
}

/** The default onData: parses and tells onLoad. */
const parseData = (vm: Machine, self: Addr, text: Addr): void => {
  const object = thisObject(vm, self);
  if (isDocument(vm, object)) {
    parseDocument(vm, object, text);
    setBoolean(vm, nodeSlot(vm, object, DocumentSlot.Loaded), true);
  }
};

export const xmlClass: ClassTable = {
  name: "XML",
  construct: constructDocument,
  extends: "XMLNode",
  derived: true,
  native: [253, 9],
  prototype: [
    method("createElement", 10, creator(NodeType.Element)),
    method("createTextNode", 11, creator(NodeType.Text)),
    method("parseXML", 12, parseXml),
    ...loadMembers(parseData, 0),
  ],
};
