// SPDX-License-Identifier: AGPL-3.0-or-later

/** How the payload of an action is laid out. */
export type OperandFormat =
  | "none"
  | "frame" // u16 frame, from 0
  | "url" // z url, z target
  | "register" // u8
  | "constantPool" // u16 count, count * z
  | "strictMode" // u8
  | "waitForFrame" // u16 frame, u8 actions to skip
  | "target" // z path
  | "label" // z label
  | "waitForFrame2" // u8 actions to skip
  | "push" // typed values
  | "branch" // s16 relative to the next action
  | "url2" // u8 flags
  | "gotoFrame2" // u8 flags, u16 scene bias when flagged
  | "with" // u16 size of the body
  | "function" // DefineFunction
  | "function2" // DefineFunction2
  | "try";

/**
 * What an action may do beyond replacing its operands by its results. The classes are ordered: each may do all that those before it
 * may.
 *
 * - `pure`: nothing; without use of its result it can be dropped
 * - `register`: writes a register
 * - `convert`: calls `valueOf` or `toString` of an operand that is an object
 * - `read`: reads variables or properties: getters, `__resolve`
 * - `player`: reads or changes the state of the player: timelines, the target, sounds
 * - `write`: changes variables or objects: setters, watchers
 * - `call`: runs any script
 * - `control`: decides where execution goes on
 */
export type Effect = "pure" | "register" | "convert" | "read" | "player" | "write" | "call" | "control";

/**
 * Type of a result as far as it is the same in every SWF version. `boolean` may be a number 1 or 0 in SWF 4; `comparison` is a boolean, or
 * undefined when an operand is NaN.
 */
export type ResultType = "any" | "number" | "int32" | "boolean" | "comparison" | "string" | "object" | "function" | "undefined";

export interface OpcodeInfo {
  code: number;
  name: string;
  /** First SWF version with the action. Players execute it in older movies too. */
  since: number;
  operands: OperandFormat;
  /** Values taken from the stack, in the order in which they were pushed; `...` stands for a number of values known at run time only. */
  pops: readonly string[];
  /** Values left on the stack, bottom first; `...` as above. */
  pushes: readonly (ResultType | "...")[];
  effect: Effect;
}

/** Every AVM1 action, in order of code. Decoder, disassembler, control flow and emitter follow this table. */
export const OPCODES = [
  { code: 0x00, name: "End", since: 1, operands: "none", pops: [], pushes: [], effect: "control" },
  { code: 0x04, name: "NextFrame", since: 1, operands: "none", pops: [], pushes: [], effect: "player" },
  { code: 0x05, name: "PreviousFrame", since: 1, operands: "none", pops: [], pushes: [], effect: "player" },
  { code: 0x06, name: "Play", since: 1, operands: "none", pops: [], pushes: [], effect: "player" },
  { code: 0x07, name: "Stop", since: 1, operands: "none", pops: [], pushes: [], effect: "player" },
  { code: 0x08, name: "ToggleQuality", since: 1, operands: "none", pops: [], pushes: [], effect: "player" },
  { code: 0x09, name: "StopSounds", since: 2, operands: "none", pops: [], pushes: [], effect: "player" },
  { code: 0x0a, name: "Add", since: 4, operands: "none", pops: ["left", "right"], pushes: ["number"], effect: "convert" },
  { code: 0x0b, name: "Subtract", since: 4, operands: "none", pops: ["left", "right"], pushes: ["number"], effect: "convert" },
  { code: 0x0c, name: "Multiply", since: 4, operands: "none", pops: ["left", "right"], pushes: ["number"], effect: "convert" },
  // A string in SWF 4 when the divisor is 0.
  { code: 0x0d, name: "Divide", since: 4, operands: "none", pops: ["left", "right"], pushes: ["any"], effect: "convert" },
  { code: 0x0e, name: "Equals", since: 4, operands: "none", pops: ["left", "right"], pushes: ["boolean"], effect: "convert" },
  { code: 0x0f, name: "Less", since: 4, operands: "none", pops: ["left", "right"], pushes: ["boolean"], effect: "convert" },
  { code: 0x10, name: "And", since: 4, operands: "none", pops: ["left", "right"], pushes: ["boolean"], effect: "convert" },
  { code: 0x11, name: "Or", since: 4, operands: "none", pops: ["left", "right"], pushes: ["boolean"], effect: "convert" },
  { code: 0x12, name: "Not", since: 4, operands: "none", pops: ["value"], pushes: ["boolean"], effect: "convert" },
  {
    code: 0x13,
    name: "StringEquals",
    since: 4,
    operands: "none",
    pops: ["left", "right"],
    pushes: ["boolean"],
    effect: "convert",
  },
  { code: 0x14, name: "StringLength", since: 4, operands: "none", pops: ["text"], pushes: ["int32"], effect: "convert" },
  {
    code: 0x15,
    name: "StringExtract",
    since: 4,
    operands: "none",
    pops: ["text", "start", "length"],
    pushes: ["string"],
    effect: "convert",
  },
  { code: 0x17, name: "Pop", since: 4, operands: "none", pops: ["value"], pushes: [], effect: "pure" },
  { code: 0x18, name: "ToInteger", since: 4, operands: "none", pops: ["value"], pushes: ["int32"], effect: "convert" },
  { code: 0x1c, name: "GetVariable", since: 4, operands: "none", pops: ["name"], pushes: ["any"], effect: "read" },
  { code: 0x1d, name: "SetVariable", since: 4, operands: "none", pops: ["name", "value"], pushes: [], effect: "write" },
  { code: 0x20, name: "SetTarget2", since: 4, operands: "none", pops: ["path"], pushes: [], effect: "player" },
  { code: 0x21, name: "StringAdd", since: 4, operands: "none", pops: ["left", "right"], pushes: ["string"], effect: "convert" },
  { code: 0x22, name: "GetProperty", since: 4, operands: "none", pops: ["path", "index"], pushes: ["any"], effect: "player" },
  { code: 0x23, name: "SetProperty", since: 4, operands: "none", pops: ["path", "index", "value"], pushes: [], effect: "player" },
  {
    code: 0x24,
    name: "CloneSprite",
    since: 4,
    operands: "none",
    pops: ["source", "newName", "depth"],
    pushes: [],
    effect: "player",
  },
  { code: 0x25, name: "RemoveSprite", since: 4, operands: "none", pops: ["path"], pushes: [], effect: "player" },
  { code: 0x26, name: "Trace", since: 4, operands: "none", pops: ["value"], pushes: [], effect: "player" },
  {
    code: 0x27,
    name: "StartDrag",
    since: 4,
    operands: "none",
    // Four bounds lie below where `constrain` is true.
    pops: ["...", "constrain", "lockCenter", "target"],
    pushes: [],
    effect: "player",
  },
  { code: 0x28, name: "EndDrag", since: 4, operands: "none", pops: [], pushes: [], effect: "player" },
  { code: 0x29, name: "StringLess", since: 4, operands: "none", pops: ["left", "right"], pushes: ["boolean"], effect: "convert" },
  { code: 0x2a, name: "Throw", since: 7, operands: "none", pops: ["value"], pushes: [], effect: "control" },
  { code: 0x2b, name: "CastOp", since: 7, operands: "none", pops: ["constructor", "object"], pushes: ["any"], effect: "call" },
  {
    code: 0x2c,
    name: "ImplementsOp",
    since: 7,
    operands: "none",
    pops: ["...", "count", "constructor"],
    pushes: [],
    effect: "write",
  },
  // Flash Lite only: players for the desktop ignore it and leave the stack alone.
  { code: 0x2d, name: "FSCommand2", since: 6, operands: "none", pops: [], pushes: [], effect: "pure" },
  { code: 0x30, name: "RandomNumber", since: 4, operands: "none", pops: ["maximum"], pushes: ["int32"], effect: "player" },
  { code: 0x31, name: "MBStringLength", since: 4, operands: "none", pops: ["text"], pushes: ["int32"], effect: "convert" },
  { code: 0x32, name: "CharToAscii", since: 4, operands: "none", pops: ["text"], pushes: ["int32"], effect: "convert" },
  { code: 0x33, name: "AsciiToChar", since: 4, operands: "none", pops: ["code"], pushes: ["string"], effect: "convert" },
  { code: 0x34, name: "GetTime", since: 4, operands: "none", pops: [], pushes: ["number"], effect: "player" },
  {
    code: 0x35,
    name: "MBStringExtract",
    since: 4,
    operands: "none",
    pops: ["text", "start", "length"],
    pushes: ["string"],
    effect: "convert",
  },
  { code: 0x36, name: "MBCharToAscii", since: 4, operands: "none", pops: ["text"], pushes: ["int32"], effect: "convert" },
  { code: 0x37, name: "MBAsciiToChar", since: 4, operands: "none", pops: ["code"], pushes: ["string"], effect: "convert" },
  { code: 0x3a, name: "Delete", since: 5, operands: "none", pops: ["object", "name"], pushes: ["boolean"], effect: "write" },
  { code: 0x3b, name: "Delete2", since: 5, operands: "none", pops: ["name"], pushes: ["boolean"], effect: "write" },
  { code: 0x3c, name: "DefineLocal", since: 5, operands: "none", pops: ["name", "value"], pushes: [], effect: "write" },
  {
    code: 0x3d,
    name: "CallFunction",
    since: 5,
    operands: "none",
    pops: ["...", "count", "name"],
    pushes: ["any"],
    effect: "call",
  },
  { code: 0x3e, name: "Return", since: 5, operands: "none", pops: ["value"], pushes: [], effect: "control" },
  { code: 0x3f, name: "Modulo", since: 5, operands: "none", pops: ["left", "right"], pushes: ["number"], effect: "convert" },
  { code: 0x40, name: "NewObject", since: 5, operands: "none", pops: ["...", "count", "name"], pushes: ["any"], effect: "call" },
  { code: 0x41, name: "DefineLocal2", since: 5, operands: "none", pops: ["name"], pushes: [], effect: "write" },
  { code: 0x42, name: "InitArray", since: 5, operands: "none", pops: ["...", "count"], pushes: ["any"], effect: "convert" },
  { code: 0x43, name: "InitObject", since: 5, operands: "none", pops: ["...", "count"], pushes: ["any"], effect: "write" },
  { code: 0x44, name: "TypeOf", since: 5, operands: "none", pops: ["value"], pushes: ["string"], effect: "pure" },
  { code: 0x45, name: "TargetPath", since: 5, operands: "none", pops: ["clip"], pushes: ["any"], effect: "pure" },
  { code: 0x46, name: "Enumerate", since: 5, operands: "none", pops: ["name"], pushes: ["undefined", "..."], effect: "read" },
  { code: 0x47, name: "Add2", since: 5, operands: "none", pops: ["left", "right"], pushes: ["any"], effect: "convert" },
  { code: 0x48, name: "Less2", since: 5, operands: "none", pops: ["left", "right"], pushes: ["comparison"], effect: "convert" },
  { code: 0x49, name: "Equals2", since: 5, operands: "none", pops: ["left", "right"], pushes: ["boolean"], effect: "convert" },
  { code: 0x4a, name: "ToNumber", since: 5, operands: "none", pops: ["value"], pushes: ["number"], effect: "convert" },
  { code: 0x4b, name: "ToString", since: 5, operands: "none", pops: ["value"], pushes: ["string"], effect: "convert" },
  { code: 0x4c, name: "PushDuplicate", since: 5, operands: "none", pops: ["value"], pushes: ["any", "any"], effect: "pure" },
  {
    code: 0x4d,
    name: "StackSwap",
    since: 5,
    operands: "none",
    pops: ["first", "second"],
    pushes: ["any", "any"],
    effect: "pure",
  },
  { code: 0x4e, name: "GetMember", since: 5, operands: "none", pops: ["object", "name"], pushes: ["any"], effect: "read" },
  { code: 0x4f, name: "SetMember", since: 5, operands: "none", pops: ["object", "name", "value"], pushes: [], effect: "write" },
  { code: 0x50, name: "Increment", since: 5, operands: "none", pops: ["value"], pushes: ["number"], effect: "convert" },
  { code: 0x51, name: "Decrement", since: 5, operands: "none", pops: ["value"], pushes: ["number"], effect: "convert" },
  {
    code: 0x52,
    name: "CallMethod",
    since: 5,
    operands: "none",
    pops: ["...", "count", "object", "name"],
    pushes: ["any"],
    effect: "call",
  },
  {
    code: 0x53,
    name: "NewMethod",
    since: 5,
    operands: "none",
    pops: ["...", "count", "object", "name"],
    pushes: ["any"],
    effect: "call",
  },
  {
    code: 0x54,
    name: "InstanceOf",
    since: 6,
    operands: "none",
    pops: ["object", "constructor"],
    pushes: ["boolean"],
    effect: "read",
  },
  { code: 0x55, name: "Enumerate2", since: 6, operands: "none", pops: ["object"], pushes: ["undefined", "..."], effect: "read" },
  { code: 0x5f, name: "Breakpoint", since: 6, operands: "none", pops: [], pushes: [], effect: "pure" },
  { code: 0x60, name: "BitAnd", since: 5, operands: "none", pops: ["left", "right"], pushes: ["int32"], effect: "convert" },
  { code: 0x61, name: "BitOr", since: 5, operands: "none", pops: ["left", "right"], pushes: ["int32"], effect: "convert" },
  { code: 0x62, name: "BitXor", since: 5, operands: "none", pops: ["left", "right"], pushes: ["int32"], effect: "convert" },
  { code: 0x63, name: "BitLShift", since: 5, operands: "none", pops: ["value", "count"], pushes: ["int32"], effect: "convert" },
  { code: 0x64, name: "BitRShift", since: 5, operands: "none", pops: ["value", "count"], pushes: ["int32"], effect: "convert" },
  // Signed in SWF 8 and 9, unsigned elsewhere.
  { code: 0x65, name: "BitURShift", since: 5, operands: "none", pops: ["value", "count"], pushes: ["number"], effect: "convert" },
  { code: 0x66, name: "StrictEquals", since: 6, operands: "none", pops: ["left", "right"], pushes: ["boolean"], effect: "pure" },
  { code: 0x67, name: "Greater", since: 6, operands: "none", pops: ["left", "right"], pushes: ["comparison"], effect: "convert" },
  {
    code: 0x68,
    name: "StringGreater",
    since: 6,
    operands: "none",
    pops: ["left", "right"],
    pushes: ["boolean"],
    effect: "convert",
  },
  { code: 0x69, name: "Extends", since: 7, operands: "none", pops: ["subclass", "superclass"], pushes: [], effect: "write" },
  { code: 0x81, name: "GotoFrame", since: 1, operands: "frame", pops: [], pushes: [], effect: "player" },
  { code: 0x83, name: "GetURL", since: 1, operands: "url", pops: [], pushes: [], effect: "player" },
  { code: 0x87, name: "StoreRegister", since: 5, operands: "register", pops: ["value"], pushes: ["any"], effect: "register" },
  { code: 0x88, name: "ConstantPool", since: 5, operands: "constantPool", pops: [], pushes: [], effect: "pure" },
  { code: 0x89, name: "StrictMode", since: 5, operands: "strictMode", pops: [], pushes: [], effect: "pure" },
  { code: 0x8a, name: "WaitForFrame", since: 1, operands: "waitForFrame", pops: [], pushes: [], effect: "control" },
  { code: 0x8b, name: "SetTarget", since: 1, operands: "target", pops: [], pushes: [], effect: "player" },
  { code: 0x8c, name: "GotoLabel", since: 3, operands: "label", pops: [], pushes: [], effect: "player" },
  { code: 0x8d, name: "WaitForFrame2", since: 4, operands: "waitForFrame2", pops: ["frame"], pushes: [], effect: "control" },
  { code: 0x8e, name: "DefineFunction2", since: 7, operands: "function2", pops: [], pushes: ["..."], effect: "write" },
  { code: 0x8f, name: "Try", since: 7, operands: "try", pops: [], pushes: [], effect: "control" },
  { code: 0x94, name: "With", since: 5, operands: "with", pops: ["object"], pushes: [], effect: "control" },
  { code: 0x96, name: "Push", since: 4, operands: "push", pops: [], pushes: ["..."], effect: "pure" },
  { code: 0x99, name: "Jump", since: 4, operands: "branch", pops: [], pushes: [], effect: "control" },
  { code: 0x9a, name: "GetURL2", since: 4, operands: "url2", pops: ["url", "target"], pushes: [], effect: "player" },
  { code: 0x9b, name: "DefineFunction", since: 5, operands: "function", pops: [], pushes: ["..."], effect: "write" },
  { code: 0x9d, name: "If", since: 4, operands: "branch", pops: ["condition"], pushes: [], effect: "control" },
  { code: 0x9e, name: "Call", since: 4, operands: "none", pops: ["frame"], pushes: [], effect: "call" },
  { code: 0x9f, name: "GotoFrame2", since: 4, operands: "gotoFrame2", pops: ["frame"], pushes: [], effect: "player" },
] as const satisfies readonly OpcodeInfo[];

export type OpcodeRow = (typeof OPCODES)[number];
export type OpcodeName = OpcodeRow["name"];

/** Names of the actions with a given operand format. */
export type NameWithOperands<Format extends OperandFormat> = Extract<OpcodeRow, { operands: Format }>["name"];

/** Actions from this code on have a two-byte length and a payload. */
export const FIRST_OPCODE_WITH_PAYLOAD = 0x80;

const BY_CODE: (OpcodeRow | undefined)[] = new Array(256).fill(undefined);
const BY_NAME = new Map<OpcodeName, OpcodeRow>();
for (const row of OPCODES) {
  BY_CODE[row.code] = row;
  BY_NAME.set(row.name, row);
}

/** The row of an opcode byte, undefined when no player knows it. */
export function opcodeByCode(code: number): OpcodeRow | undefined {
  return BY_CODE[code];
}

/** The row of an action by its name. */
export function opcodeByName(name: OpcodeName): OpcodeRow {
  return BY_NAME.get(name)!;
}
