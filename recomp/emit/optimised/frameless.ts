// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BasicBlock, CodeUnit } from "../../bytecode/code-unit.ts";
import type { Instruction, PushValue } from "../../bytecode/instruction.ts";
import { WITHOUT_EFFECT } from "../simple-actions.ts";
import { numberLiteral } from "../text.ts";
import type { UnitContext } from "../unit-emitter.ts";
import { isArithmetic, operatorText } from "./arithmetic.ts";
import type { UnitFacts } from "./facts.ts";
import type { ConstantValue } from "./operands.ts";
import { accessKey } from "./sites.ts";

/**
 * Frameless ways: ways through a function on which it calls nothing and allocates nothing, such as getters, comparators and
 * the last step of a recursion. They run before the frame is opened. Every check stands before the first effect, so that
 * where one fails the function simply begins anew with a frame; effects are stores of numbers and of arguments.
 *
 * The graph is followed as a tree: text behind a join is emitted for each way that leads there.
 */
export interface FramelessText {
  lines: readonly string[];
  /** No way needs the frame unless a check fails: the framed function can stand apart, and V8 inline this one. */
  isWhole: boolean;
}

/** Instructions along one way, and lines of text, past which the frame is the cheaper choice. */
const MAX_INSTRUCTIONS = 60;
const MAX_LINES = 80;

type Value =
  | { kind: "constant"; value: ConstantValue }
  /** A JavaScript expression of numbers over locals that never change. */
  | { kind: "number"; text: string }
  /** A JavaScript condition; as a value it is a boolean only where `ordered` (null: always) holds, undefined elsewhere. */
  | { kind: "truth"; text: string; ordered: string | null }
  /** A value in memory; the text names the address. */
  | { kind: "slot"; address: string };

/** A store that is put off to the end of its way. */
interface Store {
  slot: string;
  /** Object and name, in lower case: to tell which loads it would have changed. */
  object: string;
  name: string;
  value: Value;
}

interface State {
  stack: Value[];
  registers: Map<number, Value>;
  /** Numbers read from a slot, objects found in one, by its address; properties by object and name. */
  numbers: Map<string, string>;
  objects: Map<string, string>;
  properties: Map<string, string>;
  stores: Store[];
  /** Properties that a constructor adds to its new object, in order. */
  additions: { site: string; value: Value; name: string }[];
  pool: readonly string[] | null;
  instructions: number;
}

/** Thrown at the first thing that needs a frame. */
class NeedsFrame extends Error {}

const FAIL = "break frameless;";

/**
 * Text of the frameless ways of a function; null when it has none.
 * @param isConstructor the function is probably called by `new`: what it writes to `this` is new there
 */
export function framelessText(
  unit: CodeUnit,
  facts: UnitFacts,
  context: UnitContext,
  isConstructor: boolean,
): FramelessText | null {
  if (!facts.isLight || unit.swfVersion < 5 || unit.blocks.length === 0) return null;
  return new FramelessEmitter(unit, facts, context, isConstructor).emit();
}

class FramelessEmitter {
  private readonly unit: CodeUnit;
  private readonly facts: UnitFacts;
  private readonly context: UnitContext;
  private readonly isConstructor: boolean;
  private readonly loopHeaders: ReadonlySet<number>;
  private lines: string[] = [];
  private nextLocal = 0;
  private isWhole = true;
  private usesScope = false;
  private state!: State;
  private offset = 0;
  private sites = 0;

  constructor(unit: CodeUnit, facts: UnitFacts, context: UnitContext, isConstructor: boolean) {
    this.isConstructor = isConstructor;
    this.unit = unit;
    this.facts = facts;
    this.context = context;
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
      pool: this.unit.blocks[0].poolAtEntry,
      instructions: 0,
    };
    const way = this.way(0);
    if (way === null || way.length > MAX_LINES) return null;
    const lines = this.usesScope ? ["const scope = I32[(fn >> 2) + SCOPE];", ...way] : way;
    // The check of the argument count stands for all parameters at once: fewer arguments are rare.
    const count = Math.max(
      0,
      ...[...way.join("\n").matchAll(/\bargs(?: \+ (\d+))?\b/g)].map(([, bytes]) => Number(bytes ?? 0) / 8 + 1),
    );
    const entry = count === 0 ? "!vm.calleeIsOpen" : `argc >= ${count} && !vm.calleeIsOpen`;
    return { lines: [`frameless: if (${entry}) {`, ...lines.map((line) => `  ${line}`), "}"], isWhole: this.isWhole };
  }

  /** Text from the start of a block on; null when no way from there can do without the frame. */
  private way(id: number): string[] | null {
    const outside = this.lines;
    this.lines = [];
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

  private line(text: string): void {
    this.lines.push(text);
  }

  private local(prefix: string, text: string): string {
    const name = `${prefix}${this.nextLocal++}`;
    this.line(`const ${name} = ${text};`);
    return name;
  }

  private check(condition: string): void {
    this.line(`if (!(${condition})) ${FAIL}`);
  }

  /** The site that the framed text has for the same access. */
  private site(): string {
    return this.context.constants.site(accessKey(this.context.unitIndex, this.offset, this.sites++));
  }

  private push(value: Value): void {
    this.state.stack.push(value);
  }

  private pop(): Value {
    return this.state.stack.pop() ?? { kind: "constant", value: undefined };
  }

  // --- actions

  private action(instruction: Instruction): void {
    const { name } = instruction;
    if (++this.state.instructions > MAX_INSTRUCTIONS) throw new NeedsFrame();
    this.offset = instruction.offset;
    this.sites = 0;
    if (WITHOUT_EFFECT.has(name) || name === "If" || name === "Return") return;
    if (isArithmetic(name)) {
      const right = this.numberOf(this.pop());
      const left = this.numberOf(this.pop());
      this.pushNumber(operatorText(name, left, right));
      return;
    }
    switch (instruction.name) {
      case "Push":
        for (const value of instruction.values) this.push(this.pushed(value));
        return;
      case "Pop":
        this.pop();
        return;
      case "PushDuplicate": {
        const value = this.pop();
        this.push(value);
        this.push(value);
        return;
      }
      case "StackSwap": {
        const upper = this.pop();
        const lower = this.pop();
        this.push(upper);
        this.push(lower);
        return;
      }
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
      case "Increment":
        this.pushNumber(`(${this.numberOf(this.pop())} + 1)`);
        return;
      case "Decrement":
        this.pushNumber(`(${this.numberOf(this.pop())} - 1)`);
        return;
      case "ToNumber":
        this.pushNumber(this.numberOf(this.pop()));
        return;
      case "ToInteger":
        this.pushNumber(`(${this.numberOf(this.pop())} | 0)`);
        return;
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
        this.push(stored ?? { kind: "slot", address: this.variable(name) });
        return;
      }
      case "SetVariable": {
        const value = this.pop();
        const name = this.pop();
        this.store(this.variable(name), "scope", constantText(name) ?? "", value);
        return;
      }
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

  private pushNumber(text: string): void {
    this.push({ kind: "number", text: text.length > 60 ? this.local("n", text) : text });
  }

  /** A value as a number: a check that fails for all that would have to be converted. */
  private numberOf(value: Value): string {
    if (value.kind === "number") return value.text;
    if (value.kind === "constant" && typeof value.value === "number") return numberLiteral(value.value);
    if (value.kind !== "slot") throw new NeedsFrame();
    const known = this.state.numbers.get(value.address);
    if (known !== undefined) return known;
    this.check(`I32[(${value.address} >> 2) + 1] < TAGS`);
    const number = this.local("n", `F64[${addressText(value.address)} >> 3]`);
    this.state.numbers.set(value.address, number);
    return number;
  }

  private objectOf(value: Value): string {
    if (value.kind !== "slot") throw new NeedsFrame();
    const known = this.state.objects.get(value.address);
    if (known !== undefined) return known;
    this.check(`I32[(${value.address} >> 2) + 1] === OBJECT`);
    const object = this.local("o", `I32[${addressText(value.address)} >> 2]`);
    this.state.objects.set(value.address, object);
    return object;
  }

  /** A JavaScript condition for what If takes as true. */
  private condition(value: Value): string {
    switch (value.kind) {
      case "truth":
        return value.text;
      case "number": {
        const number = this.local("n", value.text);
        return `${number} !== 0 && ${number} === ${number}`;
      }
      case "constant":
        throw new NeedsFrame();
      case "slot": {
        const number = this.state.numbers.get(value.address);
        if (number !== undefined) return `${number} !== 0 && ${number} === ${number}`;
        const tag = this.local("k", `I32[(${value.address} >> 2) + 1]`);
        this.check(`${tag} >= TAGS && ${tag} <= OBJECT && ${tag} !== STRING`);
        // Objects are true, undefined and null are not.
        return `${tag} === BOOLEAN ? I32[${addressText(value.address)} >> 2] !== 0 : ${tag} === OBJECT`;
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

  /** Address of a variable that the function's own scope chain finds where it was found last. */
  private variable(name: Value): string {
    const text = constantText(name);
    if (text === null || text === "" || /[.:/]/.test(text) || text.toLowerCase() === "this") throw new NeedsFrame();
    if (this.context.outerNames.has(text.toLowerCase())) return this.outerVariable(text);
    this.usesScope = true;
    const site = this.site();
    this.check(`I32[(scope >> 2) + 4] === I32[${site}] && vm.epoch === I32[${site} + 1]`);
    return this.local("a", `I32[${site} + 2]`);
  }

  private outerVariable(name: string): string {
    const known = this.state.properties.get(`outer ${name.toLowerCase()}`);
    if (known !== undefined) return known;
    this.usesScope = true;
    const site = this.site();
    let outer = this.state.objects.get("outer");
    if (outer === undefined) {
      this.check("scope !== 0 && I32[(scope >> 2) + SCOPE_TYPE] === ACTIVATION");
      outer = this.local("o", "I32[(scope + SCOPE_VALUE) >> 2]");
      this.state.objects.set("outer", outer);
    }
    this.check(`I32[(${outer} >> 2) + SHAPE] === I32[${site} + 6]`);
    const slot = this.local("a", `I32[(${outer} >> 2) + SLOTS] + I32[${site} + 7]`);
    this.state.properties.set(`outer ${name.toLowerCase()}`, slot);
    return slot;
  }

  private getMember(): void {
    const index = this.pop();
    const target = this.pop();
    const name = constantText(index);
    if (name === null) {
      const slot = this.element(target, index);
      this.check(`I32[(${slot} >> 2) + 1] !== HOLE`);
      this.push({ kind: "slot", address: slot });
      return;
    }
    const added = this.isSelf(target) ? this.state.additions.find((addition) => addition.name === name.toLowerCase()) : undefined;
    const stored = added?.value ?? this.storedValue(this.objectOf(target), name);
    this.push(stored ?? { kind: "slot", address: this.property(target, name, false) });
  }

  /** What a load reads that a store before it has changed; null when none has. */
  private storedValue(object: string, name: string): Value | null {
    if (this.state.additions.some((addition) => addition.name === name.toLowerCase())) throw new NeedsFrame();
    const store = this.state.stores.find((candidate) => candidate.name === name.toLowerCase());
    if (store === undefined) return null;
    // Two objects may be one.
    if (store.object !== object) throw new NeedsFrame();
    return store.value;
  }

  /** Address of an own property where the site knows the object's shape. */
  private property(target: Value, name: string, forWriting: boolean): string {
    const object = this.objectOf(target);
    const key = `${forWriting ? "write" : "read"} ${object} ${name}`;
    const known = this.state.properties.get(key);
    if (known !== undefined) return known;
    const site = this.site();
    this.check(`I32[(${object} >> 2) + SHAPE] === I32[${site}]`);
    const slot = this.local("a", `I32[(${object} >> 2) + SLOTS] + I32[${site} + 1]`);
    this.state.properties.set(key, slot);
    return slot;
  }

  private element(target: Value, index: Value): string {
    const object = this.objectOf(target);
    const number = this.numberOf(index);
    const at = this.local("at", `${number} | 0`);
    this.check(
      `${at} === ${number} && (I32[(${object} >> 2) + 1] & 0xff) === ARRAY && ${at} >>> 0 < I32[(${object} >> 2) + COUNT]`,
    );
    return this.local("a", `I32[(${object} >> 2) + ELEMENTS] + (${at} << 3)`);
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

  private isSelf(target: Value): boolean {
    return target.kind === "slot" && target.address === "self";
  }

  /** A property that the new object gets as the site remembers it: sites follow each other from shape to shape. */
  private addProperty(target: Value, name: string, value: Value): void {
    const { additions } = this.state;
    if (additions.some((addition) => addition.name === name.toLowerCase())) throw new NeedsFrame();
    const object = this.objectOf(target);
    const site = this.site();
    const last = additions[additions.length - 1];
    if (last === undefined) this.check(`(I32[(${object} >> 2) + 1] & ADDABLE) === PLAIN_OBJECT`);
    const before = last === undefined ? `I32[(${object} >> 2) + SHAPE]` : `I32[${last.site} + 3]`;
    this.check(`${before} === I32[${site} + 2] && vm.epoch === I32[${site} + 5]`);
    additions.push({ site, value: this.settled(value), name: name.toLowerCase() });
  }

  /** Makes the new properties; their slots hold undefined. */
  private commitAdditions(result: Value): void {
    const { additions } = this.state;
    if (additions.length === 0) return;
    const object = this.state.objects.get("self");
    const last = additions[additions.length - 1];
    this.line(`I32[(${object} >> 2) + SHAPE] = I32[${last.site} + 3];`);
    additions.forEach(({ site, value }, i) => {
      const slot = this.local("a", `${object} + INLINE + I32[${site} + 4]`);
      const argument = value.kind === "slot" ? argumentIndex(value.address) : -1;
      const isLast = !additions.slice(i + 1).some((other) => other.value.kind === "slot" && sameAddress(other.value, value));
      const mayKeep = argument >= 0 && isLast && !(result.kind === "slot" && sameAddress(result, value));
      this.commit({ slot, value, keeps: mayKeep ? argument : -1 });
    });
  }

  /** Puts a store off to the end of the way. */
  private store(slot: string, object: string, name: string, value: Value): void {
    const { stores, additions } = this.state;
    const key = name.toLowerCase();
    if (stores.some((store) => store.name === key) || additions.some((addition) => addition.name === key)) throw new NeedsFrame();
    // What is counted is released by the framed text.
    this.check(`I32[(${slot} >> 2) + 1] < REFERENCES`);
    stores.push({ slot, object, name: key, value: this.settled(value) });
  }

  /** A value that stays what it is until all checks of the way have been made. */
  private settled(value: Value): Value {
    switch (value.kind) {
      case "truth":
        if (value.ordered !== null) this.check(value.ordered);
        return { kind: "truth", text: this.local("c", value.text), ordered: null };
      case "number":
        return { kind: "number", text: /^n\d+$/.test(value.text) ? value.text : this.local("n", value.text) };
      case "slot": {
        const number = this.state.numbers.get(value.address);
        if (number !== undefined) return { kind: "number", text: number };
        // Other memory may be stored to on this way.
        if (!/^(self|args)/.test(value.address)) throw new NeedsFrame();
        return value;
      }
      case "constant":
        return value;
    }
  }

  /** @param keeps index of the argument that the value is, when the caller may have offered it (`emitNew`) */
  private commit({ slot, value, keeps = -1 }: Pick<Store, "slot" | "value"> & { keeps?: number }): void {
    if (value.kind === "constant" && typeof value.value !== "number") {
      const { constants } = this.context;
      const from = value.value === undefined ? "NOTHING" : this.local("a", constants.slot(value.value));
      if (typeof value.value === "string") this.line(`I32[I32[${from} >> 2] >> 2]++;`);
      this.line(`I32[${slot} >> 2] = I32[${from} >> 2]; I32[(${slot} >> 2) + 1] = I32[(${from} >> 2) + 1];`);
    } else if (value.kind === "slot") {
      const from = addressText(value.address);
      this.line(`I32[${slot} >> 2] = I32[${from} >> 2]; I32[(${slot} >> 2) + 1] = I32[(${from} >> 2) + 1];`);
      const count = `I32[I32[${from} >> 2] >> 2]++;`;
      if (keeps < 0 || keeps >= 8) this.line(`if (I32[(${from} >> 2) + 1] >= REFERENCES) ${count}`);
      else {
        this.line(`if (I32[(${from} >> 2) + 1] >= REFERENCES) {`);
        this.line(`  if ((vm.calleeConstructs & ${2 << keeps}) !== 0) I32[(${from} >> 2) + 1] = UNDEFINED; else ${count}`);
        this.line("}");
      }
    } else if (value.kind === "truth") {
      this.line(`I32[${slot} >> 2] = ${value.text} ? 1 : 0; I32[(${slot} >> 2) + 1] = BOOLEAN;`);
    } else this.line(`F64[${slot} >> 3] = ${value.kind === "number" ? value.text : numberLiteral(Number(value.value))};`);
  }

  private finish(result: Value): void {
    const { stores, additions, objects } = this.state;
    const number = result.kind === "slot" ? this.state.numbers.get(result.address) : undefined;
    let value: Value = number === undefined ? result : { kind: "number", text: number };
    if (value.kind === "truth" && value.ordered !== null) this.check(value.ordered);
    if (stores.length + additions.length > 0) value = this.settled(value);
    if (additions.length > 0) {
      const last = additions[additions.length - 1];
      this.check(`I32[(${objects.get("self")} >> 2) + 1] >>> INLINE_SHIFT > I32[${last.site} + 4] >> 3`);
    }
    for (const store of stores) this.commit(store);
    this.commitAdditions(value);
    switch (value.kind) {
      case "number":
        this.line(`F64[RESULT >> 3] = ${value.text};`);
        break;
      case "truth":
        this.line(`I32[RESULT >> 2] = ${value.text} ? 1 : 0; I32[(RESULT >> 2) + 1] = BOOLEAN;`);
        break;
      case "constant":
        if (value.value === undefined) this.line("I32[RESULT >> 2] = 0; I32[(RESULT >> 2) + 1] = UNDEFINED;");
        else if (typeof value.value === "number") this.line(`F64[RESULT >> 3] = ${numberLiteral(value.value)};`);
        else this.copyResult(this.local("a", this.context.constants.slot(value.value)));
        break;
      case "slot":
        this.copyResult(this.local("a", value.address));
    }
    this.line("vm.calleeDepth = 0; vm.calleeConstructs = 0;");
    this.line("return;");
  }

  private copyResult(from: string): void {
    this.line(`if (I32[(${from} >> 2) + 1] >= REFERENCES) I32[I32[${from} >> 2] >> 2]++;`);
    this.line(`I32[RESULT >> 2] = I32[${from} >> 2]; I32[(RESULT >> 2) + 1] = I32[(${from} >> 2) + 1];`);
  }
}

const UNDEFINED: Value = { kind: "constant", value: undefined };

function isLiteral(value: Value): boolean {
  return value.kind === "constant" && typeof value.value === "number" && !Number.isNaN(value.value);
}

function constantText(value: Value): string | null {
  return value.kind === "constant" && typeof value.value === "string" ? value.value : null;
}

function argumentIndex(address: string): number {
  const match = /^args(?: \+ (\d+))?$/.exec(address);
  return match === null ? -1 : Number(match[1] ?? 0) / 8;
}

function sameAddress(a: Value, b: Value): boolean {
  return a.kind === "slot" && b.kind === "slot" && a.address === b.address;
}

function argumentText(index: number): string {
  return index === 0 ? "args" : `args + ${index * 8}`;
}

function addressText(address: string): string {
  return address.includes(" ") ? `(${address})` : address;
}

function copyState(state: State): State {
  return {
    ...state,
    stack: [...state.stack],
    registers: new Map(state.registers),
    numbers: new Map(state.numbers),
    objects: new Map(state.objects),
    properties: new Map(state.properties),
    stores: [...state.stores],
    additions: [...state.additions],
  };
}
