// SPDX-License-Identifier: AGPL-3.0-or-later
import type { PlainBlock } from "./basic-blocks.ts";
import { constantValue, type KnownPool, poolAfter } from "./constant-pool.ts";
import type { DefineFunctionInstruction, Instruction } from "./instruction.ts";

/** Actions that give the function just pushed a name, which was pushed before it. */
const NAMING_ACTIONS: ReadonlySet<Instruction["name"]> = new Set(["SetMember", "SetVariable", "DefineLocal"]);

/**
 * Names for the functions defined in a code unit: their own, or for anonymous ones the name of the variable or property that they are
 * at once assigned to. They are for people only.
 */
export function nameFunctions(blocks: readonly PlainBlock[]): Map<DefineFunctionInstruction, string> {
  const names = new Map<DefineFunctionInstruction, string>();
  for (const { instructions, poolAtEntry } of blocks) {
    let pool = poolAtEntry;
    for (const [i, instruction] of instructions.entries()) {
      if (instruction.name === "DefineFunction" || instruction.name === "DefineFunction2") {
        names.set(instruction, instruction.functionName || assignedName(instructions, i, pool));
      }
      pool = poolAfter(pool, instruction);
    }
  }
  return names;
}

function assignedName(instructions: readonly Instruction[], index: number, pool: KnownPool): string {
  const before = instructions[index - 1];
  const after = instructions[index + 1];
  if (before?.name !== "Push" || after === undefined || !NAMING_ACTIONS.has(after.name)) {
    return "";
  }
  const value = before.values[before.values.length - 1];
  if (value?.kind === "string") {
    return value.value;
  }
  return value?.kind === "constant" ? (constantValue(value, pool) ?? "") : "";
}
