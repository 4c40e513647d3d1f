// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CodeUnit } from "../../../bytecode/code-unit.ts";
import { WITHOUT_EFFECT } from "../../simple-actions.ts";
import { isArithmetic, isUnary } from "../arithmetic.ts";

/** Instructions of a function past which it is not written where it is called. */
const MOST_INLINED = 40;

/** Whether a function only computes with its arguments, without branches: then it can be written where it is called. */
export function isFormula({ blocks, kind }: CodeUnit): boolean {
  const [block] = blocks;
  if (kind !== "function" || block?.terminator.kind !== "return" || block.instructions.length > MOST_INLINED) return false;
  return block.instructions.every(
    ({ name }) => isArithmetic(name) || isUnary(name) || FORMULA_ACTIONS.has(name) || WITHOUT_EFFECT.has(name),
  );
}

const FORMULA_ACTIONS: ReadonlySet<string> = new Set([
  "Push",
  "PushDuplicate",
  "StackSwap",
  "Pop",
  "StoreRegister",
  "Add2",
  "Return",
]);
