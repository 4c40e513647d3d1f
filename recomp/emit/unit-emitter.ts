// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CodeUnit, Edge, Region } from "../bytecode/code-unit.ts";
import { formatOffset } from "../bytecode/disassemble.ts";
import type { Instruction, TryInstruction } from "../bytecode/instruction.ts";
import type { ModuleConstants } from "./module-constants.ts";
import { placeMark } from "./source-map.ts";
import { type Printer, quote } from "./text.ts";

/** What the emitters of all levels are told of the unit and its module. */
export interface UnitContext {
  printer: Printer;
  constants: ModuleConstants;
  /** Identifier of the emitted function. */
  functionName: string;
  /** Text for people of where the unit is, where actions are to tell the machine their place; null when they are not. */
  positions: string | null;
  /** Id of the action block, where lines are to be marked for a source map; null where they are not. */
  mappedBlock: number | null;
  /** Names, in lower case, that the function around the unit probably has as variables; empty for scripts and what they define. */
  outerNames: ReadonlySet<string>;
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

/**
 * What all levels share: regions that are left on the way from block to block, finally clauses, exception handlers. The
 * emitted locals are `saved` (slots for what a finally clause interrupts) and for each Try `state_N`, `scope_N`, `pending_N`.
 */
export abstract class UnitEmitter {
  protected readonly unit: CodeUnit;
  protected readonly context: UnitContext;
  protected p: Printer;
  /** Try instructions of the unit, in order; their index names the emitted locals. */
  protected readonly tries: TryInstruction[] = [];

  /** Blocks that begin a natural loop, and those at which a cycle with several entries is entered again. */
  protected readonly loopHeaders: ReadonlySet<number>;
  private readonly irreducibleTargets: ReadonlySet<number>;

  constructor(unit: CodeUnit, context: UnitContext) {
    this.loopHeaders = new Set(unit.graph.loops.map(({ header }) => header));
    this.irreducibleTargets = new Set(unit.graph.irreducibleEdges.map(({ to }) => to));
    this.unit = unit;
    this.context = context;
    this.p = context.printer;
    for (const region of unit.regions) {
      if (region.instruction.name === "Try" && !this.tries.includes(region.instruction)) this.tries.push(region.instruction);
    }
  }

  /** Control goes to a block, or ends the unit (null). `next`: block that follows in the text. */
  protected abstract goto(target: number | null, next: number | null): void;

  /** The unit ends; the result stands in the result slot unless it is to be undefined. */
  protected abstract finish(withValue: boolean): void;

  /** The handler of `try` number `index` has caught an exception that goes to a register. */
  protected abstract catchInRegister(register: number): void;

  /** Whether the frame has a scope chain of its own, which a handler has to put back. */
  protected hasOwnScope(): boolean {
    return true;
  }

  /** What is printed from now on comes from the action at an offset. */
  protected markLines(offset: number): void {
    const { mappedBlock } = this.context;
    if (mappedBlock !== null) this.p.mark = placeMark(mappedBlock, offset);
  }

  /** Tells the machine which action comes next, for reports that name places, and marks its lines. */
  protected markPosition({ name, offset }: Instruction): void {
    const { positions } = this.context;
    this.markLines(offset);
    if (positions !== null) this.p.line(`A.mark(vm, ${quote(`${positions}, byte ${formatOffset(offset)}, ${name}`)});`);
  }

  protected string(text: string): string {
    return this.context.constants.string(text);
  }

  protected emitTryLocals(): void {
    if (this.tries.length === 0) return;
    const { p } = this;
    p.line(`const saved = A.openFrame(vm, ${this.tries.length});`);
    this.tries.forEach((_, i) => {
      p.line(`let state_${i}${p.type(": ReturnType<typeof A.enterTry> | null")} = null;`);
      p.line(`let scope_${i} = 0;`);
      p.line(`let pending_${i} = 0;`);
    });
  }

  /** Return and End in a region: through the finally clauses around it. The result stands in the result slot. */
  protected emitEnd(region: Region | null, withValue: boolean): void {
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
    this.finish(withValue);
  }

  /** Goes to a block, leaving regions on the way. `next`: block that follows in the text. */
  protected emitEdge(edge: Edge, next: number | null): void {
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

  protected isBackward(target: number): boolean {
    return this.loopHeaders.has(target) || this.irreducibleTargets.has(target);
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
      this.emitResume(`saved + ${i * 8}`, region.parent);
    });
    p.block(`if (pending_${i} === ${PENDING_RETURN}) {`, () => {
      p.line(`A.restoreResult(vm, saved + ${i * 8});`);
      this.emitEnd(region.parent, true);
    });
    p.block(`if (pending_${i} === ${PENDING_END}) {`, () => this.emitEnd(region.parent, false));
  }

  /** What a finally clause has interrupted is thrown again, outside of it. */
  protected emitResume(slot: string, around: Region | null): void {
    void around;
    this.p.line(`A.resumeException(vm, ${slot});`);
  }

  /** Number that stands for "just past this region" where a block's number is expected. */
  protected afterRegion(region: Region): number {
    return this.unit.blocks.length + region.id;
  }

  /** What a JavaScript exception leads to, by the block that was running. */
  protected emitHandlers(): void {
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
          if (this.hasOwnScope()) p.line(`A.restoreScope(vm, frame, scope_${i});`);
          if (handler.kind === "catch") {
            const { catchTarget } = handler.instruction;
            if (catchTarget.kind === "register") this.catchInRegister(catchTarget.register);
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

  protected handlerOf(region: Region | null): Handler | null {
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
