// SPDX-License-Identifier: AGPL-3.0-or-later
import { ByteReader, TruncatedDataError } from "../swf/byte-reader.ts";
import { decodeString } from "../swf/text-encoding.ts";
import type { CodeRange, FunctionParameter, Instruction, PushValue } from "./instruction.ts";
import { FIRST_OPCODE_WITH_PAYLOAD, type OpcodeRow, type OperandFormat, opcodeByCode } from "./opcodes.ts";

/** Where instructions are decoded from: the bytes of one action block. */
export interface Code {
  bytes: Uint8Array;
  /** Decides how strings are encoded. */
  swfVersion: number;
}

/** The common part of every instruction, complete before its operands are read. */
interface Head {
  offset: number;
  opcode: number;
  nextOffset: number;
  damage?: string;
}

interface OperandContext {
  code: Code;
  /** The end of the code that is being run: bodies can't reach past it. */
  end: number;
  head: Head;
  row: OpcodeRow;
}

type OperandReader = (reader: ByteReader, context: OperandContext) => Instruction;

/**
 * Decodes the action at `offset`. Every offset in the code is a legal start: jumps may lead into the middle of an action. Nothing makes it
 * throw: an action whose operands are cut short becomes `Ignored`, or keeps the values that are whole (Push, ConstantPool), with
 * `damage` saying so; an action whose length reaches past the code ends with the code.
 *
 * @param offset byte offset in `code.bytes`, `0 <= offset < end`
 * @param end one past the last byte that belongs to the running code
 */
export function decodeInstruction(code: Code, offset: number, end: number): Instruction {
  const opcode = code.bytes[offset];
  const row = opcodeByCode(opcode);
  if (opcode < FIRST_OPCODE_WITH_PAYLOAD) {
    const head: Head = { offset, opcode, nextOffset: offset + 1 };
    if (row === undefined) {
      return { ...head, name: "Ignored", damage: "unknown action" };
    }
    return { ...head, name: row.name as "End" };
  }
  if (end - offset < 3) {
    return { offset, opcode, nextOffset: end, name: "Ignored", damage: "action header is cut off" };
  }
  const payloadStart = offset + 3;
  const declaredEnd = payloadStart + (code.bytes[offset + 1] | (code.bytes[offset + 2] << 8));
  const payloadEnd = Math.min(declaredEnd, end);
  const head: Head = { offset, opcode, nextOffset: payloadEnd };
  if (declaredEnd > end) {
    head.damage = `payload ends ${declaredEnd - end} bytes past the code`;
  }
  if (row === undefined) {
    return { damage: "unknown action", ...head, name: "Ignored" };
  }
  try {
    return OPERAND_READERS[row.operands](new ByteReader(code.bytes, payloadStart, payloadEnd), { code, end, head, row });
  } catch (error) {
    if (!(error instanceof TruncatedDataError)) {
      throw error;
    }
    return { ...head, name: "Ignored", damage: "payload is too short" };
  }
}

const OPERAND_READERS: Record<OperandFormat, OperandReader> = {
  none: (_, { head, row }) => ({ ...head, name: row.name as "Call" }),
  frame: (reader, { head }) => ({ ...head, name: "GotoFrame", frame: reader.u16() }),
  url: (reader, context) => ({ ...context.head, name: "GetURL", url: text(reader, context), target: text(reader, context) }),
  register: (reader, { head }) => ({ ...head, name: "StoreRegister", register: reader.u8() }),
  constantPool: readConstantPool,
  strictMode: (reader, { head }) => ({ ...head, name: "StrictMode", mode: reader.u8() }),
  waitForFrame: (reader, { head }) => ({ ...head, name: "WaitForFrame", frame: reader.u16(), skip: reader.u8() }),
  target: (reader, context) => ({ ...context.head, name: "SetTarget", path: text(reader, context) }),
  label: (reader, context) => ({ ...context.head, name: "GotoLabel", label: text(reader, context) }),
  waitForFrame2: (reader, { head }) => ({ ...head, name: "WaitForFrame2", skip: reader.u8() }),
  push: readPush,
  branch: (reader, { head, row }) => ({ ...head, name: row.name as "Jump", target: head.nextOffset + reader.s16() }),
  url2: readUrl2,
  gotoFrame2: readGotoFrame2,
  with: (reader, context) => ({
    ...context.head,
    name: "With",
    body: rangeAfter(context.head.nextOffset, reader.u16(), context),
  }),
  function: readFunction,
  function2: readFunction2,
  try: readTry,
};

function text(reader: ByteReader, { code }: OperandContext): string {
  return decodeString(reader.cString(), code.swfVersion);
}

function rangeAfter(start: number, size: number, { end }: OperandContext): CodeRange {
  return { start, end: Math.min(start + size, end) };
}

function readConstantPool(reader: ByteReader, context: OperandContext): Instruction {
  const count = reader.u16();
  const strings: string[] = [];
  while (strings.length < count && reader.remaining > 0) {
    strings.push(text(reader, context));
  }
  const head =
    strings.length < count ? { ...context.head, damage: `pool has ${strings.length} of ${count} strings` } : context.head;
  return { ...head, name: "ConstantPool", strings };
}

const float64 = new DataView(new ArrayBuffer(8));

/** Values of a Push by type byte. */
const PUSH_READERS: readonly ((reader: ByteReader, context: OperandContext) => PushValue)[] = [
  (reader, context) => ({ kind: "string", value: text(reader, context) }),
  (reader) => {
    float64.setUint32(0, reader.u32());
    return { kind: "number", value: canonical(float64.getFloat32(0)) };
  },
  () => ({ kind: "null" }),
  () => ({ kind: "undefined" }),
  (reader) => ({ kind: "register", register: reader.u8() }),
  (reader) => ({ kind: "boolean", value: reader.u8() !== 0 }),
  (reader) => {
    // The high word comes first, each word little-endian.
    float64.setUint32(0, reader.u32());
    float64.setUint32(4, reader.u32());
    return { kind: "number", value: canonical(float64.getFloat64(0)) };
  },
  (reader) => ({ kind: "integer", value: reader.s32() }),
  (reader) => ({ kind: "constant", index: reader.u8() }),
  (reader) => ({ kind: "constant", index: reader.u16() }),
];

/** A pushed NaN loses its payload, a pushed -0 its sign. */
function canonical(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value + 0;
}

/** A byte that is no value type is stepped over, as players up to version 9 do it. */
function readPush(reader: ByteReader, context: OperandContext): Instruction {
  const values: PushValue[] = [];
  let damage = context.head.damage;
  while (reader.remaining > 0) {
    const type = reader.u8();
    const read = PUSH_READERS[type];
    if (read === undefined) {
      damage = `value type ${type} is unknown`;
      continue;
    }
    try {
      values.push(read(reader, context));
    } catch (error) {
      if (!(error instanceof TruncatedDataError)) {
        throw error;
      }
      damage = "last value is cut short";
      break;
    }
  }
  const head = damage === undefined ? context.head : { ...context.head, damage };
  return { ...head, name: "Push", values };
}

const URL2_FLAG = { method: 0x03, loadTarget: 0x40, loadVariables: 0x80 } as const;
const URL2_METHODS = ["none", "get", "post", "none"] as const;

function readUrl2(reader: ByteReader, { head }: OperandContext): Instruction {
  const flags = reader.u8();
  return {
    ...head,
    name: "GetURL2",
    method: URL2_METHODS[flags & URL2_FLAG.method],
    loadTarget: (flags & URL2_FLAG.loadTarget) !== 0,
    loadVariables: (flags & URL2_FLAG.loadVariables) !== 0,
  };
}

const GOTO_FRAME2_FLAG = { play: 0x01, hasSceneBias: 0x02 } as const;

function readGotoFrame2(reader: ByteReader, { head }: OperandContext): Instruction {
  const flags = reader.u8();
  return {
    ...head,
    name: "GotoFrame2",
    play: (flags & GOTO_FRAME2_FLAG.play) !== 0,
    sceneBias: flags & GOTO_FRAME2_FLAG.hasSceneBias ? reader.u16() : 0,
  };
}

function readFunction(reader: ByteReader, context: OperandContext): Instruction {
  const functionName = text(reader, context);
  const parameters: FunctionParameter[] = [];
  for (let count = reader.u16(); count > 0; count--) {
    if (reader.remaining === 0) break;
    parameters.push({ register: 0, name: text(reader, context) });
  }
  return functionInstruction("DefineFunction", { functionName, parameters, registerCount: 0, flags: 0 }, reader.u16(), context);
}

function readFunction2(reader: ByteReader, context: OperandContext): Instruction {
  const functionName = text(reader, context);
  const parameterCount = reader.u16();
  const registerCount = reader.u8();
  const flags = reader.u16();
  const parameters: FunctionParameter[] = [];
  while (parameters.length < parameterCount && reader.remaining > 0) {
    parameters.push({ register: reader.u8(), name: text(reader, context) });
  }
  return functionInstruction("DefineFunction2", { functionName, parameters, registerCount, flags }, reader.u16(), context);
}

function functionInstruction(
  name: "DefineFunction" | "DefineFunction2",
  fields: { functionName: string; parameters: FunctionParameter[]; registerCount: number; flags: number },
  bodyBytes: number,
  context: OperandContext,
): Instruction {
  const { head } = context;
  const body = rangeAfter(head.nextOffset, bodyBytes, context);
  return { ...head, name, ...fields, body, nextOffset: body.end };
}

const TRY_FLAG = { hasCatch: 0x01, hasFinally: 0x02, catchInRegister: 0x04 } as const;

function readTry(reader: ByteReader, context: OperandContext): Instruction {
  const { head } = context;
  const flags = reader.u8();
  const trySize = reader.u16();
  const catchSize = reader.u16();
  const finallySize = reader.u16();
  // The size of a clause whose flag is clear counts as 0: its bytes are plain code.
  const tryBody = rangeAfter(head.nextOffset, trySize, context);
  const catchBody = rangeAfter(tryBody.end, flags & TRY_FLAG.hasCatch ? catchSize : 0, context);
  const finallyBody = rangeAfter(catchBody.end, flags & TRY_FLAG.hasFinally ? finallySize : 0, context);
  return {
    ...head,
    name: "Try",
    tryBody,
    catchBody: flags & TRY_FLAG.hasCatch ? catchBody : null,
    catchTarget:
      flags & TRY_FLAG.catchInRegister
        ? { kind: "register", register: reader.u8() }
        : { kind: "variable", name: text(reader, context) },
    finallyBody: flags & TRY_FLAG.hasFinally ? finallyBody : null,
    end: finallyBody.end,
  };
}
