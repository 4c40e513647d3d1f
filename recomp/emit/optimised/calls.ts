// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressOf, emitKeep, numericOf, taggedAs } from "./access.ts";
import { emitApply, emitThrough } from "./apply.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import {
  emitDispatch,
  emitDrops,
  emitMethodCall,
  emitMethodLookup,
  functionText,
  pass,
  popArguments,
  positionOf,
  pushResult,
  secure,
  securedSlots,
} from "./dispatch.ts";
import { emitIntrinsic, isIntrinsicName } from "./intrinsics.ts";
import { elementText } from "./members.ts";
import type { Operand } from "./operands.ts";
import { emitLookup, selfOf } from "./variables.ts";

/** CallFunction and CallMethod. */

/** CallFunction. */
export function emitCallFunction(e: BlockEmitter): boolean {
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
  emitDrops(e, securedSlots(args, secured));
  pushResult(e);
  return true;
}

/** CallMethod. */
export function emitCallMethod(e: BlockEmitter): boolean {
  if (e.applied !== null) {
    emitApply(e, e.applied);
    e.applied = null;
    return true;
  }
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
  // What the text computes itself runs nothing: then the receiver need not outlive it.
  const mayBeIntrinsic = isNamed && isIntrinsicName(String(name.value), count);
  const receiver = mayBeIntrinsic ? target : secure(e, target, targetPosition);
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
    emitDrops(e, securedSlots([...args, target], [...values, receiver]));
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
  const dropped = mayBeIntrinsic || String(name.value) === "call" ? [] : securedSlots([...args, target], [...values, receiver]);
  emitNamedCall(e, receiver, String(name.value), values, base, targetPosition, dropped);
  return true;
}

function emitNamedCall(
  e: BlockEmitter,
  receiver: Operand,
  name: string,
  values: readonly Operand[],
  base: number,
  targetPosition: number,
  dropped: readonly string[],
): void {
  const at = (i: number): number => positionOf(base, values.length, i);
  const method = emitMethodLookup(e, receiver, name, targetPosition);
  const general = (): void => {
    if (receiver.kind === "slot" && !receiver.stable) {
      emitKeep(e, receiver.address, e.temporary(targetPosition));
      e.out.line(`${method.self} = ${receiver.address};`);
    }
    pass(e, values, at);
    emitMethodCall(e, name, method, values.length);
  };
  if (emitIntrinsic(e, name, method, values, at, base, general)) return;
  if (name === "call" && values.length > 0) {
    emitThrough(e, method, receiver, { native: "Function_call", self: values[0], selfPosition: at(0) }, general, () => {
      pass(e, values.slice(1), (i) => at(i + 1));
      return values.length - 1;
    });
  } else general();
  emitDrops(e, dropped);
  pushResult(e);
}
