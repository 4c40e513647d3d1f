// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock, CodeUnit, Edge, Region, Terminator } from "../bytecode/code-unit.ts";
import { formatOffset } from "../bytecode/disassemble.ts";
import type { Instruction, PushValue, TryInstruction } from "../bytecode/instruction.ts";
import type { ModuleConstants } from "./module-constants.ts";
import { numberLiteral, type Printer } from "./text.ts";

/**
 * Literal translation (-O0): one helper per action in bytecode order, operands on the machine's operand stack, control flow as
 * a dispatch over basic blocks. Slow and obviously right: the oracle for every other level.
 */
export interface LiteralContext {
  printer: Printer;
  constants: ModuleConstants;
  /** Identifier of the emitted function. */
  functionName: string;
  /** Index of the unit in the module's list of units. */
  unitIndex: number;
  /** Index in the module's list of the unit that a DefineFunction at this offset defines. */
  definedUnit(offset: number): number;
}

/** How a finally clause goes on when it has run: codes in the emitted local `after_N`. */
const AFTER_THROW = 1;
const AFTER_RETURN = 2;
const AFTER_END = 3;
const FIRST_AFTER_EDGE = 4;

/** Actions without operands and without results beyond the stack: opcode name → helper, with the frame where it needs one. */
const SIMPLE_HELPERS: Partial<Record<string, { helper: string; frame?: true }>> = {
  NextFrame: { helper: "nextFrame", frame: true },
  PreviousFrame: { helper: "previousFrame", frame: true },
  Play: { helper: "play", frame: true },
  Stop: { helper: "stop", frame: true },
  ToggleQuality: { helper: "toggleQuality" },
  StopSounds: { helper: "stopSounds" },
  Add: { helper: "add" },
  Subtract: { helper: "subtract" },
  Multiply: { helper: "multiply" },
  Divide: { helper: "divide" },
  Equals: { helper: "equals" },
  Less: { helper: "less" },
  And: { helper: "and" },
  Or: { helper: "or" },
  Not: { helper: "not" },
  StringEquals: { helper: "stringEquals" },
  StringLength: { helper: "stringLengthAction" },
  StringExtract: { helper: "stringExtract" },
  Pop: { helper: "popAction" },
  ToInteger: { helper: "toInteger" },
  GetVariable: { helper: "getVariableAction", frame: true },
  SetVariable: { helper: "setVariableAction", frame: true },
  SetTarget2: { helper: "setTarget2", frame: true },
  StringAdd: { helper: "stringAdd" },
  GetProperty: { helper: "getProperty", frame: true },
  SetProperty: { helper: "setProperty", frame: true },
  CloneSprite: { helper: "cloneSprite", frame: true },
  RemoveSprite: { helper: "removeSprite", frame: true },
  Trace: { helper: "trace" },
  StartDrag: { helper: "startDrag", frame: true },
  EndDrag: { helper: "endDrag" },
  StringLess: { helper: "stringLess" },
  CastOp: { helper: "castOp" },
  ImplementsOp: { helper: "implementsAction" },
  RandomNumber: { helper: "randomNumber" },
  MBStringLength: { helper: "stringLengthAction" },
  CharToAscii: { helper: "charToAscii" },
  AsciiToChar: { helper: "asciiToChar" },
  GetTime: { helper: "getTime" },
  MBStringExtract: { helper: "stringExtract" },
  MBCharToAscii: { helper: "charToAscii" },
  MBAsciiToChar: { helper: "mbAsciiToChar" },
  Delete: { helper: "deleteAction" },
  Delete2: { helper: "deleteVariableAction", frame: true },
  DefineLocal: { helper: "defineLocalAction", frame: true },
  CallFunction: { helper: "callFunctionAction", frame: true },
  Modulo: { helper: "modulo" },
  NewObject: { helper: "newObjectAction", frame: true },
  DefineLocal2: { helper: "declareLocalAction", frame: true },
  InitArray: { helper: "initArray" },
  InitObject: { helper: "initObject" },
  TypeOf: { helper: "typeOf" },
  TargetPath: { helper: "targetPath" },
  Enumerate: { helper: "enumerate", frame: true },
  Add2: { helper: "add2" },
  Less2: { helper: "less2" },
  Equals2: { helper: "equals2" },
  ToNumber: { helper: "toNumberAction" },
  ToString: { helper: "toStringAction" },
  PushDuplicate: { helper: "pushDuplicate" },
  StackSwap: { helper: "stackSwap" },
  GetMember: { helper: "getMemberAction" },
  SetMember: { helper: "setMemberAction" },
  Increment: { helper: "increment" },
  Decrement: { helper: "decrement" },
  CallMethod: { helper: "callMethodAction", frame: true },
  NewMethod: { helper: "newMethodAction" },
  InstanceOf: { helper: "instanceOfAction" },
  Enumerate2: { helper: "enumerate2" },
  BitAnd: { helper: "bitAnd" },
  BitOr: { helper: "bitOr" },
  BitXor: { helper: "bitXor" },
  BitLShift: { helper: "bitLShift" },
  BitRShift: { helper: "bitRShift" },
  BitURShift: { helper: "bitURShift" },
  StrictEquals: { helper: "strictEquals" },
  Greater: { helper: "greater" },
  StringGreater: { helper: "stringGreater" },
  Extends: { helper: "extendsAction" },
  Call: { helper: "callFrame", frame: true },
};

/** Actions that only a debugger or Flash Lite looks at, and those that control flow has dealt with. */
const WITHOUT_EFFECT = new Set(["Breakpoint", "FSCommand2", "StrictMode", "Ignored", "Jump", "End"]);

/** Emits one code unit as a function. */
export function emitLiteral(unit: CodeUnit, context: LiteralContext): void {
  new LiteralEmitter(unit, context).emit();
}

class LiteralEmitter {
  private readonly unit: CodeUnit;
  private readonly context: LiteralContext;
  private readonly p: Printer;
  /** Try instructions of the unit, in order; their index names the emitted locals. */
  private readonly tries: TryInstruction[] = [];
  /** Blocks that a finally clause may go on to, by try. */
  private readonly continuations = new Map<TryInstruction, { edge: Edge; code: number }[]>();

  constructor(unit: CodeUnit, context: LiteralContext) {
    this.unit = unit;
    this.context = context;
    this.p = context.printer;
    for (const region of unit.regions) {
      if (region.instruction.name === "Try" && !this.tries.includes(region.instruction)) this.tries.push(region.instruction);
    }
  }

  emit(): void {
    const { unit, p } = this;
    const number = p.type(": number");
    p.line(`// bytes ${formatOffset(unit.range.start)} to ${formatOffset(unit.range.end)}`);
    p.block(
      `function ${this.context.functionName}(fn${number}, self${number}, args${number}, argc${number})${p.type(": void")} {`,
      () => {
        p.line("const floor = A.operandFloor(vm);");
        if (unit.kind === "function")
          p.line(`const frame = A.enterFunction(vm, fn, self, args, argc, units + ${this.context.unitIndex});`);
        else p.line("const frame = vm.frame;");
        this.emitTryLocals();
        if (unit.blocks.length > 0) this.emitBlocks();
        if (unit.kind === "function") p.line("A.leaveFrame(vm, frame);");
        p.line("A.restoreFloor(vm, floor);");
      },
    );
  }

  private emitTryLocals(): void {
    if (this.tries.length === 0) return;
    const { p } = this;
    p.line(`const saved = A.openFrame(vm, ${this.tries.length});`);
    this.tries.forEach((_, i) => {
      p.line(`let state_${i}${p.type(": ReturnType<typeof A.enterTry> | null")} = null;`);
      p.line(`let scope_${i} = 0;`);
      p.line(`let after_${i} = 0;`);
    });
  }

  private emitBlocks(): void {
    const { p, unit } = this;
    const hasHandlers = this.tries.length > 0;
    if (unit.blocks.length === 1 && !hasHandlers && unit.blocks[0].successors.length === 0) {
      p.block("dispatch: {", () => {
        this.emitInstructions(unit.blocks[0]);
        this.emitTerminator(unit.blocks[0].terminator, null);
      });
      return;
    }
    p.line("let block = 0;");
    const dispatch = (): void => {
      p.block("dispatch: for (;;) {", () => {
        p.block("switch (block) {", () => {
          unit.blocks.forEach((block, i) => {
            p.line(`case ${block.id}:`);
            const next = unit.blocks[i + 1]?.id ?? null;
            p.block("{", () => {
              if (hasHandlers) p.line(`block = ${block.id};`);
              this.emitInstructions(block);
              this.emitTerminator(block.terminator, next);
            });
          });
        });
        p.line("break;");
      });
    };
    if (!hasHandlers) {
      dispatch();
      return;
    }
    p.block("for (;;) {", () => {
      p.block(
        "try {",
        () => {
          dispatch();
          p.line("break;");
        },
        "} catch (error) {",
      );
      p.block("", () => this.emitHandlers());
    });
  }

  private emitInstructions(block: BasicBlock): void {
    for (const instruction of block.instructions) this.emitInstruction(instruction);
  }

  private emitInstruction(instruction: Instruction): void {
    const { p } = this;
    const at = `// ${formatOffset(instruction.offset)} ${instruction.name}`;
    const emit = (call: string): void => p.line(`A.${call}; ${at}`);
    const simple = SIMPLE_HELPERS[instruction.name];
    if (simple !== undefined) {
      emit(`${simple.helper}(vm${simple.frame ? ", frame" : ""})`);
      return;
    }
    if (WITHOUT_EFFECT.has(instruction.name)) return;
    switch (instruction.name) {
      case "Push":
        for (const value of instruction.values) emit(this.pushCall(value));
        return;
      case "ConstantPool":
        emit(`setConstantPool(vm, ${this.context.constants.pool(instruction.strings)})`);
        return;
      case "StoreRegister":
        emit(`storeRegister(vm, frame, ${instruction.register})`);
        return;
      case "GotoFrame":
        emit(`gotoFrame(vm, frame, ${instruction.frame})`);
        return;
      case "GotoFrame2":
        emit(`gotoFrame2(vm, frame, ${instruction.play}, ${instruction.sceneBias})`);
        return;
      case "GotoLabel":
        emit(`gotoLabel(vm, frame, ${this.string(instruction.label)})`);
        return;
      case "SetTarget":
        emit(`setTarget(vm, frame, ${this.string(instruction.path)})`);
        return;
      case "GetURL":
        emit(`getUrl(vm, ${this.string(instruction.url)}, ${this.string(instruction.target)})`);
        return;
      case "GetURL2": {
        const method = instruction.method === "none" ? 0 : instruction.method === "get" ? 1 : 2;
        emit(`getUrl2(vm, ${method | (instruction.loadTarget ? 0x40 : 0) | (instruction.loadVariables ? 0x80 : 0)})`);
        return;
      }
      case "DefineFunction":
      case "DefineFunction2":
        emit(`defineFunction(vm, frame, units + ${this.context.definedUnit(instruction.offset)})`);
        return;
      default:
        // If, With, Try, Return, Throw and the waits are the terminator's.
        return;
    }
  }

  private pushCall(value: PushValue): string {
    switch (value.kind) {
      case "string":
        return `pushString(vm, ${this.string(value.value)})`;
      case "number":
      case "integer":
        return `pushNumber(vm, ${numberLiteral(value.value)})`;
      case "boolean":
        return `pushBoolean(vm, ${value.value})`;
      case "null":
        return "pushNull(vm)";
      case "undefined":
        return "pushUndefined(vm)";
      case "register":
        return `pushRegister(vm, frame, ${value.register})`;
      case "constant":
        return `pushConstant(vm, ${value.index})`;
    }
  }

  private string(text: string): string {
    return this.context.constants.string(text);
  }

  private emitTerminator(terminator: Terminator, next: number | null): void {
    const { p } = this;
    switch (terminator.kind) {
      case "jump":
        this.emitEdge(terminator.edge, next);
        return;
      case "branch":
        p.block("if (A.popBoolean(vm)) {", () => this.emitEdge(terminator.whenTrue, null));
        this.emitEdge(terminator.whenFalse, next);
        return;
      case "wait": {
        const { instruction } = terminator;
        const loaded =
          instruction.name === "WaitForFrame" ? `isFrameLoaded(vm, frame, ${instruction.frame})` : "isFrameLoaded2(vm, frame)";
        p.block(`if (A.${loaded}) {`, () => this.emitEdge(terminator.loaded, null));
        this.emitEdge(terminator.notLoaded, next);
        return;
      }
      case "with":
        p.block("if (A.withAction(vm, frame)) {", () => this.emitEdge(terminator.body, null));
        this.emitEdge(terminator.skipped, next);
        return;
      case "try": {
        const i = this.tries.indexOf(terminator.instruction);
        p.line(`state_${i} = A.enterTry(vm);`);
        p.line(`scope_${i} = A.currentScope(vm, frame);`);
        this.emitEdge(terminator.body, next);
        return;
      }
      case "return":
        if (this.unit.kind === "function") this.emitEnd(terminator.exits, true);
        else this.emitEnd(terminator.exits, false);
        return;
      case "end":
        this.emitEnd(terminator.exits, false);
        return;
      case "throw":
        p.line("A.throwAction(vm);");
        return;
    }
  }

  /** Return and End: through the finally clauses that are in the way. */
  private emitEnd(exits: readonly Region[], withValue: boolean): void {
    const { p } = this;
    if (withValue) p.line("A.returnValue(vm);");
    else p.line("A.returnUndefined(vm);");
    const clause = this.firstFinally(exits);
    if (clause !== null) {
      if (withValue) p.line(`A.keepResult(vm, saved + ${clause.index * 8});`);
      this.enterFinally(clause, withValue ? AFTER_RETURN : AFTER_END);
      return;
    }
    p.line("break dispatch;");
  }

  /** Goes to a block, leaving regions on the way. `next`: block that follows in the text. */
  private emitEdge(edge: Edge, next: number | null): void {
    const { p } = this;
    for (let i = 0; i < edge.exits.length; i++) {
      const region = edge.exits[i];
      if (region.kind === "with") {
        p.line("A.leaveWith(vm, frame);");
        continue;
      }
      const instruction = region.instruction as TryInstruction;
      if (region.kind === "finally") {
        if (this.isCompletion(edge, instruction)) this.emitCompletion(instruction, { ...edge, exits: edge.exits.slice(i + 1) });
        continue;
      }
      if (instruction.finallyBody !== null) {
        const rest = { target: edge.target, exits: edge.exits.slice(i + 1) };
        this.enterFinally({ region, instruction, index: this.tries.indexOf(instruction) }, this.continuation(instruction, rest));
        return;
      }
    }
    this.goto(edge.target, next);
  }

  private goto(target: number | null, next: number | null): void {
    if (target === null) {
      if (this.unit.kind === "function") this.p.line("A.returnUndefined(vm);");
      this.p.line("break dispatch;");
    } else if (target !== next) {
      if (this.isBackward(target)) this.p.line("if (--vm.fuel < 0) A.poll(vm);");
      this.p.line(`block = ${target};`);
      this.p.line("continue dispatch;");
    }
  }

  private isBackward(target: number): boolean {
    return (
      this.unit.graph.loops.some((loop) => loop.header === target) ||
      this.unit.graph.irreducibleEdges.some(({ to }) => to === target)
    );
  }

  private isCompletion(edge: Edge, instruction: TryInstruction): boolean {
    return edge.target === null
      ? instruction.end >= this.unit.range.end
      : this.unit.blocks[edge.target].offset === instruction.end;
  }

  private continuation(instruction: TryInstruction, edge: Edge): number {
    let list = this.continuations.get(instruction);
    if (list === undefined) {
      list = [];
      this.continuations.set(instruction, list);
    }
    const known = list.find((entry) => entry.edge.target === edge.target && entry.edge.exits.length === edge.exits.length);
    if (known !== undefined) return known.code;
    const code = FIRST_AFTER_EDGE + list.length;
    list.push({ edge, code });
    return code;
  }

  private firstFinally(exits: readonly Region[]): { region: Region; instruction: TryInstruction; index: number } | null {
    for (const region of exits) {
      if (region.kind === "with") {
        this.p.line("A.leaveWith(vm, frame);");
        continue;
      }
      const instruction = region.instruction as TryInstruction;
      if (region.kind !== "finally" && instruction.finallyBody !== null) {
        return { region, instruction, index: this.tries.indexOf(instruction) };
      }
    }
    return null;
  }

  private enterFinally(clause: { region: Region; instruction: TryInstruction; index: number }, after: number): void {
    const { p } = this;
    p.line(`after_${clause.index} = ${after};`);
    const edge = this.finallyEdge(clause.instruction, clause.region);
    if (edge === null) {
      // An empty clause: straight on.
      p.line("continue dispatch;");
      return;
    }
    this.goto(edge.target, null);
  }

  private finallyEdge(instruction: TryInstruction, region: Region): Edge | null {
    for (const block of this.unit.blocks) {
      const { terminator } = block;
      if (terminator.kind === "try" && terminator.instruction === instruction && block.region === region.parent)
        return terminator.finallyBody;
    }
    return null;
  }

  /** The end of a finally clause: goes on with what led into it. */
  private emitCompletion(instruction: TryInstruction, plain: Edge): void {
    const { p } = this;
    const i = this.tries.indexOf(instruction);
    p.line(`if (after_${i} === ${AFTER_THROW}) A.resumeException(vm, saved + ${i * 8});`);
    const region = this.unit.regions.find((candidate) => candidate.instruction === instruction && candidate.kind === "finally");
    const outer = enclosingRegions(region?.parent ?? null);
    p.block(`if (after_${i} === ${AFTER_RETURN}) {`, () => {
      p.line(`A.restoreResult(vm, saved + ${i * 8});`);
      this.finishThrough(outer, i);
    });
    p.block(`if (after_${i} === ${AFTER_END}) {`, () => {
      p.line("A.returnUndefined(vm);");
      this.finishThrough(outer, null);
    });
    for (const { edge, code } of this.continuations.get(instruction) ?? []) {
      if (edge.target === plain.target && edge.exits.length === plain.exits.length) continue;
      p.block(`if (after_${i} === ${code}) {`, () => this.emitEdge(edge, null));
    }
  }

  /** A return that has run one finally clause: through the next ones outwards. */
  private finishThrough(outer: readonly Region[], returning: number | null): void {
    const clause = this.firstFinally(outer);
    if (clause === null) {
      this.p.line("break dispatch;");
      return;
    }
    if (returning !== null) this.p.line(`A.keepResult(vm, saved + ${clause.index * 8});`);
    this.enterFinally(clause, returning !== null ? AFTER_RETURN : AFTER_END);
  }

  /** What a JavaScript exception leads to, by the block that was running. */
  private emitHandlers(): void {
    const { p, unit } = this;
    const groups = new Map<string, { blocks: number[]; handler: Handler }>();
    for (const block of unit.blocks) {
      const handler = this.handlerOf(block.region);
      if (handler === null) continue;
      const key = `${handler.index} ${handler.kind} ${handler.edge?.target}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { blocks: [block.id], handler });
      else group.blocks.push(block.id);
    }
    p.block("switch (block) {", () => {
      for (const { blocks, handler } of groups.values()) {
        for (const id of blocks) p.line(`case ${id}:`);
        p.block(
          "",
          () => {
            const i = handler.index;
            p.line(`A.caught(vm, error, state_${i}${p.type("!")});`);
            p.line(`A.restoreScope(vm, frame, scope_${i});`);
            if (handler.kind === "catch") {
              const { catchTarget } = handler.instruction;
              if (catchTarget.kind === "register") p.line(`A.catchInRegister(vm, frame, ${catchTarget.register});`);
              else p.line(`A.catchInVariable(vm, frame, ${this.string(catchTarget.name)});`);
            } else {
              p.line(`A.suspendException(vm, saved + ${i * 8});`);
              p.line(`after_${i} = ${AFTER_THROW};`);
            }
            const target = handler.edge?.target ?? null;
            p.line(`block = ${target ?? -1};`);
            p.line("continue;");
          },
          "",
        );
      }
      p.line("default:");
      p.line("  throw error;");
    });
  }

  private handlerOf(region: Region | null): Handler | null {
    for (let at = region; at !== null; at = at.parent) {
      if (at.instruction.name !== "Try" || at.kind === "finally" || at.kind === "with") continue;
      const instruction = at.instruction;
      const index = this.tries.indexOf(instruction);
      for (const block of this.unit.blocks) {
        const { terminator } = block;
        if (terminator.kind !== "try" || terminator.instruction !== instruction || block.region !== at.parent) continue;
        if (at.kind === "try" && terminator.catchBody !== null)
          return { kind: "catch", index, instruction, edge: terminator.catchBody };
        if (terminator.finallyBody !== null) return { kind: "finally", index, instruction, edge: terminator.finallyBody };
      }
    }
    return null;
  }
}

interface Handler {
  kind: "catch" | "finally";
  index: number;
  instruction: TryInstruction;
  edge: Edge | null;
}

function enclosingRegions(region: Region | null): Region[] {
  const regions: Region[] = [];
  for (let at = region; at !== null; at = at.parent) regions.push(at);
  return regions;
}
