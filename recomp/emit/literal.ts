// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock, CodeUnit, Edge, Region } from "../bytecode/code-unit.ts";
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

/** What goes on when a finally clause has run, instead of what follows it: codes in the emitted local `pending_N`. */
const PENDING_NOTHING = 0;
const PENDING_THROW = 1;
const PENDING_RETURN = 2;
const PENDING_END = 3;

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
      p.line(`let pending_${i} = 0;`);
    });
  }

  private emitBlocks(): void {
    const { p, unit } = this;
    const hasHandlers = this.tries.length > 0;
    if (unit.blocks.length === 1 && !hasHandlers && unit.blocks[0].successors.length === 0) {
      p.block("dispatch: {", () => {
        this.emitInstructions(unit.blocks[0]);
        this.emitTerminator(unit.blocks[0], null);
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
              this.emitTerminator(block, next);
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
      p.indented(() => this.emitHandlers());
      p.line("}");
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
      case "GetMember":
        emit(`getMemberAction(vm, ${this.context.constants.cacheSite()})`);
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

  private emitTerminator({ terminator, region }: BasicBlock, next: number | null): void {
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
        if (this.unit.kind === "function") p.line("A.returnValue(vm);");
        this.emitEnd(region, this.unit.kind === "function");
        return;
      case "end":
        this.emitEnd(region, false);
        return;
      case "throw":
        p.line("A.throwAction(vm);");
        return;
    }
  }

  /** Return and End in a region: through the finally clauses around it. The result stands in the result slot. */
  private emitEnd(region: Region | null, withValue: boolean): void {
    const { p } = this;
    for (let at = region; at !== null; at = at.parent) {
      if (at.kind === "with") {
        p.line("A.leaveWith(vm, frame);");
        continue;
      }
      const clause = at.kind === "finally" ? null : this.finallyEdge(at);
      if (clause === null) continue;
      const i = this.tries.indexOf(at.instruction as TryInstruction);
      if (withValue) p.line(`A.keepResult(vm, saved + ${i * 8});`);
      p.line(`pending_${i} = ${withValue ? PENDING_RETURN : PENDING_END};`);
      this.goto(clause.target, null);
      return;
    }
    if (!withValue) p.line("A.returnUndefined(vm);");
    p.line("break dispatch;");
  }

  /** Goes to a block, leaving regions on the way. `next`: block that follows in the text. */
  private emitEdge(edge: Edge, next: number | null): void {
    const { p } = this;
    for (const { region, isEnd } of edge.exits) {
      if (region.kind === "with") {
        p.line("A.leaveWith(vm, frame);");
        continue;
      }
      const instruction = region.instruction as TryInstruction;
      if (instruction.finallyBody === null) continue;
      const i = this.tries.indexOf(instruction);
      if (region.kind === "finally" && isEnd) this.emitCompletion(region, i);
      else p.line(`pending_${i} = ${PENDING_NOTHING};`);
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

  /** The way into the finally clause of the Try that a try or catch region belongs to, or null. */
  private finallyEdge(region: Region): Edge | null {
    for (const { terminator, region: around } of this.unit.blocks) {
      if (terminator.kind === "try" && terminator.instruction === region.instruction && around === region.parent)
        return terminator.finallyBody;
    }
    return null;
  }

  /** The end of a finally clause: goes on with what led into it, if that was no normal end. */
  private emitCompletion(region: Region, i: number): void {
    const { p } = this;
    p.block(`if (pending_${i} === ${PENDING_THROW}) {`, () => {
      // The regions inside the clause have been left: their handlers must not see what is thrown on.
      p.line(`block = ${this.afterRegion(region)};`);
      p.line(`A.resumeException(vm, saved + ${i * 8});`);
    });
    p.block(`if (pending_${i} === ${PENDING_RETURN}) {`, () => {
      p.line(`A.restoreResult(vm, saved + ${i * 8});`);
      this.emitEnd(region.parent, true);
    });
    p.block(`if (pending_${i} === ${PENDING_END}) {`, () => this.emitEnd(region.parent, false));
  }

  /** Number that stands for "just past this region" where a block's number is expected. */
  private afterRegion(region: Region): number {
    return this.unit.blocks.length + region.id;
  }

  /** What a JavaScript exception leads to, by the block that was running. */
  private emitHandlers(): void {
    const { p, unit } = this;
    const groups = new Map<string, { blocks: number[]; handler: Handler }>();
    const places = unit.blocks.map(({ id, region }) => ({ id, region }));
    for (const region of unit.regions)
      if (region.kind === "finally") places.push({ id: this.afterRegion(region), region: region.parent });
    for (const block of places) {
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
        p.indented(() => {
          const i = handler.index;
          p.line(`A.caught(vm, error, state_${i}${p.type("!")});`);
          p.line(`A.restoreScope(vm, frame, scope_${i});`);
          if (handler.kind === "catch") {
            const { catchTarget } = handler.instruction;
            if (catchTarget.kind === "register") p.line(`A.catchInRegister(vm, frame, ${catchTarget.register});`);
            else p.line(`A.catchInVariable(vm, frame, ${this.string(catchTarget.name)});`);
          } else {
            p.line(`A.suspendException(vm, saved + ${i * 8});`);
            p.line(`pending_${i} = ${PENDING_THROW};`);
          }
          const target = handler.edge?.target ?? null;
          p.line(`block = ${target ?? -1};`);
          p.line("continue;");
        });
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
