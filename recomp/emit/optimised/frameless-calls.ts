// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CodeUnit } from "../../bytecode/code-unit.ts";
import { FUNCTION_FLAG } from "../../bytecode/instruction.ts";
import { numberLiteral } from "../text.ts";
import type { UnitContext } from "../unit-emitter.ts";
import { staysAlive } from "./access.ts";
import type { KnownUnit, ModuleFacts } from "./block-emitter.ts";
import { calleesNamed, functionText, likeliestFirst, MAX_ARGUMENTS } from "./dispatch.ts";
import type { UnitFacts } from "./facts.ts";
import {
  addressText,
  argumentIndex,
  constantText,
  FAIL,
  FramelessWay,
  NeedsFrame,
  type Store,
  type Value,
} from "./frameless-way.ts";
import { accessKey } from "./sites.ts";

/** A call of a function of the module with which a frameless way ends. */
export interface TailCall {
  /** Locals with the function and its code number, which is that of one of the candidates. */
  fn: string;
  code: string;
  candidates: readonly KnownUnit[];
  /** Text for where the callee's `super` starts. */
  depth: string;
  self: Value;
  args: readonly Value[];
}

/** A value that the way owns while the callee runs, on the frame stack. */
interface Held {
  slot: string;
  /** Texts for its words. */
  payload: string;
  tag: string;
  /** It was a property's, and no one else may hold it. */
  isDisplaced: boolean;
}

/** Actions that may stand between the call and the end of the way. */
const AFTER_CALL: ReadonlySet<string> = new Set(["Pop", "Push", "Return"]);

/**
 * Frameless ways that end with a call, as methods do that pass on to others. The callee's frame then follows that of the caller: what
 * could tell the difference is checked, or has the frame. Before the call all effects have been made; after it the way only
 * drops what it held: nothing can fail any more.
 */
export abstract class FramelessCalls extends FramelessWay {
  protected readonly unit: CodeUnit;
  private readonly module: ModuleFacts;

  constructor(unit: CodeUnit, facts: UnitFacts, context: UnitContext, module: ModuleFacts) {
    super(facts, context);
    this.unit = unit;
    this.module = module;
  }

  /** @throws NeedsFrame for what the way may not do after its call */
  protected checkOrder(action: string): void {
    if (this.state.call !== null && !AFTER_CALL.has(action)) throw new NeedsFrame();
  }

  protected callMethod(): void {
    const name = constantText(this.pop());
    const target = this.pop();
    const args = this.popArguments();
    const candidates = this.candidates(name);
    if (name === null || name === "") throw new NeedsFrame();
    const object = this.objectOf(target);
    const site = this.site();
    const id = this.context.constants.name(name);
    const shape = this.headerOf(object, "SHAPE");
    const cached = `I32[${site} + 2] || O.ownMethod(vm, ${object}, ${site})`;
    const fn = this.local(
      "f",
      `${shape} === I32[${site}] && vm.epoch === I32[${site} + 1] ? ${cached} : O.sharedMethod(vm, ${object}, ${id}, ${site})`,
    );
    this.call(fn, candidates, `I32[${site} + 3]`, target, args);
  }

  protected callFunction(): void {
    const name = this.pop();
    const args = this.popArguments();
    const candidates = this.candidates(constantText(name));
    const isOuter = this.context.outerNames.has(constantText(name)?.toLowerCase() ?? "");
    // The site that the look-up is about to use.
    const site = this.context.constants.site(accessKey(this.context.unitIndex, this.offset, this.sites));
    const variable = this.variable(name);
    const self = isOuter ? "scope + SCOPE_VALUE" : `I32[${site} + 3] || scope + SCOPE_VALUE`;
    const address = this.local("a", self);
    const fn = this.local("f", functionText(variable));
    this.call(fn, candidates, "-1", { kind: "slot", address }, args);
  }

  private popArguments(): Value[] {
    const count = this.pop();
    if (count.kind !== "constant" || typeof count.value !== "number") throw new NeedsFrame();
    const available = Math.min(count.value >>> 0, this.state.stack.length);
    if (available > MAX_ARGUMENTS) throw new NeedsFrame();
    const args: Value[] = [];
    for (let i = 0; i < available; i++) args.push(this.pop());
    return args;
  }

  /** Functions that a call by a name may mean and that cannot tell whether there is a frame between the caller's and theirs. */
  private candidates(name: string | null): readonly KnownUnit[] {
    const { swfVersion, flags } = this.unit;
    // Where the function has a `this` of its own by name, callees that have none find it.
    if ((flags & (FUNCTION_FLAG.preloadThis | FUNCTION_FLAG.suppressThis)) === 0) throw new NeedsFrame();
    const known = calleesNamed(this.module, swfVersion, this.state.pool, name).filter(({ seesCaller }) => !seesCaller);
    if (known.length === 0 || this.state.additions.length > 0) throw new NeedsFrame();
    return known;
  }

  private call(fn: string, candidates: readonly KnownUnit[], depth: string, self: Value, args: readonly Value[]): void {
    this.check(`${fn} !== 0`);
    const code = this.local("k", `I32[(${fn} >> 2) + CODE] - units`);
    this.check(
      isOneOf(
        code,
        candidates.map(({ index }) => index),
      ),
    );
    // Where the callee's clip is gone it acts on its caller's, which is the same for functions of one clip.
    this.check(`I32[(${fn} >> 2) + HOME] === I32[(fn >> 2) + HOME]`);
    if (!this.state.objects.has("self")) this.check("I32[(self >> 2) + 1] !== CLIP");
    this.check("vm.callsLeft > 0");
    const passed = args.map((value) => (value.kind === "slot" ? this.asNumber(value) : this.settled(value)));
    this.state.call = { fn, code, candidates: likeliestFirst(candidates, args.length), depth, self, args: passed };
    this.push({ kind: "result" });
  }

  /** A value in memory as the number that it is known to be. */
  private asNumber(value: Value & { kind: "slot" }): Value {
    const number = this.state.numbers.get(value.address);
    return number === undefined ? value : { kind: "number", text: number };
  }

  protected override finish(result: Value): void {
    const { call } = this.state;
    if (call === null) super.finish(result);
    else this.finishCall(call, this.afterCall(result));
  }

  /** What the way returns instead of the callee's result. Null: that. */
  private afterCall(result: Value): Value | null {
    switch (result.kind) {
      case "result":
        return null;
      case "constant":
        return result;
      case "number":
        return this.settled(result);
      case "truth":
        throw new NeedsFrame();
      case "slot": {
        const value = this.asNumber(result);
        if (value.kind === "slot" && !isCallers(value.address)) throw new NeedsFrame();
        return value;
      }
    }
  }

  private finishCall(call: TailCall, result: Value | null): void {
    const held: Held[] = [];
    const top = this.local("top", "vm.frameTop");
    const nextSlot = (): string => (held.length === 0 ? top : `${top} + ${held.length * 8}`);
    const displaced = new Map<Store, Held>();
    for (const store of this.state.stores) {
      if (!store.displaces) continue;
      const old = { slot: nextSlot(), ...this.displacedWords(store), isDisplaced: true };
      held.push(old);
      displaced.set(store, old);
    }
    const hold = (value: Value & { kind: "slot" }): Held => {
      const owner = this.displacedBy(value, displaced);
      if (owner !== null) return owner;
      const kept = { slot: nextSlot(), ...this.wordsOf(value), isDisplaced: false };
      held.push(kept);
      return kept;
    };
    const inMemory = (value: Value): Held | null => (value.kind === "slot" && !isCallers(value.address) ? hold(value) : null);
    const self = inMemory(call.self);
    const owners = call.args.map(inMemory);
    const passing = this.passing(call.args, owners);
    const out = passing.isWritten ? this.local("out", `vm.frameLimit - ${call.args.length * 8}`) : "vm.frameLimit";
    if (held.length > 0 || passing.isWritten) this.require(`${top} + ${held.length * 8} <= ${out}`);

    for (const { slot, payload, tag, isDisplaced } of held) {
      if (!isDisplaced)
        this.line(tag === "OBJECT" ? `I32[${payload} >> 2]++;` : `if (${tag} >= REFERENCES) I32[${payload} >> 2]++;`);
      this.writeWords(slot, payload, tag);
    }
    if (passing.isWritten)
      for (const [i, value] of call.args.entries()) this.pass(i === 0 ? out : `${out} + ${i * 8}`, value, owners[i]);
    for (const store of this.state.stores) this.commit(store);
    this.line(`vm.callsLeft--; vm.callee = 0;`);
    if (held.length > 0) this.line(`vm.frameTop = ${top} + ${held.length * 8};`);
    if (passing.isWritten) this.line(`vm.frameLimit = ${out};`);
    const receiver = self !== null ? self.slot : call.self.kind === "slot" ? call.self.address : "NOTHING";
    this.dispatch(call, receiver, passing.isWritten ? out : passing.address);
    this.line("vm.callsLeft++;");
    if (passing.isWritten) this.line(`vm.frameLimit = ${out} + ${call.args.length * 8};`);
    for (const value of held) this.drop(value);
    if (held.length > 0) this.line(`vm.frameTop = ${top};`);
    if (result !== null) {
      this.line("if (I32[(RESULT >> 2) + 1] >= REFERENCES) O.dropResult();");
      this.writeResult(result);
    }
    this.line("return;");
  }

  /** A check that belongs to the call, all of whose effects are still to come. */
  private require(condition: string): void {
    this.line(`if (!(${condition})) ${FAIL}`);
  }

  /** Words of what a store overwrites. What others may inherit, functions, is replaced by the framed text. */
  private displacedWords({ slot, object, name }: Store): { payload: string; tag: string } {
    const known = this.state.objects.get(this.state.properties.get(`read ${object} ${name}`) ?? "");
    if (known !== undefined) {
      this.require(`(I32[(${known} >> 2) + 1] & FUNCTION_BIT) === 0`);
      return { payload: known, tag: "OBJECT" };
    }
    const tag = this.local("k", `I32[(${slot} >> 2) + 1]`);
    const payload = this.local("p", `I32[${slot} >> 2]`);
    this.require(`${tag} < REFERENCES || (I32[(${payload} >> 2) + 1] & FUNCTION_BIT) === 0`);
    return { payload, tag };
  }

  /** What a store displaces, when that is the value. */
  private displacedBy(value: Value & { kind: "slot" }, displaced: ReadonlyMap<Store, Held>): Held | null {
    for (const [{ object, name }, old] of displaced) if (value.object === object && value.field === name) return old;
    return null;
  }

  private wordsOf({ address }: Value & { kind: "slot" }): { payload: string; tag: string } {
    const object = this.state.objects.get(address);
    if (object !== undefined) return { payload: object, tag: "OBJECT" };
    const tag = this.local("k", `I32[(${address} >> 2) + 1]`);
    return { payload: this.local("p", `I32[${addressText(address)} >> 2]`), tag };
  }

  /** Where the callee finds its arguments: where they are already, if that is possible. */
  private passing(args: readonly Value[], owners: readonly (Held | null)[]): { isWritten: boolean; address: string } {
    if (args.length === 0) return { isWritten: false, address: "args" };
    const first = args[0];
    if (args.length === 1) {
      const owner = owners[0];
      if (owner !== null) return { isWritten: false, address: owner.slot };
      if (first.kind === "constant") {
        const address = first.value === undefined ? "NOTHING" : this.context.constants.slot(first.value);
        return { isWritten: false, address };
      }
    }
    const start = first.kind === "slot" ? argumentIndex(first.address) : -1;
    const inOrder = start >= 0 && args.every((value, i) => value.kind === "slot" && argumentIndex(value.address) === start + i);
    return { isWritten: !inOrder, address: first.kind === "slot" ? first.address : "args" };
  }

  /** Writes an argument to the outgoing area, which owns nothing. */
  private pass(slot: string, value: Value, owner: Held | null): void {
    if (owner !== null) this.writeWords(slot, owner.payload, owner.tag);
    else if (value.kind === "number") this.line(`F64[${addressText(slot)} >> 3] = ${value.text};`);
    else if (value.kind === "constant" && typeof value.value === "number")
      this.line(`F64[${addressText(slot)} >> 3] = ${numberLiteral(value.value)};`);
    else if (value.kind === "truth") this.writeWords(slot, `${value.text} ? 1 : 0`, "BOOLEAN");
    else {
      const constant =
        value.kind === "constant" && value.value !== undefined ? this.context.constants.slot(value.value) : "NOTHING";
      const from = value.kind === "slot" ? value.address : this.local("a", constant);
      const at = addressText(from);
      if (value.kind === "slot")
        this.line(`if (I32[(${from} >> 2) + 1] < TAGS) F64[${addressText(slot)} >> 3] = F64[${at} >> 3]; else {`);
      this.writeWords(slot, `I32[${at} >> 2]`, `I32[(${from} >> 2) + 1]`);
      if (value.kind === "slot") this.line("}");
    }
  }

  private writeWords(slot: string, payload: string, tag: string): void {
    this.line(`I32[${addressText(slot)} >> 2] = ${payload}; I32[(${slot} >> 2) + 1] = ${tag};`);
  }

  private dispatch({ fn, code, candidates, depth, args }: TailCall, self: string, passed: string): void {
    candidates.forEach(({ index, functionName, usesSuper }, i) => {
      const call = `${functionName}(${fn}, ${self}, ${passed}, ${args.length});`;
      const body = usesSuper ? `{ vm.callee = ${depth} << DEPTH_SHIFT; ${call} }` : call;
      const isLast = i === candidates.length - 1;
      this.line(`${i === 0 ? "" : "else "}${isLast ? "" : `if (${code} === ${index}) `}${body}`);
    });
  }

  /** The callee has returned. What was counted for it has had another holder, which has told of it where it let go (`emitDrops`). */
  private drop({ slot, payload, tag, isDisplaced }: Held): void {
    const mayBeLowered = isDisplaced ? staysAlive(payload) : `I32[${payload} >> 2] > 1`;
    this.line(`${tag === "OBJECT" ? "" : `if (${tag} >= REFERENCES) `}{`);
    this.line(`  if (${mayBeLowered}) I32[${payload} >> 2]--;`);
    this.line(`  else O.dropSlot(${slot});`);
    this.line("}");
  }
}

/** Whether an address is one that the caller keeps alive: of `this` or an argument. */
function isCallers(address: string): boolean {
  return address === "self" || argumentIndex(address) >= 0;
}

/** Condition that a number is one of several, of which some follow each other. */
function isOneOf(number: string, indexes: readonly number[]): string {
  const sorted = indexes.toSorted((a, b) => a - b);
  const runs: { first: number; last: number }[] = [];
  for (const index of sorted) {
    const run = runs[runs.length - 1];
    if (run !== undefined && run.last === index - 1) run.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs
    .map(({ first, last }) => (first === last ? `${number} === ${first}` : `${number} >= ${first} && ${number} <= ${last}`))
    .join(" || ");
}
