// SPDX-License-Identifier: AGPL-3.0-or-later

export { analyzeCode } from "./bytecode/analyze.ts";
export type { BasicBlock, CodeUnit, Edge, Region, RegionExit, Terminator, TryTerminator } from "./bytecode/code-unit.ts";
export type { KnownPool } from "./bytecode/constant-pool.ts";
export { constantValue, poolAfter } from "./bytecode/constant-pool.ts";
export type { Code } from "./bytecode/decode.ts";
export { decodeInstruction } from "./bytecode/decode.ts";
export { disassemble, formatInstruction, formatOffset } from "./bytecode/disassemble.ts";
export type { GraphAnalysis, Loop } from "./bytecode/graph.ts";
export type * from "./bytecode/instruction.ts";
export { FUNCTION_FLAG } from "./bytecode/instruction.ts";
export type { Effect, OpcodeInfo, OpcodeName, OpcodeRow, OperandFormat, ResultType } from "./bytecode/opcodes.ts";
export { OPCODES, opcodeByCode, opcodeByName } from "./bytecode/opcodes.ts";
export type { CompileOptions, OptimisationLevel, Recompiled } from "./compile.ts";
export { JAVASCRIPT_FILE, LISTING_FILE, recompile, recompileToJavaScript } from "./compile.ts";
export type { ActionBlock, ActionBlockKind } from "./swf/action-block.ts";
export type { Compression, SwfFile } from "./swf/container.ts";
export { openSwf } from "./swf/container.ts";
export type { Movie } from "./swf/movie-builder.ts";
export { buildMovie, readMovie } from "./swf/movie-builder.ts";
export { SwfError } from "./swf/swf-error.ts";
