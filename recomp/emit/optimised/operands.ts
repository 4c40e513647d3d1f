// SPDX-License-Identifier: AGPL-3.0-or-later

/** A value that the code itself spells out. */
export type ConstantValue = string | number | boolean | null | undefined;

/**
 * What is known of a value on the operand stack while code is emitted. Only what has to outlive an effect is put in an
 * owned slot; the rest is text that is evaluated where it is used.
 */
export type Operand =
  | { kind: "constant"; value: ConstantValue }
  /** The value that a register holds now: frozen before the register is written. */
  | { kind: "register"; register: number }
  /** A JavaScript expression of numbers over emitted locals. `uses`: number registers that it mentions. */
  | { kind: "number"; text: string; uses: ReadonlySet<number> }
  /** A JavaScript condition. `tri`: expression for 0 false, 1 true, 2 undefined where the last is possible. `ends`: true says that this list of names is exhausted. */
  | { kind: "truth"; text: string; tri: string | null; uses: ReadonlySet<number>; ends?: { list: Operand; whenTrue: boolean } }
  /**
   * A slot somewhere: borrowed until the next effect unless `stable`. `variable`: name of the variable it was read from. `root`:
   * register from whose value it was reached.
   */
  | {
      kind: "slot";
      address: string;
      stable: boolean;
      type?: "string" | "object";
      nameOf?: Operand;
      variable?: string;
      root?: number;
    }
  /** A number in a local, or where the address local is not 0, a value in an owned or pinned slot. `owned`: that is no number, and what is counted is in a slot of its own. */
  | { kind: "either"; number: string; address: string; owned?: boolean }
  /** The `arguments` of a function that only looks at its length and elements: they are read where the caller has put them. */
  | { kind: "arguments" }
  /** Names of a for..in that are still to come: list in an owned slot, position in a local. */
  | { kind: "names"; list: string; position: string };

/** Thrown where `arguments` turns out to be needed as an object. */
export class NeedsArguments extends Error {}

export const NO_REGISTERS: ReadonlySet<number> = new Set();

export const UNDEFINED_OPERAND: Operand = { kind: "constant", value: undefined };

/** The result of a call that the function returns as it is: it stays where it is. */
export const RESULT_OPERAND: Operand = { kind: "slot", address: "RESULT", stable: true };

export function numberOperand(text: string, uses: ReadonlySet<number> = NO_REGISTERS): Operand {
  return { kind: "number", text, uses };
}

export function truthOperand(text: string, uses: ReadonlySet<number> = NO_REGISTERS, tri: string | null = null): Operand {
  return { kind: "truth", text, tri, uses };
}

/** What a stack position holds where blocks meet. */
export type JoinType =
  | { kind: "constant"; value: ConstantValue }
  | { kind: "register"; register: number }
  | { kind: "names" }
  | { kind: "number" }
  | { kind: "truth" }
  | { kind: "either" };

/** The form in which an operand goes into a join that nothing else is known of. */
export function joinTypeOf(operand: Operand): JoinType {
  switch (operand.kind) {
    case "constant":
      return { kind: "constant", value: operand.value };
    case "register":
      return { kind: "register", register: operand.register };
    case "arguments":
      throw new NeedsArguments();
    case "names":
    case "number":
    case "truth":
      return { kind: operand.kind };
    default:
      return { kind: "either" };
  }
}

/** What two blocks agree on for a position; null when they can't (a list of names meets a value). */
export function meet(a: JoinType, b: JoinType): JoinType | null {
  if (a.kind === "names" || b.kind === "names") return a.kind === b.kind ? a : null;
  if (a.kind === "constant" && b.kind === "constant" && Object.is(a.value, b.value)) return a;
  if (a.kind === "register" && b.kind === "register" && a.register === b.register) return a;
  if (isNumeric(a) && isNumeric(b)) return { kind: "number" };
  if (isTruth(a) && isTruth(b)) return { kind: "truth" };
  return { kind: "either" };
}

function isNumeric(type: JoinType): boolean {
  return type.kind === "number" || (type.kind === "constant" && typeof type.value === "number");
}

function isTruth(type: JoinType): boolean {
  return type.kind === "truth" || (type.kind === "constant" && typeof type.value === "boolean");
}

export function sameType(a: JoinType, b: JoinType): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "constant" && b.kind === "constant") return Object.is(a.value, b.value);
  return a.kind !== "register" || b.kind !== "register" || a.register === b.register;
}
