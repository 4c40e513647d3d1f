// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Instruction } from "../../bytecode/instruction.ts";
import { addressOf, taggedAs } from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import {
  emitDirectCall,
  emitMethodCall,
  emitMethodLookup,
  emitThrownCheck,
  type MethodLookup,
  pass,
  positionOf,
  pushResult,
  secure,
} from "./dispatch.ts";
import type { Operand } from "./operands.ts";

/** Function.call, and Function.apply of an array literal: the function is called without the native, and without the array. */

/** What the native would have been told. */
interface Through {
  native: "Function_call" | "Function_apply";
  self: Operand;
  selfPosition: number;
}

/**
 * Calls the receiver where the method found is the native one and the receiver a function of this version and constant pool.
 * @param general emits the call for every other case
 * @param passArguments puts the arguments for the receiver in the outgoing area; their number
 */
export function emitThrough(
  e: BlockEmitter,
  method: MethodLookup,
  receiver: Operand,
  { native, self, selfPosition }: Through,
  general: () => void,
  passArguments: () => number,
): void {
  const { out } = e;
  const object = taggedAs(e, receiver, "OBJECT");
  if (object === null || !e.module.directCalls) {
    general();
    return;
  }
  e.usesTraits = true;
  const callee = e.local("f");
  const code = e.names.constants.intrinsic(native);
  const isFunction = `(I32[(${object.pointer} >> 2) + 1] & 0xff) === FUNCTION && I32[(${object.pointer} >> 2) + TRAITS] === traits`;
  out.line(
    `const ${callee} = ${method.fn} !== 0 && O.isNativeCode(vm, ${method.fn}, ${code}) && ${isFunction} ? ${object.pointer} : 0;`,
  );
  const calledSelf = e.local("a");
  out.line(`const ${calledSelf} = ${callee} === 0 ? 0 : O.calledSelf(vm, ${addressOf(e, self, selfPosition)});`);
  out.block(
    `if (${calledSelf} !== 0) {`,
    () => {
      const count = passArguments();
      if (count === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
      // The native is a level of calls too.
      out.line("if (--vm.callsLeft < 0) O.tooDeep(vm);");
      const name = receiver.kind === "slot" ? (receiver.variable ?? null) : null;
      emitDirectCall(e, name, callee, calledSelf, count, "1");
      out.line("vm.callsLeft++;");
      emitThrownCheck(e);
    },
    "} else {",
  );
  out.indented(general);
  out.line("}");
}

/** CallMethod of `apply` whose array literal was left on the stack: `elements` positions under `this`. */
export function emitApply(e: BlockEmitter, elements: number): void {
  const { out } = e;
  e.pop();
  const target = e.pop();
  e.pop();
  const selfOperand = e.pop();
  const values: Operand[] = [];
  for (let i = 0; i < elements; i++) values.push(e.pop());
  const base = e.stack.length;
  const at = (i: number): number => positionOf(base, elements, i);
  e.keepPending();
  const secured = values.map((operand, i) => secure(e, operand, at(i)));
  const selfPosition = base + elements;
  const self = secure(e, selfOperand, selfPosition);
  const receiver = secure(e, target, selfPosition + 2);
  const method = emitMethodLookup(e, receiver, "apply", selfPosition + 2);
  const general = (): void => {
    pass(e, secured, at);
    const array = e.temporary(selfPosition + 1);
    if (elements === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
    out.line(`O.makeArray(out, ${elements}, ${array});`);
    pass(e, [self, { kind: "slot", address: array, stable: true }], () => selfPosition);
    emitMethodCall(e, "apply", method, 2);
  };
  emitThrough(e, method, receiver, { native: "Function_apply", self, selfPosition }, general, () => {
    pass(e, secured, at);
    return elements;
  });
  pushResult(e);
}

/** Whether an InitArray is followed by just what calls `apply` with its array: `this`, the count 2, the function, the name. */
export function isAppliedLiteral(e: BlockEmitter, instructions: readonly Instruction[], index: number): boolean {
  /** Values above the array: a constant, or null for anything else. */
  const above: (string | number | null)[] = [];
  for (const instruction of instructions.slice(index + 1, index + 9)) {
    if (instruction.name === "Push") {
      for (const value of instruction.values) {
        if (value.kind === "constant") above.push(e.pool?.[value.index] ?? null);
        else above.push(value.kind === "string" || value.kind === "integer" || value.kind === "number" ? value.value : null);
      }
    } else if (instruction.name === "GetVariable" && above.length > 0) above[above.length - 1] = null;
    else return instruction.name === "CallMethod" && above.length === 4 && above[1] === 2 && above[3] === "apply";
  }
  return false;
}
