// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock, CodeUnit } from "../../../bytecode/code-unit.ts";
import type { Instruction, PushValue } from "../../../bytecode/instruction.ts";
import { WITHOUT_EFFECT } from "../../simple-actions.ts";
import type { UnitContext } from "../../unit-emitter.ts";
import { isArithmetic, isUnary, operatorText, unaryText } from "../arithmetic.ts";
import type { ModuleFacts } from "../block-emitter.ts";
import type { UnitFacts } from "../facts.ts";
import { moveOnStack } from "../stack-moves.ts";
import { FramelessCalls } from "./frameless-calls.ts";
import {
  addressText,
  argumentText,
  constantText,
  copyState,
  FAIL,
  isLiteral,
  NeedsFrame,
  UNDEFINED,
  type Value,
} from "./frameless-way.ts";

/**
 * Frameless ways: ways through a function on which it allocates nothing and calls nothing, or one thing at the end, such as getters,
 * comparators, methods that pass on to others, and the last step of a recursion. They run before the frame is opened. Every check stands
 * before the first effect, so that where one fails the function simply begins anew with a frame; effects are stores, and come at the end.
 *
 * The graph is followed as a tree: text behind a join is emitted for each way that leads there.
 *
 * `frameless-way.ts` follows what is known on a way, `frameless-end.ts` makes the effects, `frameless-calls.ts` calls, and this file goes
 * through actions and blocks.
 */
export interface FramelessText {
  lines: readonly string[];
  /** No way needs the frame unless a check fails: the framed function can stand apart, and V8 inline this one. */
  isWhole: boolean;
}

/** Instructions along one way, and lines of text, past which the frame is the cheaper choice. */
const MAX_INSTRUCTIONS = 60;
const MAX_LINES = 200;

/** Text of the frameless ways of a function; null when it has none. */
export function framelessText(unit: CodeUnit, facts: UnitFacts, context: UnitContext, module: ModuleFacts): FramelessText | null {
  if (!facts.isLight || unit.swfVersion < 5 || unit.blocks.length === 0) return null;
  return new FramelessEmitter(unit, facts, context, module).emit();
}

class FramelessEmitter extends FramelessCalls {
  /** The function is probably called by `new`: what it writes to `this` is new there. */
  private readonly isConstructor: boolean;
  private readonly loopHeaders: ReadonlySet<number>;
  private isWhole = true;

  constructor(unit: CodeUnit, facts: UnitFacts, context: UnitContext, module: ModuleFacts) {
    super(unit, facts, context, module);
    this.isConstructor = module.constructorNames.has(unit.name);
    this.loopHeaders = new Set(unit.graph.loops.map(({ header }) => header));
  }

  emit(): FramelessText | null {
    const registers = new Map<number, Value>();
    for (const { register, source } of this.facts.inputs) {
      if (source === "this") registers.set(register, { kind: "slot", address: "self" });
      else if (typeof source === "object") registers.set(register, { kind: "slot", address: argumentText(source.parameter) });
      // `arguments`, `super` and `_global` are made by the frame.
      else registers.delete(register);
    }
    this.state = {
      stack: [],
      registers,
      numbers: new Map(),
      objects: new Map(),
      properties: new Map(),
      stores: [],
      additions: [],
      call: null,
      pool: this.unit.blocks[0].poolAtEntry,
      instructions: 0,
    };
    const way = this.way(0);
    if (way === null || way.length > MAX_LINES) return null;
    const resolved = this.guards.resolve(way, 0, FAIL);
    const lines = this.usesScope ? ["const scope = I32[(fn >> 2) + SCOPE];", ...resolved] : resolved;
    // The check of the argument count stands for all parameters at once: fewer arguments are rare.
    const count = Math.max(
      0,
      ...[...way.join("\n").matchAll(/\bargs(?: \+ (\d+))?\b/g)].map(([, bytes]) => Number(bytes ?? 0) / 8 + 1),
    );
    // The call is one level of recursion like any other.
    const entry = `${count === 0 ? "" : `argc >= ${count} && `}(vm.callee & OPEN) === 0 && vm.callsLeft > 0`;
    return { lines: [`frameless: if (${entry}) {`, ...lines.map((line) => `  ${line}`), "}"], isWhole: this.isWhole };
  }

  /** Text from the start of a block on; null when no way from there can do without the frame. */
  private way(id: number): string[] | null {
    const outside = this.lines;
    this.lines = [];
    this.guards.split();
    try {
      const block = this.unit.blocks[id];
      if (this.loopHeaders.has(id) || block.region !== null) throw new NeedsFrame();
      for (const instruction of block.instructions) this.action(instruction);
      this.terminate(block);
      return this.lines;
    } catch (error) {
      if (!(error instanceof NeedsFrame)) throw error;
      return null;
    } finally {
      this.lines = outside;
    }
  }

  private terminate(block: BasicBlock): void {
    const { terminator } = block;
    switch (terminator.kind) {
      case "jump":
        if (terminator.edge.target === null) this.finish({ kind: "constant", value: undefined });
        else this.append(this.way(terminator.edge.target));
        return;
      case "return":
        this.finish(this.pop());
        return;
      case "end":
        this.finish({ kind: "constant", value: undefined });
        return;
      case "branch": {
        if (this.state.call !== null) throw new NeedsFrame();
        const condition = this.condition(this.pop());
        const before = this.state;
        const follow = (target: number | null): string[] | null => {
          this.state = copyState(before);
          if (target !== null) return this.way(target);
          const outside = this.lines;
          this.lines = [];
          this.finish({ kind: "constant", value: undefined });
          const { lines } = this;
          this.lines = outside;
          return lines;
        };
        const whenTrue = follow(terminator.whenTrue.target);
        const whenFalse = follow(terminator.whenFalse.target);
        if (whenTrue === null && whenFalse === null) throw new NeedsFrame();
        if (whenTrue === null || whenFalse === null) this.isWhole = false;
        if (whenTrue === null) this.line(`if (${condition}) ${FAIL}`);
        else {
          this.line(`if (${condition}) {`);
          for (const line of whenTrue) this.line(`  ${line}`);
          this.line("}");
        }
        this.append(whenFalse ?? [FAIL]);
        return;
      }
      default:
        throw new NeedsFrame();
    }
  }

  private append(lines: readonly string[] | null): void {
    if (lines === null) throw new NeedsFrame();
    for (const line of lines) this.line(line);
  }

  // --- actions

  private action(instruction: Instruction): void {
    const { name } = instruction;
    if (++this.state.instructions > MAX_INSTRUCTIONS) throw new NeedsFrame();
    this.offset = instruction.offset;
    this.sites = 0;
    if (WITHOUT_EFFECT.has(name) || name === "If" || name === "Return") return;
    this.checkOrder(name);
    if (isArithmetic(name)) {
      const right = this.numberOf(this.pop());
      const left = this.numberOf(this.pop());
      if (name === "Modulo") this.pushRemainder(left, right);
      else this.pushNumber(operatorText(name, left, right));
      return;
    }
    if (isUnary(name)) {
      this.pushNumber(unaryText(name, this.numberOf(this.pop())));
      return;
    }
    if (moveOnStack(name, this)) return;
    switch (instruction.name) {
      case "Push":
        for (const value of instruction.values) this.push(this.pushed(value));
        return;
      case "StoreRegister":
        if (instruction.register >= this.facts.registerCount) throw new NeedsFrame();
        this.state.registers.set(instruction.register, this.state.stack[this.state.stack.length - 1] ?? UNDEFINED);
        return;
      case "Add2": {
        const right = this.pop();
        const left = this.pop();
        if (left.kind === "truth" || right.kind === "truth") throw new NeedsFrame();
        const b = this.numberOf(right);
        this.pushNumber(`(${this.numberOf(left)} + ${b})`);
        return;
      }
      case "Less2":
        this.compare("<");
        return;
      case "Greater":
        this.compare(">");
        return;
      case "Equals2":
        this.equals();
        return;
      case "Not":
        this.push({ kind: "truth", text: `!(${this.condition(this.pop())})`, ordered: null });
        return;
      case "GetMember":
        this.getMember();
        return;
      case "SetMember":
        this.setMember();
        return;
      case "GetVariable": {
        const name = this.pop();
        const stored = this.storedValue("scope", constantText(name) ?? "");
        this.push(stored ?? { kind: "slot", address: this.variable(name), field: constantText(name)?.toLowerCase() });
        return;
      }
      case "SetVariable": {
        const value = this.pop();
        const name = this.pop();
        this.store(this.variable(name), "scope", constantText(name) ?? "", value);
        return;
      }
      case "CallMethod":
        this.callMethod();
        return;
      case "CallFunction":
        this.callFunction();
        return;
      default:
        throw new NeedsFrame();
    }
  }

  private pushed(value: PushValue): Value {
    switch (value.kind) {
      case "string":
      case "boolean":
      case "number":
      case "integer":
        return { kind: "constant", value: value.value };
      case "null":
        return { kind: "constant", value: null };
      case "undefined":
        return UNDEFINED;
      case "register": {
        if (value.register >= this.facts.registerCount) throw new NeedsFrame();
        const known = this.state.registers.get(value.register);
        const isMade = this.facts.inputs.some(({ register }) => register === value.register);
        if (known === undefined && isMade) throw new NeedsFrame();
        return known ?? UNDEFINED;
      }
      case "constant": {
        const text = this.state.pool?.[value.index];
        if (text === undefined) throw new NeedsFrame();
        return { kind: "constant", value: text };
      }
    }
  }

  private compare(sign: "<" | ">"): void {
    const right = this.pop();
    const left = this.pop();
    const b = this.numberOf(right);
    const a = this.numberOf(left);
    const text = `${a} ${sign} ${b}`;
    this.push({ kind: "truth", text, ordered: `${text} || ${a} ${sign === "<" ? ">=" : "<="} ${b}` });
  }

  private equals(): void {
    const right = this.pop();
    const left = this.pop();
    const nothing = [left, right].find((value) => value.kind === "constant" && value.value == null);
    if (nothing !== undefined) {
      this.equalsNothing(nothing === left ? right : left);
      return;
    }
    const b = this.numberOf(right);
    const a = this.numberOf(left);
    // What NaN equals depends on the player's version.
    if (!isLiteral(left) && !isLiteral(right)) this.check(`${a} === ${a}`);
    this.push({ kind: "truth", text: `${a} === ${b}`, ordered: null });
  }

  /** `value == null`. */
  private equalsNothing(value: Value): void {
    if (value.kind !== "slot") throw new NeedsFrame();
    const site = this.site();
    const tag = this.local("k", `I32[(${value.address} >> 2) + 1]`);
    const object = `I32[${addressText(value.address)} >> 2]`;
    const isPlain = `${tag} === OBJECT && I32[(${object} >> 2) + SHAPE] === I32[${site}] && vm.epoch === I32[${site} + 1]`;
    this.check(`${tag} <= NULL || ${isPlain}`);
    this.push({ kind: "truth", text: `${tag} >= TAGS && ${tag} <= NULL`, ordered: null });
  }

  private getMember(): void {
    const index = this.pop();
    const target = this.pop();
    const name = constantText(index);
    if (name === null) {
      const slot = this.element(target, index);
      this.check(`I32[(${slot} >> 2) + 1] !== HOLE`);
      this.push({ kind: "slot", address: slot, field: "" });
      return;
    }
    const added = this.isSelf(target) ? this.state.additions.find((addition) => addition.name === name.toLowerCase()) : undefined;
    const object = this.objectOf(target);
    const field = name.toLowerCase();
    const stored = added?.value ?? this.storedValue(object, name);
    this.push(stored ?? { kind: "slot", address: this.property(target, name, false), field, object });
  }

  private setMember(): void {
    const value = this.pop();
    const index = this.pop();
    const target = this.pop();
    const name = constantText(index);
    if (name === null) throw new NeedsFrame();
    if (this.isConstructor && this.isSelf(target)) {
      this.addProperty(target, name, value);
      return;
    }
    const slot = this.property(target, name, true);
    this.store(slot, this.objectOf(target), name, value);
  }
}
