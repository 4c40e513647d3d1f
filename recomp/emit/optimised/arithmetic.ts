// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressOf, bothGuards, conditionText, isSimple, numericOf, taggedAs, truthLocal, wordsAt } from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { NO_REGISTERS, numberOperand, type Operand, truthOperand } from "./operands.ts";

/** Operators: on numbers in the text, on anything else through the general helpers. */

interface BinaryOperator {
  /** Text for two numbers. */
  text(left: string, right: string): string;
  /** General helper: `(vm, left, right) => number`. */
  helper: string;
}

const int = (text: string): string => (/^-?\d+$/.test(text) ? text : text);
const shift = (text: string): string => (/^\d+$/.test(text) ? String(Number(text) & 31) : `(${text} & 31)`);

const OPERATORS: Readonly<Record<string, BinaryOperator>> = {
  Subtract: { text: (a, b) => `(${a} - ${b})`, helper: "subtract" },
  Multiply: { text: (a, b) => `(${a} * ${b})`, helper: "multiply" },
  Divide: { text: (a, b) => `(${a} / ${b})`, helper: "divide" },
  Modulo: { text: (a, b) => `remainder(${a}, ${b})`, helper: "modulo" },
  Add: { text: (a, b) => `(${a} + ${b})`, helper: "addNumbers" },
  BitAnd: { text: (a, b) => `(${int(a)} & ${int(b)})`, helper: "bitAnd" },
  BitOr: { text: (a, b) => `(${int(a)} | ${int(b)})`, helper: "bitOr" },
  BitXor: { text: (a, b) => `(${int(a)} ^ ${int(b)})`, helper: "bitXor" },
  BitLShift: { text: (a, b) => `(${a} << ${shift(b)})`, helper: "bitLShift" },
  BitRShift: { text: (a, b) => `(${a} >> ${shift(b)})`, helper: "bitRShift" },
  BitURShift: { text: (a, b) => `O.shiftUnsigned(vm, ${a}, ${b})`, helper: "bitURShift" },
};

/** Expressions longer than this get a local. */
const MAX_TEXT = 90;

function unionOf(a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> {
  if (a.size === 0) return b;
  return b.size === 0 ? a : new Set([...a, ...b]);
}

/** Pushes a number expression, in a local when it is long. */
function pushNumber(e: BlockEmitter, text: string, uses: ReadonlySet<number>): void {
  if (text.length <= MAX_TEXT) {
    e.push(numberOperand(text, uses));
    return;
  }
  const local = e.local("n");
  e.out.line(`const ${local} = ${text};`);
  e.push(numberOperand(local));
}

/** Text of an arithmetic action on two numbers. */
export function operatorText(name: string, left: string, right: string): string {
  return OPERATORS[name].text(left, right);
}

export function isArithmetic(name: string): boolean {
  return name in OPERATORS;
}

/** A binary operator whose result is always a number. */
export function emitArithmetic(e: BlockEmitter, name: string): void {
  const operator = OPERATORS[name];
  const right = e.pop();
  const left = e.pop();
  const position = e.stack.length;
  const a = numericOf(e, left);
  const b = numericOf(e, right);
  if (a !== null && b !== null) {
    const guard = bothGuards(a.guard, b.guard);
    const text = operator.text(a.value, b.value);
    if (guard === null) {
      pushNumber(e, text, unionOf(a.uses, b.uses));
      return;
    }
    const local = e.local("n");
    const slow = `O.${operator.helper}(vm, ${addressOf(e, left, position)}, ${addressOf(e, right, position + 1)})`;
    emitNumberChoice(e, local, guard, text, slow);
    e.push(numberOperand(local));
    return;
  }
  const local = e.local("n");
  const call = `O.${operator.helper}(vm, ${addressOf(e, left, position)}, ${addressOf(e, right, position + 1)})`;
  e.keepPending();
  e.out.line(`const ${local} = ${call};`);
  e.push(numberOperand(local));
}

/** `local` becomes `fast` where the guard holds; else what the stack borrows is kept and `slow` runs. `none`: any value of their type. */
function emitNumberChoice(e: BlockEmitter, local: string, guard: string, fast: string, slow: string, none = "0"): void {
  const keeps = e.keepStatements();
  if (keeps.length === 0) {
    e.out.line(`const ${local} = ${guard} ? ${fast} : ${slow};`);
    return;
  }
  e.out.line(`let ${local} = ${none};`);
  e.out.line(`if (${guard}) ${local} = ${fast};`);
  e.out.block("else {", () => {
    for (const keep of keeps) e.out.line(keep);
    e.out.line(`${local} = ${slow};`);
  });
}

function isText(operand: Operand): boolean {
  return (
    (operand.kind === "constant" && typeof operand.value === "string") || (operand.kind === "slot" && operand.type === "string")
  );
}

/** Add2. */
export function emitAdd(e: BlockEmitter): void {
  const right = e.pop();
  const left = e.pop();
  const position = e.stack.length;
  const a = numericOf(e, left);
  const b = numericOf(e, right);
  if (a !== null && b !== null && a.guard === null && b.guard === null && !isBoolean(left) && !isBoolean(right)) {
    pushNumber(e, `(${a.value} + ${b.value})`, unionOf(a.uses, b.uses));
    return;
  }
  const slot = e.temporary(position);
  const slow = `O.add(vm, ${addressOf(e, left, position)}, ${addressOf(e, right, position + 1)}, ${slot})`;
  const guard = a !== null && b !== null ? bothGuards(a.guard, b.guard) : null;
  if (isText(left) || isText(right)) {
    e.keepPending();
    e.out.line(`${slow};`);
    e.push({ kind: "slot", address: slot, stable: true, type: "string" });
    return;
  }
  const number = e.local("n");
  const address = `${number}a`;
  if (guard === null) {
    e.keepPending();
    e.out.line(`let ${number} = 0, ${address} = ${slow};`);
    e.out.line(`if (I32[(${address} >> 2) + 1] < TAGS) { ${number} = F64[${address} >> 3]; ${address} = 0; }`);
    e.push({ kind: "either", number, address, owned: true });
    return;
  }
  e.out.line(`let ${number} = 0, ${address} = 0;`);
  e.out.line(`if (${guard}) ${number} = ${a?.value} + ${b?.value};`);
  e.out.block("else {", () => {
    for (const keep of e.keepStatements()) e.out.line(keep);
    e.out.line(`${address} = ${slow};`);
    e.out.line(`if (I32[(${address} >> 2) + 1] < TAGS) { ${number} = F64[${address} >> 3]; ${address} = 0; }`);
  });
  e.push({ kind: "either", number, address, owned: true });
}

function isBoolean(operand: Operand): boolean {
  return operand.kind === "truth" || (operand.kind === "constant" && typeof operand.value === "boolean");
}

/** Actions on one number whose result is a number. */
const UNARY: Readonly<Record<string, (text: string) => string>> = {
  Increment: (text) => `(${text} + 1)`,
  Decrement: (text) => `(${text} - 1)`,
  ToNumber: (text) => text,
  ToInteger: (text) => `(${text} | 0)`,
};

/** Text of an action of one number that `isUnary`. */
export function unaryText(name: string, operand: string): string {
  return UNARY[name](operand);
}

export function isUnary(name: string): boolean {
  return Object.hasOwn(UNARY, name);
}

/** Increment, Decrement, ToNumber, ToInteger. */
export function emitUnary(e: BlockEmitter, name: string): void {
  const apply = UNARY[name];
  const operand = e.pop();
  const position = e.stack.length;
  const a = numericOf(e, operand);
  if (a !== null && a.guard === null) {
    pushNumber(e, apply(a.value), a.uses);
    return;
  }
  const local = e.local("n");
  const slow = apply(`O.asNumber(vm, ${addressOf(e, operand, position)})`);
  if (a === null || a.guard === null) {
    e.keepPending();
    e.out.line(`const ${local} = ${slow};`);
  } else emitNumberChoice(e, local, a.guard, apply(a.value), slow);
  e.push(numberOperand(local));
}

/** Less2 and Greater: true, false, or undefined where a NaN takes part. */
export function emitComparison(e: BlockEmitter, helper: "less" | "greater"): void {
  const right = e.pop();
  const left = e.pop();
  const position = e.stack.length;
  const a = numericOf(e, left);
  const b = numericOf(e, right);
  const [sign, opposite] = helper === "less" ? ["<", ">="] : [">", "<="];
  const guard = a !== null && b !== null ? bothGuards(a.guard, b.guard) : null;
  if (a !== null && b !== null && guard === null) {
    const uses = unionOf(a.uses, b.uses);
    const tri = `(${a.value} ${sign} ${b.value} ? 1 : ${a.value} ${opposite} ${b.value} ? 0 : 2)`;
    e.push(truthOperand(`${a.value} ${sign} ${b.value}`, uses, tri));
    return;
  }
  const local = e.local("c");
  // Where a branch follows at once, undefined is as good as false.
  const isTest = e.branchesNext;
  const compared = `O.${helper}(vm, ${addressOf(e, left, position)}, ${addressOf(e, right, position + 1)})`;
  const slow = isTest ? `${compared} === 1` : compared;
  if (a === null || b === null || guard === null) {
    e.keepPending();
    e.out.line(`const ${local} = ${slow};`);
  } else {
    const test = `${a.value} ${sign} ${b.value}`;
    const fast = isTest ? test : `(${test} ? 1 : ${a.value} ${opposite} ${b.value} ? 0 : 2)`;
    emitNumberChoice(e, local, guard, fast, slow, isTest ? "false" : "0");
  }
  e.push(isTest ? truthOperand(local) : truthOperand(`${local} === 1`, NO_REGISTERS, local));
}

/** Not. */
export function emitNot(e: BlockEmitter): void {
  const operand = e.pop();
  if (operand.kind === "truth" && operand.ends !== undefined) {
    const ends = { list: operand.ends.list, whenTrue: !operand.ends.whenTrue };
    e.push({ kind: "truth", text: `!(${operand.text})`, tri: null, uses: operand.uses, ends });
    return;
  }
  const uses = operand.kind === "truth" || operand.kind === "number" ? operand.uses : NO_REGISTERS;
  const text = conditionText(e, operand);
  if (operand.kind === "truth" || operand.kind === "constant" || operand.kind === "number") {
    e.push(truthOperand(`!(${text})`, uses));
    return;
  }
  const local = e.local("c");
  e.out.line(`const ${local} = !(${text});`);
  e.push(truthOperand(local));
}

function pushTruthLocal(e: BlockEmitter, text: string): void {
  const local = e.local("c");
  e.out.line(`const ${local} = ${text};`);
  e.push(truthOperand(local));
}

/** Equals2. */
export function emitEquals(e: BlockEmitter): void {
  const right = e.pop();
  const left = e.pop();
  const position = e.stack.length;
  const nothing = [left, right].find((operand) => operand.kind === "constant" && operand.value == null);
  const other = nothing === left ? right : left;
  if (nothing !== undefined && other.kind === "slot" && other.nameOf !== undefined) {
    const text = `I32[(${other.address} >> 2) + 1] === UNDEFINED`;
    e.push({ kind: "truth", text, tri: null, uses: NO_REGISTERS, ends: { list: other.nameOf, whenTrue: true } });
    return;
  }
  if (nothing !== undefined) {
    emitEqualsNothing(e, other, nothing, other === left ? position : position + 1);
    return;
  }
  const a = numericOf(e, left);
  const b = numericOf(e, right);
  const slow = (): string => `O.equals(vm, ${addressOf(e, left, position)}, ${addressOf(e, right, position + 1)})`;
  if (a !== null && b !== null && !isBoolean(left) && !isBoolean(right)) {
    const guard = bothGuards(a.guard, b.guard);
    const plain = isPlainLiteral(a.value) || isPlainLiteral(b.value);
    const fast = plain ? `${a.value} === ${b.value}` : `O.numbersEqual(vm, ${a.value}, ${b.value})`;
    if (plain && left.kind === "constant" && right.kind === "constant") e.push(truthOperand(String(left.value === right.value)));
    else if (guard === null) e.push(truthOperand(fast, unionOf(a.uses, b.uses)));
    else emitTruthChoice(e, guard, fast, slow());
    return;
  }
  const constant = [left, right].find((operand) => operand.kind === "constant" && typeof operand.value === "string");
  if (constant !== undefined) {
    const value = constant === left ? right : left;
    const text = taggedAs(e, value, "STRING");
    const at = constant === left ? position + 1 : position;
    const constantSlot = addressOf(e, constant, position);
    if (text !== null) {
      e.keepPending();
      pushTruthLocal(e, `O.equalsText(vm, ${addressOf(e, value, at)}, ${constantSlot})`);
      return;
    }
  }
  e.keepPending();
  pushTruthLocal(e, slow());
}

/** A number literal that is no NaN: comparing with it by `===` is what Equals2 does. */
function isPlainLiteral(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

function emitTruthChoice(e: BlockEmitter, guard: string, fast: string, slow: string): void {
  const local = e.local("c");
  const keeps = e.keepStatements();
  if (keeps.length === 0) e.out.line(`const ${local} = ${guard} ? ${fast} : ${slow};`);
  else {
    e.out.line(`let ${local} = false;`);
    e.out.line(`if (${guard}) ${local} = ${fast};`);
    e.out.block("else {", () => {
      for (const keep of keeps) e.out.line(keep);
      e.out.line(`${local} = ${slow};`);
    });
  }
  e.push(truthOperand(local));
}

/** `value == null`: objects are asked through valueOf, which a site remembers to be the plain one. */
function emitEqualsNothing(e: BlockEmitter, value: Operand, nothing: Operand, position: number): void {
  if (value.kind === "number" || value.kind === "truth") {
    e.push(truthOperand("false"));
    return;
  }
  const object = taggedAs(e, value, "OBJECT");
  const address = addressOf(e, value, position);
  const slot = addressOf(e, nothing, position);
  if (object === null) {
    e.keepPending();
    pushTruthLocal(e, `O.equals(vm, ${address}, ${slot})`);
    return;
  }
  const site = e.site();
  const isPlain = `I32[(${object.pointer} >> 2) + SHAPE] === I32[${site}] && vm.epoch === I32[${site} + 1]`;
  const slow = `O.equalsNothing(vm, ${address}, ${slot}, ${site})`;
  if (value.kind === "either") {
    emitTruthChoice(e, `${object.test} && ${isPlain}`, "false", slow);
    return;
  }
  const words = wordsAt(address);
  const tag = isSimple(words.tag) ? words.tag : e.local("k");
  if (tag !== words.tag) e.out.line(`const ${tag} = ${words.tag};`);
  const guard = `${tag} === NULL || ${tag} === UNDEFINED || ${tag} === OBJECT && ${isPlain}`;
  emitTruthChoice(e, guard, `${tag} !== OBJECT`, slow);
}

/** StrictEquals: runs nothing. */
export function emitStrictEquals(e: BlockEmitter): void {
  const right = e.pop();
  const left = e.pop();
  const position = e.stack.length;
  pushTruthLocal(e, `O.strictEquals(vm, ${addressOf(e, left, position)}, ${addressOf(e, right, position + 1)})`);
}

/** PushDuplicate. */
export function emitDuplicate(e: BlockEmitter): void {
  const operand = e.pop();
  const position = e.stack.length;
  switch (operand.kind) {
    case "number": {
      const text = isSimple(operand.text) ? operand.text : e.local("n");
      if (text !== operand.text) e.out.line(`const ${text} = ${operand.text};`);
      const copy = numberOperand(text, text === operand.text ? operand.uses : NO_REGISTERS);
      e.push(copy);
      e.push(copy);
      return;
    }
    case "truth": {
      const local = truthLocal(e, operand);
      const copy: Operand = truthOperand(`${local} === 1`, NO_REGISTERS, operand.tri === null ? null : local);
      e.push(copy);
      e.push(copy);
      return;
    }
    case "slot":
    case "either": {
      // Each copy has a slot of its own: either may outlive the other.
      const value = addressOf(e, operand, position);
      const copy = e.temporary(position + 1);
      e.out.line(`O.keep(${value}, ${copy});`);
      e.push(operand.kind === "slot" ? operand : { kind: "either", number: operand.number, address: operand.address });
      e.push({ kind: "slot", address: copy, stable: true, type: operand.kind === "slot" ? operand.type : undefined });
      return;
    }
    default:
      e.push(operand);
      e.push(operand);
  }
}

/** StackSwap. */
export function emitSwap(e: BlockEmitter): void {
  const upper = e.pop();
  const lower = e.pop();
  const position = e.stack.length;
  const secured = (operand: Operand, at: number, to: number): Operand => {
    if (operand.kind !== "slot" && operand.kind !== "either") return operand;
    const spare = e.local("x");
    e.out.line(`const ${spare} = O.keep(${addressOf(e, operand, at)}, ${e.temporary(to)});`);
    return { kind: "slot", address: spare, stable: true, type: operand.kind === "slot" ? operand.type : undefined };
  };
  // By way of a third slot, so that neither overwrites the other.
  const first = secured(lower, position, position + 2);
  const second = secured(upper, position + 1, position);
  const third = first === lower ? lower : secured(first, position + 2, position + 1);
  e.push(second);
  e.push(third);
}
