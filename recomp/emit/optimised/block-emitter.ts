// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock, CodeUnit } from "../../bytecode/code-unit.ts";
import { formatOffset } from "../../bytecode/disassemble.ts";
import type { Instruction } from "../../bytecode/instruction.ts";
import type { Printer } from "../text.ts";
import type { UnitContext } from "../unit-emitter.ts";
import { UnitEmitter } from "../unit-emitter.ts";
import { addressOf, emitKeep, freezeRegister } from "./access.ts";
import { MAX_DEPTH, NotOptimisable, type UnitFacts } from "./facts.ts";
import { liveRegisters } from "./liveness.ts";
import type { Operand } from "./operands.ts";
import { Places, repeatedNames } from "./places.ts";
import { type KnownValue, mentions, RegisterPlan } from "./registers.ts";
import { accessKey } from "./sites.ts";

/** A unit that is called by its name in the module. */
export interface KnownUnit {
  unit: CodeUnit;
  index: number;
  functionName: string;
  usesSuper: boolean;
  /** It is told which function called it, as `arguments.caller`. */
  seesCaller: boolean;
  parameterCount: number;
  /** Constant pool with which it begins. */
  pool: readonly string[] | null;
}

/** What the optimised emitter knows of the whole module. */
export interface ModuleFacts {
  /** Units by the name under which they are probably called. */
  unitsByName: ReadonlyMap<string, readonly KnownUnit[]>;
  /** Names that `new` is applied to. */
  constructorNames: ReadonlySet<string>;
  /** Emit known callees as direct calls (-O2). */
  directCalls: boolean;
  /** No code of the module sets a constant pool. */
  hasNoPools: boolean;
}

/** Thrown when a unit that was taken for one with a light frame turns out to need a full one. */
export class NeedsFullFrame extends Error {}

/**
 * What the emitters of actions work on: the operand stack and the registers of the block that is emitted, the unit's
 * temporaries and locals. How blocks hang together is `OptimisedEmitter`'s.
 */
export abstract class BlockEmitter extends UnitEmitter {
  readonly facts: UnitFacts;
  readonly module: ModuleFacts;
  readonly registers: RegisterPlan;
  /** The operand stack while a block is emitted. */
  stack: Operand[] = [];
  written = new Set<number>();
  /** What registers hold that have been given a copy of something else in this block. */
  readonly known = new Map<number, KnownValue>();
  /** Where properties lie that the block has accessed. */
  places = new Places();
  readonly repeatedNames: ReadonlySet<string>;
  /** Constant pool in force. */
  pool: readonly string[] | null = null;
  /** With-bodies around the block. */
  withDepth = 0;
  block!: BasicBlock;
  /** Temporaries in use: stack positions that need an owned slot, with their index among the slots. */
  private readonly temporaries = new Map<number, number>();
  /** Locals declared at the top: joins, positions of name lists. */
  readonly declared = new Set<string>();
  /** Bytes of the outgoing area. */
  outgoingBytes = 0;
  /** Names that DefineLocal defines; null once one is not known. */
  localNames: Set<string> | null;
  usesTraits = false;
  /** Functions of the module are told by their code numbers. */
  usesOwnCode = false;
  /** Some way leaves the function with an exception. */
  usesUnwinding = false;
  usesScope = false;
  usesLocal = false;
  /** Variables of the function around this one are looked for in its activation. */
  usesOuter = false;
  /** The unit has ConstantPool actions of its own. */
  changesPool = false;
  /** Number of stack positions with the elements of an array that the next CallMethod, of `apply`, takes as its second argument. */
  applied: number | null = null;
  private instructionIndex = 0;
  private instructionOffset = 0;
  private instructionSites = 0;
  private nextLocal = 0;
  /** For each block the registers that are read after it. */
  protected readonly live: readonly ReadonlySet<number>[];

  constructor(unit: CodeUnit, context: UnitContext, module: ModuleFacts, facts: UnitFacts) {
    super(unit, context);
    this.facts = facts;
    this.module = module;
    this.registers = new RegisterPlan(facts);
    this.localNames = new Set(["this", "arguments", "super", ...unit.parameters.map(({ name }) => name.toLowerCase())]);
    this.live = liveRegisters(unit);
    this.repeatedNames = repeatedNames(unit);
  }

  /** Statement that goes where an exception leads that has been raised, or with which a function has returned. */
  abstract unwindText(): string;

  /** Whether what is emitted now will stand in the text, block after block. */
  abstract get isStructuredText(): boolean;

  abstract isAnalysing(): boolean;

  /** The text begins anew: so do the names of locals. */
  protected restartLocals(): void {
    this.nextLocal = 0;
  }

  /** The instruction at an index of the block is about to be emitted. */
  protected beginInstruction(index: number): void {
    const instruction = this.block.instructions[index];
    this.instructionIndex = index;
    this.instructionOffset = instruction.offset;
    this.instructionSites = 0;
    this.markPosition(instruction);
  }

  /** All that the opening of the function depends on and that writing text may add to. */
  protected layout(): string {
    const { usesTraits, usesOwnCode, usesUnwinding, usesScope, usesLocal, usesOuter, outgoingBytes } = this;
    const uses = [usesTraits, usesOwnCode, usesUnwinding, usesScope, usesLocal, usesOuter, this.changesPool].map(Number).join("");
    return `${uses} ${this.temporaries.size} ${this.declared.size} ${outgoingBytes} ${this.registers.layout}`;
  }

  /** Slots that the frame owns besides registers: temporaries, then what finally clauses keep. */
  get slotCount(): number {
    return this.temporaries.size + this.tries.length;
  }

  /** Stack positions with an owned slot, with its index. */
  get temporarySlots(): ReadonlyMap<number, number> {
    return this.temporaries;
  }

  get tryCount(): number {
    return this.tries.length;
  }

  get code(): CodeUnit {
    return this.unit;
  }

  get names(): UnitContext {
    return this.context;
  }

  get out(): Printer {
    return this.p;
  }

  declareTries(): void {
    this.emitTryLocals();
  }

  protected override emitTryLocals(): void {
    const { p } = this;
    this.tries.forEach((_, i) => {
      p.line(`let state_${i}${p.type(': ReturnType<Abi["actions"]["enterTry"]> | null')} = null;`);
      p.line(`let scope_${i} = 0;`);
      p.line(`let pending_${i} = 0;`);
    });
  }

  /** Text for the owned slot of a stack position. */
  temporary(position: number): string {
    if (!this.temporaries.has(position)) this.temporaries.set(position, this.temporaries.size);
    return `t${position}`;
  }

  /** InitArray of a literal that `apply` takes apart again: its elements stay on the stack. */
  keepForApply(): boolean {
    const count = this.stack[this.stack.length - 1];
    if (count?.kind !== "constant" || typeof count.value !== "number") return false;
    if (!(count.value >= 0 && count.value < Math.min(this.stack.length, MAX_DEPTH))) return false;
    this.stack.pop();
    this.applied = Math.trunc(count.value);
    return true;
  }

  /** Expression for an access site of the instruction that is emitted: the same one however often that happens. */
  site(): string {
    return this.context.constants.site(accessKey(this.context.unitIndex, this.instructionOffset, this.instructionSites++));
  }

  /** A name for a new local. */
  local(prefix: string): string {
    return `${prefix}${this.nextLocal++}`;
  }

  needFullFrame(): void {
    if (this.facts.isLight) throw new NeedsFullFrame();
  }

  push(operand: Operand): void {
    this.stack.push(operand);
  }

  pop(): Operand {
    const top = this.stack.pop();
    if (top === undefined) return { kind: "constant", value: undefined };
    if (top.kind === "names") throw new NotOptimisable("a for..in list used as a value");
    return top;
  }

  /** Whether the value on top of the stack is dropped right after the instruction that is emitted. */
  get dropsNext(): boolean {
    return this.block.instructions[this.instructionIndex + 1]?.name === "Pop";
  }

  /** Whether the value on top of the stack only decides where the block goes on, right after the instruction that is emitted. */
  get branchesNext(): boolean {
    const { instructions, terminator } = this.block;
    return (
      terminator.kind === "branch" &&
      instructions.slice(this.instructionIndex + 1).every(({ name }) => name === "Not" || name === "If")
    );
  }

  /** Whether the function returns the value on top of the stack right after the instruction that is emitted. */
  get returnsNext(): boolean {
    const { instructions, terminator, region } = this.block;
    const rest = instructions.slice(this.instructionIndex + 1);
    const isLast = rest.every(({ name }) => name === "Return");
    return isLast && terminator.kind === "return" && region === null && this.facts.isLight;
  }

  /**
   * Whether nobody reads a register's value after the instruction that is emitted, which has taken it off the stack: what the
   * register's slot owns may then be moved.
   */
  isLastUse(register: number): boolean {
    const { block } = this;
    if (block.region !== null || !this.facts.isLight || this.registers.isNumber(register)) return false;
    if (!this.registers.isStored(register) || !this.registers.hasSlot(register)) return false;
    if (this.stack.some((operand) => mentions(operand, register))) return false;
    for (const { value } of this.known.values()) if (mentions(value, register)) return false;
    for (const instruction of block.instructions.slice(this.instructionIndex + 1)) {
      if (instruction.name === "StoreRegister" && instruction.register === register) return true;
      if (instruction.name !== "Push") continue;
      if (instruction.values.some((value) => value.kind === "register" && value.register === register)) return false;
    }
    return !this.live[block.id].has(register);
  }

  /** Registers change: what the stack and other registers show of their old values is put in safety. */
  beforeStore(register: number): void {
    for (const [copy, { value }] of this.known) {
      if (copy !== register && mentions(value, register)) {
        this.registers.settle(this, copy);
        this.known.delete(copy);
      }
    }
    this.known.delete(register);
    this.places.forgetRegister(register);
    freezeRegister(this, register);
  }

  /** Number of loops: units without need no fuel. */
  get hasLoops(): boolean {
    return this.unit.graph.loops.length > 0;
  }

  protected override hasOwnScope(): boolean {
    return !this.facts.isLight;
  }

  protected catchInRegister(register: number): void {
    this.registers.catchException(this, register);
  }

  /** Hands an operand to the literal actions' stack. */
  pushLiterally(operand: Operand): void {
    this.p.line(`O.push(vm, ${addressOf(this, operand, this.stack.length)});`);
  }

  /** The unit runs other code: what the stack borrows is put in safety, and nothing is known any more of where properties lie. */
  keepPending(): void {
    this.keepBorrowed();
    this.places.forget();
  }

  /** The unit writes memory: what the stack borrows is put in safety. */
  keepBorrowed(): void {
    this.stack.forEach((operand, position) => {
      if (operand.kind === "slot" && !operand.stable) emitKeep(this, operand.address, this.temporary(position));
    });
    this.stack = this.stack.map((operand) =>
      operand.kind === "slot" && !operand.stable ? { ...operand, stable: true } : operand,
    );
  }

  /** Statements that put in safety what the stack borrows, for a way on which other code runs. */
  keepStatements(): string[] {
    const statements = this.places.reset;
    this.stack.forEach((operand, position) => {
      if (operand.kind !== "slot" || operand.stable) return;
      statements.push(`${operand.address} = O.keep(${operand.address}, ${this.temporary(position)});`);
    });
    return statements;
  }

  instructionComment(instruction: Instruction): string {
    return `// ${formatOffset(instruction.offset)} ${instruction.name}`;
  }
}
