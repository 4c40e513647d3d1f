// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock } from "../../../bytecode/code-unit.ts";
import type { Instruction } from "../../../bytecode/instruction.ts";
import { isArithmetic } from "../arithmetic.ts";
import type { BlockEmitter } from "../block-emitter.ts";
import type { Operand } from "../operands.ts";
import { NumberRunText } from "./number-run-text.ts";

/**
 * Emits the longest run that begins at an instruction.
 * @param general emits one instruction as ever
 * @returns index of the instruction after the run; null when there is none that is worth it, and nothing is emitted then
 */
export function emitNumberRun(
  e: BlockEmitter,
  block: BasicBlock,
  start: number,
  general: (index: number) => void,
): number | null {
  if (!e.isStructuredText || block.region !== null || e.stack.length > 0 || e.code.swfVersion < 5) return null;
  if (e.facts.hasGlobalRegisters || !startsRun(block.instructions, start)) return null;
  // Both texts must find registers alike: what is put off is written now, which is known to be right for numbers.
  const pending = [...e.known].filter(([, { isPending }]) => isPending);
  if (pending.some(([, { value }]) => !isNumeric(value))) return null;
  const run = new NumberRunText(e, block.instructions[start].offset).emit(block.instructions, start);
  if (run === null) return null;
  settleAll(e);
  const places = e.places.copy();
  const label = e.local("run");
  e.out.block(`${label}: {`, () => {
    e.out.block("numbers: {", () => {
      for (const line of run.lines) e.out.line(line);
      e.out.line(`break ${label};`);
    });
    for (let index = start; index < run.end; index++) general(index);
    settleAll(e);
  });
  e.places.keepCommon(places);
  return run.end;
}

function settleAll(e: BlockEmitter): void {
  for (const [register] of e.known) e.registers.settle(e, register);
  e.known.clear();
}

function isNumeric(value: Operand): boolean {
  return value.kind === "number" || (value.kind === "constant" && typeof value.value === "number");
}

/** A quick look: most statements call something first. */
function startsRun(instructions: readonly Instruction[], start: number): boolean {
  for (let i = start; i < instructions.length; i++) {
    const { name } = instructions[i];
    if (name === "GetMember" || name === "SetMember" || isArithmetic(name)) return true;
    if (!MAY_COME_FIRST.has(name)) return false;
  }
  return false;
}

const MAY_COME_FIRST: ReadonlySet<string> = new Set(["Push", "PushDuplicate", "StoreRegister", "Pop", "CallFunction"]);
