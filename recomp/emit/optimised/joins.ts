// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressOf, isSimple, numericOf, triText, truthLocal } from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { NotOptimisable } from "./facts.ts";
import { type JoinType, joinTypeOf, numberOperand, type Operand, sameType, truthOperand } from "./operands.ts";

/**
 * Where ways meet, each stack position has locals of its own: `sN` for numbers, `bN` for truth (0, 1, 2), `vN` and `vNa` for a number
 * or a value in the position's slot `tN`, `iN` for the position in a list of names.
 */

/** The operand that a block finds at a stack position. */
export function joinOperand(e: BlockEmitter, type: JoinType, position: number): Operand {
  switch (type.kind) {
    case "constant":
      return { kind: "constant", value: type.value };
    case "register":
      return { kind: "register", register: type.register };
    case "names":
      return { kind: "names", list: e.temporary(position), position: declare(e, `i${position}`) };
    case "number":
      return numberOperand(declare(e, `s${position}`));
    case "truth": {
      const local = declare(e, `b${position}`);
      return truthOperand(`${local} === 1`, undefined, local);
    }
    case "either":
      e.temporary(position);
      return { kind: "either", number: declare(e, `v${position}`), address: declare(e, `v${position}a`) };
  }
}

function declare(e: BlockEmitter, local: string): string {
  e.declared.add(local);
  return local;
}

/** Puts the stack in the form that a block expects. */
export function transferToJoin(e: BlockEmitter, types: readonly JoinType[]): void {
  if (types.length !== e.stack.length) throw new NotOptimisable("operand stacks of different depth meet");
  const changing = types.flatMap((type, position) => (isInPlace(e, type, position) ? [] : [position]));
  if (changing.length > 1) secureOthers(e, changing);
  for (const position of changing) moveTo(e, types[position], e.stack[position], position);
}

function isInPlace(e: BlockEmitter, type: JoinType, position: number): boolean {
  const operand = e.stack[position];
  switch (type.kind) {
    case "constant":
    case "register":
      if (!sameType(type, joinTypeOf(operand))) throw new NotOptimisable("a join that was not analysed");
      return true;
    case "names":
      return operand.kind === "names";
    case "number":
      return operand.kind === "number" && operand.text === `s${position}`;
    case "truth":
      return operand.kind === "truth" && operand.tri === `b${position}`;
    case "either":
      return operand.kind === "either" && operand.address === `v${position}a`;
  }
}

/** Join locals of other positions that an operand mentions would be overwritten: their values are taken first. */
function secureOthers(e: BlockEmitter, changing: readonly number[]): void {
  for (const position of changing) {
    const operand = e.stack[position];
    if (operand.kind === "number" && !isSimple(operand.text)) {
      const local = e.local("n");
      e.out.line(`const ${local} = ${operand.text};`);
      e.stack[position] = numberOperand(local);
    } else if (operand.kind === "number" && /^s\d+$/.test(operand.text)) {
      const local = e.local("n");
      e.out.line(`const ${local} = ${operand.text};`);
      e.stack[position] = numberOperand(local);
    } else if (operand.kind === "truth") {
      const local = truthLocal(e, operand);
      e.stack[position] = truthOperand(`${local} === 1`, undefined, local);
    } else if (operand.kind === "either" && /^v\d+a$/.test(operand.address)) {
      throw new NotOptimisable("values that change places at a join");
    }
  }
}

function moveTo(e: BlockEmitter, type: JoinType, operand: Operand, position: number): void {
  const { out } = e;
  switch (type.kind) {
    case "number":
      out.line(`s${position} = ${numericOf(e, operand)?.value ?? "NaN"};`);
      return;
    case "truth":
      if (operand.kind === "truth") out.line(`b${position} = ${triText(operand)};`);
      else out.line(`b${position} = ${operand.kind === "constant" && operand.value === true ? 1 : 0};`);
      return;
    case "either":
      moveToEither(e, operand, position);
      return;
    default:
      return;
  }
}

function moveToEither(e: BlockEmitter, operand: Operand, position: number): void {
  const { out } = e;
  const number = `v${position}`;
  const address = `v${position}a`;
  const slot = e.temporary(position);
  switch (operand.kind) {
    case "number":
      out.line(`${number} = ${operand.text}; ${address} = 0;`);
      return;
    case "constant":
      if (typeof operand.value === "number") out.line(`${number} = ${numericOf(e, operand)?.value}; ${address} = 0;`);
      else out.line(`${address} = ${addressOf(e, operand, position)};`);
      return;
    case "either":
      // Its value may lie in another position's slot.
      out.line(`${number} = ${operand.number};`);
      out.line(`${address} = ${operand.address} === 0 ? 0 : O.keep(${operand.address}, ${slot});`);
      return;
    default: {
      const numeric = numericOf(e, operand);
      if (numeric?.guard != null) {
        out.line(`if (${numeric.guard}) { ${number} = ${numeric.value}; ${address} = 0; }`);
        out.line(`else ${address} = O.keep(${addressOf(e, operand, position)}, ${slot});`);
      } else out.line(`${address} = O.keep(${addressOf(e, operand, position)}, ${slot});`);
    }
  }
}
