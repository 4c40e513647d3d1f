// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock, CodeUnit, Edge, Region } from "../../bytecode/code-unit.ts";
import { formatOffset } from "../../bytecode/disassemble.ts";
import { emitLiteral } from "../literal.ts";
import type { UnitContext } from "../unit-emitter.ts";
import { addressOf, conditionText, isEndOf } from "./access.ts";
import { emitAction } from "./actions.ts";
import { isAppliedLiteral } from "./apply.ts";
import { BlockEmitter, type ModuleFacts, NeedsFullFrame } from "./block-emitter.ts";
import { analyseFacts, MAX_DEPTH, NotOptimisable, type UnitFacts } from "./facts.ts";
import { type FramelessText, framelessText } from "./frameless/frameless.ts";
import { borrowedRegisters, emitEpilogue, emitPrologue, emitReturnValue } from "./frames.ts";
import { joinOperand, transferToJoin } from "./joins.ts";
import { loopConstants } from "./loop-constants.ts";
import { emitNumberRun } from "./number-runs/number-runs.ts";
import { type JoinType, joinTypeOf, meet, NeedsArguments, type Operand, sameType } from "./operands.ts";
import { Places } from "./places.ts";

/**
 * Emits a unit with values in JavaScript locals (-O1, -O2), or literally where its code is out of the ordinary: operand stack
 * depths that differ between ways, cycles with several entries, very large units.
 * @returns why the unit was left to the literal emitter, null when it was not
 */
export function emitOptimised(unit: CodeUnit, context: UnitContext, module: ModuleFacts): string | null {
  try {
    const facts = analyseFacts(unit);
    for (const form of formsOf(facts)) {
      const light = form.isLight;
      const frameless = light && context.positions === null ? framelessText(unit, facts, context, module) : null;
      const isApart = frameless?.isWhole === true;
      const framed = isApart ? { ...context, functionName: `${context.functionName}_framed` } : context;
      const emitter = new OptimisedEmitter(unit, framed, module, { ...facts, ...form }, isApart ? null : frameless);
      try {
        emitter.emit();
        if (isApart) printFrameless(context, framed.functionName, frameless);
        return null;
      } catch (error) {
        if (!(error instanceof NeedsFullFrame || error instanceof NeedsArguments)) throw error;
      }
    }
    return "no frame fits";
  } catch (error) {
    if (!(error instanceof NotOptimisable)) throw error;
    context.printer.line(`// Literal: ${error.message}.`);
    emitLiteral(unit, context);
    return error.message;
  }
}

/** The forms that a unit may have, cheapest first; emitting it shows whether one fits. */
function formsOf(facts: UnitFacts): Pick<UnitFacts, "isLight" | "virtualArguments">[] {
  const forms = [{ isLight: false, virtualArguments: false }];
  if (!facts.isLight) return forms;
  forms.unshift({ isLight: true, virtualArguments: false });
  if (facts.inputs.some(({ source }) => source === "arguments")) forms.unshift({ isLight: true, virtualArguments: true });
  return forms;
}

/** A function that V8 can inline where it is called, and that leaves the rest to the framed one. */
function printFrameless({ printer, functionName }: UnitContext, framedName: string, { lines }: FramelessText): void {
  const number = printer.type(": number");
  const signature = `function ${functionName}(fn${number}, self${number}, args${number}, argc${number})${printer.type(": void")} {`;
  printer.line("");
  printer.block(signature, () => {
    for (const line of lines) printer.line(line);
    printer.line(`${framedName}(fn, self, args, argc);`);
  });
}

/** State of the operand stack and the registers where a block begins. */
interface EntryState {
  stack: JoinType[];
  /** Registers that have been written on every way here, as bits; beyond 31 they are taken for unwritten. */
  written: Set<number>;
}

/** Depth of nested structures past which control flow is emitted as a dispatch over blocks. */
const MAX_NESTING = 100;

export class OptimisedEmitter extends BlockEmitter {
  private readonly entries: (EntryState | null)[];
  private analysing = true;
  private changed = false;
  private readonly structured: boolean;
  /** Blocks whose text is placed behind a labelled block, as several ways lead to them. */
  private readonly merges: boolean[];
  private readonly dominated: number[][];

  /** Text that runs before the frame is opened. */
  private readonly frameless: FramelessText | null;

  constructor(unit: CodeUnit, context: UnitContext, module: ModuleFacts, facts: UnitFacts, frameless: FramelessText | null) {
    super(unit, context, module, facts);
    this.frameless = frameless;
    this.entries = unit.blocks.map(() => null);
    if (unit.graph.irreducibleEdges.length > 0) throw new NotOptimisable("a cycle with several entries");
    this.dominated = unit.blocks.map(() => []);
    for (const { id } of unit.blocks) if (id > 0) this.dominated[unit.graph.immediateDominator[id]].push(id);
    this.merges = unit.blocks.map(({ id, predecessors }) => predecessors.filter((from) => from < id).length > 1);
    this.structured = !facts.hasHandlers && this.nesting() <= MAX_NESTING;
  }

  private nesting(): number {
    const depth = new Int32Array(this.unit.blocks.length);
    let deepest = 0;
    for (const { id } of this.unit.blocks) {
      if (id > 0) depth[id] = depth[this.unit.graph.immediateDominator[id]] + 1;
      deepest = Math.max(deepest, depth[id]);
    }
    return deepest;
  }

  emit(): void {
    const printer = this.p;
    this.p = printer.sibling();
    this.analyse();
    // What a function opens with depends on its text: where the text asks for more than was known, it is written again.
    let known: string;
    do {
      known = this.layout();
      this.p = printer.sibling();
      this.emitFunction();
    } while (this.layout() !== known);
    printer.append(this.p);
  }

  // --- analysis

  private analyse(): void {
    const { blocks } = this.unit;
    if (blocks.length === 0) {
      this.analysing = false;
      return;
    }
    do {
      this.changed = false;
      this.entries.fill(null);
      this.entries[0] = { stack: [], written: new Set(this.facts.inputs.map(({ register }) => register)) };
      let again = true;
      for (let round = 0; again; round++) {
        if (round > 50) throw new NotOptimisable("types that do not settle");
        again = false;
        for (const block of blocks) {
          const before = this.entries[block.id];
          if (before === null) continue;
          this.joinsChanged = false;
          this.emitBlock(block);
          again ||= this.joinsChanged;
        }
        this.p = this.p.sibling();
      }
      for (const register of this.registers.takeDemoted()) {
        void register;
        this.changed = true;
      }
    } while (this.changed);
    this.analysing = false;
  }

  private joinsChanged = false;
  /** What is known where the next block begins, when it is entered from only one place. */
  private placesAtEntry: Places | null = null;

  /** A way leads to a block with the present state. */
  private mergeInto(target: number): void {
    if (this.stack.length > MAX_DEPTH) throw new NotOptimisable("a deep operand stack");
    const types = this.stack.map(joinTypeOf);
    const known = this.entries[target];
    if (known === null) {
      this.entries[target] = { stack: types, written: new Set(this.written) };
      this.joinsChanged = true;
      return;
    }
    if (known.stack.length !== types.length) throw new NotOptimisable("operand stacks of different depth meet");
    for (let i = 0; i < types.length; i++) {
      const met = meet(known.stack[i], types[i]);
      if (met === null) throw new NotOptimisable("a for..in list meets a value");
      if (!sameType(met, known.stack[i])) {
        known.stack[i] = met;
        this.joinsChanged = true;
      }
    }
    for (const register of known.written) {
      if (this.written.has(register)) continue;
      known.written.delete(register);
      this.joinsChanged = true;
    }
  }

  // --- text

  private emitFunction(): void {
    const { p, unit } = this;
    const number = p.type(": number");
    this.restartLocals();
    this.markLines(unit.range.start);
    p.line(`// bytes ${formatOffset(unit.range.start)} to ${formatOffset(unit.range.end)}`);
    const signature = `function ${this.context.functionName}(fn${number}, self${number}, args${number}, argc${number})${p.type(": void")} {`;
    p.block(signature, () => {
      for (const line of this.frameless?.lines ?? []) p.line(line);
      emitPrologue(this);
      const body = (): void => {
        if (unit.blocks.length === 0) this.finish(false);
        else if (this.structured) this.emitTree(0);
        else this.emitDispatch();
      };
      p.withFirst(
        () => {
          if (!this.usesUnwinding) {
            body();
            return;
          }
          p.block("thrown: {", body);
          emitEpilogue(this, true);
        },
        (text) => borrowedRegisters(this, text),
      );
    });
  }

  unwindText(): string {
    return this.unwindFrom(this.block.region);
  }

  private unwindFrom(region: Region | null): string {
    if (this.handlerOf(region) !== null) return "break dispatch;";
    this.usesUnwinding = true;
    return "break thrown;";
  }

  protected override emitResume(slot: string, around: Region | null): void {
    this.p.line(`O.raiseAgain(vm, ${slot});`);
    this.p.line(this.unwindFrom(around));
  }

  private loadEntry(block: BasicBlock): void {
    const entry = this.entries[block.id];
    if (entry === null) throw new NotOptimisable("a block that no way leads to");
    this.stack = entry.stack.map((type, position) => joinOperand(this, type, position));
    this.written = new Set(entry.written);
    this.pool = block.poolAtEntry;
    this.block = block;
    this.known.clear();
    this.places = this.placesAtEntry ?? new Places();
    this.placesAtEntry = null;
    this.withDepth = 0;
    for (let region = block.region; region !== null; region = region.parent) if (region.kind === "with") this.withDepth++;
  }

  private emitBlock(block: BasicBlock): void {
    this.loadEntry(block);
    this.applied = null;
    for (let index = 0; index < block.instructions.length; ) {
      index = emitNumberRun(this, block, index, (at) => this.emitInstruction(block, at)) ?? this.emitInstruction(block, index);
    }
    for (const [register] of this.known) if (this.live[block.id].has(register)) this.registers.settle(this, register);
    this.known.clear();
    this.emitTerminator(block);
  }

  /** @returns index of the next one */
  private emitInstruction(block: BasicBlock, index: number): number {
    const instruction = block.instructions[index];
    if (instruction.name === "InitArray" && isAppliedLiteral(this, block.instructions, index) && this.keepForApply())
      return index + 1;
    this.beginInstruction(index);
    emitAction(this, instruction);
    return index + 1;
  }

  get isStructuredText(): boolean {
    return !this.analysing && this.structured;
  }

  // --- control flow

  private emitTerminator(block: BasicBlock): void {
    const { p } = this;
    const { terminator } = block;
    switch (terminator.kind) {
      case "jump":
        this.follow(terminator.edge);
        return;
      case "branch": {
        const operand = this.pop();
        const condition = conditionText(this, operand);
        this.fork(condition, terminator.whenTrue, terminator.whenFalse, operand);
        return;
      }
      case "wait": {
        const { instruction } = terminator;
        this.places.forget();
        if (instruction.name === "WaitForFrame2") this.pushLiterally(this.pop());
        const loaded =
          instruction.name === "WaitForFrame" ? `isFrameLoaded(vm, frame, ${instruction.frame})` : "isFrameLoaded2(vm, frame)";
        this.fork(`A.${loaded}`, terminator.loaded, terminator.notLoaded, null);
        return;
      }
      case "with":
        this.places.forget();
        this.pushLiterally(this.pop());
        this.fork("A.withAction(vm, frame)", terminator.body, terminator.skipped, null);
        return;
      case "try": {
        if (this.stack.length > 0) throw new NotOptimisable("values on the operand stack at a try");
        const i = this.tries.indexOf(terminator.instruction);
        p.line(`state_${i} = A.enterTry(vm);`);
        p.line(`scope_${i} = ${this.facts.isLight ? "0" : "A.currentScope(vm, frame)"};`);
        const { catchBody, finallyBody } = terminator;
        for (const edge of [catchBody, finallyBody])
          if (edge !== null && edge.target !== null && this.analysing) this.mergeInto(edge.target);
        this.follow(terminator.body);
        return;
      }
      case "return": {
        const value = this.pop();
        const isFunction = this.unit.kind === "function";
        if (isFunction) this.emitResult(value);
        this.emitEnd(block.region, isFunction);
        return;
      }
      case "end":
        this.emitEnd(block.region, false);
        return;
      case "throw": {
        const position = this.stack.length - 1;
        const value = this.pop();
        p.line(`O.raise(vm, ${addressOf(this, value, position)});`);
        p.line(this.unwindText());
        return;
      }
    }
  }

  /** Two ways, each with its own copy of the state. */
  private fork(condition: string, whenTrue: Edge, whenFalse: Edge, tested: Operand | null): void {
    const { stack, written, block } = this;
    const saved = { pool: this.pool, withDepth: this.withDepth, places: this.places };
    const take = (edge: Edge, truth: boolean): void => {
      this.stack = [...stack];
      this.written = new Set(written);
      this.block = block;
      this.pool = saved.pool;
      this.withDepth = saved.withDepth;
      this.places = saved.places.copy();
      if (tested !== null) isEndOf(this, tested, truth);
      this.follow(edge);
    };
    this.p.block(`if (${condition}) {`, () => take(whenTrue, true));
    take(whenFalse, false);
  }

  private follow(edge: Edge): void {
    this.emitEdge(edge, null);
  }

  protected goto(target: number | null): void {
    if (target === null) {
      this.finish(false);
      return;
    }
    if (this.analysing) {
      this.mergeInto(target);
      return;
    }
    const entry = this.entries[target];
    if (entry === null) throw new NotOptimisable("a way that was not analysed");
    transferToJoin(this, entry.stack);
    const isBackward = this.isBackward(target) && target <= this.block.id;
    if (isBackward) this.p.line("if (--fuel === 0) fuel = O.refuel(vm);");
    if (!this.structured) {
      this.p.line(`block = ${target};`);
      this.p.line("continue dispatch;");
    } else if (isBackward) this.p.line(`continue loop_${target};`);
    else if (this.merges[target]) this.p.line(`break to_${target};`);
    else {
      if (!this.loopHeaders.has(target)) this.placesAtEntry = this.places;
      this.emitTree(target);
    }
  }

  /** A block and all that it dominates. */
  private emitTree(id: number): void {
    const isLoop = this.loopHeaders.has(id);
    const body = (): void =>
      this.emitWithin(
        this.unit.blocks[id],
        this.dominated[id].filter((child) => this.merges[child]).sort((a, b) => a - b),
      );
    if (isLoop) this.p.blockWithFirst(`loop_${id}: for (;;) {`, body, loopConstants);
    else body();
  }

  /** A block inside the labelled blocks of the places that follow it. */
  private emitWithin(block: BasicBlock, following: number[]): void {
    const last = following[following.length - 1];
    if (last === undefined) {
      this.emitBlock(block);
      return;
    }
    this.p.block(`to_${last}: {`, () => this.emitWithin(block, following.slice(0, -1)));
    this.emitTree(last);
  }

  private emitDispatch(): void {
    const { p, unit } = this;
    const hasHandlers = this.tries.length > 0;
    p.line("let block = 0;");
    const dispatch = (): void => {
      const cases = (): void => {
        p.block("switch (block) {", () => {
          for (const block of unit.blocks) {
            p.line(`case ${block.id}:`);
            p.block("{", () => {
              if (hasHandlers) p.line(`block = ${block.id};`);
              this.emitBlock(block);
            });
          }
        });
        p.line("break;");
      };
      p.blockWithFirst("dispatch: for (;;) {", cases, loopConstants);
    };
    if (!hasHandlers) {
      dispatch();
      return;
    }
    p.block("for (;;) {", () => {
      p.line(`let error${p.type(": unknown")} = null;`);
      p.block(
        "try {",
        () => {
          dispatch();
          p.line("if (vm.thrown === 0) break;");
        },
        "} catch (signal) {",
      );
      p.indented(() => p.line("error = signal;"));
      p.line("}");
      this.emitHandlers();
    });
    // A handler whose clause is empty and ends the unit comes here.
    this.finish(false);
  }

  protected finish(withValue: boolean): void {
    emitEpilogue(this, withValue);
  }

  private emitResult(value: Operand): void {
    emitReturnValue(this, value);
  }

  isAnalysing(): boolean {
    return this.analysing;
  }
}
