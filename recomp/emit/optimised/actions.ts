// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Instruction, PushValue } from "../../bytecode/instruction.ts";
import { SIMPLE_HELPERS, WITHOUT_EFFECT } from "../simple-actions.ts";
import { addressOf } from "./access.ts";
import {
  emitAdd,
  emitArithmetic,
  emitComparison,
  emitDuplicate,
  emitEquals,
  emitNot,
  emitStrictEquals,
  emitSwap,
  emitUnary,
  isArithmetic,
} from "./arithmetic.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { emitCallFunction, emitCallMethod } from "./calls.ts";
import { emitNew } from "./construct.ts";
import { NotOptimisable } from "./facts.ts";
import { OUTER } from "./frames.ts";
import { emitInitArray, emitInitObject } from "./literals.ts";
import { emitDelete, emitGetMember, emitInstanceOf, emitSetMember } from "./members.ts";
import { type Operand, UNDEFINED_OPERAND } from "./operands.ts";
import {
  emitDeclareLocal,
  emitDefineLocal,
  emitDeleteVariable,
  emitGetVariable,
  emitLookup,
  emitSetVariable,
} from "./variables.ts";

/** Emits one action with its operands taken from, and its result put on, the emitter's model of the stack. */
export function emitAction(e: BlockEmitter, instruction: Instruction): void {
  const { name } = instruction;
  if (WITHOUT_EFFECT.has(name) || ENDS_BLOCK.has(name)) return;
  if (isArithmetic(name) && !(name === "Divide" && e.code.swfVersion < 5)) {
    emitArithmetic(e, name);
    return;
  }
  const emit = EMITTERS[name];
  if (emit?.(e, instruction) === true) return;
  if (emit !== undefined && !LITERAL_TOO.has(name)) return;
  emitLiterally(e, instruction);
}

/** Actions that end their block: the terminator's. */
const ENDS_BLOCK: ReadonlySet<string> = new Set(["If", "With", "Try", "Return", "Throw", "WaitForFrame", "WaitForFrame2"]);

type ActionEmitter = (e: BlockEmitter, instruction: Instruction) => boolean | undefined;

/** Wraps what always succeeds. */
const always =
  (emit: (e: BlockEmitter) => void): ActionEmitter =>
  (e) => {
    emit(e);
    return true;
  };

/** Wraps what means something else in SWF 4. */
const since5 =
  (emit: (e: BlockEmitter) => void): ActionEmitter =>
  (e) => {
    if (e.code.swfVersion < 5) return false;
    emit(e);
    return true;
  };

/** Actions whose emitter may decline; then the literal action does it. */
const LITERAL_TOO: ReadonlySet<string> = new Set([
  "CallFunction",
  "CallMethod",
  "NewObject",
  "NewMethod",
  "InitArray",
  "InitObject",
  "Not",
  "Less2",
  "Greater",
  "ConstantPool",
]);

const EMITTERS: Readonly<Record<string, ActionEmitter>> = {
  Push(e, instruction) {
    if (instruction.name === "Push") for (const value of instruction.values) e.push(pushed(e, value));
    return true;
  },
  Pop: always((e) => emitPop(e)),
  PushDuplicate: always(emitDuplicate),
  StackSwap: always(emitSwap),
  StoreRegister(e, instruction) {
    if (instruction.name === "StoreRegister") {
      takeName(e);
      e.registers.store(e, instruction.register);
    }
    return true;
  },
  Add2: always(emitAdd),
  Less2: since5((e) => emitComparison(e, "less")),
  Greater: since5((e) => emitComparison(e, "greater")),
  Not: since5(emitNot),
  Equals2: always((e) => {
    takeNameBelow(e);
    emitEquals(e);
  }),
  StrictEquals: always(emitStrictEquals),
  Increment: always((e) => emitUnary(e, "Increment")),
  Decrement: always((e) => emitUnary(e, "Decrement")),
  ToNumber: always((e) => emitUnary(e, "ToNumber")),
  ToInteger: always((e) => emitUnary(e, "ToInteger")),
  GetMember: always(emitGetMember),
  SetMember: always(emitSetMember),
  Delete: always(emitDelete),
  InstanceOf: always(emitInstanceOf),
  GetVariable: always(emitGetVariable),
  SetVariable: always(emitSetVariable),
  DefineLocal: always(emitDefineLocal),
  DefineLocal2: always(emitDeclareLocal),
  Delete2: always(emitDeleteVariable),
  CallFunction: (e) => emitCallFunction(e),
  CallMethod: (e) => emitCallMethod(e),
  NewObject: (e) => emitNew(e, false),
  NewMethod: (e) => emitNew(e, true),
  InitArray: (e) => emitInitArray(e),
  InitObject: (e) => emitInitObject(e),
  Enumerate: always((e) => emitEnumerate(e, true)),
  Enumerate2: always((e) => emitEnumerate(e, false)),
  DefineFunction: (e, instruction) => emitDefineFunction(e, instruction),
  DefineFunction2: (e, instruction) => emitDefineFunction(e, instruction),
  StringAdd: always(emitStringAdd),
  ConstantPool(e, instruction) {
    if (instruction.name !== "ConstantPool") return true;
    e.pool = instruction.strings;
    e.changesPool = true;
    e.usesTraits = true;
    e.out.line(`vm.currentPool = ${e.names.constants.pool(instruction.strings)};`);
    e.out.line("traits = vm.version < 6 ? -1 : vm.version | (vm.currentPool << 16);");
    return true;
  },
};

function pushed(e: BlockEmitter, value: PushValue): Operand {
  switch (value.kind) {
    case "string":
    case "boolean":
    case "number":
    case "integer":
      return { kind: "constant", value: value.value };
    case "null":
      return { kind: "constant", value: null };
    case "undefined":
      return UNDEFINED_OPERAND;
    case "register":
      return e.registers.read(e, value.register);
    case "constant": {
      const text = e.pool?.[value.index];
      if (text !== undefined) return { kind: "constant", value: text };
      if (e.pool !== null) return UNDEFINED_OPERAND;
      const slot = e.temporary(e.stack.length);
      e.out.line(`A.pushConstant(vm, ${value.index});`);
      e.out.line(`O.pop(vm, ${slot});`);
      return { kind: "slot", address: slot, stable: true };
    }
  }
}

function emitPop(e: BlockEmitter): void {
  if (e.stack[e.stack.length - 1]?.kind === "names") {
    takeName(e);
  }
  e.pop();
}

/** A list of names on top gives its next name when something looks at it. */
function takeName(e: BlockEmitter): void {
  const top = e.stack[e.stack.length - 1];
  if (top?.kind !== "names") return;
  const local = e.local("a");
  e.out.line(`let ${local} = O.nameAt(vm, ${top.list}, ${top.position}++);`);
  e.push({ kind: "slot", address: local, stable: true, nameOf: top });
}

/** The same for a list that stands below a constant it is compared with. */
function takeNameBelow(e: BlockEmitter): void {
  const below = e.stack[e.stack.length - 2];
  if (below?.kind !== "names") return;
  const top = e.pop();
  takeName(e);
  e.push(top);
}

/** Enumerate (by variable) and Enumerate2: a list of names takes the value's place. */
function emitEnumerate(e: BlockEmitter, byName: boolean): void {
  const operand = e.pop();
  const position = e.stack.length;
  let address: string;
  if (byName) address = emitLookup(e, operand, position + 1, null);
  else address = addressOf(e, operand, position + 1);
  e.keepPending();
  const list = e.temporary(position);
  const counter = `i${position}`;
  e.declared.add(counter);
  e.out.line(`O.enumerate(vm, ${address}, ${list});`);
  e.out.line(`${counter} = 0;`);
  e.push({ kind: "names", list, position: counter });
}

function emitDefineFunction(e: BlockEmitter, instruction: Instruction): boolean {
  if (instruction.name !== "DefineFunction" && instruction.name !== "DefineFunction2") return true;
  const unit = `units + ${e.names.definedUnit(instruction.offset)}`;
  e.keepPending();
  if (instruction.functionName === "") {
    const slot = e.temporary(e.stack.length);
    e.out.line(`O.makeFunction(vm, frame, ${unit}, ${slot});`);
    e.push({ kind: "slot", address: slot, stable: true, type: "object" });
    return true;
  }
  e.localNames?.add(instruction.functionName.toLowerCase());
  e.out.line(`A.defineFunction(vm, frame, ${unit});`);
  return true;
}

function emitStringAdd(e: BlockEmitter): void {
  const right = e.pop();
  const left = e.pop();
  const position = e.stack.length;
  const call = `O.joinTexts(vm, ${addressOf(e, left, position)}, ${addressOf(e, right, position + 1)}, ${e.temporary(position)});`;
  e.keepPending();
  e.out.line(call);
  e.push({ kind: "slot", address: e.temporary(position), stable: true, type: "string" });
}

/** Operands that a literal action pops and results that it pushes, for those that the text leaves to it. */
const EFFECTS: Readonly<Record<string, readonly [pops: number, pushes: number]>> = {
  NextFrame: [0, 0],
  PreviousFrame: [0, 0],
  Play: [0, 0],
  Stop: [0, 0],
  ToggleQuality: [0, 0],
  StopSounds: [0, 0],
  Divide: [2, 1],
  Equals: [2, 1],
  Less: [2, 1],
  Less2: [2, 1],
  Greater: [2, 1],
  And: [2, 1],
  Or: [2, 1],
  Not: [1, 1],
  StringEquals: [2, 1],
  StringLength: [1, 1],
  StringExtract: [3, 1],
  SetTarget: [0, 0],
  SetTarget2: [1, 0],
  GetProperty: [2, 1],
  SetProperty: [3, 0],
  CloneSprite: [3, 0],
  RemoveSprite: [1, 0],
  Trace: [1, 0],
  EndDrag: [0, 0],
  StringLess: [2, 1],
  StringGreater: [2, 1],
  CastOp: [2, 1],
  RandomNumber: [1, 1],
  MBStringLength: [1, 1],
  CharToAscii: [1, 1],
  AsciiToChar: [1, 1],
  GetTime: [0, 1],
  MBStringExtract: [3, 1],
  MBCharToAscii: [1, 1],
  MBAsciiToChar: [1, 1],
  TypeOf: [1, 1],
  TargetPath: [1, 1],
  ToString: [1, 1],
  Extends: [2, 0],
  Call: [1, 0],
  GotoFrame: [0, 0],
  GotoFrame2: [1, 0],
  GotoLabel: [0, 0],
  GetURL: [0, 0],
  GetURL2: [2, 0],
};

/** Actions that take a count from the stack: operands besides the counted ones, and values for each of the count. */
const COUNTED: Readonly<Record<string, readonly [above: number, each: number, pushes: number]>> = {
  CallFunction: [1, 1, 1],
  CallMethod: [2, 1, 1],
  NewObject: [1, 1, 1],
  NewMethod: [2, 1, 1],
  InitArray: [0, 1, 1],
  InitObject: [0, 2, 1],
  ImplementsOp: [1, 1, 0],
};

/** Leaves an action to the literal helper: operands go to the machine's operand stack and results come back from there. */
function emitLiterally(e: BlockEmitter, instruction: Instruction): void {
  const [pops, pushes] = effectOf(e, instruction);
  const call = literalCall(e, instruction);
  const operands: Operand[] = [];
  for (let i = 0; i < pops; i++) operands.push(e.pop());
  e.keepPending();
  const base = e.stack.length;
  operands.reverse().forEach((operand, i) => {
    e.out.line(`O.push(vm, ${addressOf(e, operand, base + i)});`);
  });
  e.out.line(`A.${call}; ${e.instructionComment(instruction)}`);
  if (instruction.name.startsWith("SetTarget") && e.usesScope) {
    e.out.line("scope = O.searchScope(vm, frame);");
    if (e.usesOuter) e.out.line(OUTER);
  }
  if (pushes === 0) return;
  const slot = e.temporary(base);
  e.out.line(`O.pop(vm, ${slot});`);
  e.push({ kind: "slot", address: slot, stable: true });
}

function effectOf(e: BlockEmitter, instruction: Instruction): readonly [number, number] {
  const { name } = instruction;
  if (name === "StartDrag") return [dragOperands(e), 0];
  const counted = COUNTED[name];
  if (counted === undefined) {
    const effect = EFFECTS[name];
    if (effect === undefined) throw new NotOptimisable(`the action ${name}`);
    return effect;
  }
  const [above, each, pushes] = counted;
  const count = e.stack[e.stack.length - 1 - above];
  if (count?.kind !== "constant" || typeof count.value !== "number") throw new NotOptimisable("a count that is computed");
  const wanted = name === "InitArray" || name === "InitObject" ? Math.trunc(count.value) : count.value >>> 0;
  if (!(wanted >= 0 && wanted < 1_000_000)) throw new NotOptimisable("an unusual count");
  return [above + 1 + Math.min(wanted * each, Math.max(0, e.stack.length - 1 - above)), pushes];
}

/** Target, lock, constrain, and four borders when the latter is set. */
function dragOperands(e: BlockEmitter): number {
  const constrain = e.stack[e.stack.length - 3];
  if (constrain?.kind !== "constant" || (typeof constrain.value !== "number" && typeof constrain.value !== "boolean"))
    throw new NotOptimisable("a drag whose borders are computed");
  return constrain.value ? 7 : 3;
}

function literalCall(e: BlockEmitter, instruction: Instruction): string {
  const { constants } = e.names;
  const simple = SIMPLE_HELPERS[instruction.name];
  if (simple !== undefined) return `${simple.helper}(vm${simple.frame ? ", frame" : ""})`;
  switch (instruction.name) {
    case "GotoFrame":
      return `gotoFrame(vm, frame, ${instruction.frame})`;
    case "GotoFrame2":
      return `gotoFrame2(vm, frame, ${instruction.play}, ${instruction.sceneBias})`;
    case "GotoLabel":
      return `gotoLabel(vm, frame, ${constants.string(instruction.label)})`;
    case "SetTarget":
      return `setTarget(vm, frame, ${constants.string(instruction.path)})`;
    case "GetURL":
      return `getUrl(vm, ${constants.string(instruction.url)}, ${constants.string(instruction.target)})`;
    case "GetURL2": {
      const method = instruction.method === "none" ? 0 : instruction.method === "get" ? 1 : 2;
      return `getUrl2(vm, ${method | (instruction.loadTarget ? 0x40 : 0) | (instruction.loadVariables ? 0x80 : 0)})`;
    }
    default:
      throw new NotOptimisable(`the action ${instruction.name}`);
  }
}
