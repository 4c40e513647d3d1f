// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock, CodeUnit } from "../bytecode/code-unit.ts";
import { formatOffset } from "../bytecode/disassemble.ts";
import type { Instruction, PushValue } from "../bytecode/instruction.ts";
import { SIMPLE_HELPERS, WITHOUT_EFFECT } from "./simple-actions.ts";
import { numberLiteral } from "./text.ts";
import { type UnitContext, UnitEmitter } from "./unit-emitter.ts";

/**
 * Literal translation (-O0): one helper per action in bytecode order, operands on the machine's operand stack, control flow as
 * a dispatch over basic blocks. Slow and obviously right: the oracle for every other level.
 */
export function emitLiteral(unit: CodeUnit, context: UnitContext): void {
  new LiteralEmitter(unit, context).emit();
}

class LiteralEmitter extends UnitEmitter {
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
        if (unit.kind === "function") p.line("A.leaveFunction(vm, frame);");
        p.line("A.restoreFloor(vm, floor);");
      },
    );
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
    for (const instruction of block.instructions) {
      this.markPosition(instruction);
      this.emitInstruction(instruction);
    }
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

  protected goto(target: number | null, next: number | null): void {
    if (target === null) {
      if (this.unit.kind === "function") this.p.line("A.returnUndefined(vm);");
      this.p.line("break dispatch;");
    } else if (target !== next) {
      if (this.isBackward(target)) this.p.line("if (--vm.fuel < 0) A.poll(vm);");
      this.p.line(`block = ${target};`);
      this.p.line("continue dispatch;");
    }
  }

  protected finish(withValue: boolean): void {
    if (!withValue) this.p.line("A.returnUndefined(vm);");
    this.p.line("break dispatch;");
  }

  protected catchInRegister(register: number): void {
    this.p.line(`A.catchInRegister(vm, frame, ${register});`);
  }
}
