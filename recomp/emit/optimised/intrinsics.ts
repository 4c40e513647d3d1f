// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressOf, emitMoved, isCountedIn, isMovableInto, numericOf, ownedAddress } from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { emitTakeResult, type MethodLookup } from "./dispatch.ts";
import type { Operand } from "./operands.ts";

/** Built-in functions that the text computes itself when it has seen that a call means them. */

/** Functions of `Math` that take a number and give one, and what computes the same. */
export const ONE_NUMBER: Readonly<Record<string, string>> = {
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

interface IntrinsicText {
  emit(number: string, address: string, guard: string, general: () => void): void;
}

/** Whether a method of that name and number of arguments may be one that the text computes itself. */
export function isIntrinsicName(name: string, argumentCount: number): boolean {
  return (
    argumentCount === 1 && (name === "push" || name === "charAt" || name === "charCodeAt" || Object.hasOwn(ONE_NUMBER, name))
  );
}

/**
 * Emits a call of a method that is probably one of these, and pushes its result.
 * @param general emits the call for every other method
 * @returns false when no built-in function has the name and takes such arguments
 */
export function emitIntrinsic(
  e: BlockEmitter,
  name: string,
  method: MethodLookup,
  values: readonly Operand[],
  at: (index: number) => number,
  base: number,
  general: () => void,
): boolean {
  if (values.length !== 1) return false;
  const { out } = e;
  if (name === "push" && method.object !== null) {
    emitPush(e, values[0], at(0), method, base, general);
    return true;
  }
  const argument = numericOf(e, values[0]);
  const inText = argument === null ? null : intrinsicText(e, name, argument.value, method);
  if (argument === null || inText === null) return false;
  const number = e.local("n");
  const result = `${number}a`;
  out.line(`let ${number} = 0, ${result} = 0;`);
  inText.emit(number, result, argument.guard === null ? "" : ` && ${argument.guard}`, () => {
    general();
    emitTakeResult(e, number, base);
  });
  e.push({ kind: "either", number, address: result });
  return true;
}

function intrinsicText(
  e: BlockEmitter,
  name: string,
  argument: string,
  { fn, object, text, site }: MethodLookup,
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
  e: BlockEmitter,
  value: Operand,
  position: number,
  { object, fn, receiver }: MethodLookup,
  base: number,
  general: () => void,
): void {
  const { out } = e;
  const number = e.local("n");
  const address = `${number}a`;
  const code = e.names.constants.intrinsic("Array_push");
  out.line(`let ${number} = -1, ${address} = 0;`);
  out.line(
    `if (${fn} !== 0 && O.isNativeCode(vm, ${fn}, ${code})) ${number} = O.pushElement(${object?.pointer}, ${addressOf(e, value, position)});`,
  );
  out.block(`if (${number} < 0) {`, () => {
    general();
    emitTakeResult(e, number, base);
  });
  if (isMovableInto(e, value, receiver)) {
    // The array has a reference of its own now, so that this is not the last.
    const from = ownedAddress(e, value);
    out.block(`else if (${isCountedIn(from)}) {`, () => {
      out.line(`I32[I32[${from} >> 2] >> 2]--;`);
      emitMoved(e, from);
    });
  }
  e.push({ kind: "either", number, address });
}
