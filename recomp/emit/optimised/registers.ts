// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressLocal, addressOf, emitMove, isMovable, numericOf, simpleWords, wordsAt } from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import type { UnitFacts } from "./facts.ts";
import { NeedsArguments, numberOperand, type Operand, UNDEFINED_OPERAND } from "./operands.ts";

/** Byte offset of register 0 in a full frame (runtime/layout/frames.ts). */
const FRAME_REGISTERS = 56;

/** What a register is known to hold within a block. */
export interface KnownValue {
  value: Operand;
  /** The register itself has not been written yet. */
  isPending: boolean;
}

/** Constants and other registers: operands that cost nothing to use in place of the register. */
function isCopy(value: Operand): boolean {
  return value.kind === "constant" || value.kind === "register" || (value.kind === "number" && /^r\d+$/.test(value.text));
}

/** Whether a known value is what another register holds. */
export function mentions(value: Operand, register: number): boolean {
  return (value.kind === "register" && value.register === register) || (value.kind === "number" && value.uses.has(register));
}

/**
 * Where each register lives:
 *
 * - *number* registers, which only ever hold numbers, in one JavaScript local `rN`
 * - others in an owned slot at `rNa` with copies in locals: `rNt` tag (below TAGS for numbers), `rN` payload, `rNd` number
 * - parameters and `this` that are never written are borrowed from the caller: same locals, no slot of their own
 * - global registers in the machine's memory
 */
export class RegisterPlan {
  private readonly facts: UnitFacts;
  /** Registers that hold something else than numbers at some point. */
  private readonly values = new Set<number>();
  private readonly stored = new Set<number>();
  private readonly used = new Set<number>();
  private demoted: number[] = [];

  constructor(facts: UnitFacts) {
    this.facts = facts;
    for (const { register } of facts.inputs) this.values.add(register);
  }

  /** How many registers there are of each sort: what is found out only adds to them. */
  get layout(): string {
    return `${this.values.size} ${this.stored.size} ${this.used.size}`;
  }

  exists(register: number): boolean {
    return this.facts.hasGlobalRegisters ? register < 4 : register < this.facts.registerCount;
  }

  /** Registers that stopped being number registers since the last call: the analysis starts again. */
  takeDemoted(): number[] {
    const { demoted } = this;
    this.demoted = [];
    return demoted;
  }

  private demote(register: number): void {
    if (this.values.has(register)) return;
    this.values.add(register);
    this.demoted.push(register);
  }

  isNumber(register: number): boolean {
    return !this.values.has(register);
  }

  isStored(register: number): boolean {
    return this.stored.has(register);
  }

  /** Registers that the unit mentions, in order. */
  all(): number[] {
    const inputs = this.facts.inputs.map(({ register }) => register);
    return [...new Set([...this.used, ...inputs])].sort((a, b) => a - b);
  }

  isUsed(register: number): boolean {
    return this.used.has(register);
  }

  /** Whether the register has an owned slot of its own in a light frame. */
  hasSlot(register: number): boolean {
    if (this.isNumber(register)) return false;
    const input = this.facts.inputs.filter((candidate) => candidate.register === register).pop();
    if (input === undefined || this.stored.has(register)) return true;
    if (input.source === "arguments" && this.facts.virtualArguments) return false;
    return input.source === "arguments" || input.source === "super" || input.source === "global";
  }

  address(register: number): string {
    if (this.facts.hasGlobalRegisters) return `(registers + ${register * 8})`;
    return this.facts.isLight ? `r${register}a` : `(frame + ${FRAME_REGISTERS + register * 8})`;
  }

  asNumber(register: number): { guard: string | null; value: string } {
    if (this.isNumber(register)) return { guard: null, value: `r${register}` };
    return { guard: `r${register}t < TAGS`, value: `r${register}d` };
  }

  /** Push of a register. */
  read(e: BlockEmitter, register: number): Operand {
    if (!this.exists(register)) return UNDEFINED_OPERAND;
    if (this.facts.hasGlobalRegisters) {
      const local = e.local("a");
      e.out.line(`let ${local} = registers + ${register * 8};`);
      return { kind: "slot", address: local, stable: false };
    }
    const known = e.known.get(register);
    if (known !== undefined) return known.value;
    if (this.isVirtual(register)) return { kind: "arguments" };
    this.used.add(register);
    if (!e.written.has(register)) this.demote(register);
    if (this.isNumber(register)) return numberOperand(`r${register}`, new Set([register]));
    return { kind: "register", register };
  }

  /** Whether the register holds an `arguments` that is not there as an object. */
  isVirtual(register: number): boolean {
    if (!this.facts.virtualArguments) return false;
    return this.facts.inputs.filter((input) => input.register === register).pop()?.source === "arguments";
  }

  /** StoreRegister: the value stays on the stack. */
  store(e: BlockEmitter, register: number): void {
    if (!this.exists(register)) return;
    if (this.isVirtual(register)) throw new NeedsArguments();
    const value = e.pop();
    const position = e.stack.length;
    if (this.facts.hasGlobalRegisters) {
      e.keepPending();
      e.out.line(`O.store(registers + ${register * 8}, ${addressOf(e, value, position)});`);
      e.push(this.read(e, register));
      return;
    }
    if (value.kind === "register" && value.register === register) {
      e.push(value);
      return;
    }
    e.beforeStore(register);
    e.written.add(register);
    if (isCopy(value) && !e.facts.hasHandlers) {
      // A copy of something that is at hand: written only if another block reads it.
      e.known.set(register, { value, isPending: true });
      e.push(value);
      return;
    }
    this.write(e, register, value, position);
  }

  /** Writes what a register is known to hold, where that has been put off. */
  settle(e: BlockEmitter, register: number): void {
    const known = e.known.get(register);
    if (known?.isPending !== true) return;
    known.isPending = false;
    const { stack } = e;
    e.stack = [...stack];
    this.write(e, register, known.value, stack.length);
    e.stack = stack;
  }

  private write(e: BlockEmitter, register: number, value: Operand, position: number): void {
    this.used.add(register);
    this.stored.add(register);
    const numeric = numericOf(e, value);
    const isNumber = value.kind === "number" || (value.kind === "constant" && typeof value.value === "number");
    if (!isNumber) this.demote(register);
    if (this.isNumber(register)) {
      e.out.line(`r${register} = ${numeric?.value ?? "NaN"};`);
      e.push(numberOperand(`r${register}`, new Set([register])));
      return;
    }
    this.storeValue(e, register, value, position, isNumber ? (numeric?.value ?? null) : null);
    e.push({ kind: "register", register });
  }

  private storeValue(e: BlockEmitter, register: number, value: Operand, position: number, number: string | null): void {
    const r = `r${register}`;
    const slot = this.address(register);
    const storeNumber = (text: string): void => {
      e.out.line(`${r}d = ${text};`);
      e.out.line(`if (${r}t < REFERENCES) F64[${slot} >> 3] = ${r}d;`);
      e.out.line(`else O.number(${slot}, ${r}d);`);
      e.out.line(`${r}t = 0;`);
    };
    if (number !== null) {
      storeNumber(number);
      return;
    }
    const words = simpleWords(value);
    if (words !== null) {
      e.out.line(`if (${r}t < REFERENCES) { I32[${slot} >> 2] = ${words.payload}; I32[(${slot} >> 2) + 1] = ${words.tag}; }`);
      e.out.line(`else O.store(${slot}, ${addressOf(e, value, position)});`);
      e.out.line(`${r}t = ${words.tag}; ${r} = ${words.payload};`);
      return;
    }
    if (value.kind === "either") {
      e.out.block(`if (${value.address} === 0) {`, () => storeNumber(value.number), "} else {");
      e.out.indented(() => this.storeFrom(e, register, value.address, isMovable(e, value)));
      e.out.line("}");
      return;
    }
    const numeric = numericOf(e, value);
    if (numeric?.guard == null) {
      this.storeFrom(e, register, addressOf(e, value, position), isMovable(e, value));
      return;
    }
    e.out.block(`if (${numeric.guard}) {`, () => storeNumber(numeric.value), "} else {");
    e.out.indented(() => this.storeFrom(e, register, addressOf(e, value, position), isMovable(e, value)));
    e.out.line("}");
  }

  /** @param isMove the source is a temporary that nobody needs any more */
  private storeFrom(e: BlockEmitter, register: number, address: string, isMove: boolean): void {
    const from = addressLocal(e, address);
    const slot = this.address(register);
    if (isMove) {
      emitMove(
        e,
        from,
        slot,
        `O.storeTagged(${slot}, I32[(${from} >> 2) + 1], I32[${from} >> 2]);`,
        `${`r${register}t`} < REFERENCES`,
      );
      this.reload(e, register);
      return;
    }
    const { tag, payload } = wordsAt(from);
    e.out.block(
      `if (r${register}t < REFERENCES) {`,
      () => {
        e.out.line(`if (${tag} >= REFERENCES) I32[${payload} >> 2]++;`);
        e.out.line(`I32[${slot} >> 2] = ${payload}; I32[(${slot} >> 2) + 1] = ${tag};`);
      },
      `} else O.store(${slot}, ${from});`,
    );
    this.reload(e, register);
  }

  /** Brings the locals of a register in line with its slot. */
  reload(e: BlockEmitter, register: number, declaration = ""): void {
    const r = `r${register}`;
    const slot = this.address(register);
    const then = declaration === "" ? ";" : ",";
    e.out.line(
      `${declaration}${r}t = I32[(${slot} >> 2) + 1]${then} ${r} = I32[${slot} >> 2]${then} ${r}d = ${r}t < TAGS ? F64[${slot} >> 3] : 0;`,
    );
  }

  /** A handler puts the exception in a register. */
  catchException(e: BlockEmitter, register: number): void {
    if (this.isVirtual(register)) throw new NeedsArguments();
    if (!this.exists(register)) {
      e.out.line("O.dropException(vm);");
      return;
    }
    if (this.facts.hasGlobalRegisters) {
      e.out.line(`O.takeException(vm, registers + ${register * 8});`);
      return;
    }
    e.places.forgetRegister(register);
    this.used.add(register);
    this.stored.add(register);
    this.demote(register);
    e.out.line(`O.takeException(vm, ${this.address(register)});`);
    this.reload(e, register);
  }
}
