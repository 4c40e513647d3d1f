// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BlockEmitter } from "../block-emitter.ts";
import { ShapeGuards } from "../shape-guards.ts";
import { accessKey } from "../sites.ts";

/** `early`: the text mentions only what is known before the first effect. */
export interface Numeric {
  text: string;
  early: boolean;
}

export type Value =
  | { kind: "text"; text: string }
  | ({ kind: "number" } & Numeric)
  /** What a register held before the run. */
  | { kind: "register"; register: number }
  /** A place in memory, by the local with its address; `name`: of the property or variable, in lower case, null for an array's element. */
  | { kind: "slot"; address: string; name: string | null };

/** Thrown at the first thing that a run can't do. */
export class EndOfRun extends Error {}

/** What a run knows of places in memory: where they are, and which hold numbers; and the checks that make sure of it. */
export abstract class NumberRunPlaces {
  protected readonly e: BlockEmitter;
  /** What comes before the first effect, and what comes after. */
  protected readonly checks: string[] = [];
  protected readonly effects: string[] = [];
  /** Numbers that are still where they were read, by address; what is there is called as in `Value`. */
  protected readonly numbers = new Map<string, Numeric & { name: string | null }>();
  /** Addresses where a number is for certain. */
  protected readonly numeric = new Set<string>();
  protected readonly checked = new Set<string>();
  /** Locals with addresses, pointers and words of headers, by what they stand for. */
  protected readonly places = new Map<string, string>();
  protected readonly guards: ShapeGuards;
  protected accesses = 0;
  /** Names under which the run has stored so far, null for elements: what has another name is not where it stored. */
  protected readonly storedNames = new Set<string | null>();
  /** Offset of the action. */
  protected offset = 0;

  /** @param start offset of the action with which the run begins */
  constructor(e: BlockEmitter, start: number) {
    this.e = e;
    this.guards = new ShapeGuards(e.names.constants, `run ${e.names.unitIndex} ${start}`);
  }

  protected check(condition: string): void {
    if (this.checked.has(condition)) return;
    this.checked.add(condition);
    this.checks.push(`if (!(${condition})) break numbers;`);
  }

  /** A local; one that does not depend on effects is computed among the checks. */
  protected local(prefix: string, text: string, early: boolean): string {
    const name = this.e.local(prefix);
    (early ? this.checks : this.effects).push(`const ${name} = ${text};`);
    return name;
  }

  /** A value as a number: a check that fails for all that would have to be converted. */
  protected numberOf(value: Value): Numeric {
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
  protected checkNumber(address: string): void {
    if (!this.numeric.has(address)) this.check(`I32[(${address} >> 2) + 1] < TAGS`);
    this.numeric.add(address);
  }

  /** Text for the pointer of a value that has to be an object. */
  protected objectOf(value: Value): string {
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
  protected property(object: string, name: string, access: "read" | "write"): string {
    this.accesses++;
    const key = `${access} ${object} ${name}`;
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const read = this.places.get(`read ${object} ${name}`);
    const shape = this.headerOf(object, "SHAPE");
    const slots = this.headerOf(object, "SLOTS");
    const { offset, line } = this.guards.access(shape, this.site(), this.accesses, read === undefined);
    if (line !== null) this.checks.push(line);
    // An object of a shape that both sites know has the property in one place.
    const slot = read ?? this.local("a", `${slots} + ${offset}`, true);
    this.places.set(key, slot);
    return slot;
  }

  /** A word of an object's header, which nothing in a run changes. */
  protected headerOf(object: string, word: "SHAPE" | "SLOTS" | "ELEMENTS" | "COUNT"): string {
    const key = `${word} ${object}`;
    let local = this.places.get(key);
    if (local === undefined) {
      local = this.local("h", `I32[(${object} >> 2) + ${word}]`, true);
      this.places.set(key, local);
    }
    return local;
  }

  protected element(object: string, index: Value): string {
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

  /** The site that the general text has for the same access. */
  protected site(): string {
    const { constants, unitIndex } = this.e.names;
    return constants.site(accessKey(unitIndex, this.offset, 0));
  }
}
