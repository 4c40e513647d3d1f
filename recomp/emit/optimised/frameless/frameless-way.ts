// SPDX-License-Identifier: AGPL-3.0-or-later
import { remainderLines } from "../../remainder.ts";
import { numberLiteral } from "../../text.ts";
import type { UnitContext } from "../../unit-emitter.ts";
import type { UnitFacts } from "../facts.ts";
import type { ConstantValue } from "../operands.ts";
import { ShapeGuards } from "../shape-guards.ts";
import { accessKey } from "../sites.ts";
import type { TailCall } from "./frameless-calls.ts";

export type Value =
  | { kind: "constant"; value: ConstantValue }
  /** A JavaScript expression of numbers over locals that never change. */
  | { kind: "number"; text: string }
  /** A JavaScript condition; as a value it is a boolean only where `ordered` (null: always) holds, undefined elsewhere. */
  | { kind: "truth"; text: string; ordered: string | null }
  /**
   * A value in memory; the text names the address. `field`: the property or variable it is, in lower case, "" for an element; left out
   * where the way itself does not store to such memory. `object`: local with the object whose property it is.
   */
  | { kind: "slot"; address: string; field?: string; object?: string }
  /** What the call that ends the way returns. */
  | { kind: "result" };

export type SlotValue = Value & { kind: "slot" };

/** A store that is put off to the end of its way. */
export interface Store {
  slot: string;
  /** Object and name, in lower case: to tell which loads it would have changed. */
  object: string;
  name: string;
  value: Value;
  /** What it overwrites may be counted: nothing has been checked of that yet. */
  displaces: boolean;
}

export interface State {
  stack: Value[];
  registers: Map<number, Value>;
  /** Numbers read from a slot, objects found in one, by its address; properties by object and name, words of headers by both. */
  numbers: Map<string, string>;
  objects: Map<string, string>;
  properties: Map<string, string>;
  stores: Store[];
  /** Properties that a constructor adds to its new object, in order. */
  additions: { site: string; value: Value; name: string }[];
  /** The call with which the way ends, once it has come to that. */
  call: TailCall | null;
  pool: readonly string[] | null;
  instructions: number;
}

/** Thrown at the first thing that needs a frame. */
export class NeedsFrame extends Error {}

export const FAIL = "break frameless;";

/** What is known along one way, the checks that make sure of it, and the effects at its end. */
export abstract class FramelessWay {
  protected readonly facts: UnitFacts;
  protected readonly context: UnitContext;
  protected lines: string[] = [];
  private nextLocal = 0;
  protected usesScope = false;
  protected readonly guards: ShapeGuards;
  protected state!: State;
  /** Offset of the action, and sites of it so far. */
  protected offset = 0;
  protected sites = 0;

  constructor(facts: UnitFacts, context: UnitContext) {
    this.facts = facts;
    this.context = context;
    this.guards = new ShapeGuards(context.constants, `frameless ${context.unitIndex}`);
  }

  protected line(text: string): void {
    this.lines.push(text);
  }

  protected local(prefix: string, text: string): string {
    const name = `${prefix}${this.nextLocal++}`;
    this.line(`const ${name} = ${text};`);
    return name;
  }

  /** @throws NeedsFrame after the call, when it is too late for the framed text to begin anew */
  protected check(condition: string): void {
    if (this.state.call !== null) throw new NeedsFrame();
    this.line(`if (!(${condition})) ${FAIL}`);
  }

  /** The site that the framed text has for the same access. */
  protected site(): string {
    return this.context.constants.site(accessKey(this.context.unitIndex, this.offset, this.sites++));
  }

  push(value: Value): void {
    this.state.stack.push(value);
  }

  pop(): Value {
    return this.state.stack.pop() ?? { kind: "constant", value: undefined };
  }

  /** A value as a number: a check that fails for all that would have to be converted. */
  protected numberOf(value: Value): string {
    if (value.kind === "number") return value.text;
    if (value.kind === "constant" && typeof value.value === "number") return numberLiteral(value.value);
    if (value.kind !== "slot") throw new NeedsFrame();
    const known = this.state.numbers.get(value.address);
    if (known !== undefined) return known;
    const number = this.local("n", `F64[${addressText(value.address)} >> 3]`);
    // Whatever else lies in a slot is a NaN as a double. Numbers that are one are left to the framed text.
    this.check(`${number} === ${number}`);
    this.state.numbers.set(value.address, number);
    return number;
  }

  protected objectOf(value: Value): string {
    if (value.kind !== "slot") throw new NeedsFrame();
    const known = this.state.objects.get(value.address);
    if (known !== undefined) return known;
    this.check(`I32[(${value.address} >> 2) + 1] === OBJECT`);
    const object = this.local("o", `I32[${addressText(value.address)} >> 2]`);
    this.state.objects.set(value.address, object);
    return object;
  }

  /** A JavaScript condition for what If takes as true. */
  protected condition(value: Value): string {
    switch (value.kind) {
      case "truth":
        return value.text;
      case "number": {
        const number = this.local("n", value.text);
        return `${number} !== 0 && ${number} === ${number}`;
      }
      case "constant":
      case "result":
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

  /** Address of a variable that the function's own scope chain finds where it was found last. */
  protected variable(name: Value): string {
    return this.lookup(name).slot;
  }

  /** Such a variable, and text for the address of the `this` that goes with a call of it. */
  protected lookup(name: Value): { slot: string; self: string } {
    const text = constantText(name);
    if (text === null || text === "" || /[.:/]/.test(text) || text.toLowerCase() === "this") throw new NeedsFrame();
    if (this.context.outerNames.has(text.toLowerCase())) return { slot: this.outerVariable(text), self: "scope + SCOPE_VALUE" };
    this.usesScope = true;
    const site = this.site();
    this.check(`I32[(scope >> 2) + 4] === I32[${site}] && vm.epoch === I32[${site} + 1]`);
    return { slot: this.local("a", `I32[${site} + 2]`), self: `I32[${site} + 3] || scope + SCOPE_VALUE` };
  }

  protected outerVariable(name: string): string {
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

  /** What a load reads that a store before it has changed; null when none has. */
  protected storedValue(object: string, name: string): Value | null {
    if (this.state.additions.some((addition) => addition.name === name.toLowerCase())) throw new NeedsFrame();
    const stores = this.state.stores.filter((candidate) => candidate.name === name.toLowerCase());
    // Two objects may be one.
    if (stores.some((store) => store.object !== object)) throw new NeedsFrame();
    return stores[stores.length - 1]?.value ?? null;
  }

  /** Address of an own property where the site knows the object's shape. */
  protected property(target: Value, name: string, forWriting: boolean): string {
    const object = this.objectOf(target);
    const key = `${forWriting ? "write" : "read"} ${object} ${name}`;
    const known = this.state.properties.get(key);
    if (known !== undefined) return known;
    const read = this.state.properties.get(`read ${object} ${name}`);
    if (this.state.call !== null) throw new NeedsFrame();
    const shape = this.headerOf(object, "SHAPE");
    const slots = this.headerOf(object, "SLOTS");
    const { offset, line } = this.guards.access(shape, this.site(), 0, read === undefined);
    if (line !== null) this.line(line);
    // An object of a shape that both sites know has the property in one place.
    const slot = read ?? this.local("a", `${slots} + ${offset}`);
    this.state.properties.set(key, slot);
    return slot;
  }

  /** A word of an object's header, which nothing changes before all checks of the way have been made. */
  protected headerOf(object: string, word: "SHAPE" | "SLOTS"): string {
    const key = `${word} ${object}`;
    let local = this.state.properties.get(key);
    if (local === undefined) {
      local = this.local("h", `I32[(${object} >> 2) + ${word}]`);
      this.state.properties.set(key, local);
    }
    return local;
  }

  protected element(target: Value, index: Value): string {
    const object = this.objectOf(target);
    const number = this.numberOf(index);
    const at = this.local("at", `${number} | 0`);
    this.check(
      `${at} === ${number} && (I32[(${object} >> 2) + 1] & 0xff) === ARRAY && ${at} >>> 0 < I32[(${object} >> 2) + COUNT]`,
    );
    return this.local("a", `I32[(${object} >> 2) + ELEMENTS] + (${at} << 3)`);
  }

  protected isSelf(target: Value): boolean {
    return target.kind === "slot" && target.address === "self";
  }

  /** A property that the new object gets as the site remembers it: sites follow each other from shape to shape. */
  protected addProperty(target: Value, name: string, value: Value): void {
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

  /** Puts a store off to the end of the way. */
  protected store(slot: string, object: string, name: string, value: Value): void {
    const { stores, additions } = this.state;
    const key = name.toLowerCase();
    if (additions.some((addition) => addition.name === key)) throw new NeedsFrame();
    const sameName = stores.some((store) => store.name === key);
    // Two objects may be one. Numbers may follow each other there.
    if (sameName) this.state.stores = stores.map((store) => (store.name === key ? this.asNumberStore(store) : store));
    const settled = this.settled(sameName ? { kind: "number", text: this.numberOf(value) } : value);
    const displaces = settled.kind === "slot" || (settled.kind === "constant" && typeof settled.value !== "number");
    // Where a number is written there probably was one.
    if (!displaces) this.checkUncounted(slot);
    this.state.stores.push({ slot, object, name: key, value: settled, displaces });
  }

  private checkUncounted(slot: string): void {
    if (!this.state.numbers.has(slot)) this.check(`I32[(${slot} >> 2) + 1] < REFERENCES`);
  }

  /** A store of what is a number, over what is not counted. */
  private asNumberStore(store: Store): Store {
    if (!store.displaces) return store;
    const text = this.numberOf(store.value);
    this.checkUncounted(store.slot);
    return { ...store, value: { kind: "number", text }, displaces: false };
  }

  /** A value that stays what it is until all checks of the way have been made. */
  protected settled(value: Value): Value {
    switch (value.kind) {
      case "truth":
        if (value.ordered !== null) this.check(value.ordered);
        return { kind: "truth", text: this.local("c", value.text), ordered: null };
      case "number":
        return { kind: "number", text: /^n\d+$/.test(value.text) ? value.text : this.local("n", value.text) };
      case "slot": {
        const number = this.state.numbers.get(value.address);
        if (number !== undefined) return { kind: "number", text: number };
        // A store before it on this way may be to the same place. One of another name is not.
        if (this.state.stores.some(({ name }) => name === value.field)) throw new NeedsFrame();
        return value;
      }
      case "constant":
        return value;
      case "result":
        throw new NeedsFrame();
    }
  }

  /**
   * The remainder in the text, not by the module's function: V8 may have used up what it inlines, and a number that is passed to a function
   * is an object of the JavaScript heap.
   */
  protected pushRemainder(left: string, right: string): void {
    const [a, b] = [this.local("n", left), this.local("n", right)];
    const rest = `n${this.nextLocal++}`;
    for (const line of remainderLines(a, b, rest)) this.line(line);
    this.push({ kind: "number", text: rest });
  }

  protected pushNumber(text: string): void {
    this.push({ kind: "number", text: text.length > 60 ? this.local("n", text) : text });
  }
}

export const UNDEFINED: Value = { kind: "constant", value: undefined };

export function isLiteral(value: Value): boolean {
  return value.kind === "constant" && typeof value.value === "number" && !Number.isNaN(value.value);
}

export function constantText(value: Value): string | null {
  return value.kind === "constant" && typeof value.value === "string" ? value.value : null;
}

export function argumentText(index: number): string {
  return index === 0 ? "args" : `args + ${index * 8}`;
}

export function addressText(address: string): string {
  return address.includes(" ") ? `(${address})` : address;
}

export function copyState(state: State): State {
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
