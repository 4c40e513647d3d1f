// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Printer } from "../text.ts";

/**
 * What a module declares once is no constant to code that V8 compiles for a loop which it is already in (on-stack replacement):
 * such code is shared by all closures of a function. A function that V8 inlines there is a constant, and so is what it returns
 * of its own surroundings. So a loop begins with declarations of what its text uses, from functions that return it.
 */
const GETTERS: Readonly<Record<string, string>> = {
  vm: "machine",
  I32: "words",
  F64: "doubles",
  RESULT: "resultSlot",
  sites: "accessSites",
  constants: "constantSlots",
};
const NAMES = new RegExp(`\\b(?:${Object.keys(GETTERS).join("|")})\\b`, "g");
/** Uses from which a declaration is worth the check of what the function is. */
const MIN_USES = 3;

/** A line for the beginning of a loop with such a body, null when it uses nothing of the module. */
export function loopConstants(body: string): string | null {
  const uses = new Map<string, number>();
  for (const [name] of body.matchAll(NAMES)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const declarations = Object.entries(GETTERS)
    .filter(([name]) => (uses.get(name) ?? 0) >= MIN_USES)
    .map(([name, getter]) => `${name} = ${getter}()`);
  return declarations.length === 0 ? null : `const ${declarations.join(", ")};`;
}

/** Declares the functions that the loops of these texts call. */
export function printLoopGetters(printer: Printer, texts: readonly string[]): void {
  const used = Object.entries(GETTERS).filter(([, getter]) => texts.some((text) => text.includes(` = ${getter}()`)));
  if (used.length === 0) return;
  printer.line(
    "// Constants for loops: V8 takes what these return for constant even where it compiles a loop that it is already in.",
  );
  for (const [name, getter] of used) printer.line(`function ${getter}() { return ${name}; }`);
}
