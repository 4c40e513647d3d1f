// SPDX-License-Identifier: MIT
import type { Ptr } from "../../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../../calls/frames.ts";
import { objectOf } from "../../conversion/to-primitive.ts";
import { toJsString } from "../../conversion/to-string.ts";
import type { Machine } from "../../machine/machine.ts";
import { retain } from "../../memory/release.ts";
import { enumeratedName, enumerateNames, enumerationCount, releaseEnumeration } from "../../objects/enumerate.ts";
import { defineProperty, getProperty, getStored, setProperty } from "../../objects/properties.ts";
import { stringFromJs, stringToJs } from "../../strings/heap-string.ts";
import { holdJsName, internJs, releaseName } from "../../strings/names.ts";
import { setNumber, setObject, setString } from "../../values/slots.ts";
import {
  attributesOf,
  childAt,
  childCount,
  createBareObject,
  createNode,
  DocumentSlot,
  insertChild,
  isDocument,
  NodeType,
  nameSlot,
  nodeSlot,
  nodeType,
  parentOf,
  setText,
  textIn,
  valueSlot,
} from "./node.ts";

/** XML text to trees and back, as Flash Player reads and writes it. */

export const XmlStatus = {
  Ok: 0,
  OpenCdata: -2,
  OpenDeclaration: -3,
  OpenDocumentType: -4,
  OpenComment: -5,
  MalformedElement: -6,
  OpenAttribute: -8,
  MissingEndTag: -9,
  MissingStartTag: -10,
} as const;

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Escapes text and attribute values. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ESCAPES[c]);
}

function decodeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos|nbsp);/gi, (_all, name: string) => ENTITIES[name.toLowerCase()]);
}

/** Text of a node and all below it. */
export function serialiseNode(vm: Machine, node: Ptr): string {
  let text = "";
  if (isDocument(vm, node)) {
    text += textIn(vm, nodeSlot(vm, node, DocumentSlot.Declaration)) ?? "";
    text += textIn(vm, nodeSlot(vm, node, DocumentSlot.DocumentType)) ?? "";
  } else if (nodeType(vm, node) !== NodeType.Element) return escapeXml(textIn(vm, valueSlot(vm, node)) ?? "");
  const name = textIn(vm, nameSlot(vm, node));
  const count = childCount(vm, node);
  if (name !== null) {
    text += `<${name}${serialiseAttributes(vm, node)}`;
    if (count === 0) return `${text} />`;
    text += ">";
  }
  for (let i = 0; i < count; i++) text += serialiseNode(vm, childAt(vm, node, i));
  return name === null ? text : `${text}</${name}>`;
}

function serialiseAttributes(vm: Machine, node: Ptr): string {
  const attributes = attributesOf(vm, node);
  const list = enumerateNames(vm, attributes);
  const names = Array.from({ length: enumerationCount(vm, list) }, (_, i) => stringToJs(vm, enumeratedName(vm, list, i)));
  releaseEnumeration(vm, list);
  let text = "";
  for (const name of names) {
    const window = openFrame(vm, 2);
    getStored(vm, attributes, holdJsName(vm, window + 8, name), window);
    text += ` ${name}="${escapeXml(toJsString(vm, window))}"`;
    closeFrame(vm, window);
  }
  return text;
}

/** Parses a text into a document (or any node) without children. */
export function parseInto(vm: Machine, document: Ptr, text: string, ignoreWhite: boolean): void {
  const parser = new Parser(vm, document, text, ignoreWhite);
  const status = parser.parse();
  if (isDocument(vm, document)) setNumber(vm, nodeSlot(vm, document, DocumentSlot.Status), status);
}

class Parser {
  private readonly vm: Machine;
  private readonly document: Ptr;
  private readonly text: string;
  private readonly ignoreWhite: boolean;
  private at = 0;
  private current: Ptr;

  constructor(vm: Machine, document: Ptr, text: string, ignoreWhite: boolean) {
    this.vm = vm;
    this.document = document;
    this.text = text;
    this.ignoreWhite = ignoreWhite;
    this.current = document;
  }

  /** Reads until the end or the first error; what was built until then stays. */
  parse(): number {
    let status: number = XmlStatus.Ok;
    while (status === XmlStatus.Ok && this.at < this.text.length) status = this.parseItem();
    if (status === XmlStatus.Ok && this.current !== this.document) return XmlStatus.MissingEndTag;
    return status;
  }

  private startsWith(prefix: string): boolean {
    return this.text.substring(this.at, this.at + prefix.length).toLowerCase() === prefix;
  }

  private parseItem(): number {
    if (this.text[this.at] !== "<") return this.parseText();
    if (this.startsWith("<?xml")) return this.parseDeclaration();
    if (this.startsWith("<!doctype")) return this.parseDocumentType();
    if (this.startsWith("<!--")) return this.skipComment();
    if (this.startsWith("<![cdata")) return this.parseCdata();
    return this.parseTag();
  }

  private parseText(): number {
    const next = this.text.indexOf("<", this.at);
    const end = next < 0 ? this.text.length : next;
    const raw = this.text.slice(this.at, end);
    this.at = end;
    if (!this.ignoreWhite || !/^[ \t\r\n]*$/.test(raw)) this.append(NodeType.Text, decodeEntities(raw));
    return XmlStatus.Ok;
  }

  /** Adds a node at the end of the current one. Returns it, borrowed. */
  private append(type: number, text: string): Ptr {
    const { vm } = this;
    const window = openFrame(vm, 1);
    const node = createNode(vm, type, text);
    setObject(vm, window, node);
    insertChild(vm, this.current, node, childCount(vm, this.current));
    closeFrame(vm, window);
    return node;
  }

  private addToDocument(slot: number, text: string): void {
    const { vm } = this;
    if (!isDocument(vm, this.document)) return;
    const address = nodeSlot(vm, this.document, slot);
    const before = slot === DocumentSlot.Declaration ? (textIn(vm, address) ?? "") : "";
    setText(vm, address, before + text);
  }

  private parseDeclaration(): number {
    const end = this.text.indexOf("?>", this.at);
    if (end < 0) return XmlStatus.OpenDeclaration;
    this.addToDocument(DocumentSlot.Declaration, this.text.slice(this.at, end + 2));
    this.at = end + 2;
    return XmlStatus.Ok;
  }

  private parseDocumentType(): number {
    let open = 0;
    let end = this.at;
    do {
      if (end >= this.text.length) return XmlStatus.OpenDocumentType;
      if (this.text[end] === "<") open++;
      else if (this.text[end] === ">") open--;
      end++;
    } while (open > 0);
    this.addToDocument(DocumentSlot.DocumentType, this.text.slice(this.at, end));
    this.at = end;
    return XmlStatus.Ok;
  }

  private skipComment(): number {
    const end = this.text.indexOf("-->", this.at);
    if (end < 0) return XmlStatus.OpenComment;
    this.at = end + 3;
    return XmlStatus.Ok;
  }

  private parseCdata(): number {
    const start = this.text.indexOf("[", this.at + 3) + 1;
    const end = this.text.indexOf("]]>", this.at);
    if (end < 0 || start <= 0) return XmlStatus.OpenCdata;
    this.append(NodeType.Text, this.text.slice(start, end));
    this.at = end + 3;
    return XmlStatus.Ok;
  }

  private parseTag(): number {
    const { text } = this;
    this.at++;
    const isEnd = text[this.at] === "/";
    if (isEnd) this.at++;
    const start = this.at;
    while (this.at < text.length && !/[\s>]/.test(text[this.at])) {
      // A slash right before the end is no part of the name.
      if (text[this.at] === "/" && text[this.at + 1] === ">") break;
      this.at++;
    }
    const name = text.slice(start, this.at);
    if (name === "" || this.at >= text.length) return XmlStatus.MalformedElement;
    return isEnd ? this.closeElement(name) : this.openElement(name);
  }

  private skipSpace(): void {
    while (this.at < this.text.length && /\s/.test(this.text[this.at])) this.at++;
  }

  private closeElement(name: string): number {
    const { vm } = this;
    this.skipSpace();
    if (this.text[this.at] === "/") this.at++;
    if (this.text[this.at] !== ">") return XmlStatus.MalformedElement;
    this.at++;
    if (this.matches(this.current, name)) {
      this.current = parentOf(vm, this.current);
      return XmlStatus.Ok;
    }
    for (let node = this.current; node !== this.document; node = parentOf(vm, node))
      if (this.matches(node, name)) return XmlStatus.MissingEndTag;
    return XmlStatus.MissingStartTag;
  }

  private matches(node: Ptr, name: string): boolean {
    if (node === this.document) return false;
    return textIn(this.vm, nameSlot(this.vm, node))?.toLowerCase() === name.toLowerCase();
  }

  /** An element with a mistake in its start tag does not become part of the tree. */
  private openElement(name: string): number {
    const { text } = this;
    const attributes: [string, string][] = [];
    for (;;) {
      this.skipSpace();
      if (this.at >= text.length) return XmlStatus.MalformedElement;
      if (text[this.at] === ">" || (text[this.at] === "/" && text[this.at + 1] === ">")) break;
      const status = this.parseAttribute(attributes);
      if (status !== XmlStatus.Ok) return status;
    }
    const isEmpty = text[this.at] === "/";
    this.at += isEmpty ? 2 : 1;
    const node = this.append(NodeType.Element, name);
    this.setAttributes(node, attributes);
    if (!isEmpty) this.current = node;
    return XmlStatus.Ok;
  }

  private parseAttribute(attributes: [string, string][]): number {
    const { text } = this;
    const start = this.at;
    while (this.at < text.length && !/[=>\s]/.test(text[this.at])) this.at++;
    const name = decodeEntities(text.slice(start, this.at));
    this.skipSpace();
    if (name === "" || text[this.at] !== "=") return XmlStatus.MalformedElement;
    this.at++;
    this.skipSpace();
    const quote = text[this.at];
    if (quote !== '"' && quote !== "'") return XmlStatus.MalformedElement;
    let end = this.at + 1;
    while (end < text.length && !(text[end] === quote && text[end - 1] !== "\\")) end++;
    if (end >= text.length) return XmlStatus.OpenAttribute;
    const value = decodeEntities(text.slice(this.at + 1, end));
    this.at = end + 1;
    if (!attributes.some(([known]) => known === name)) attributes.push([name, value]);
    return XmlStatus.Ok;
  }

  /** The last attribute first: enumeration, newest first, then gives the order of the source. */
  private setAttributes(node: Ptr, attributes: readonly [string, string][]): void {
    for (const [name, value] of [...attributes].reverse()) this.setAttribute(attributesOf(this.vm, node), name, value);
    const id = attributes.find(([name]) => name === "id");
    if (id !== undefined) this.registerId(node, id[1]);
  }

  private setAttribute(object: Ptr, name: string, value: string): void {
    const { vm } = this;
    const id = internJs(vm, name);
    const window = openFrame(vm, 1);
    setString(vm, window, stringFromJs(vm, value));
    defineProperty(vm, object, id, window, 0);
    closeFrame(vm, window);
    releaseName(vm, id);
  }

  /** Elements with an id are set on the document's idMap, which is made for the first; up to SWF 7 on the document. May run setters. */
  private registerId(node: Ptr, text: string): void {
    const { vm } = this;
    if (!isDocument(vm, this.document)) return;
    const window = openFrame(vm, 5);
    setObject(vm, window, retain(vm, node));
    setObject(vm, window + 8, retain(vm, this.document));
    const name = holdJsName(vm, window + 24, text);
    if (vm.version < 8) setProperty(vm, this.document, name, window, window + 8);
    else {
      const idMap = holdJsName(vm, window + 32, "idMap");
      if (!getProperty(vm, this.document, idMap, window + 8, window + 16)) {
        setObject(vm, window + 16, createBareObject(vm));
        setProperty(vm, this.document, idMap, window + 16, window + 8);
      }
      const map = objectOf(vm, window + 16);
      if (map !== 0) setProperty(vm, map, name, window, window + 16);
    }
    closeFrame(vm, window);
  }
}
