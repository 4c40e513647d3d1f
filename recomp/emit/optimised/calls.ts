// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressOf, emitKeep, numericOf, taggedAs } from "./access.ts";
import { NotOptimisable } from "./facts.ts";
import { elementText } from "./members.ts";
import type { Operand } from "./operands.ts";
import type { OptimisedEmitter } from "./unit.ts";
import { emitLookup, selfOf } from "./variables.ts";

/**
 * Calls: arguments go to the outgoing area, which owns nothing; the callee is compared with the functions of the module
 * that have the called name, and called directly when it is one of them.
 */

/** Arguments past which a call is left to the literal action. */
const MAX_ARGUMENTS = 250;
/** Functions of one name past which a call goes through the machine's table. */
const MAX_CANDIDATES = 6;

/** Pops the argument count and the arguments. Null when the count is not written in the code. */
function popArguments(e: OptimisedEmitter): Operand[] | null {
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
function positionOf(base: number, count: number, index: number): number {
  return base + count - 1 - index;
}

/** Borrowed values must outlive the call: those in memory get a slot. */
function secure(e: OptimisedEmitter, operand: Operand, position: number): Operand {
  if (operand.kind !== "slot" || operand.stable) return operand;
  emitKeep(e, operand.address, e.temporary(position));
  return { ...operand, stable: true };
}

/** Writes operands to the outgoing area. */
function pass(e: OptimisedEmitter, operands: readonly Operand[], position: (index: number) => number): void {
  e.outgoingBytes = Math.max(e.outgoingBytes, operands.length * 8);
  operands.forEach((operand, i) => {
    const slot = i === 0 ? "out" : `out + ${i * 8}`;
    if (operand.kind === "number" || (operand.kind === "constant" && typeof operand.value === "number")) {
      e.out.line(`F64[${i === 0 ? slot : `(${slot})`} >> 3] = ${numericOf(e, operand)?.value};`);
    } else if (operand.kind === "either") {
      e.out.line(`if (${operand.address} === 0) F64[${i === 0 ? slot : `(${slot})`} >> 3] = ${operand.number};`);
      e.out.block("else {", () => emitPass(e, slot, operand.address));
    } else emitPass(e, slot, addressOf(e, operand, position(i)));
  });
}

function emitPass(e: OptimisedEmitter, slot: string, source: string): void {
  const from = /^\w+$/.test(source) ? source : e.local("from");
  if (from !== source) e.out.line(`const ${from} = ${source};`);
  const to = slot.includes(" ") ? `(${slot})` : slot;
  e.out.line(`I32[${to} >> 2] = I32[${from} >> 2]; I32[(${to} >> 2) + 1] = I32[(${from} >> 2) + 1];`);
}

/** Text for the address of a result: 0 for numbers, a pinned slot for what is not counted. */
function resultAddress(e: OptimisedEmitter, position: number): string {
  const tag = "I32[(RESULT >> 2) + 1]";
  const simple = `SIMPLE + ((${tag} & 7) << 4) + (I32[RESULT >> 2] << 3)`;
  return `${tag} < TAGS ? 0 : ${tag} < REFERENCES ? ${simple} : O.takeResult(vm, ${e.temporary(position)})`;
}

/** Takes the result of a call, which may be of any type. */
function pushResult(e: OptimisedEmitter): void {
  const position = e.stack.length;
  const number = e.local("n");
  const address = `${number}a`;
  e.out.line(`let ${number} = F64[RESULT >> 3], ${address} = ${resultAddress(e, position)};`);
  e.push({ kind: "either", number, address });
}

/**
 * Text that calls a function of this version and constant pool: by its name in the module where it is one of those that the
 * called name suggests, else through the machine's table. `fallback` for every other callee.
 * @param fn local with the function, 0 for none
 * @param depth text for where the callee's `super` starts
 */
function emitDispatch(
  e: OptimisedEmitter,
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
  const known = name === null ? [] : (e.module.unitsByName.get(name) ?? []);
  const candidates = known.length > MAX_CANDIDATES ? [] : known;
  e.usesTraits = true;
  e.out.block(
    `if (${fn} !== 0 && I32[(${fn} >> 2) + TRAITS] === traits) {`,
    () => {
      e.out.line("if (++vm.callDepth >= vm.maxCallDepth) O.tooDeep(vm);");
      const code = e.local("k");
      e.out.line(`const ${code} = I32[(${fn} >> 2) + CODE];`);
      for (const { index, functionName, usesSuper } of candidates) {
        const setDepth = usesSuper ? `vm.calleeDepth = ${depth}; ` : "";
        const call = `${functionName}(${fn}, ${self}, out, ${argc});`;
        e.out.line(`if (${code} === units + ${index}) { ${setDepth}${call} } else`);
      }
      e.out.line(`{ vm.calleeDepth = ${depth}; vm.code[${code}](${fn}, ${self}, out, ${argc}); }`);
      e.out.line("vm.callDepth--;");
    },
    "} else {",
  );
  e.out.indented(fallback);
  e.out.line("}");
}

/** Text for the function that a slot holds, 0 for anything else. */
function functionText(address: string): string {
  const isFunction = `I32[(${address} >> 2) + 1] === OBJECT && (I32[(I32[${address} >> 2] >> 2) + 1] & 0xff) === FUNCTION`;
  return `${isFunction} ? I32[${address} >> 2] : 0`;
}

/** CallFunction. */
export function emitCallFunction(e: OptimisedEmitter): boolean {
  const saved = [...e.stack];
  const name = e.pop();
  const args = popArguments(e);
  if (args === null || name.kind === "names") {
    e.stack = saved;
    return false;
  }
  const base = e.stack.length;
  e.keepPending();
  const secured = args.map((operand, i) => secure(e, operand, positionOf(base, args.length, i)));
  // The name stood above the arguments: its slots are free ones.
  const position = base + args.length + 1;
  const how = selfOf(e, name);
  const address = emitLookup(e, name, position, position + 1);
  const self = how === "local" ? `${address}self` : "vm.foundSelf";
  let selfText = self;
  if (how !== "local") {
    selfText = e.local("a");
    e.out.line(`const ${selfText} = ${self};`);
  }
  pass(e, secured, (i) => positionOf(base, args.length, i));
  if (args.length === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
  const text = name.kind === "constant" && typeof name.value === "string" ? name.value : null;
  const fn = e.local("f");
  const slow = (): void => e.out.line(`O.callVariable(vm, ${address}, ${selfText}, out, ${args.length});`);
  if (e.module.directCalls) e.out.line(`const ${fn} = ${functionText(address)};`);
  emitDispatch(e, text, fn, selfText, args.length, "-1", slow);
  pushResult(e);
  return true;
}

const ONE_NUMBER: Readonly<Record<string, string>> = {
  sqrt: "Math.sqrt",
  abs: "Math.abs",
  floor: "Math.floor",
  ceil: "Math.ceil",
  sin: "Math.sin",
  cos: "Math.cos",
  tan: "Math.tan",
  atan: "Math.atan",
  exp: "Math.exp",
  log: "Math.log",
};

/** CallMethod. */
export function emitCallMethod(e: OptimisedEmitter): boolean {
  const saved = [...e.stack];
  const name = e.pop();
  const target = e.pop();
  const args = popArguments(e);
  const isNamed = name.kind === "constant" && typeof name.value === "string" && name.value !== "";
  const isNameless = name.kind === "constant" && (name.value === undefined || name.value === "");
  if (args === null) {
    e.stack = saved;
    return false;
  }
  const base = e.stack.length;
  const count = args.length;
  const targetPosition = base + count + 1;
  e.keepPending();
  const values = args.map((operand, i) => secure(e, operand, positionOf(base, count, i)));
  const receiver = secure(e, target, targetPosition);
  const at = (i: number): number => positionOf(base, count, i);
  if (!isNamed && !isNameless) {
    pass(e, values, at);
    if (count === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
    const self = e.local("a");
    e.out.line(`const ${self} = ${addressOf(e, receiver, targetPosition)};`);
    const slow = (): void => e.out.line(`O.callElement(vm, ${self}, ${addressOf(e, name, targetPosition + 1)}, out, ${count});`);
    const object = taggedAs(e, receiver, "OBJECT");
    const index = name.kind === "truth" ? null : numericOf(e, name);
    if (object === null || index === null) slow();
    else {
      const test = index.guard === null ? object.test : `${object.test} && ${index.guard}`;
      const slot = e.local("a");
      e.out.line(`const ${slot} = ${elementText(e, test, object.pointer, index.value)};`);
      const fn = e.local("f");
      e.out.line(`const ${fn} = ${slot} === 0 ? 0 : ${functionText(slot)};`);
      emitDispatch(e, null, fn, self, count, "0", slow);
    }
    pushResult(e);
    return true;
  }
  if (!isNamed) {
    pass(e, values, at);
    if (count === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
    e.out.line(`O.callValueItself(vm, ${addressOf(e, receiver, targetPosition)}, out, ${count});`);
    pushResult(e);
    return true;
  }
  emitNamedCall(e, receiver, String(name.value), values, base, targetPosition);
  return true;
}

function emitNamedCall(
  e: OptimisedEmitter,
  receiver: Operand,
  name: string,
  values: readonly Operand[],
  base: number,
  targetPosition: number,
): void {
  const { out } = e;
  const { constants } = e.names;
  const count = values.length;
  const at = (i: number): number => positionOf(base, count, i);
  const site = e.site();
  const id = constants.name(name);
  const object = taggedAs(e, receiver, "OBJECT");
  const text = taggedAs(e, receiver, "STRING");
  const address = addressOf(e, receiver, targetPosition);
  const self = e.local("a");
  out.line(`const ${self} = ${address};`);
  const fn = e.local("f");
  out.line(`let ${fn} = 0;`);
  if (object !== null) {
    const known = `I32[(${object.pointer} >> 2) + SHAPE] === I32[${site}] && vm.epoch === I32[${site} + 1]`;
    out.line(`if (${object.test}) {`);
    out.line(`  if (${known}) ${fn} = I32[${site} + 2] || O.ownMethod(vm, ${object.pointer}, ${site});`);
    out.line(`  else ${fn} = O.sharedMethod(vm, ${object.pointer}, ${id}, ${site});`);
    out.line("}");
  }
  const general = (): void => {
    pass(e, values, at);
    if (count === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
    emitDispatch(e, name, fn, self, count, `I32[${site} + 3]`, () => {
      out.line(`if (${fn} !== 0) O.callFound(vm, ${fn}, ${self}, out, ${count}, I32[${site} + 3]);`);
      const unboxed =
        text === null ? "" : `if (!(${text.test} && O.callStringMethod(vm, ${self}, ${id}, out, ${count}, ${site}))) `;
      out.line(`else ${unboxed}O.callMethod(vm, ${self}, ${id}, out, ${count}, ${site});`);
    });
  };
  const argument = count === 1 ? numericOf(e, values[0]) : null;
  const inText = argument === null ? null : intrinsicText(e, name, argument.value, fn, object, text, site);
  if (argument !== null && inText !== null) {
    const number = e.local("n");
    const result = `${number}a`;
    out.line(`let ${number} = 0, ${result} = 0;`);
    const guard = argument.guard === null ? "" : ` && ${argument.guard}`;
    inText.emit(number, result, guard, () => {
      general();
      out.line(`${number} = F64[RESULT >> 3];`);
      out.line(`${result} = ${resultAddress(e, base)};`);
    });
    e.push({ kind: "either", number, address: result });
    return;
  }
  if (name === "push" && count === 1 && object !== null) {
    emitPush(e, values[0], at(0), object, fn, base, general);
    return;
  }
  general();
  pushResult(e);
}

interface IntrinsicText {
  emit(number: string, address: string, guard: string, general: () => void): void;
}

/** Built-in functions of one number that the text computes itself. */
function intrinsicText(
  e: OptimisedEmitter,
  name: string,
  argument: string,
  fn: string,
  object: { test: string; pointer: string } | null,
  text: { test: string; pointer: string } | null,
  site: string,
): IntrinsicText | null {
  const { out } = e;
  const compute = Object.hasOwn(ONE_NUMBER, name) ? ONE_NUMBER[name] : undefined;
  if (compute !== undefined && object !== null) {
    const code = e.names.constants.intrinsic(`Math_${name}`);
    return {
      emit(number, _address, guard, general) {
        out.line(`if (${fn} !== 0 && O.isNativeCode(vm, ${fn}, ${code})${guard}) ${number} = ${compute}(${argument});`);
        out.block("else {", general);
      },
    };
  }
  if (name === "charCodeAt" && text !== null) {
    return {
      emit(number, _address, guard, general) {
        out.line(`${number} = ${text.test}${guard} ? O.charCodeAt(vm, ${text.pointer}, ${argument}, ${site}) : -1;`);
        out.block(`if (${number} < 0) {`, general);
      },
    };
  }
  if (name === "charAt" && text !== null) {
    return {
      emit(_number, address, guard, general) {
        out.line(`${address} = ${text.test}${guard} ? O.charAt(vm, ${text.pointer}, ${argument}, ${site}) : 0;`);
        out.block(`if (${address} === 0) {`, general);
      },
    };
  }
  return null;
}

/** `array.push(value)` of one value. */
function emitPush(
  e: OptimisedEmitter,
  value: Operand,
  position: number,
  object: { test: string; pointer: string },
  fn: string,
  base: number,
  general: () => void,
): void {
  const { out } = e;
  const number = e.local("n");
  const address = `${number}a`;
  const code = e.names.constants.intrinsic("Array_push");
  out.line(`let ${number} = -1, ${address} = 0;`);
  out.line(
    `if (${fn} !== 0 && O.isNativeCode(vm, ${fn}, ${code})) ${number} = O.pushElement(vm, ${object.pointer}, ${addressOf(e, value, position)});`,
  );
  out.block(`if (${number} < 0) {`, () => {
    general();
    out.line(`${number} = F64[RESULT >> 3];`);
    out.line(`${address} = ${resultAddress(e, base)};`);
  });
  e.push({ kind: "either", number, address });
}

/** NewObject (by name) and NewMethod (a member, or the value itself). */
export function emitNew(e: OptimisedEmitter, isMethod: boolean): boolean {
  const saved = [...e.stack];
  const name = e.pop();
  const target = isMethod ? e.pop() : null;
  const args = popArguments(e);
  if (
    args === null ||
    (isMethod && !(name.kind === "constant" && (typeof name.value === "string" || name.value === undefined)))
  ) {
    e.stack = saved;
    return false;
  }
  const { out } = e;
  const base = e.stack.length;
  const count = args.length;
  const at = (i: number): number => positionOf(base, count, i);
  e.keepPending();
  const values = args.map((operand, i) => secure(e, operand, at(i)));
  const position = base + count + (isMethod ? 2 : 1);
  const text = name.kind === "constant" && typeof name.value === "string" ? name.value : null;
  let address: string;
  if (target === null) address = emitLookup(e, name, position, null);
  else if (text === null || text === "") address = addressOf(e, target, position);
  else {
    address = e.local("a");
    const site = e.site();
    out.line(
      `const ${address} = O.getMember(vm, ${addressOf(e, target, position)}, ${e.names.constants.name(text)}, ${e.temporary(position)}, ${site});`,
    );
  }
  pass(e, values, at);
  if (count === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
  const object = e.temporary(base + count);
  const result = e.temporary(base);
  const known = text !== null && e.module.directCalls ? (e.module.unitsByName.get(text) ?? []) : [];
  if (known.length > 0 && known.length <= MAX_CANDIDATES) {
    const site = e.site();
    const fn = e.local("f");
    out.line(`const ${fn} = O.beginConstruct(vm, ${address}, ${object}, ${site});`);
    const codeSlow = (): void => out.line(`O.finishConstruct(vm, ${address}, ${fn}, ${object}, out, ${count});`);
    e.usesTraits = true;
    const code = e.local("k");
    out.line(`const ${code} = ${fn} !== 0 && I32[(${fn} >> 2) + TRAITS] === traits ? I32[(${fn} >> 2) + CODE] - units : -1;`);
    known.forEach(({ index, functionName, usesSuper }, i) => {
      out.block(
        `${i === 0 ? "" : "} else "}if (${code} === ${index}) {`,
        () => {
          out.line(`if (++vm.callDepth >= vm.maxCallDepth) O.tooDeep(vm);`);
          out.line("vm.calleeConstructs = true;");
          if (usesSuper) out.line("vm.calleeDepth = 1;");
          out.line(`${functionName}(${fn}, ${object}, out, ${count});`);
          out.line("vm.callDepth--;");
          out.line("if (I32[(RESULT >> 2) + 1] >= REFERENCES) O.dropResult(vm);");
        },
        i === known.length - 1 ? "} else {" : "",
      );
    });
    out.indented(codeSlow);
    out.line("}");
    if (object !== result) out.line(`O.moveSlot(vm, ${object}, ${result});`);
  } else out.line(`O.constructValue(vm, ${address}, out, ${count}, ${result});`);
  e.push({ kind: "slot", address: result, stable: true });
  return true;
}

/** InitArray with a count that is written in the code. */
export function emitInitArray(e: OptimisedEmitter): boolean {
  const saved = [...e.stack];
  const values = popArguments(e);
  if (values === null) {
    e.stack = saved;
    return false;
  }
  const base = e.stack.length;
  pass(e, values, (i) => positionOf(base, values.length, i));
  e.keepPending();
  const slot = e.temporary(base);
  if (values.length === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
  e.out.line(`O.makeArray(vm, out, ${values.length}, ${slot});`);
  e.push({ kind: "slot", address: slot, stable: true, type: "object" });
  return true;
}

/** InitObject with a count that is written in the code. */
export function emitInitObject(e: OptimisedEmitter): boolean {
  const saved = [...e.stack];
  const count = e.pop();
  if (count.kind !== "constant" || typeof count.value !== "number" || count.value * 2 > Math.min(e.stack.length, MAX_ARGUMENTS)) {
    e.stack = saved;
    return false;
  }
  const pairs: Operand[] = [];
  const total = (count.value >>> 0) * 2;
  const base = e.stack.length - total;
  for (let i = 0; i < total; i += 2) {
    const value = e.pop();
    const name = e.pop();
    pairs.push(name, value);
  }
  e.keepPending();
  // Setting the members may run code: what is borrowed must outlive that.
  const positionAt = (i: number): number => base + total - 2 - (i - (i % 2)) + (i % 2);
  const secured = pairs.map((operand, i) => secure(e, operand, positionAt(i)));
  pass(e, secured, positionAt);
  if (total === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
  const slot = e.temporary(base);
  const names = secured.filter((_, i) => i % 2 === 0);
  const distinct = new Set(
    names.map((name) => (name.kind === "constant" && typeof name.value === "string" ? name.value.toLowerCase() : "")),
  );
  const isPlain = distinct.size === names.length && [...distinct].every((name) => /^[a-z]\w*$/.test(name));
  const site = isPlain ? e.site() : "0";
  e.out.line(`O.makeObject(vm, out, ${count.value >>> 0}, ${slot}, ${site});`);
  e.push({ kind: "slot", address: slot, stable: true, type: "object" });
  return true;
}

/** For what can't be called by the text: pushes everything that the literal action pops. */
export function requireConstantCount(): never {
  throw new NotOptimisable("an argument count that is computed");
}
