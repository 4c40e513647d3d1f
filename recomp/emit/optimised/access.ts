// SPDX-License-Identifier: AGPL-3.0-or-later
import { numberLiteral } from "../text.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { NotOptimisable } from "./facts.ts";
import { NeedsArguments, NO_REGISTERS, numberOperand, type Operand } from "./operands.ts";

/** How emitted text gets at an operand: as a number, by its tag, by the address of a slot. */

/** An operand as a number: `value` is right where `guard` (null: always) holds. */
export interface NumericAccess {
  guard: string | null;
  value: string;
  uses: ReadonlySet<number>;
}

/** Null for what is never a number without a conversion that the general helpers do. */
export function numericOf(e: BlockEmitter, operand: Operand): NumericAccess | null {
  switch (operand.kind) {
    case "constant":
      if (typeof operand.value === "number") return { guard: null, value: numberLiteral(operand.value), uses: NO_REGISTERS };
      if (typeof operand.value === "boolean") return { guard: null, value: operand.value ? "1" : "0", uses: NO_REGISTERS };
      return null;
    case "number":
      return { guard: null, value: operand.text, uses: operand.uses };
    case "truth":
      return operand.tri === null ? { guard: null, value: `(${operand.text} ? 1 : 0)`, uses: operand.uses } : null;
    case "register":
      return { ...e.registers.asNumber(operand.register), uses: NO_REGISTERS };
    case "slot":
      if (operand.type !== undefined) return null;
      return { guard: `I32[(${operand.address} >> 2) + 1] < TAGS`, value: `F64[${operand.address} >> 3]`, uses: NO_REGISTERS };
    case "either":
      return { guard: `${operand.address} === 0`, value: operand.number, uses: NO_REGISTERS };
    case "arguments":
      throw new NeedsArguments();
    case "names":
      throw new NotOptimisable("a for..in list used as a number");
  }
}

/** Both guards in one condition, null when neither is needed. */
export function bothGuards(...guards: (string | null)[]): string | null {
  const needed = [...new Set(guards.filter((guard) => guard !== null))];
  return needed.length === 0 ? null : needed.join(" && ");
}

/**
 * Text for the address of a slot that holds the operand.
 * @param position stack position of the operand: what has no slot is put in that position's own
 */
export function addressOf(e: BlockEmitter, operand: Operand, position: number): string {
  switch (operand.kind) {
    case "constant":
      return operand.value === undefined ? "NOTHING" : e.names.constants.slot(operand.value);
    case "number":
      return `O.number(${e.temporary(position)}, ${operand.text})`;
    case "truth":
      return `O.truth(${e.temporary(position)}, ${operand.tri ?? `${operand.text} ? 1 : 0`})`;
    case "register":
      return e.registers.address(operand.register);
    case "slot":
      return operand.address;
    case "either":
      return `(${operand.address} !== 0 ? ${operand.address} : O.number(${e.temporary(position)}, ${operand.number}))`;
    case "arguments":
      throw new NeedsArguments();
    case "names":
      throw new NotOptimisable("a for..in list used as a value");
  }
}

/** Condition that the operand is an object, and its pointer; null when it never is. */
export function objectOf(e: BlockEmitter, operand: Operand): { test: string; pointer: string } | null {
  return taggedAs(e, operand, "OBJECT");
}

/** Condition that the operand has a tag, and its payload; null when it never has. */
export function taggedAs(e: BlockEmitter, operand: Operand, tag: "OBJECT" | "STRING"): { test: string; pointer: string } | null {
  switch (operand.kind) {
    case "register":
      return e.registers.isNumber(operand.register)
        ? null
        : { test: `r${operand.register}t === ${tag}`, pointer: `r${operand.register}` };
    case "slot":
      if (operand.type === "string" && tag === "OBJECT") return null;
      return { test: `I32[(${operand.address} >> 2) + 1] === ${tag}`, pointer: `I32[${operand.address} >> 2]` };
    case "either":
      return {
        test: `${operand.address} !== 0 && I32[(${operand.address} >> 2) + 1] === ${tag}`,
        pointer: `I32[${operand.address} >> 2]`,
      };
    case "constant":
      if (tag !== "STRING" || typeof operand.value !== "string") return null;
      return { test: "true", pointer: `I32[${e.names.constants.slot(operand.value)} >> 2]` };
    case "arguments":
      throw new NeedsArguments();
    default:
      return null;
  }
}

/** A condition that is true where the operand is, as If sees it. */
export function conditionText(e: BlockEmitter, operand: Operand): string {
  switch (operand.kind) {
    case "truth":
      return operand.text;
    case "number":
      return isSimple(operand.text)
        ? `${operand.text} !== 0 && ${operand.text} === ${operand.text}`
        : numberCondition(e, operand.text);
    case "constant":
      if (typeof operand.value === "boolean") return String(operand.value);
      if (typeof operand.value === "number") return String(operand.value !== 0 && !Number.isNaN(operand.value));
      if (operand.value === null || operand.value === undefined) return "false";
      return `O.asBoolean(vm, ${addressOf(e, operand, e.stack.length)})`;
    case "register": {
      const r = `r${operand.register}`;
      if (e.registers.isNumber(operand.register)) return `${r} !== 0 && ${r} === ${r}`;
      return `(${r}t === BOOLEAN ? ${r} !== 0 : O.asBoolean(vm, ${e.registers.address(operand.register)}))`;
    }
    case "slot": {
      const a = operand.address;
      return `(I32[(${a} >> 2) + 1] === BOOLEAN ? I32[${a} >> 2] !== 0 : O.asBoolean(vm, ${a}))`;
    }
    case "either":
      return `(${operand.address} === 0 ? ${operand.number} !== 0 && ${operand.number} === ${operand.number} : I32[(${operand.address} >> 2) + 1] === BOOLEAN ? I32[${operand.address} >> 2] !== 0 : O.asBoolean(vm, ${operand.address}))`;
    case "arguments":
      throw new NeedsArguments();
    case "names":
      throw new NotOptimisable("a for..in list used as a condition");
  }
}

function numberCondition(e: BlockEmitter, text: string): string {
  const local = e.local("n");
  e.out.line(`const ${local} = ${text};`);
  return `${local} !== 0 && ${local} === ${local}`;
}

export function isSimple(text: string): boolean {
  return /^[A-Za-z_]?\w*$/.test(text);
}

/** Expression for 0 false, 1 true, 2 undefined. */
export function triText(operand: Operand & { kind: "truth" }): string {
  return operand.tri ?? `(${operand.text} ? 1 : 0)`;
}

/** A local with a truth as `triText` has it. Annotated: or TypeScript would hold what a branch finds out against the text behind it. */
export function truthLocal(e: BlockEmitter, operand: Operand & { kind: "truth" }): string {
  const local = e.local("c");
  e.out.line(`const ${local}${e.out.type(": number")} = ${triText(operand)};`);
  return local;
}

/** A register is about to be written: operands that mention its value are copied. */
export function freezeRegister(e: BlockEmitter, register: number): void {
  e.stack = e.stack.map((operand, position) => {
    if (operand.kind === "register" && operand.register === register) {
      if (e.registers.isNumber(register)) return frozenNumber(e, `r${register}`);
      const slot = e.temporary(position);
      e.out.line(`O.keep(${e.registers.address(register)}, ${slot});`);
      return { kind: "slot", address: slot, stable: true };
    }
    if (operand.kind === "number" && operand.uses.has(register)) return frozenNumber(e, operand.text);
    if (operand.kind === "truth" && operand.uses.has(register)) {
      const local = truthLocal(e, operand);
      const frozen: Operand = {
        ...operand,
        text: `${local} === 1`,
        tri: operand.tri === null ? null : local,
        uses: NO_REGISTERS,
      };
      return frozen;
    }
    return operand;
  });
}

function frozenNumber(e: BlockEmitter, text: string): Operand {
  const local = e.local("n");
  e.out.line(`const ${local} = ${text};`);
  return numberOperand(local);
}

/** A test that a name of a list is undefined has come out `truth`: past the end the list is gone. */
export function isEndOf(e: BlockEmitter, tested: Operand, truth: boolean): void {
  if (tested.kind !== "truth" || tested.ends === undefined) return;
  const top = e.stack[e.stack.length - 1];
  if (top?.kind !== "names" || top !== tested.ends.list) throw new NotOptimisable("an unusual for..in");
  if (tested.ends.whenTrue === truth) e.stack.pop();
}

/** Payload and tag of a constant that is neither a number nor counted; null for others. */
export function simpleWords(operand: Operand): { payload: string; tag: string } | null {
  if (operand.kind !== "constant") return null;
  if (operand.value === null) return { payload: "0", tag: "NULL" };
  if (operand.value === undefined) return { payload: "0", tag: "UNDEFINED" };
  return typeof operand.value === "boolean" ? { payload: operand.value ? "1" : "0", tag: "BOOLEAN" } : null;
}

/** The same for a condition that is true or false, too, whose text the payload repeats. */
export function wordsOf(operand: Operand): { payload: string; tag: string } | null {
  if (operand.kind !== "truth" || operand.tri !== null) return simpleWords(operand);
  return { payload: `${operand.text} ? 1 : 0`, tag: "BOOLEAN" };
}

/** Text for a number that needs no check; null for anything else. */
export function plainNumber(e: BlockEmitter, operand: Operand): string | null {
  const isNumber = operand.kind === "number" || (operand.kind === "constant" && typeof operand.value === "number");
  return isNumber ? (numericOf(e, operand)?.value ?? null) : null;
}

/** Writes both words of a slot that owns nothing. `slot`: text that needs no parentheses */
export function emitWords(e: BlockEmitter, slot: string, { payload, tag }: { payload: string; tag: string }): void {
  e.out.line(`I32[${slot} >> 2] = ${payload}; I32[(${slot} >> 2) + 1] = ${tag};`);
}

/** A local with an address, or the text itself where that is a name. */
export function addressLocal(e: BlockEmitter, text: string): string {
  if (/^\w+$/.test(text)) return text;
  const local = e.local("from");
  e.out.line(`const ${local} = ${text};`);
  return local;
}

/** Copies what a local's address shows to an owned slot, which the local then names; a slot that owns nothing yet is filled in the text. */
export function emitKeep(e: BlockEmitter, local: string, slot: string): void {
  e.out.block(
    `if (I32[(${slot} >> 2) + 1] < REFERENCES && ${local} !== ${slot}) {`,
    () => {
      e.out.line(`if (I32[(${local} >> 2) + 1] >= REFERENCES) I32[I32[${local} >> 2] >> 2]++;`);
      e.out.line(`I32[${slot} >> 2] = I32[${local} >> 2]; I32[(${slot} >> 2) + 1] = I32[(${local} >> 2) + 1];`);
      e.out.line(`${local} = ${slot};`);
    },
    `} else ${local} = O.keep(${local}, ${slot});`,
  );
}

/** Whether a value that is counted is in a slot of the frame that nobody reads any more: who takes the operand may move it. */
export function isMovable(e: BlockEmitter, operand: Operand): boolean {
  if (operand.kind === "register") return e.isLastUse(operand.register);
  if (operand.kind === "slot") return operand.stable && /^t\d+$/.test(operand.address);
  return operand.kind === "either" && operand.owned === true;
}

/** The register from whose value an operand was reached. */
export function rootOf(operand: Operand): number | undefined {
  if (operand.kind === "register") return operand.register;
  return operand.kind === "slot" && !operand.stable ? operand.root : undefined;
}

/**
 * `isMovable` for what becomes a part of an object. A register that may be all that holds the object keeps its reference: were
 * that moved, nothing would ever drop a reference to the two, and the cycle collector would not hear of them.
 */
export function isMovableInto(e: BlockEmitter, value: Operand, object: Operand): boolean {
  if (!isMovable(e, value)) return false;
  if (value.kind !== "register") return true;
  if (object.kind === "slot" && (object.stable || object.variable !== undefined)) return true;
  const root = rootOf(object);
  return root !== undefined && root !== value.register;
}

/**
 * Moves a value out of a temporary, or of a register that is read for the last time: what is counted changes hands, what is not may lie in a slot that many share.
 * @param replace text for a destination that owns something; `isFree` tells that it does not
 */
export function emitMove(e: BlockEmitter, from: string, slot: string, replace: string, isFree: string): void {
  e.out.line(`if (${isFree}) { I32[${slot} >> 2] = I32[${from} >> 2]; I32[(${slot} >> 2) + 1] = I32[(${from} >> 2) + 1]; }`);
  e.out.line(`else ${replace}`);
  emitMoved(e, from, isCountedIn(from, false));
}

/** Condition that what lies in a slot, of a temporary or a register, is counted. `mayBeNone`: the address may be 0. */
export function isCountedIn(slot: string, mayBeNone = /^n\d+a$/.test(slot)): string {
  const register = registerOf(slot);
  if (register !== null) return `${register}t >= REFERENCES`;
  return `${mayBeNone ? `${slot} !== 0 && ` : ""}I32[(${slot} >> 2) + 1] >= REFERENCES`;
}

/** What was counted in a slot has changed hands, where `condition` holds. */
export function emitMoved(e: BlockEmitter, slot: string, condition = isCountedIn(slot)): void {
  const register = registerOf(slot);
  const forgets = `I32[(${slot} >> 2) + 1] = UNDEFINED;`;
  e.out.line(`if (${condition}) ${register === null ? forgets : `{ ${forgets} ${register}t = UNDEFINED; }`}`);
}

/** Texts for tag and payload of what lies at an address, which for a register are in locals. */
export function wordsAt(address: string): { tag: string; payload: string } {
  const register = registerOf(address);
  if (register !== null) return { tag: `${register}t`, payload: register };
  return { tag: `I32[(${address} >> 2) + 1]`, payload: `I32[${address} >> 2]` };
}

/** The local `rN` that stands for the register whose slot an address is. */
function registerOf(slot: string): string | null {
  return /^r\d+(?=a$)/.exec(slot)?.[0] ?? null;
}

/** Condition that a counted record may lose a reference in the text: others hold it, and it waits for the cycle collector already. */
export function staysAlive(pointer: string): string {
  return `I32[${pointer} >> 2] > 1 && (I32[(${pointer} >> 2) + 1] & BUFFERED) !== 0`;
}

/** Address of what a movable operand owns. */
export function ownedAddress(e: BlockEmitter, operand: Operand): string {
  if (operand.kind === "register") return e.registers.address(operand.register);
  if (operand.kind !== "slot" && operand.kind !== "either") throw new Error(`a ${operand.kind} owns nothing`);
  return operand.address;
}
