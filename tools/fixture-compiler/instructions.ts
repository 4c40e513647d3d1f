// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ActionName } from "./actions.ts";

/** A position in a list of instructions; identity is what counts. */
export class Label {
  constructor(readonly name = "") {}
}

/** One value of a Push action. `float` is stored as 32-bit float, `number` as an integer where exact, else as a double. */
export type PushValue =
  | { type: "string"; value: string }
  | { type: "number"; value: number }
  | { type: "float"; value: number }
  | { type: "boolean"; value: boolean }
  | { type: "register"; index: number }
  | { type: "null" }
  | { type: "undefined" };

/** A parameter of a function: `register` 0 makes it a named local variable. */
export interface FunctionParameter {
  name: string;
  register: number;
}

/** DefineFunction (`form` 1) or DefineFunction2 (`form` 2, with `registerCount` and the `flags` of FUNCTION_FLAGS). */
export interface FunctionInstruction {
  kind: "function";
  form: 1 | 2;
  /** Empty for a function expression, which stays on the stack. */
  name: string;
  parameters: FunctionParameter[];
  registerCount: number;
  flags: number;
  body: Instruction[];
}

/** Try record: bodies lie between it and the labels, in the order try, catch, finally. Absent parts are null. */
export interface TryInstruction {
  kind: "try";
  tryEnd: Label;
  catch: { end: Label; target: { register: number } | { name: string } } | null;
  finallyEnd: Label | null;
}

export type Instruction =
  | { kind: "label"; label: Label }
  | { kind: "push"; values: PushValue[] }
  /** An action without payload or with plain operands (ACTION_OPERANDS). */
  | { kind: "action"; name: ActionName; operands: readonly (number | string)[] }
  /** `target` as a number is the raw branch offset. */
  | { kind: "branch"; name: "Jump" | "If"; target: Label | number }
  | { kind: "with"; end: Label }
  | { kind: "raw"; bytes: Uint8Array }
  | FunctionInstruction
  | TryInstruction;

/** A push value for a JavaScript constant. */
export function constant(value: string | number | boolean | null | undefined): PushValue {
  if (typeof value === "string") return { type: "string", value };
  if (typeof value === "number") return { type: "number", value };
  if (typeof value === "boolean") return { type: "boolean", value };
  return value === null ? { type: "null" } : { type: "undefined" };
}

export function register(index: number): PushValue {
  return { type: "register", index };
}

/** Collects instructions; consecutive pushes become one Push action, as the Macromedia compilers write them. */
export class InstructionList {
  readonly instructions: Instruction[] = [];

  push(...values: PushValue[]): this {
    const last = this.instructions.at(-1);
    if (last?.kind === "push") last.values.push(...values);
    else this.instructions.push({ kind: "push", values });
    return this;
  }

  action(name: ActionName, ...operands: (number | string)[]): this {
    this.instructions.push({ kind: "action", name, operands });
    return this;
  }

  jump(target: Label | number): this {
    this.instructions.push({ kind: "branch", name: "Jump", target });
    return this;
  }

  branchIf(target: Label | number): this {
    this.instructions.push({ kind: "branch", name: "If", target });
    return this;
  }

  place(label: Label): this {
    this.instructions.push({ kind: "label", label });
    return this;
  }

  add(instruction: Instruction): this {
    this.instructions.push(instruction);
    return this;
  }
}
