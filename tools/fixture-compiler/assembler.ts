// SPDX-License-Identifier: AGPL-3.0-or-later
import { ACTION_CODES, ACTION_OPERANDS } from "./actions.ts";
import { ByteWriter, encodeText, encodingOf } from "./byte-writer.ts";
import { FixtureError } from "./fixture-error.ts";
import type { FunctionInstruction, Instruction, Label, PushValue, TryInstruction } from "./instructions.ts";

/** Which strings go into the constant pool: none, those used at least twice, or all of them. */
export type PoolPolicy = "none" | "repeated" | "all";

export interface AssemblerOptions {
  /** SWF version: decides how strings are encoded. */
  version: number;
  /** Default `repeated`. SWF 4 and earlier have no pool, whatever is asked. */
  pool?: PoolPolicy;
}

const MAX_U16 = 0xffff;

/**
 * Turns instructions into the bytes of one action block: constant pool, code, End.
 * Throws FixtureError where something does not fit its field or a label was never placed.
 */
export function assemble(instructions: readonly Instruction[], options: AssemblerOptions): Uint8Array {
  const strings = options.version < 5 ? [] : selectPool(instructions, options.pool ?? "repeated", options.version);
  const assembler = new Assembler(options.version, new Map(strings.map((text, index) => [text, index])));
  const out = new ByteWriter(encodingOf(options.version));
  if (strings.length > 0) assembler.write({ kind: "action", name: "ConstantPool", operands: strings }, out);
  out.raw(assembler.body(instructions)).u8(ACTION_CODES.End);
  return out.toBytes();
}

/** Strings of the pool in order of first use; stops before the action would outgrow its length field. */
function selectPool(instructions: readonly Instruction[], policy: PoolPolicy, version: number): string[] {
  const uses = new Map<string, number>();
  countStrings(instructions, uses);
  const pool: string[] = [];
  let bytes = 2;
  for (const [text, count] of uses) {
    if (policy === "none" || (policy === "repeated" && count < 2)) continue;
    bytes += encodeText(text, encodingOf(version)).length + 1;
    if (bytes > MAX_U16) break;
    pool.push(text);
  }
  return pool;
}

function countStrings(instructions: readonly Instruction[], uses: Map<string, number>): void {
  for (const instruction of instructions) {
    if (instruction.kind === "function") countStrings(instruction.body, uses);
    if (instruction.kind !== "push") continue;
    for (const value of instruction.values) {
      if (value.type === "string") uses.set(value.value, (uses.get(value.value) ?? 0) + 1);
    }
  }
}

class Assembler {
  /** Function bodies contain no outside label, so each is encoded once however deep it is nested. */
  private readonly functionBodies = new Map<FunctionInstruction, Uint8Array>();

  constructor(
    private readonly version: number,
    private readonly pool: ReadonlyMap<string, number>,
  ) {}

  /** Bytes of a list of instructions, without an End. Labels may be used before they are placed. */
  body(instructions: readonly Instruction[]): Uint8Array {
    // No instruction's size depends on a label's position, so one measuring pass settles every label.
    const positions = new Map<Label, number>();
    let position = 0;
    for (const instruction of instructions) {
      if (instruction.kind === "label") positions.set(instruction.label, position);
      else position += this.encode(instruction, () => 0).length;
    }
    const out = new ByteWriter(encodingOf(this.version));
    for (const instruction of instructions) {
      if (instruction.kind === "label") continue;
      const bytes = this.encode(
        instruction,
        (label) => {
          const target = positions.get(label);
          if (target === undefined) throw new FixtureError(`label "${label.name}" is used but never placed`);
          return target;
        },
        out.length,
      );
      out.raw(bytes);
    }
    return out.toBytes();
  }

  /** Writes one instruction that refers to no label. */
  write(instruction: Instruction, out: ByteWriter): void {
    out.raw(this.encode(instruction, () => 0));
  }

  private encode(instruction: Instruction, resolve: (label: Label) => number, start = 0): Uint8Array {
    const out = new ByteWriter(encodingOf(this.version));
    switch (instruction.kind) {
      case "label":
        break;
      case "raw":
        out.raw(instruction.bytes);
        break;
      case "push":
        this.record(out, ACTION_CODES.Push, (payload) => {
          for (const value of instruction.values) this.pushValue(payload, value);
        });
        break;
      case "action":
        this.plainAction(out, instruction);
        break;
      case "branch": {
        const end = start + 5;
        const target = instruction.target;
        const offset = typeof target === "number" ? target : resolve(target) - end;
        // The measuring pass resolves labels to 0, so only real offsets are checked here.
        if (offset < -0x8000 || offset > 0x7fff) throw new FixtureError(`branch of ${offset} bytes is out of range`);
        this.record(out, ACTION_CODES[instruction.name], (payload) => payload.s16(offset));
        break;
      }
      case "with":
        this.record(out, ACTION_CODES.With, (payload) => payload.u16(this.size(resolve(instruction.end) - (start + 5))));
        break;
      case "try":
        this.tryRecord(out, instruction, resolve, start);
        break;
      case "function":
        this.functionRecord(out, instruction);
        break;
    }
    return out.toBytes();
  }

  private record(out: ByteWriter, code: number, write: (payload: ByteWriter) => void): void {
    const payload = new ByteWriter(out.encoding);
    write(payload);
    out.u8(code).u16(this.size(payload.length)).raw(payload.toBytes());
  }

  private size(bytes: number): number {
    // During the measuring pass labels resolve to 0 and sizes come out negative: any value of the right width does.
    if (bytes > MAX_U16) throw new FixtureError(`${bytes} bytes do not fit a 16-bit length`);
    return bytes & MAX_U16;
  }

  private plainAction(out: ByteWriter, { name, operands }: Extract<Instruction, { kind: "action" }>): void {
    const code = ACTION_CODES[name];
    if (code < 0x80) {
      out.u8(code);
      return;
    }
    const types = ACTION_OPERANDS[name];
    if (types === undefined) throw new FixtureError(`${name} cannot be written as a plain action`);
    this.record(out, code, (payload) => {
      if (types[0] === "strings") {
        payload.u16(operands.length);
        for (const text of operands) payload.string(String(text));
        return;
      }
      if (operands.length !== types.length) throw new FixtureError(`${name} takes ${types.length} operand(s)`);
      for (const [index, type] of types.entries()) {
        if (type === "string") payload.string(String(operands[index]));
        else if (type === "u8") payload.u8(Number(operands[index]));
        else payload.u16(Number(operands[index]));
      }
    });
  }

  private pushValue(payload: ByteWriter, value: PushValue): void {
    switch (value.type) {
      case "string": {
        const index = this.pool.get(value.value);
        if (index === undefined) payload.u8(0).string(value.value);
        else if (index < 0x100) payload.u8(8).u8(index);
        else payload.u8(9).u16(index);
        break;
      }
      case "float":
        payload.u8(1).f32(value.value);
        break;
      case "null":
        payload.u8(2);
        break;
      case "undefined":
        payload.u8(3);
        break;
      case "register":
        payload.u8(4).u8(value.index);
        break;
      case "boolean":
        payload.u8(5).u8(value.value ? 1 : 0);
        break;
      case "number":
        // SWF 4 knows only strings and floats.
        if (this.version < 5) payload.u8(0).string(String(value.value));
        else if (Object.is(value.value | 0, value.value)) payload.u8(7).s32(value.value);
        else payload.u8(6).pushDouble(value.value);
        break;
    }
  }

  private tryRecord(out: ByteWriter, instruction: TryInstruction, resolve: (label: Label) => number, start: number): void {
    const handler = instruction.catch;
    const target = handler?.target ?? { name: "" };
    const inRegister = "register" in target;
    const write = (payload: ByteWriter, base: number): void => {
      const tryEnd = resolve(instruction.tryEnd);
      const catchEnd = handler === null ? tryEnd : resolve(handler.end);
      const finallyEnd = instruction.finallyEnd === null ? catchEnd : resolve(instruction.finallyEnd);
      payload
        .u8((handler === null ? 0 : 1) | (instruction.finallyEnd === null ? 0 : 2) | (inRegister ? 4 : 0))
        .u16(this.size(tryEnd - base))
        .u16(this.size(catchEnd - tryEnd))
        .u16(this.size(finallyEnd - catchEnd));
      if (inRegister) payload.u8(target.register);
      else payload.string(target.name);
    };
    const measured = new ByteWriter(out.encoding);
    write(measured, 0);
    this.record(out, ACTION_CODES.Try, (payload) => write(payload, start + 3 + measured.length));
  }

  private functionRecord(out: ByteWriter, definition: FunctionInstruction): void {
    const body = this.functionBodies.get(definition) ?? this.body(definition.body);
    this.functionBodies.set(definition, body);
    const form2 = definition.form === 2;
    this.record(out, form2 ? ACTION_CODES.DefineFunction2 : ACTION_CODES.DefineFunction, (payload) => {
      payload.string(definition.name).u16(definition.parameters.length);
      if (form2) payload.u8(definition.registerCount).u16(definition.flags);
      for (const parameter of definition.parameters) {
        if (form2) payload.u8(parameter.register);
        payload.string(parameter.name);
      }
      payload.u16(this.size(body.length));
    });
    out.raw(body);
  }
}
