// SPDX-License-Identifier: AGPL-3.0-or-later

/** Compiles ActionScript 1 to SWF files for tests; see README.md. */
export { ACTION_CODES, type ActionName } from "./actions.ts";
export { type AssemblerOptions, assemble, type PoolPolicy } from "./assembler.ts";
export { ByteWriter } from "./byte-writer.ts";
export { type ActionOptions, compileActions } from "./codegen.ts";
export { compileFixture, type FixtureOptions, fixtureSettings } from "./fixture-compiler.ts";
export { FixtureError } from "./fixture-error.ts";
export { constant, type Instruction, InstructionList, Label, type PushValue, register } from "./instructions.ts";
export { type Compression, pack, type SwfHeader, SwfWriter, TagWriter } from "./swf-writer.ts";
export * from "./tags.ts";
