// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressLocal, addressOf, emitWords, plainNumber, wordsAt, wordsOf } from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { emitEasyDrops } from "./dispatch.ts";
import type { RegisterInput } from "./facts.ts";
import { type Operand, RESULT_OPERAND } from "./operands.ts";

/** Bytes of a light frame before its owned slots (runtime/layout/frames.ts). */
const LIGHT_SLOTS = 32;
/** Registers whose references are dropped in the text where a light frame is left. */
const MOST_DROPPED = 3;

/** The activation of the function around this one, whose variables the text finds by its shape; 0 when that is no activation. */
export const OUTER = "outer = I32[(scope >> 2) + SCOPE_TYPE] === ACTIVATION ? I32[(scope + SCOPE_VALUE) >> 2] : 0;";

/** Opens the frame, declares locals, fills registers; what is borrowed from the caller is declared by `borrowedRegisters`. */
export function emitPrologue(e: BlockEmitter): void {
  if (e.facts.isLight) emitLightFrame(e);
  else emitFullFrame(e);
  if (e.usesOuter) e.out.line(`let ${OUTER}`);
  if (e.hasLoops) e.out.line("let fuel = O.LOOP_FUEL;");
  if (e.usesTraits) {
    e.out.line("// Functions of this version and constant pool are called directly.");
    e.out.line(`${e.changesPool ? "let" : "const"} traits = vm.version < 6 ? -1 : vm.version | (vm.currentPool << 16);`);
  }
  if (e.usesOwnCode) {
    e.out.line("// The module's functions are called directly, but not by code of SWF 5.");
    e.out.line(`const own = ${e.facts.isLight ? "(callee & OPEN) === 0" : "vm.version > 5"} ? units : NO_CODE;`);
  }
  const joins = [...e.declared].sort();
  if (joins.length > 0) e.out.line(`let ${joins.map((local) => `${local} = 0`).join(", ")};`);
  e.declareTries();
}

function slotText(base: string, index: number): string {
  return index === 0 ? base : `${base} + ${index * 8}`;
}

function emitLightFrame(e: BlockEmitter): void {
  const { out, registers } = e;
  const owned = registers.all().filter((register) => registers.hasSlot(register));
  const size = LIGHT_SLOTS + (owned.length + e.slotCount) * 8;
  const name = e.names.functionName;
  out.line(`const frame = vm.frameTop, out = vm.frameLimit${e.outgoingBytes === 0 ? "" : ` - ${e.outgoingBytes}`};`);
  out.block(`if (frame + ${size} > out) {`, () => {
    out.line(`O.onFreshChunk(vm, ${name}, fn, self, args, argc, ${size + e.outgoingBytes});`);
    out.line("return;");
  });
  const usesSuper = e.facts.inputs.some(({ source }) => source === "super");
  out.line("if (--vm.callsLeft < 0) O.tooDeep(vm);");
  out.line("const top = frame >> 2, callee = vm.callee;");
  if (usesSuper) out.line("const depth = callee >> DEPTH_SHIFT;");
  out.line(
    "I32[top] = vm.frame; I32[top + 1] = LIGHT | (callee & CONSTRUCTS); I32[top + 2] = fn | 0; I32[top + 3] = 0; I32[top + 4] = self | 0; I32[top + 5] = 0;",
  );
  const usesScope = e.usesScope || e.usesOuter;
  if (usesScope) out.line("let scope = I32[(fn >> 2) + SCOPE]; I32[top + 6] = scope; I32[top + 7] = 0;");
  // Who asks for the scope all the same finds the function's.
  else out.line("I32[top + 6] = 0; I32[top + 7] = 0;");
  // Registers begin undefined; of temporaries it is enough that they hold no reference.
  for (let word = LIGHT_SLOTS / 4; word < size / 4; word += 2) {
    if (word < LIGHT_SLOTS / 4 + owned.length * 2) out.line(`I32[top + ${word}] = 0; I32[top + ${word + 1}] = UNDEFINED;`);
    else out.line(`I32[top + ${word + 1}] = 0;`);
  }
  out.line(`vm.frame = frame; vm.frameTop = frame + ${size};${e.outgoingBytes === 0 ? "" : " vm.frameLimit = out;"}`);
  if (usesScope) {
    out.line("if (callee !== 0) vm.callee = 0;");
    out.line("if (scope === 0 || (callee & OPEN) !== 0) scope = O.enterSpecially(vm, frame, callee);");
  } else {
    out.block("if (callee !== 0) {", () => {
      out.line("vm.callee = 0;");
      out.line("if ((callee & OPEN) !== 0) O.enterSpecially(vm, frame, callee);");
    });
  }
  out.line("if (--vm.fuel < 0) A.poll(vm);");
  const base = `frame + ${LIGHT_SLOTS}`;
  owned.forEach((register, i) => {
    out.line(`const r${register}a = ${LIGHT_SLOTS + i * 8} + frame;`);
  });
  declareSlots(e, base, owned.length);
  for (const register of registers.all()) declareRegister(e, register);
}

function emitFullFrame(e: BlockEmitter): void {
  const { out, registers } = e;
  if (e.code.kind === "function") {
    out.line(`const frame = A.enterFunction(vm, fn, self, args, argc, units + ${e.names.unitIndex});`);
    out.line("if (--vm.fuel < 0) A.poll(vm);");
  } else out.line("const frame = vm.frame;");
  if (needsSlots(e)) {
    out.line(`const slots = O.openSlots(vm, ${e.slotCount}, ${e.outgoingBytes});`);
    if (e.outgoingBytes > 0) out.line("const out = vm.frameLimit;");
    declareSlots(e, "slots", 0);
  }
  if (e.facts.hasGlobalRegisters) out.line("const registers = vm.globalRegisters;");
  else
    for (const register of registers.all())
      if (registers.isNumber(register)) out.line(`let r${register} = 0;`);
      else registers.reload(e, register, "let ");
  if (e.usesScope) out.line("let scope = O.searchScope(vm, frame);");
  if (e.usesLocal) out.line("const local = I32[(I32[(frame >> 2) + 2] >> 2) + 4];");
}

function needsSlots(e: BlockEmitter): boolean {
  return e.slotCount > 0 || e.outgoingBytes > 0;
}

function declareSlots(e: BlockEmitter, base: string, first: number): void {
  for (const [position, index] of e.temporarySlots) e.out.line(`const t${position} = ${slotText(base, first + index)};`);
  if (e.tryCount > 0) e.out.line(`const saved = ${slotText(base, first + e.temporarySlots.size)};`);
}

function declareRegister(e: BlockEmitter, register: number): void {
  const { out, registers } = e;
  if (registers.isVirtual(register)) return;
  const r = `r${register}`;
  if (registers.isNumber(register)) {
    out.line(`let ${r} = 0;`);
    return;
  }
  const inputs = e.facts.inputs.filter((input) => input.register === register);
  const input = inputs[inputs.length - 1];
  if (!registers.hasSlot(register)) return;
  if (input !== undefined) fillSlot(e, register, input);
  if (!registers.isUsed(register)) return;
  if (input === undefined && e.facts.isLight) out.line(`let ${r}t = UNDEFINED, ${r} = 0, ${r}d = 0;`);
  else registers.reload(e, register, "let ");
}

/** Declarations of the registers that a light frame borrows from the caller, as far as the text of the function uses them. */
export function borrowedRegisters(e: BlockEmitter, text: string): string[] {
  const { registers, facts } = e;
  if (!facts.isLight) return [];
  const used = new Set(text.match(/\br\d+[tda]?\b/g));
  const lines: string[] = [];
  for (const register of registers.all()) {
    if (registers.isVirtual(register) || registers.isNumber(register) || registers.hasSlot(register)) continue;
    const r = `r${register}`;
    const input = facts.inputs.filter((candidate) => candidate.register === register).pop();
    const words: string[] = [];
    if (used.has(`${r}t`) || used.has(`${r}d`)) words.push(`${r}t = I32[(${r}a >> 2) + 1]`);
    if (used.has(r)) words.push(`${r} = I32[${r}a >> 2]`);
    if (used.has(`${r}d`)) words.push(`${r}d = ${r}t < TAGS ? F64[${r}a >> 3] : 0`);
    if (input === undefined || (words.length === 0 && !used.has(`${r}a`))) continue;
    lines.push(`const ${r}a = ${borrowedAddress(input)};`);
    if (words.length > 0) lines.push(`const ${words.join(", ")};`);
  }
  return lines;
}

/** Text for the address of an argument, or of nothing where the caller passed fewer. */
function parameterText(index: number): string {
  return `argc > ${index} ? args${index === 0 ? "" : ` + ${index * 8}`} : NOTHING`;
}

function borrowedAddress(input: RegisterInput): string {
  if (input.source === "this") return "self";
  return parameterText(typeof input.source === "object" ? input.source.parameter : 0);
}

function fillSlot(e: BlockEmitter, register: number, { source }: RegisterInput): void {
  const slot = `r${register}a`;
  switch (source) {
    case "this":
      e.out.line(`O.store(${slot}, self);`);
      return;
    case "arguments":
      e.out.line(`O.storeArguments(vm, fn, args, argc, ${slot}, frame);`);
      return;
    case "super":
      e.out.line(`O.storeSuper(vm, self, depth, ${slot});`);
      return;
    case "global":
      e.out.line(`O.storeGlobal(vm, ${slot});`);
      return;
    default:
      e.out.line(`O.store(${slot}, ${parameterText(source.parameter)});`);
  }
}

/** Puts the result in its slot. */
export function emitReturnValue(e: BlockEmitter, value: Operand): void {
  const { out } = e;
  if (value === RESULT_OPERAND) return;
  const words = wordsOf(value);
  const number = plainNumber(e, value);
  if (words !== null) emitWords(e, "RESULT", words);
  else if (number !== null) out.line(`F64[RESULT >> 3] = ${number};`);
  else if (value.kind === "either") {
    out.line(`if (${value.address} === 0) F64[RESULT >> 3] = ${value.number};`);
    out.block("else {", () => {
      if (value.owned) emitReturnMove(e, value.address);
      else emitReturnCopy(e, value.address);
    });
  } else if (value.kind === "truth") {
    out.line(`I32[RESULT >> 2] = ${value.tri} === 1 ? 1 : 0; I32[(RESULT >> 2) + 1] = ${value.tri} === 2 ? UNDEFINED : BOOLEAN;`);
  } else if (value.kind === "register" && !e.registers.isNumber(value.register)) {
    const r = `r${value.register}`;
    out.line(`if (${r}t < TAGS) F64[RESULT >> 3] = ${r}d;`);
    const owned = e.facts.isLight && e.registers.hasSlot(value.register) && e.block.region === null;
    out.block("else {", () => {
      if (owned) emitReturnMove(e, e.registers.address(value.register));
      else emitReturnCopy(e, e.registers.address(value.register));
    });
  } else if (value.kind === "slot" && value.stable && /^t\d+$/.test(value.address)) {
    // The frame is about to be left: the temporary gives its reference away.
    emitReturnMove(e, value.address);
  } else emitReturnCopy(e, addressOf(e, value, e.stack.length));
}

/** The result becomes a copy of a value that stays where it is. */
function emitReturnCopy(e: BlockEmitter, source: string): void {
  const from = addressLocal(e, source);
  const { tag, payload } = wordsAt(from);
  e.out.line(`if (${tag} >= REFERENCES) I32[${payload} >> 2]++;`);
  emitWords(e, "RESULT", { payload, tag });
}

/** The result takes over what a slot of the frame owns. */
function emitReturnMove(e: BlockEmitter, slot: string): void {
  e.out.line(`I32[RESULT >> 2] = I32[${slot} >> 2]; I32[(RESULT >> 2) + 1] = I32[(${slot} >> 2) + 1];`);
  // What is not counted may lie in a slot that many share.
  e.out.line(`if (I32[(${slot} >> 2) + 1] >= REFERENCES) I32[(${slot} >> 2) + 1] = UNDEFINED;`);
}

/** Leaves the frame and the function. */
export function emitEpilogue(e: BlockEmitter, withValue: boolean): void {
  const { out } = e;
  if (e.code.kind === "function" && !withValue) out.line("I32[RESULT >> 2] = 0; I32[(RESULT >> 2) + 1] = UNDEFINED;");
  if (e.facts.isLight) {
    const owned = e.registers.all().filter((register) => e.registers.hasSlot(register));
    const size = LIGHT_SLOTS + (owned.length + e.slotCount) * 8;
    if (owned.length <= MOST_DROPPED)
      emitEasyDrops(
        e,
        owned.map((register) => `r${register}a`),
      );
    const words: number[] = [];
    for (let word = 2; word < size / 4; word += 2) if (word !== 4) words.push(word);
    // Tags or'ed are at least as large as the largest, unsigned; that numbers may look like references costs a look at them.
    const tags = words.map((word) => `I32[top + ${word + 1}]`);
    const owns =
      tags.length < 3 ? tags.map((tag) => `${tag} >= REFERENCES`).join(" || ") : `(${tags.join(" | ")}) >>> 0 >= REFERENCES`;
    out.line(`if (${owns}) O.releaseLight(frame, frame + ${size});`);
    out.line(
      `vm.callsLeft++; vm.frame = I32[top]; vm.frameTop = frame;${e.outgoingBytes === 0 ? "" : ` vm.frameLimit = out + ${e.outgoingBytes};`}`,
    );
  } else {
    if (needsSlots(e)) out.line(`O.closeSlots(vm, slots, ${e.outgoingBytes});`);
    if (e.code.kind === "function") out.line("A.leaveFunction(vm, frame);");
  }
  out.line("return;");
}
