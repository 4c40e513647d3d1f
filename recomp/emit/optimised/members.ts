// SPDX-License-Identifier: AGPL-3.0-or-later
import {
  addressLocal,
  addressOf,
  emitMove,
  emitMoved,
  isMovable,
  isMovableInto,
  numericOf,
  objectOf,
  ownedAddress,
  plainNumber,
  rootOf,
  taggedAs,
  truthLocal,
  wordsAt,
  wordsOf,
} from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { NeedsArguments, numberOperand, type Operand, truthOperand } from "./operands.ts";

/** Member access: the cache's check and the access itself in the text, everything else one call away. */

function constantName(operand: Operand): string | null {
  return operand.kind === "constant" && typeof operand.value === "string" ? operand.value : null;
}

/** A condition and an expression that is 0 where it does not hold. */
function orZero(test: string, expression: string): string {
  return test === "true" ? expression : `${test} ? ${expression} : 0`;
}

/** GetMember. */
export function emitGetMember(e: BlockEmitter): void {
  const index = e.pop();
  const target = e.pop();
  const position = e.stack.length;
  const name = constantName(index);
  const slot = e.temporary(position);
  if (target.kind === "arguments") emitGetArgument(e, index, position, slot);
  else if (name !== null) emitGetNamed(e, target, name, position, slot);
  else emitGetElement(e, target, index, position, slot);
}

/** `arguments.length` and `arguments[n]` without the object. */
function emitGetArgument(e: BlockEmitter, index: Operand, position: number, slot: string): void {
  if (constantName(index) === "length") {
    e.push(numberOperand("argc"));
    return;
  }
  const number = isTruthful(index) ? null : numericOf(e, index);
  if (number === null) throw new NeedsArguments();
  const local = e.local("a");
  const text = /^[\w.]+$/.test(number.value) ? number.value : e.local("n");
  if (text !== number.value)
    e.out.line(
      `const ${text} = ${number.guard === null ? "" : `${number.guard} ? `}${number.value}${number.guard === null ? "" : " : -1"};`,
    );
  const at = e.local("at");
  e.out.line(`const ${at} = ${text} | 0;`);
  const guard = number.guard === null ? "" : `${number.guard} && `;
  e.out.line(`let ${local} = ${guard}${at} === ${text} && ${at} >>> 0 < argc ? args + (${at} << 3) : 0;`);
  e.out.block(`if (${local} === 0) {`, () => {
    for (const keep of e.keepStatements()) e.out.line(keep);
    e.out.line(`${local} = O.getArgument(fn, args, argc, frame, ${addressOf(e, index, position + 1)}, ${slot});`);
  });
  e.push({ kind: "slot", address: local, stable: true });
}

function emitGetNamed(e: BlockEmitter, target: Operand, name: string, position: number, slot: string): void {
  const { constants } = e.names;
  const object = objectOf(e, target);
  const site = e.site();
  const local = e.local("a");
  const fast =
    object === null
      ? "0"
      : orZero(
          `${object.test} && I32[(${object.pointer} >> 2) + SHAPE] === I32[${site}]`,
          `I32[(${object.pointer} >> 2) + SLOTS] + I32[${site} + 1]`,
        );
  const slow = `O.getMember(vm, ${addressOf(e, target, position)}, ${constants.name(name)}, ${slot}, ${site})`;
  if (name === "length") {
    const text = taggedAs(e, target, "STRING");
    if (text !== null) {
      emitLength(e, text, fast, slow, site);
      return;
    }
  }
  const register = target.kind === "register" && e.repeatedNames.has(name) ? target.register : null;
  let place = register === null ? null : e.places.find(register, name, false);
  if (register !== null && place === null) {
    place = e.local("place");
    e.out.line(`let ${place} = ${fast};`);
    emitAddressChoice(e, local, place, slow);
    e.places.remember(register, name, place, false);
  } else emitAddressChoice(e, local, place ?? fast, slow);
  e.push({ kind: "slot", address: local, stable: false, root: rootOf(target) });
}

/** `length`, which strings have too. */
function emitLength(e: BlockEmitter, text: { test: string; pointer: string }, fast: string, slow: string, site: string): void {
  const number = e.local("n");
  const address = `${number}a`;
  e.out.line(`let ${number} = 0, ${address} = 0;`);
  e.out.line(`if (${text.test} && vm.plainStringEpoch === vm.epoch) ${number} = I32[(${text.pointer} >> 2) + STRING_LENGTH];`);
  e.out.block("else {", () => {
    e.out.line(`${address} = ${fast};`);
    e.out.block(`if (${address} === 0) {`, () => {
      for (const keep of e.keepStatements()) e.out.line(keep);
      e.out.line(`${address} = ${slow};`);
    });
    e.out.line(`if (I32[(${address} >> 2) + 1] < TAGS) { ${number} = F64[${address} >> 3]; ${address} = 0; }`);
    e.out.line(`else ${address} = O.keep(${address}, ${e.temporary(e.stack.length)});`);
  });
  void site;
  e.push({ kind: "either", number, address });
}

/** `local` becomes the address that `fast` gives, or where that is 0 the one of `slow`, which may run other code. */
function emitAddressChoice(e: BlockEmitter, local: string, fast: string, slow: string): void {
  const keeps = e.keepStatements();
  if (fast === "0") {
    e.keepPending();
    e.out.line(`let ${local} = ${slow};`);
  } else if (keeps.length === 0) e.out.line(`let ${local} = (${fast}) || ${slow};`);
  else {
    e.out.line(`let ${local} = ${fast};`);
    e.out.block(`if (${local} === 0) {`, () => {
      for (const keep of keeps) e.out.line(keep);
      e.out.line(`${local} = ${slow};`);
    });
  }
}

function emitGetElement(e: BlockEmitter, target: Operand, index: Operand, position: number, slot: string): void {
  const object = objectOf(e, target);
  // A boolean is a name like "true", not a position.
  const number = isTruthful(index) ? null : numericOf(e, index);
  const local = e.local("a");
  const slow = `O.getElement(${addressOf(e, target, position)}, ${addressOf(e, index, position + 1)}, ${slot})`;
  if (object === null || number === null) {
    e.keepPending();
    e.out.line(`let ${local} = ${slow};`);
    e.push({ kind: "slot", address: local, stable: true });
    return;
  }
  const test = number.guard === null ? object.test : `${object.test} && ${number.guard}`;
  e.out.line(`let ${local} = ${elementText(e, test, object.pointer, number.value)};`);
  e.out.block(`if (${local} === 0 || I32[(${local} >> 2) + 1] === HOLE) {`, () => {
    for (const keep of e.keepStatements()) e.out.line(keep);
    e.out.line(`${local} = ${slow};`);
  });
  e.push({ kind: "slot", address: local, stable: false, root: rootOf(target) });
}

/** Text for the address of a dense element that is within the count, 0 where there is none. It may be a hole. */
export function elementText(e: BlockEmitter, test: string, pointer: string, index: string): string {
  const i = e.local("at");
  const text = /^[\w.]+$/.test(index) ? index : e.local("n");
  if (text !== index) e.out.line(`const ${text} = ${test.includes("<") ? `${test} ? ${index} : 0` : index};`);
  e.out.line(`const ${i} = ${text} | 0;`);
  const isDense = `${i} === ${text} && (I32[(${pointer} >> 2) + 1] & 0xff) === ARRAY && ${i} >>> 0 < I32[(${pointer} >> 2) + COUNT]`;
  return `${test} && ${isDense} ? I32[(${pointer} >> 2) + ELEMENTS] + (${i} << 3) : 0`;
}

/** Stands for the object in `emitStore` where it is not at hand. */
export const ANY_OBJECT = "ANY";

/**
 * Stores an operand in a plain slot of an object.
 * @param moves what is counted may be moved out of where the operand lies
 */
export function emitStore(
  e: BlockEmitter,
  object: string,
  slot: string,
  value: Operand,
  position: number,
  moves = isMovable(e, value),
): void {
  const { out } = e;
  const storeNumber = (text: string): void => {
    out.line(`if (I32[(${slot} >> 2) + 1] < REFERENCES) F64[${slot} >> 3] = ${text};`);
    out.line(`else O.replaceWithNumber(${object}, ${slot}, ${text});`);
  };
  const plain = plainNumber(e, value);
  if (plain !== null) {
    storeNumber(plain);
    return;
  }
  if (value.kind === "either") {
    out.block(`if (${value.address} === 0) {`, () => storeNumber(value.number), "} else {");
    out.indented(() => emitStoreFrom(e, object, slot, value.address, moves));
    out.line("}");
    return;
  }
  const words = wordsOf(value);
  if (words !== null) {
    out.line(
      `if (I32[(${slot} >> 2) + 1] < REFERENCES) { I32[${slot} >> 2] = ${words.payload}; I32[(${slot} >> 2) + 1] = ${words.tag}; }`,
    );
    out.line(`else O.replaceProperty(${object}, ${slot}, ${addressOf(e, value, position)});`);
    return;
  }
  const storeOther = (): void => emitStoreFrom(e, object, slot, addressOf(e, value, position), moves);
  const numeric = numericOf(e, value);
  if (numeric?.guard != null) {
    out.block(`if (${numeric.guard}) {`, () => storeNumber(numeric.value), "} else {");
    out.indented(storeOther);
    out.line("}");
  } else storeOther();
}

/** Stores what lies at an address. Over what is not counted there is nothing to release and nobody to tell. */
function emitStoreFrom(e: BlockEmitter, object: string, slot: string, source: string, isMove: boolean): void {
  const { out } = e;
  const from = addressLocal(e, source);
  const isFree = emitIsReplaceable(e, slot);
  if (isMove) {
    emitMove(e, from, slot, `O.moveToProperty(${object}, ${slot}, ${from});`, isFree);
    return;
  }
  const { tag, payload } = wordsAt(from);
  out.block(
    `if (${isFree}) {`,
    () => {
      out.line(`if (${tag} >= REFERENCES) I32[${payload} >> 2]++;`);
      out.line(`I32[${slot} >> 2] = ${payload}; I32[(${slot} >> 2) + 1] = ${tag};`);
    },
    `} else O.replaceProperty(${object}, ${slot}, ${from});`,
  );
}

/**
 * Condition for overwriting a slot in the text: it owns nothing, or what it owned `staysAlive` and has been counted down. A function
 * is left to the helper, which tells caches of methods.
 */
function emitIsReplaceable(e: BlockEmitter, slot: string): string {
  const old = e.local("p");
  const free = `${old}f`;
  e.out.line(`let ${free} = I32[(${slot} >> 2) + 1] < REFERENCES;`);
  e.out.block(`if (!${free}) {`, () => {
    e.out.line(`const ${old} = I32[${slot} >> 2];`);
    const isReplaceable = `I32[${old} >> 2] > 1 && (I32[(${old} >> 2) + 1] & (BUFFERED | FUNCTION_BIT)) === BUFFERED`;
    e.out.line(`if (${isReplaceable}) { I32[${old} >> 2]--; ${free} = true; }`);
  });
  return free;
}

/** A number or condition that text repeats is put in a local first. */
export function inLocal(e: BlockEmitter, value: Operand): Operand {
  if (value.kind === "number" && !/^[\w.]+$/.test(value.text)) {
    const local = e.local("n");
    e.out.line(`const ${local} = ${value.text};`);
    return numberOperand(local);
  }
  if (value.kind === "truth") {
    const local = truthLocal(e, value);
    return truthOperand(`${local} === 1`, undefined, value.tri === null ? null : local);
  }
  return value;
}

/** SetMember. */
export function emitSetMember(e: BlockEmitter): void {
  const value = inLocal(e, e.pop());
  const index = e.pop();
  const target = e.pop();
  const position = e.stack.length;
  e.keepBorrowed();
  const name = constantName(index);
  if (name !== null) emitSetNamed(e, target, name, value, position);
  else emitSetElement(e, target, index, value, position);
}

function emitSetNamed(e: BlockEmitter, target: Operand, name: string, value: Operand, position: number): void {
  const { out } = e;
  const { constants } = e.names;
  const object = objectOf(e, target);
  const site = e.site();
  const slow = `O.setMember(vm, ${addressOf(e, target, position)}, ${constants.name(name)}, ${addressOf(e, value, position + 2)}, ${site});`;
  if (object === null) {
    out.line(slow);
    e.places.forget();
    return;
  }
  const register = target.kind === "register" && e.repeatedNames.has(name) ? target.register : null;
  const known = register === null ? null : e.places.find(register, name, true);
  const pointer = known === null ? e.local("o") : object.pointer;
  const slot = known ?? (register === null ? `${pointer}s` : e.local("place"));
  if (known === null) {
    out.line(`const ${pointer} = ${orZero(object.test, object.pointer)};`);
    out.line(
      `${register === null ? "const" : "let"} ${slot} = ${pointer} === 0 ? 0 : I32[(${pointer} >> 2) + SHAPE] === I32[${site}] ? I32[(${pointer} >> 2) + SLOTS] + I32[${site} + 1] : O.addCached(vm, ${pointer}, ${site});`,
    );
  }
  const slowly = [...e.places.reset, slow];
  out.block(
    `if (${slot} !== 0) {`,
    () => emitStore(e, pointer, slot, value, position + 2, isMovableInto(e, value, target)),
    slowly.length === 1 ? `} else ${slow}` : "} else {",
  );
  if (slowly.length > 1) {
    out.indented(() => {
      for (const statement of slowly) out.line(statement);
    });
    out.line("}");
  }
  if (register !== null && known === null) e.places.remember(register, name, slot, true);
}

function emitSetElement(e: BlockEmitter, target: Operand, index: Operand, value: Operand, position: number): void {
  const { out } = e;
  const object = objectOf(e, target);
  e.places.forget();
  // A boolean is a name like "true", not a position.
  const number = isTruthful(index) ? null : numericOf(e, index);
  const isMove = isMovableInto(e, value, target);
  const slow = `O.${isMove ? "moveToElement" : "setElement"}(${addressOf(e, target, position)}, ${addressOf(e, index, position + 1)}, ${addressOf(e, value, position + 2)});`;
  const storeSlowly = (): void => {
    out.line(slow);
    if (isMove && value.kind === "register") emitMoved(e, ownedAddress(e, value));
  };
  if (object === null || number === null) {
    storeSlowly();
    return;
  }
  const test = number.guard === null ? object.test : `${object.test} && ${number.guard}`;
  const numeric = isTruthful(value) ? null : numericOf(e, value);
  const isTruth =
    (value.kind === "truth" && value.tri === null) || (value.kind === "constant" && typeof value.value === "boolean");
  if (numeric !== null || isTruth) {
    const slot = e.local("a");
    const plain = numeric?.guard == null ? test : `${test} && ${numeric.guard}`;
    // A number that lies in the array is read before that moves its elements, which it does when it grows.
    let stored = numeric?.value;
    if (value.kind === "slot" && numeric !== null) {
      stored = e.local("n");
      out.line(`const ${stored} = ${numeric.guard} ? ${numeric.value} : 0;`);
    }
    const present = elementText(e, plain, object.pointer, number.value);
    out.line(`let ${slot} = ${present};`);
    // Elements that hold references, holes and new elements are the helper's.
    const absent = `${slot} === 0 || I32[(${slot} >> 2) + 1] >= HOLE || (I32[(${object.pointer} >> 2) + 1] & WATCHED) !== 0`;
    out.line(`if (${absent}) ${slot} = ${orZero(plain, `O.elementForNumber(${object.pointer}, ${number.value})`)};`);
    const condition =
      value.kind === "truth" ? `${value.text} ? 1 : 0` : value.kind === "constant" && value.value === true ? "1" : "0";
    const store = isTruth
      ? `{ I32[${slot} >> 2] = ${condition}; I32[(${slot} >> 2) + 1] = BOOLEAN; }`
      : `F64[${slot} >> 3] = ${stored};`;
    out.line(`if (${slot} !== 0) ${store}`);
    out.block("else {", storeSlowly);
    return;
  }
  storeSlowly();
}

function isTruthful(value: Operand): boolean {
  return value.kind === "truth" || (value.kind === "constant" && typeof value.value === "boolean");
}

/** Delete. */
export function emitDelete(e: BlockEmitter): void {
  const name = e.pop();
  const target = e.pop();
  const position = e.stack.length;
  const call = `O.deleteMember(vm, ${addressOf(e, target, position)}, ${addressOf(e, name, position + 1)})`;
  e.keepPending();
  const local = e.local("c");
  e.out.line(`const ${local} = ${call};`);
  e.push(truthOperand(local));
}

/** InstanceOf. */
export function emitInstanceOf(e: BlockEmitter): void {
  const constructor = e.pop();
  const value = e.pop();
  const position = e.stack.length;
  const call = `O.instanceOf(vm, ${addressOf(e, value, position)}, ${addressOf(e, constructor, position + 1)})`;
  e.keepPending();
  const local = e.local("c");
  e.out.line(`const ${local} = ${call};`);
  e.push(truthOperand(local));
}
