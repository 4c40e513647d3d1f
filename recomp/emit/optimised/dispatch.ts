// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressLocal, addressOf, emitKeep, emitWords, plainNumber, staysAlive, taggedAs, wordsAt, wordsOf } from "./access.ts";
import type { BlockEmitter, KnownUnit, ModuleFacts } from "./block-emitter.ts";
import { type Operand, RESULT_OPERAND, UNDEFINED_OPERAND } from "./operands.ts";

/**
 * What all calls share: arguments go to the outgoing area, which owns nothing; the callee is compared with the functions of the
 * module that have the called name, and called directly when it is one of them.
 */

/** Arguments past which a call is left to the literal action. */
export const MAX_ARGUMENTS = 250;
/** Functions of one name past which a call goes through the machine's table. */
export const MAX_CANDIDATES = 6;

/** Arguments that a constructor may be told to keep: there are bits for so many. */
export const MOST_OFFERED = 8;

/** Bit of `vm.callee` that lets a constructor keep an argument (runtime/layout/frames.ts). */
export function keepsBit(argument: number): number {
  return 2 << argument;
}

/** Pops the argument count and the arguments. Null when the count is not written in the code. */
export function popArguments(e: BlockEmitter): Operand[] | null {
  const count = e.pop();
  if (count.kind !== "constant" || typeof count.value !== "number") return null;
  const wanted = count.value >>> 0;
  const available = Math.min(wanted, e.stack.length);
  if (available > MAX_ARGUMENTS) return null;
  const values: Operand[] = [];
  for (let i = 0; i < available; i++) values.push(e.pop());
  return values;
}

/** Stack position of argument `index` of `count`, when the stack without them is `base` deep. */
export function positionOf(base: number, count: number, index: number): number {
  return base + count - 1 - index;
}

/** Borrowed values must outlive the call: those in memory get a slot. */
export function secure(e: BlockEmitter, operand: Operand, position: number): Operand {
  if (operand.kind !== "slot" || operand.stable) return operand;
  emitKeep(e, operand.address, e.temporary(position));
  return { ...operand, stable: true };
}

/** Locals with the temporaries to which `secure` has copied borrowed values among these operands. */
export function securedSlots(before: readonly Operand[], after: readonly Operand[]): string[] {
  return after.flatMap((operand, i) => (operand !== before[i] && operand.kind === "slot" ? [operand.address] : []));
}

/**
 * The call is over for which borrowed values were secured: drops them. That makes no garbage cycle: what was copied had another holder, and
 * has been made known to the cycle collector if that has let go of it meanwhile; `keep` does so for what had none.
 */
export function emitDrops(e: BlockEmitter, slots: readonly string[]): void {
  emitLowering(e, slots, (pointer) => `I32[${pointer} >> 2] > 1`, true);
}

/** Drops what slots of the frame own and what `staysAlive`; the rest is left in its slot. */
export function emitEasyDrops(e: BlockEmitter, slots: readonly string[]): void {
  emitLowering(e, slots, staysAlive, false);
}

/** Drops what slots own by lowering counts where a condition on the record holds; leaves the rest to the helper, or alone. */
function emitLowering(
  e: BlockEmitter,
  slots: readonly string[],
  condition: (pointer: string) => string,
  dropsRest: boolean,
): void {
  for (const slot of slots) {
    const pointer = e.local("p");
    e.out.block(`if (I32[(${slot} >> 2) + 1] >= REFERENCES) {`, () => {
      e.out.line(`const ${pointer} = I32[${slot} >> 2];`);
      e.out.line(`if (${condition(pointer)}) { I32[${pointer} >> 2]--; I32[(${slot} >> 2) + 1] = UNDEFINED; }`);
      if (dropsRest) e.out.line(`else O.dropSlot(${slot});`);
    });
  }
}

/** Writes operands to the outgoing area. */
export function pass(e: BlockEmitter, operands: readonly Operand[], position: (index: number) => number): void {
  e.outgoingBytes = Math.max(e.outgoingBytes, operands.length * 8);
  operands.forEach((operand, i) => {
    const slot = i === 0 ? "out" : `(out + ${i * 8})`;
    const words = wordsOf(operand);
    const number = plainNumber(e, operand);
    if (words !== null) emitWords(e, slot, words);
    else if (number !== null) e.out.line(`F64[${slot} >> 3] = ${number};`);
    else if (operand.kind === "either") {
      e.out.line(`if (${operand.address} === 0) F64[${slot} >> 3] = ${operand.number};`);
      e.out.block("else {", () => emitPass(e, slot, operand.address, operand.owned !== true));
    } else {
      const isTyped = operand.kind === "constant" || (operand.kind === "slot" && operand.type !== undefined);
      emitPass(e, slot, addressOf(e, operand, position(i)), !isTyped);
    }
  });
}

/** Copies what lies at an address to the outgoing area: a number, where there may be one, as the double as which it is loaded soon. */
function emitPass(e: BlockEmitter, slot: string, source: string, mayBeNumber: boolean): void {
  const from = addressLocal(e, source);
  const words = wordsAt(from);
  if (!mayBeNumber) {
    emitWords(e, slot, words);
    return;
  }
  e.out.line(`if (${words.tag} < TAGS) F64[${slot} >> 3] = F64[${from} >> 3];`);
  e.out.block("else {", () => emitWords(e, slot, words));
}

const RESULT_TAG = "I32[(RESULT >> 2) + 1]";

/** Text for the address of a result that is no number: a pinned slot for what is not counted. */
function resultAddress(e: BlockEmitter, position: number): string {
  const simple = `SIMPLE + ((${RESULT_TAG} & 7) << 4) + (I32[RESULT >> 2] << 3)`;
  return `${RESULT_TAG} < REFERENCES ? ${simple} : O.takeResult(${e.temporary(position)})`;
}

/**
 * Fills a local with the number that a call returned, or one with an `a` at the end of its name with the address of what else it
 * returned (which stays 0 for a number). The number is only loaded where there is one: what was stored as two words cannot be loaded as one
 * double before it has left the processor's store buffer.
 */
export function emitTakeResult(e: BlockEmitter, number: string, position: number): void {
  e.out.line(`if (${RESULT_TAG} < TAGS) ${number} = F64[RESULT >> 3]; else ${number}a = ${resultAddress(e, position)};`);
}

/** Takes the result of a call, which may be of any type. */
export function pushResult(e: BlockEmitter): void {
  if (e.returnsNext) {
    e.push(RESULT_OPERAND);
    return;
  }
  if (e.dropsNext) {
    e.out.line("if (I32[(RESULT >> 2) + 1] >= REFERENCES) O.dropResult();");
    e.push(UNDEFINED_OPERAND);
    return;
  }
  const position = e.stack.length;
  const number = e.local("n");
  e.out.line(`let ${number} = 0, ${number}a = 0;`);
  emitTakeResult(e, number, position);
  e.push({ kind: "either", number, address: `${number}a`, owned: true });
}

/**
 * Units of the module that a call by a name probably means. Only those that begin with the constant pool which is in force here:
 * what is called directly neither sets it nor puts it back.
 */
export function candidatesFor(e: BlockEmitter, name: string | null): readonly KnownUnit[] {
  return calleesNamed(e.module, e.code.swfVersion, e.pool, name);
}

/** `candidatesFor` code of a version with a constant pool. */
export function calleesNamed(
  module: ModuleFacts,
  swfVersion: number,
  pool: readonly string[] | null,
  name: string | null,
): readonly KnownUnit[] {
  // Who is called from SWF 5 runs with the scopes and the version of the clip it is called on.
  if (name === null || !module.directCalls || swfVersion < 6) return [];
  const known = module.unitsByName.get(name) ?? [];
  const same = known.filter((unit) => module.hasNoPools || (unit.pool !== null && unit.pool === pool));
  return same.length > MAX_CANDIDATES ? [] : same;
}

/**
 * Text that calls a function by its name in the module where it is one of those that the called name suggests; where the name
 * suggests none, one of this version and constant pool through the machine's table. `fallback` for every other callee.
 * @param fn local with the function, 0 for none
 * @param depth text for where the callee's `super` starts
 */
export function emitDispatch(
  e: BlockEmitter,
  name: string | null,
  fn: string,
  self: string,
  argc: number,
  depth: string,
  fallback: () => void,
): void {
  if (!e.module.directCalls) {
    fallback();
    return;
  }
  const candidates = candidatesFor(e, name);
  if (candidates.length === 0) {
    e.usesTraits = true;
    e.out.block(
      `if (${fn} !== 0 && I32[(${fn} >> 2) + TRAITS] === traits) {`,
      () => emitTableCall(e, `I32[(${fn} >> 2) + CODE]`, fn, self, argc, depth),
      "} else {",
    );
  } else {
    e.usesOwnCode = true;
    const code = e.local("k");
    e.out.line(`const ${code} = ${fn} === 0 ? -1 : I32[(${fn} >> 2) + CODE];`);
    emitDirectCalls(e, candidates, code, "own", fn, self, argc, depth);
    e.out.line("else {");
  }
  e.out.indented(fallback);
  e.out.line("}");
  emitThrownCheck(e);
}

/** Calls a function that is known to be of this version and constant pool. */
export function emitDirectCall(
  e: BlockEmitter,
  name: string | null,
  fn: string,
  self: string,
  argc: number,
  depth: string,
): void {
  const code = e.local("k");
  e.out.line(`const ${code} = I32[(${fn} >> 2) + CODE];`);
  const candidates = candidatesFor(e, name);
  emitDirectCalls(e, candidates, code, "units", fn, self, argc, depth);
  e.out.block(candidates.length === 0 ? "{" : "else {", () => emitTableCall(e, code, fn, self, argc, depth));
}

/** What has been called may have returned with an exception. Where its result is returned at once, so is the exception. */
export function emitThrownCheck(e: BlockEmitter): void {
  if (!e.returnsNext) e.out.line(`if (vm.thrown !== 0) ${e.unwindText()}`);
}

/** Who takes as many arguments as are passed is the likeliest callee. */
export function likeliestFirst(candidates: readonly KnownUnit[], argc: number): KnownUnit[] {
  return [...candidates].sort((a, b) => Math.abs(a.parameterCount - argc) - Math.abs(b.parameterCount - argc));
}

/** @param base local with the number from which the module's code is counted */
function emitDirectCalls(
  e: BlockEmitter,
  candidates: readonly KnownUnit[],
  code: string,
  base: "own" | "units",
  fn: string,
  self: string,
  argc: number,
  depth: string,
): void {
  likeliestFirst(candidates, argc).forEach(({ index, functionName, usesSuper }, i) => {
    const call = `${functionName}(${fn}, ${self}, out, ${argc});`;
    const body = usesSuper ? `{ vm.callee = ${depth} << DEPTH_SHIFT; ${call} }` : call;
    e.out.line(`${i === 0 ? "" : "else "}if (${code} === ${base} + ${index}) ${body}`);
  });
}

function emitTableCall(e: BlockEmitter, code: string, fn: string, self: string, argc: number, depth: string): void {
  e.out.line(`vm.callee = ${depth} << DEPTH_SHIFT;`);
  e.out.line(`vm.code[${code}](${fn}, ${self}, out, ${argc});`);
}

/** Text for the function that a slot holds, 0 for anything else. */
export function functionText(address: string): string {
  const isFunction = `I32[(${address} >> 2) + 1] === OBJECT && (I32[(I32[${address} >> 2] >> 2) + 1] & 0xff) === FUNCTION`;
  return `${isFunction} ? I32[${address} >> 2] : 0`;
}

/** Where a method was looked up: locals with the receiver's address and the function (0: not a known one), and what they came from. */
export interface MethodLookup {
  receiver: Operand;
  self: string;
  fn: string;
  object: { test: string; pointer: string } | null;
  text: { test: string; pointer: string } | null;
  site: string;
  id: string;
}

/** Looks a named method up where the site found it last. */
export function emitMethodLookup(e: BlockEmitter, receiver: Operand, name: string, position: number): MethodLookup {
  const { out } = e;
  const site = e.site();
  const id = e.names.constants.name(name);
  const object = taggedAs(e, receiver, "OBJECT");
  const text = taggedAs(e, receiver, "STRING");
  const self = e.local("a");
  const isBorrowed = receiver.kind === "slot" && !receiver.stable;
  out.line(`${isBorrowed ? "let" : "const"} ${self} = ${addressOf(e, receiver, position)};`);
  const fn = e.local("f");
  out.line(`let ${fn} = 0;`);
  if (object !== null) {
    const known = `I32[(${object.pointer} >> 2) + SHAPE] === I32[${site}] && vm.epoch === I32[${site} + 1]`;
    out.line(`if (${object.test}) {`);
    out.line(`  if (${known}) ${fn} = I32[${site} + 2] || O.ownMethod(vm, ${object.pointer}, ${site});`);
    out.line(`  else ${fn} = O.sharedMethod(vm, ${object.pointer}, ${id}, ${site});`);
    out.line("}");
  }
  return { receiver, self, fn, object, text, site, id };
}

/** Calls what a method look-up found, with arguments that lie in the outgoing area. */
export function emitMethodCall(e: BlockEmitter, name: string, method: MethodLookup, count: number): void {
  const { out } = e;
  const { self, fn, text, site, id } = method;
  if (count === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
  emitDispatch(e, name, fn, self, count, `I32[${site} + 3]`, () => {
    out.line(`if (${fn} !== 0) O.callFound(vm, ${fn}, ${self}, out, ${count}, I32[${site} + 3]);`);
    const unboxed =
      text === null ? "" : `if (!(${text.test} && O.callStringMethod(vm, ${self}, ${id}, out, ${count}, ${site}))) `;
    out.line(`else ${unboxed}O.callMethod(vm, ${self}, ${id}, out, ${count}, ${site});`);
  });
}
