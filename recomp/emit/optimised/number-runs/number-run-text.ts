// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Instruction, PushValue } from "../../../bytecode/instruction.ts";
import { WITHOUT_EFFECT } from "../../simple-actions.ts";
import { numberLiteral } from "../../text.ts";
import { isArithmetic, isUnary, operatorText, unaryText } from "../arithmetic.ts";
import { candidatesFor } from "../dispatch.ts";
import { ONE_NUMBER } from "../intrinsics.ts";
import { moveOnStack } from "../stack-moves.ts";
import { isCachedIn, isOuter, isSpecial, mayBeLocal } from "../variables.ts";
import { isFormula } from "./formulas.ts";
import { EndOfRun, NumberRunPlaces, type Numeric, type Value } from "./number-run-places.ts";

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
export interface NumberRun {
  /** Index of the first instruction after the run. */
  end: number;
  /** Text for inside a block labelled `numbers`, which it leaves where a check fails. */
  lines: readonly string[];
}

/** Accesses below which a run is not worth its text, and above which its text gets too long. */
const FEWEST_ACCESSES = 2;
const MOST_ACCESSES = 40;

/** Writes the text of one run. */
export class NumberRunText extends NumberRunPlaces {
  private stack: Value[] = [];
  /** What registers are to hold after the run. */
  private registers = new Map<number, Numeric>();
  /** Registers of the function whose text is being written where it is called; null outside of one. */
  private inlined: Map<number, Numeric> | null = null;

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
      case "CallFunction":
        this.callFormula();
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
    if (this.inlined !== null) {
      const known = this.inlined.get(register);
      if (known === undefined) throw new EndOfRun();
      return { kind: "number", ...known };
    }
    const written = this.registers.get(register);
    if (written !== undefined) return { kind: "number", ...written };
    const isRead = registers.exists(register) && registers.isUsed(register) && !registers.isVirtual(register);
    if (!isRead) throw new EndOfRun();
    return { kind: "register", register };
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

  /** Writes a function of the module that is a formula where it is called by its name. */
  private callFormula(): void {
    const { e } = this;
    const name = this.pop();
    const count = this.pop();
    if (this.inlined !== null || name.kind !== "text" || count.kind !== "number") throw new EndOfRun();
    const candidates = candidatesFor(e, name.text);
    if (candidates.length !== 1 || !isFormula(candidates[0].unit)) throw new EndOfRun();
    const [{ unit, index }] = candidates;
    const registers = new Map<number, Numeric>();
    for (let i = 0; i < Number(count.text); i++) {
      const argument = this.named(this.numberOf(this.pop()));
      const register = unit.parameters[i]?.register ?? 0;
      if (register !== 0) registers.set(register, argument);
    }
    this.push(name);
    this.getVariable();
    const fn = this.objectOf(this.pop());
    e.usesOwnCode = true;
    this.check(`(I32[(${fn} >> 2) + 1] & 0xff) === FUNCTION && I32[(${fn} >> 2) + CODE] === own + ${index}`);
    // The call is one level of recursion like any other.
    this.check("vm.callsLeft > 0");
    this.accesses++;
    const { stack } = this;
    this.stack = [];
    this.inlined = registers;
    for (const instruction of unit.blocks[0].instructions) if (instruction.name !== "Return") this.formulaAction(instruction);
    const result = this.numberOf(this.pop());
    this.inlined = null;
    this.stack = stack;
    this.push({ kind: "number", ...result });
  }

  /** An action of a formula. Its place in the caller's code stays that of the call. */
  private formulaAction(instruction: Instruction): void {
    const { offset } = this;
    this.action(instruction);
    this.offset = offset;
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
    if (this.inlined !== null) {
      const number = this.named(this.numberOf(this.pop()));
      this.inlined.set(register, number);
      this.push({ kind: "number", ...number });
      return;
    }
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
    return this.named(this.numberOf(value));
  }

  /** A number whose text may be repeated. */
  private named(number: Numeric): Numeric {
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
