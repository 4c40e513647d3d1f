// SPDX-License-Identifier: MIT

/**
 * Names that the runtime itself uses. They are interned first and in this order, so that their ids are constants of the
 * program. Names with a leading `#` are internal: no script can spell them, because lookups by scripts never ask for ids
 * that were not interned from a script's string, and these are interned with a leading NUL.
 */
const KNOWN = [
  "",
  "#native",
  "#watches",
  "#interfaces",
  "#rootShape",
  "__proto__",
  "length",
  "prototype",
  "constructor",
  "__constructor__",
  "__resolve",
  "valueOf",
  "toString",
  "this",
  "super",
  "arguments",
  "callee",
  "caller",
  "_root",
  "_parent",
  "_global",
  "Object",
  "Function",
  "Array",
  "String",
  "Number",
  "Boolean",
  "Date",
  "MovieClip",
  "Error",
  "message",
  "name",
  "_listeners",
  "broadcastMessage",
  "onLoad",
  "onUnload",
  "onEnterFrame",
  "onData",
  "splice",
  "join",
  "push",
  "x",
  "y",
  "loaded",
  "Button",
  "TextField",
  "Video",
  "registerClass",
  "_name",
  "status",
  "0",
  "1",
  "2",
  "o",
  "width",
  "height",
  "a",
  "b",
  "c",
  "d",
  "tx",
  "ty",
  "setEmpty",
  "subtract",
  "intersection",
  "isEmpty",
] as const;

export type KnownName = (typeof KNOWN)[number];

/** Ids of the known names: id 0 is no name. */
export const NAME = Object.fromEntries(KNOWN.map((name, index) => [name, index + 1])) as Record<KnownName, number>;

/** Known names in the order of their ids, internal ones with their leading NUL. */
export function knownNameTexts(): string[] {
  return KNOWN.map((name) => (name.startsWith("#") ? `\0${name}` : name));
}
