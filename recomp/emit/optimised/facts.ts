// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CodeUnit } from "../../bytecode/code-unit.ts";
import { FUNCTION_FLAG, type Instruction } from "../../bytecode/instruction.ts";

/** Why a unit is left to the literal emitter: for listings and tests. */
export class NotOptimisable extends Error {
  override readonly name = "NotOptimisable";
}

/** What the optimised emitter must know of a unit before it looks at its blocks. */
export interface UnitFacts {
  /** The function needs no activation object: its frame is a light one. */
  isLight: boolean;
  /** Registers are the four that all code shares. */
  hasGlobalRegisters: boolean;
  /** Number of local registers. */
  registerCount: number;
  /** Registers that preloads and parameters fill, in the order in which they do. */
  inputs: readonly RegisterInput[];
  hasHandlers: boolean;
  /** `arguments` is not made as an object, as the function seems to look at its length and elements only. */
  virtualArguments: boolean;
}

export interface RegisterInput {
  register: number;
  source: "this" | "arguments" | "super" | "global" | { parameter: number };
}

/** Instructions past which a unit is not worth the optimiser's time. */
const MAX_INSTRUCTIONS = 20_000;
/** Depth of the operand stack past which a unit is left alone. */
export const MAX_DEPTH = 60;

const { preloadThis, suppressThis, preloadArguments, suppressArguments, preloadSuper, suppressSuper } = FUNCTION_FLAG;
const { preloadRoot, preloadParent, preloadGlobal } = FUNCTION_FLAG;

/** Actions that need a scope chain, a target or an activation object of the frame's own. */
const NEEDS_FULL_FRAME: ReadonlySet<string> = new Set([
  "SetTarget",
  "SetTarget2",
  "With",
  "DefineLocal",
  "DefineLocal2",
  "WaitForFrame2",
  "Call",
]);

/** @throws NotOptimisable for units that are too large */
export function analyseFacts(unit: CodeUnit): UnitFacts {
  let count = 0;
  let needsFull = false;
  let hasHandlers = false;
  for (const block of unit.blocks) {
    count += block.instructions.length;
    for (const instruction of block.instructions) {
      needsFull ||= needsFullFrame(instruction);
      hasHandlers ||= instruction.name === "Try";
    }
  }
  if (count > MAX_INSTRUCTIONS) throw new NotOptimisable(`${count} instructions`);
  if (mentionsForeignRegister(unit)) throw new NotOptimisable("registers past its own");
  const isFunction2 = unit.definition?.name === "DefineFunction2";
  const hasGlobalRegisters = unit.kind === "script" || unit.registerCount === 0;
  return {
    isLight: unit.kind === "function" && isFunction2 && !hasGlobalRegisters && !needsFull && allowsLightFrame(unit),
    hasGlobalRegisters,
    registerCount: unit.registerCount,
    inputs: isFunction2 && !hasGlobalRegisters ? registerInputs(unit) : [],
    hasHandlers,
    virtualArguments: false,
  };
}

/** Whether a function with registers of its own mentions one past them: whether that is a global one depends on the player. */
function mentionsForeignRegister(unit: CodeUnit): boolean {
  if (unit.kind === "script" || unit.registerCount === 0) return false;
  const isForeign = (register: number): boolean => register >= unit.registerCount && register < 4;
  return unit.blocks.some(({ instructions }) =>
    instructions.some((instruction) => {
      if (instruction.name === "StoreRegister") return isForeign(instruction.register);
      if (instruction.name === "Push")
        return instruction.values.some((value) => value.kind === "register" && isForeign(value.register));
      return (
        instruction.name === "Try" && instruction.catchTarget.kind === "register" && isForeign(instruction.catchTarget.register)
      );
    }),
  );
}

function needsFullFrame(instruction: Instruction): boolean {
  if (instruction.name === "DefineFunction" || instruction.name === "DefineFunction2") return instruction.functionName !== "";
  if (instruction.name === "Try") return instruction.catchTarget.kind === "variable";
  return NEEDS_FULL_FRAME.has(instruction.name);
}

function allowsLightFrame(unit: CodeUnit): boolean {
  const { flags } = unit;
  if (unit.parameters.some(({ register }) => register === 0)) return false;
  if ((flags & suppressArguments) === 0 && (flags & preloadArguments) === 0) return false;
  if ((flags & suppressSuper) === 0 && (flags & preloadSuper) === 0) return false;
  // The number of registers that these take is known only when the function runs.
  return (flags & (preloadRoot | preloadParent)) === 0;
}

function registerInputs(unit: CodeUnit): RegisterInput[] {
  const { flags } = unit;
  const inputs: RegisterInput[] = [];
  let register = 1;
  const preload = (bit: number, suppressed: number, source: RegisterInput["source"]): void => {
    if ((flags & bit) === 0) return;
    if ((flags & suppressed) === 0) inputs.push({ register, source });
    register++;
  };
  preload(preloadThis, suppressThis, "this");
  preload(preloadArguments, 0, "arguments");
  preload(preloadSuper, suppressSuper, "super");
  preload(preloadGlobal, 0, "global");
  unit.parameters.forEach((parameter, index) => {
    if (parameter.register !== 0) inputs.push({ register: parameter.register, source: { parameter: index } });
  });
  return inputs.filter((input) => input.register < unit.registerCount);
}
