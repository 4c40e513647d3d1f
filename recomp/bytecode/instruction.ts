// SPDX-License-Identifier: AGPL-3.0-or-later
import type { NameWithOperands } from "./opcodes.ts";

/** Offsets are in bytes from the start of the action block, also inside functions. */
export interface CodeRange {
  start: number;
  /** One past the last byte. */
  end: number;
}

/** What a Push pushes. */
export type PushValue =
  | { kind: "string"; value: string }
  /** NaN is always the one canonical NaN, whatever bits the file has. */
  | { kind: "number"; value: number }
  /** From type 7: a number that is an int32. */
  | { kind: "integer"; value: number }
  | { kind: "boolean"; value: boolean }
  | { kind: "null" }
  | { kind: "undefined" }
  | { kind: "register"; register: number }
  /** Looked up in the pool that is current when the action runs; see constant-pool.ts for what is known of it beforehand. */
  | { kind: "constant"; index: number };

interface InstructionBase {
  /** Of the opcode byte. */
  offset: number;
  opcode: number;
  /** Where execution goes on when the action doesn't say otherwise: after a function's body, at the start of a With or Try body. */
  nextOffset: number;
  /** What was wrong with the bytes, for listings; absent as a rule. */
  damage?: string;
}

/** An action without operands. */
export interface SimpleInstruction extends InstructionBase {
  name: NameWithOperands<"none">;
}

/**
 * An action that does nothing: an opcode that players don't know, or one whose payload is too short to have its operands.
 */
export interface IgnoredInstruction extends InstructionBase {
  name: "Ignored";
}

export interface PushInstruction extends InstructionBase {
  name: "Push";
  values: PushValue[];
}

export interface ConstantPoolInstruction extends InstructionBase {
  name: "ConstantPool";
  strings: string[];
}

/** Jump and If. The target may lie anywhere, also outside the code: `target >= end` ends it. */
export interface BranchInstruction extends InstructionBase {
  name: NameWithOperands<"branch">;
  target: number;
}

export interface StoreRegisterInstruction extends InstructionBase {
  name: "StoreRegister";
  register: number;
}

export interface GotoFrameInstruction extends InstructionBase {
  name: "GotoFrame";
  /** Counts from 0. */
  frame: number;
}

export interface GotoFrame2Instruction extends InstructionBase {
  name: "GotoFrame2";
  play: boolean;
  /** Added to a frame given by number or label. */
  sceneBias: number;
}

export interface GotoLabelInstruction extends InstructionBase {
  name: "GotoLabel";
  label: string;
}

export interface SetTargetInstruction extends InstructionBase {
  name: "SetTarget";
  path: string;
}

export interface GetUrlInstruction extends InstructionBase {
  name: "GetURL";
  url: string;
  target: string;
}

export interface GetUrl2Instruction extends InstructionBase {
  name: "GetURL2";
  method: "none" | "get" | "post";
  /** The target is the path of a clip, not the name of a window. */
  loadTarget: boolean;
  loadVariables: boolean;
}

export interface StrictModeInstruction extends InstructionBase {
  name: "StrictMode";
  mode: number;
}

export interface WaitForFrameInstruction extends InstructionBase {
  name: "WaitForFrame";
  /** Counts from 0. */
  frame: number;
  /** Number of actions that are skipped while the frame is not loaded. */
  skip: number;
}

export interface WaitForFrame2Instruction extends InstructionBase {
  name: "WaitForFrame2";
  skip: number;
}

export interface WithInstruction extends InstructionBase {
  name: "With";
  body: CodeRange;
}

export interface TryInstruction extends InstructionBase {
  name: "Try";
  tryBody: CodeRange;
  /** Null when the action has no catch clause. */
  catchBody: CodeRange | null;
  /** Where a caught value goes. */
  catchTarget: { kind: "register"; register: number } | { kind: "variable"; name: string };
  /** Null when the action has no finally clause. */
  finallyBody: CodeRange | null;
  /** One past all three bodies: where execution goes on after the whole statement. */
  end: number;
}

export interface FunctionParameter {
  name: string;
  /** Register that receives the argument; 0 means a local variable. DefineFunction has variables only. */
  register: number;
}

/** DefineFunction and DefineFunction2. */
export interface DefineFunctionInstruction extends InstructionBase {
  name: "DefineFunction" | "DefineFunction2";
  /** Empty: the function is pushed. Otherwise it is stored under this name. */
  functionName: string;
  parameters: FunctionParameter[];
  /** Local registers; 0 means that the four global ones are used (always so for DefineFunction). */
  registerCount: number;
  /** Bits of {@link FUNCTION_FLAG}; 0 for DefineFunction. */
  flags: number;
  body: CodeRange;
}

/** Flags of DefineFunction2 as a little-endian integer. */
export const FUNCTION_FLAG = {
  preloadThis: 0x0001,
  suppressThis: 0x0002,
  preloadArguments: 0x0004,
  suppressArguments: 0x0008,
  preloadSuper: 0x0010,
  suppressSuper: 0x0020,
  preloadRoot: 0x0040,
  preloadParent: 0x0080,
  preloadGlobal: 0x0100,
} as const;

/** One decoded action; tell them apart by `name`. */
export type Instruction =
  | SimpleInstruction
  | IgnoredInstruction
  | PushInstruction
  | ConstantPoolInstruction
  | BranchInstruction
  | StoreRegisterInstruction
  | GotoFrameInstruction
  | GotoFrame2Instruction
  | GotoLabelInstruction
  | SetTargetInstruction
  | GetUrlInstruction
  | GetUrl2Instruction
  | StrictModeInstruction
  | WaitForFrameInstruction
  | WaitForFrame2Instruction
  | WithInstruction
  | TryInstruction
  | DefineFunctionInstruction;
