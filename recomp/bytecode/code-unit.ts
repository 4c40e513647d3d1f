// SPDX-License-Identifier: AGPL-3.0-or-later
import type { GraphAnalysis } from "./graph.ts";
import type {
  CodeRange,
  DefineFunctionInstruction,
  FunctionParameter,
  Instruction,
  TryInstruction,
  WithInstruction,
} from "./instruction.ts";

/**
 * The body of a With, or one clause of a Try, while it is being executed. Bodies are ranges: a region is entered by its action, and left by
 * every transfer of control to an offset outside its range, wherever that leads. The same action has a region for each region that it is executed in.
 */
export interface Region {
  id: number;
  kind: "with" | "try" | "catch" | "finally";
  instruction: WithInstruction | TryInstruction;
  range: CodeRange;
  /** The region around it, null in the code unit's own code. */
  parent: Region | null;
}

/** A region that is left on the way from one block to another. */
export interface RegionExit {
  region: Region;
  /**
   * True when control reached the end of the region, false when a jump left it for somewhere else.
   *
   * - `try` and `catch`: an end leads to the finally clause when there is one; a jump elsewhere abandons the statement, and its
   *   finally clause does not run
   * - `finally`: at its end a pending exception or return goes on from here instead of the edge; a jump elsewhere drops it
   * - `with`: no difference
   */
  isEnd: boolean;
}

/** A transfer of control. */
export interface Edge {
  /** Id of the block that is entered, null where the code unit ends (as by an implicit return). */
  target: number | null;
  /** Regions that are left on the way, in that order. An exit from a clause may be followed by that from its own empty finally clause. */
  exits: readonly RegionExit[];
}

/** How a block ends; its last instruction is `instruction` unless that is null (it falls through to the next block). */
export type Terminator =
  | { kind: "jump"; instruction: Instruction | null; edge: Edge }
  /** If: pops the condition. */
  | { kind: "branch"; instruction: Instruction; whenTrue: Edge; whenFalse: Edge }
  /** WaitForFrame, or WaitForFrame2, which pops the frame. */
  | { kind: "wait"; instruction: Instruction; loaded: Edge; notLoaded: Edge }
  /** With: pops the object; undefined and null skip the body. `body` leads to the block after it when it is empty. */
  | { kind: "with"; instruction: WithInstruction; region: Region; body: Edge; skipped: Edge }
  | TryTerminator
  /** Pops the result and ends the code unit. Finally clauses of the `try` and `catch` regions around it run first, from the inside out. */
  | { kind: "return"; instruction: Instruction }
  /** End action: as a return of undefined. */
  | { kind: "end"; instruction: Instruction }
  /** Pops the value. */
  | { kind: "throw"; instruction: Instruction };

export interface TryTerminator {
  kind: "try";
  instruction: TryInstruction;
  /** The region of the try body; its exceptions go to `catchBody`, or through `finallyBody` outwards. */
  region: Region;
  body: Edge;
  /** Null without a catch clause; an empty clause has an edge to what follows the statement. */
  catchRegion: Region | null;
  catchBody: Edge | null;
  finallyRegion: Region | null;
  /** Entered at the end of try and catch body, and with a pending exception or return; null without a finally clause. */
  finallyBody: Edge | null;
}

/** A straight run of instructions, entered only at its start. */
export interface BasicBlock {
  /** Index in `CodeUnit.blocks`. */
  id: number;
  /** Offset of the first instruction. */
  offset: number;
  /** Innermost region that the block is executed in. Blocks of different regions may share an offset. */
  region: Region | null;
  instructions: readonly Instruction[];
  terminator: Terminator;
  /** Ids of the blocks that control may come from or go to, without repetition; clauses of a Try count as successors of its block. */
  predecessors: readonly number[];
  successors: readonly number[];
  /** The constant pool at the start of the block, null where only the running movie knows it. */
  poolAtEntry: readonly string[] | null;
}

/** A script or function body: what runs with registers and constant pool of its own. */
export interface CodeUnit {
  /** Index in the list that `analyzeCode` returns; 0 is the script itself. */
  id: number;
  kind: "script" | "function";
  /** Unit that holds the DefineFunction, null for the script. */
  parent: number | null;
  /** The action that defines the function, null for the script. */
  definition: DefineFunctionInstruction | null;
  /** For people: the function's name, or one guessed from what it is assigned to; empty when there is none. */
  name: string;
  swfVersion: number;
  parameters: readonly FunctionParameter[];
  /** 0: the four global registers. */
  registerCount: number;
  /** Bits of FUNCTION_FLAG. */
  flags: number;
  range: CodeRange;
  /** In reverse postorder from the entry, which is block 0. Empty when the code is empty. */
  blocks: readonly BasicBlock[];
  regions: readonly Region[];
  /** Dominators and loops over `blocks`. */
  graph: GraphAnalysis;
  /** Unit ids of the functions defined here, by offset of their DefineFunction. */
  functions: ReadonlyMap<number, number>;
  /** What of the bytecode could not be followed. */
  problems: readonly string[];
}
