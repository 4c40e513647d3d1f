// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock } from "../../bytecode/code-unit.ts";
import type { Instruction, PushValue } from "../../bytecode/instruction.ts";
import { WITHOUT_EFFECT } from "../simple-actions.ts";
import { numberLiteral } from "../text.ts";
import { isArithmetic, isUnary, operatorText, unaryText } from "./arithmetic.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { ONE_NUMBER } from "./intrinsics.ts";
import type { Operand } from "./operands.ts";
import { ShapeGuards } from "./shape-guards.ts";
import { accessKey } from "./sites.ts";
import { moveOnStack } from "./stack-moves.ts";
import { isCachedIn, isOuter, isSpecial, mayBeLocal } from "./variables.ts";

/**
 * Number runs: statements of one block that only compute with numbers, which they find in registers, properties and
 * array elements and leave there. A run is emitted twice. First with every check before the first effect: shapes, array
 * bounds and types are looked at once for all accesses, then the arithmetic follows without a question. Where a check fails the
 * general text does the same statements. V8 sees hardly more than the checks and the arithmetic: text that never ran is
 * not compiled.
 *
 * Checks can come first because a run only ever writes numbers where a number, or something that is not counted, has been: no
 * check that held can fail later. Loads stay in order with the stores of the same name, which may be to the same place.
 */
interface NumberRun {
  /** Index of the first instruction after the run. */
  end: number;
  /** Text for inside a block labelled `numbers`, which it leaves where a check fails. */
  lines: readonly string[];
}

/** Accesses below which a run is not worth its text, and above which its text gets too long. */
const FEWEST_ACCESSES = 2;
const MOST_ACCESSES = 40;

/** `early`: the text mentions only what is known before the first effect. */
interface Numeric {
  text: string;
  early: boolean;
}

type Value =
  | { kind: "text"; text: string }
  | ({ kind: "number" } & Numeric)
  /** What a register held before the run. */
  | { kind: "register"; register: number }
  /** A place in memory, by the local with its address; `name`: of the property or variable, in lower case, null for an array's element. */
  | { kind: "slot"; address: string; name: string | null };

/** Thrown at the first thing that a run can't do. */
class EndOfRun extends Error {}

/**
 * Emits the longest run that begins at an instruction.
 * @param general emits one instruction as ever
 * @returns index of the instruction after the run; null when there is none that is worth it, and nothing is emitted then
 */
export function emitNumberRun(
  e: BlockEmitter,
  block: BasicBlock,
  start: number,
  general: (index: number) => void,
): number | null {
  if (!e.isStructuredText || block.region !== null || e.stack.length > 0 || e.code.swfVersion < 5) return null;
  if (e.facts.hasGlobalRegisters || !startsRun(block.instructions, start)) return null;
  // Both texts must find registers alike: what is put off is written now, which is known to be right for numbers.
  const pending = [...e.known].filter(([, { isPending }]) => isPending);
  if (pending.some(([, { value }]) => !isNumeric(value))) return null;
  const run = new NumberRunEmitter(e).emit(block.instructions, start);
  if (run === null) return null;
  settleAll(e);
  const places = e.places.copy();
  const label = e.local("run");
  e.out.block(`${label}: {`, () => {
    e.out.block("numbers: {", () => {
      for (const line of run.lines) e.out.line(line);
      e.out.line(`break ${label};`);
    });
    for (let index = start; index < run.end; index++) general(index);
    settleAll(e);
  });
  e.places.keepCommon(places);
  return run.end;
}

function settleAll(e: BlockEmitter): void {
  for (const [register] of e.known) e.registers.settle(e, register);
  e.known.clear();
}

function isNumeric(value: Operand): boolean {
  return value.kind === "number" || (value.kind === "constant" && typeof value.value === "number");
}

/** A quick look: most statements call something first. */
function startsRun(instructions: readonly Instruction[], start: number): boolean {
  for (let i = start; i < instructions.length; i++) {
    const { name } = instructions[i];
    if (name === "GetMember" || name === "SetMember" || isArithmetic(name)) return true;
    if (name !== "Push" && name !== "PushDuplicate" && name !== "StoreRegister" && name !== "Pop") return false;
  }
  return false;
}

class NumberRunEmitter {
  private readonly e: BlockEmitter;
  /** What comes before the first effect, and what comes after. */
  private readonly checks: string[] = [];
  private readonly effects: string[] = [];
  private readonly stack: Value[] = [];
  /** What registers are to hold after the run. */
  private registers = new Map<number, Numeric>();
  /** Numbers that are still where they were read, by address; what is there is called as in `Value`. */
  private readonly numbers = new Map<string, Numeric & { name: string | null }>();
  /** Addresses where a number is for certain. */
  private readonly numeric = new Set<string>();
  private readonly checked = new Set<string>();
  /** Locals with addresses, pointers and words of headers, by what they stand for. */
  private readonly places = new Map<string, string>();
  private readonly guards: ShapeGuards;
  private accesses = 0;
  /** Names under which the run has stored so far, null for elements: what has another name is not where it stored. */
  private readonly storedNames = new Set<string | null>();
  /** Offset of the action. */
  private offset = 0;

  constructor(e: BlockEmitter) {
    this.e = e;
    this.guards = new ShapeGuards(e.names.constants, e.names.unitIndex);
  }

  emit(instructions: readonly Instruction[], start: number): NumberRun | null {
    let end = start;
    let state = this.save();
    try {
      for (let i = start; i < instructions.length && this.accesses < MOST_ACCESSES; i++) {
        this.action(instructions[i]);
        if (this.stack.length > 0) continue;
        end = i + 1;
        state = this.save();
      }
    } catch (error) {
      if (!(error instanceof EndOfRun)) throw error;
    }
    if (state.accesses < FEWEST_ACCESSES) return null;
    this.checks.length = state.checks;
    this.effects.length = state.effects;
    this.registers = state.registers;
    this.commitRegisters();
    return { end, lines: this.guards.resolve([...this.checks, ...this.effects], state.accesses, "break numbers;") };
  }

  /** What has to be restored when the statement that follows turns out to be none of the run. */
  private save(): { checks: number; effects: number; accesses: number; registers: Map<number, Numeric> } {
    const { checks, effects, accesses, registers } = this;
    return { checks: checks.length, effects: effects.length, accesses, registers: new Map(registers) };
  }

  private check(condition: string): void {
    if (this.checked.has(condition)) return;
    this.checked.add(condition);
    this.checks.push(`if (!(${condition})) break numbers;`);
  }

  /** A local; one that does not depend on effects is computed among the checks. */
  private local(prefix: string, text: string, early: boolean): string {
    const name = this.e.local(prefix);
    (early ? this.checks : this.effects).push(`const ${name} = ${text};`);
    return name;
  }

  // --- actions

  private action(instruction: Instruction): void {
    const { name } = instruction;
    this.offset = instruction.offset;
    if (isArithmetic(name)) {
      const right = this.numberOf(this.pop());
      const left = this.numberOf(this.pop());
      this.push(this.combine(operatorText(name, left.text, right.text), left, right));
      return;
    }
    if (isUnary(name)) {
      const number = this.numberOf(this.pop());
      this.push(this.combine(unaryText(name, number.text), number));
      return;
    }
    if (moveOnStack(name, this)) return;
    switch (instruction.name) {
      case "Push":
        for (const value of instruction.values) this.push(this.pushed(value));
        return;
      case "Add2": {
        const right = this.numberOf(this.pop());
        const left = this.numberOf(this.pop());
        this.push(this.combine(`(${left.text} + ${right.text})`, left, right));
        return;
      }
      case "StoreRegister":
        this.storeRegister(instruction.register);
        return;
      case "GetVariable":
        this.getVariable();
        return;
      case "GetMember":
        this.getMember();
        return;
      case "CallMethod":
        this.callMathFunction();
        return;
      case "SetMember":
        this.setMember();
        return;
      default:
        if (!WITHOUT_EFFECT.has(name) || name === "If" || name === "Return") throw new EndOfRun();
    }
  }

  push(value: Value): void {
    this.stack.push(value);
  }

  pop(): Value {
    const value = this.stack.pop();
    if (value === undefined) throw new EndOfRun();
    return value;
  }

  private combine(text: string, ...operands: Numeric[]): Value {
    const early = operands.every((operand) => operand.early);
    if (text.length <= 60) return { kind: "number", text, early };
    return { kind: "number", text: this.local("n", text, early), early };
  }

  private pushed(value: PushValue): Value {
    switch (value.kind) {
      case "string":
        return { kind: "text", text: value.value };
      case "constant": {
        const text = this.e.pool?.[value.index];
        if (text === undefined) throw new EndOfRun();
        return { kind: "text", text };
      }
      case "number":
      case "integer":
        return { kind: "number", text: numberLiteral(value.value), early: true };
      case "register":
        return this.register(value.register);
      default:
        throw new EndOfRun();
    }
  }

  private register(register: number): Value {
    const { registers } = this.e;
    const written = this.registers.get(register);
    if (written !== undefined) return { kind: "number", ...written };
    const isRead = registers.exists(register) && registers.isUsed(register) && !registers.isVirtual(register);
    if (!isRead) throw new EndOfRun();
    return { kind: "register", register };
  }

  /** A value as a number: a check that fails for all that would have to be converted. */
  private numberOf(value: Value): Numeric {
    switch (value.kind) {
      case "number":
        return value;
      case "register": {
        const { guard, value: text } = this.e.registers.asNumber(value.register);
        if (guard !== null) this.check(guard);
        return { text, early: true };
      }
      case "slot": {
        const known = this.numbers.get(value.address);
        if (known !== undefined) return known;
        const { address, name } = value;
        const early = !this.storedNames.has(name);
        if (!early) this.checkNumber(address);
        const text = this.local("n", `F64[${address} >> 3]`, early);
        // Whatever else lies in a slot is a NaN as a double. Numbers that are one are left to the general text.
        if (early) this.check(`${text} === ${text}`);
        this.numeric.add(address);
        const number = { text, early, name };
        this.numbers.set(address, number);
        return number;
      }
      default:
        throw new EndOfRun();
    }
  }

  /** Makes sure of a number that may be overwritten before it is read. */
  private checkNumber(address: string): void {
    if (!this.numeric.has(address)) this.check(`I32[(${address} >> 2) + 1] < TAGS`);
    this.numeric.add(address);
  }

  /** Text for the pointer of a value that has to be an object. */
  private objectOf(value: Value): string {
    if (value.kind === "register") {
      if (this.e.registers.isNumber(value.register)) throw new EndOfRun();
      this.check(`r${value.register}t === OBJECT`);
      return `r${value.register}`;
    }
    if (value.kind !== "slot") throw new EndOfRun();
    const known = this.places.get(`object ${value.address}`);
    if (known !== undefined) return known;
    this.check(`I32[(${value.address} >> 2) + 1] === OBJECT`);
    const object = this.local("o", `I32[${value.address} >> 2]`, true);
    this.places.set(`object ${value.address}`, object);
    return object;
  }

  /** Address of an own property where the site knows the object's shape. Sites of reads and writes know different things. */
  private property(object: string, name: string, access: "read" | "write"): string {
    this.accesses++;
    const key = `${access} ${object} ${name}`;
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const read = this.places.get(`read ${object} ${name}`);
    const shape = this.headerOf(object, "SHAPE");
    const slots = this.headerOf(object, "SLOTS");
    const { offset, line } = this.guards.access(shape, this.site(), this.offset, this.accesses, read === undefined);
    if (line !== null) this.checks.push(line);
    // An object of a shape that both sites know has the property in one place.
    const slot = read ?? this.local("a", `${slots} + ${offset}`, true);
    this.places.set(key, slot);
    return slot;
  }

  /** A word of an object's header, which nothing in a run changes. */
  private headerOf(object: string, word: "SHAPE" | "SLOTS" | "ELEMENTS" | "COUNT"): string {
    const key = `${word} ${object}`;
    let local = this.places.get(key);
    if (local === undefined) {
      local = this.local("h", `I32[(${object} >> 2) + ${word}]`, true);
      this.places.set(key, local);
    }
    return local;
  }

  private element(object: string, index: Value): string {
    const number = this.numberOf(index);
    // Where the element lies must be known before anything is written.
    if (!number.early) throw new EndOfRun();
    this.accesses++;
    const key = `element ${object} ${number.text}`;
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const position = `position ${number.text}`;
    let at = this.places.get(position);
    if (at === undefined) {
      const text = /^[\w.]+$/.test(number.text) ? number.text : this.local("n", number.text, true);
      at = this.local("at", `${text} | 0`, true);
      this.places.set(position, at);
      this.check(`${at} === ${text}`);
    }
    this.check(`(I32[(${object} >> 2) + 1] & 0xff) === ARRAY`);
    this.check(`${at} >>> 0 < ${this.headerOf(object, "COUNT")}`);
    const slot = this.local("a", `${this.headerOf(object, "ELEMENTS")} + (${at} << 3)`, true);
    this.places.set(key, slot);
    return slot;
  }

  /** A variable that the function's scope chain finds where it was found last. */
  private getVariable(): void {
    const { e } = this;
    const name = this.pop();
    if (name.kind !== "text" || !e.facts.isLight) throw new EndOfRun();
    if (isSpecial(e, name.text) || mayBeLocal(e, name.text) || isOuter(e, name.text)) throw new EndOfRun();
    e.usesScope = true;
    const site = this.site();
    this.check(isCachedIn("scope", site));
    this.push({ kind: "slot", address: this.local("a", `I32[${site} + 2]`, true), name: name.text.toLowerCase() });
  }

  /** A method of one number that is Math's own. */
  private callMathFunction(): void {
    const name = this.pop();
    const target = this.pop();
    const count = this.pop();
    if (name.kind !== "text" || !Object.hasOwn(ONE_NUMBER, name.text)) throw new EndOfRun();
    if (count.kind !== "number" || count.text !== "1") throw new EndOfRun();
    const argument = this.numberOf(this.pop());
    const object = this.objectOf(target);
    const site = this.site();
    this.check(`${this.headerOf(object, "SHAPE")} === I32[${site}] && vm.epoch === I32[${site} + 1]`);
    const fn = this.local("f", `I32[${site} + 2] || O.ownMethod(vm, ${object}, ${site})`, true);
    const code = this.e.names.constants.intrinsic(`Math_${name.text}`);
    this.check(`${fn} !== 0 && O.isNativeCode(vm, ${fn}, ${code})`);
    this.push(this.combine(`${ONE_NUMBER[name.text]}(${argument.text})`, argument));
  }

  /** The site that the general text has for the same access. */
  private site(): string {
    const { constants, unitIndex } = this.e.names;
    return constants.site(accessKey(unitIndex, this.offset, 0));
  }

  private getMember(): void {
    const index = this.pop();
    const object = this.objectOf(this.pop());
    if (index.kind !== "text") this.push({ kind: "slot", address: this.element(object, index), name: null });
    else if (index.text === "length") throw new EndOfRun();
    else this.push({ kind: "slot", address: this.property(object, index.text, "read"), name: index.text.toLowerCase() });
  }

  private setMember(): void {
    const value = this.pop();
    const index = this.pop();
    const object = this.objectOf(this.pop());
    const name = index.kind === "text" ? index.text.toLowerCase() : null;
    const number = this.stored(value);
    const slot = index.kind === "text" ? this.property(object, index.text, "write") : this.element(object, index);
    if (name === null) {
      this.check(`(I32[(${object} >> 2) + 1] & WATCHED) === 0`);
      this.checkNumber(slot);
    } else if (!this.numeric.has(slot)) this.check(`I32[(${slot} >> 2) + 1] < REFERENCES`);
    // What is on the stack has been read before.
    if (this.stack.some(({ kind }) => kind === "slot")) throw new EndOfRun();
    this.storedNames.add(name);
    // Two objects, or two numbers that are indexes, may be one.
    for (const [address, known] of this.numbers) if (known.name === name) this.numbers.delete(address);
    this.effects.push(`F64[${slot} >> 3] = ${number.text};`);
  }

  private storeRegister(register: number): void {
    const { registers } = this.e;
    if (!registers.exists(register) || registers.isVirtual(register)) throw new EndOfRun();
    if (!registers.isStored(register) || !registers.isUsed(register)) throw new EndOfRun();
    if (!registers.isNumber(register) && !registers.hasSlot(register)) throw new EndOfRun();
    const number = this.stored(this.pop());
    this.registers.set(register, number);
    this.push({ kind: "number", ...number });
  }

  /** A number that outlives the statement. What is only moved from a property may well be something else than a number. */
  private stored(value: Value): Numeric {
    if (value.kind === "slot" && value.name !== null) throw new EndOfRun();
    if (value.kind === "register" && !this.e.registers.isNumber(value.register)) throw new EndOfRun();
    const number = this.numberOf(value);
    if (/^(-?[\d.]+|n\d+)$/.test(number.text)) return number;
    return { text: this.local("n", number.text, number.early), early: number.early };
  }

  private commitRegisters(): void {
    const { registers } = this.e;
    for (const [register, { text }] of this.registers) {
      const r = `r${register}`;
      if (registers.isNumber(register)) this.effects.push(`${r} = ${text};`);
      else {
        this.check(`${r}t < REFERENCES`);
        this.effects.push(`${r}d = ${text}; F64[${registers.address(register)} >> 3] = ${r}d; ${r}t = 0;`);
      }
    }
  }
}
