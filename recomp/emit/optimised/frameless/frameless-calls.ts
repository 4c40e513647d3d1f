// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CodeUnit } from "../../../bytecode/code-unit.ts";
import { FUNCTION_FLAG } from "../../../bytecode/instruction.ts";
import { numberLiteral } from "../../text.ts";
import type { UnitContext } from "../../unit-emitter.ts";
import { simpleWords, staysAlive } from "../access.ts";
import type { KnownUnit, ModuleFacts } from "../block-emitter.ts";
import { calleesNamed, functionText, likeliestFirst, MAX_ARGUMENTS } from "../dispatch.ts";
import type { UnitFacts } from "../facts.ts";
import { argumentIndex, FramelessEnd, type Words } from "./frameless-end.ts";
import { addressText, constantText, NeedsFrame, type SlotValue, type Store, type Value } from "./frameless-way.ts";

/** A call of a function of the module with which a frameless way ends. */
export interface TailCall {
  /** Locals with the function and its code number, which is that of one of the candidates. */
  fn: string;
  code: string;
  candidates: readonly KnownUnit[];
  /** Text for where the callee's `super` starts. */
  depth: string;
  self: SlotValue;
  args: readonly Value[];
}

/** A value that the way owns while the callee runs, in a slot of the frame stack. */
interface Held extends Words {
  slot: string;
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
export abstract class FramelessCalls extends FramelessEnd {
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
    if (name === null || target.kind !== "slot") throw new NeedsFrame();
    const candidates = this.candidates(name);
    const object = this.objectOf(target);
    const site = this.site();
    const id = this.context.constants.name(name);
    const shape = this.headerOf(object, "SHAPE");
    const cached = `I32[${site} + 2] || O.ownMethod(vm, ${object}, ${site})`;
    const fn = this.local(
      "f",
      `${shape} === I32[${site}] && vm.epoch === I32[${site} + 1] ? ${cached} : O.sharedMethod(vm, ${object}, ${id}, ${site})`,
    );
    this.call(fn, candidates, `I32[${site} + 3]`, target, "", args);
  }

  protected callFunction(): void {
    const name = this.pop();
    const args = this.popArguments();
    const candidates = this.candidates(constantText(name));
    const { slot, self } = this.lookup(name);
    const address = this.local("a", self);
    const fn = this.local("f", functionText(slot));
    this.call(fn, candidates, "-1", { kind: "slot", address }, `I32[(${address} >> 2) + 1] === CLIP || `, args);
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

  /** @param isOnClip text of a condition that the callee's `this` is a clip, with `||` behind it; empty where it never is */
  private call(
    fn: string,
    candidates: readonly KnownUnit[],
    depth: string,
    self: SlotValue,
    isOnClip: string,
    args: readonly Value[],
  ): void {
    this.check(`${fn} !== 0`);
    const code = this.local("k", `I32[(${fn} >> 2) + CODE] - units`);
    this.check(
      isOneOf(
        code,
        candidates.map(({ index }) => index),
      ),
    );
    // Where the callee's clip is gone it acts on its `this`, else on what its caller acts on: for two functions of one clip that is
    // the same, if the caller's `this` is no clip either.
    this.check(`I32[(${fn} >> 2) + HOME] === I32[(fn >> 2) + HOME]`);
    if (!this.state.objects.has("self")) this.check(`${isOnClip}I32[(self >> 2) + 1] !== CLIP`);
    const passed = args.map((value) => (value.kind === "slot" ? this.asNumber(value) : this.settled(value)));
    this.state.call = { fn, code, candidates: likeliestFirst(candidates, args.length), depth, self, args: passed };
    this.push({ kind: "result" });
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
    const { stores } = this.state;
    const held: Held[] = [];
    const hold = (words: Words, isDisplaced: boolean): Held => {
      const value = { slot: held.length === 0 ? "held" : `held + ${held.length * 8}`, ...words, isDisplaced };
      held.push(value);
      return value;
    };
    const displaced = new Map<Store, Held>();
    for (const store of stores) if (store.displaces) displaced.set(store, hold(this.displacedWords(store), true));
    const ownerOf = (value: Value): Held | null => {
      if (value.kind !== "slot" || isCallers(value.address)) return null;
      const store = this.displacing(value);
      return (store === null ? undefined : displaced.get(store)) ?? hold(this.wordsOf(value), false);
    };
    const self = ownerOf(call.self);
    const owners = call.args.map(ownerOf);
    const bytes = call.args.length * 8;
    const passing = this.passing(call.args, owners);
    if (held.length > 0) this.line("const held = vm.frameTop;");
    if (passing.isWritten) this.line(`const out = vm.frameLimit - ${bytes};`);
    const top = held.length > 0 ? `held + ${held.length * 8}` : "vm.frameTop";
    if (held.length > 0 || passing.isWritten) this.require(`${top} <= ${passing.isWritten ? "out" : "vm.frameLimit"}`);

    for (const { slot, payload, tag, isDisplaced } of held) {
      if (!isDisplaced) this.line(`${tag === "OBJECT" ? "" : `if (${tag} >= REFERENCES) `}I32[${payload} >> 2]++;`);
      this.writeWords(slot, { payload, tag });
    }
    if (passing.isWritten)
      for (const [i, value] of call.args.entries()) this.pass(i === 0 ? "out" : `out + ${i * 8}`, value, owners[i]);
    for (const store of stores) this.commit(store);
    this.line("vm.callsLeft--; vm.callee = 0;");
    if (held.length > 0) this.line(`vm.frameTop = ${top};`);
    if (passing.isWritten) this.line("vm.frameLimit = out;");
    this.dispatch(call, self?.slot ?? call.self.address, passing.isWritten ? "out" : passing.address);
    this.line("vm.callsLeft++;");
    if (passing.isWritten) this.line(`vm.frameLimit = out + ${bytes};`);
    // What was counted for the callee has had another holder, which has told the collector where it let go (`emitDrops`).
    for (const value of held)
      this.lower(
        value,
        value.isDisplaced ? staysAlive(value.payload) : `I32[${value.payload} >> 2] > 1`,
        `O.dropSlot(${value.slot})`,
      );
    if (held.length > 0) this.line("vm.frameTop = held;");
    if (result !== null) {
      this.line("if (vm.thrown !== 0) return;");
      this.line("if (I32[(RESULT >> 2) + 1] >= REFERENCES) O.dropResult();");
      this.writeResult(result);
    }
    this.line("return;");
  }

  private wordsOf({ address }: SlotValue): Words {
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
      if (first.kind === "constant") return { isWritten: false, address: this.constantSlot(first) };
    }
    const start = first.kind === "slot" ? argumentIndex(first.address) : -1;
    const inOrder = start >= 0 && args.every((value, i) => value.kind === "slot" && argumentIndex(value.address) === start + i);
    return { isWritten: !inOrder, address: first.kind === "slot" ? first.address : "args" };
  }

  /** Writes an argument to the outgoing area, which owns nothing. */
  private pass(slot: string, value: Value, owner: Held | null): void {
    const object = value.kind === "slot" ? this.state.objects.get(value.address) : undefined;
    const words = owner ?? (object === undefined ? passedWords(value) : { payload: object, tag: "OBJECT" });
    if (words !== null) {
      this.writeWords(slot, words);
      return;
    }
    const to = addressText(slot);
    if (value.kind === "number") this.line(`F64[${to} >> 3] = ${value.text};`);
    else if (value.kind === "constant" && typeof value.value === "number")
      this.line(`F64[${to} >> 3] = ${numberLiteral(value.value)};`);
    else {
      const address = value.kind === "slot" ? value.address : this.local("a", this.constantSlot(value));
      const from = addressText(address);
      if (value.kind === "slot") this.line(`if (I32[(${address} >> 2) + 1] < TAGS) F64[${to} >> 3] = F64[${from} >> 3];`);
      const copied = `I32[${to} >> 2] = I32[${from} >> 2]; I32[(${slot} >> 2) + 1] = I32[(${address} >> 2) + 1];`;
      this.line(value.kind === "slot" ? `else { ${copied} }` : copied);
    }
  }

  private constantSlot(value: Value): string {
    return value.kind === "constant" && value.value !== undefined ? this.context.constants.slot(value.value) : "NOTHING";
  }

  private dispatch({ fn, code, candidates, depth, args }: TailCall, self: string, passed: string): void {
    candidates.forEach(({ index, functionName, usesSuper }, i) => {
      const call = `${functionName}(${fn}, ${self}, ${passed}, ${args.length});`;
      const body = usesSuper ? `{ vm.callee = ${depth} << DEPTH_SHIFT; ${call} }` : call;
      const isLast = i === candidates.length - 1;
      this.line(`${i === 0 ? "" : "else "}${isLast ? "" : `if (${code} === ${index}) `}${body}`);
    });
  }
}

/** Words of an argument that are known without a look at it, and not those of a number. */
function passedWords(value: Value): Words | null {
  if (value.kind === "truth") return { payload: `${value.text} ? 1 : 0`, tag: "BOOLEAN" };
  return value.kind === "constant" ? simpleWords(value) : null;
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
