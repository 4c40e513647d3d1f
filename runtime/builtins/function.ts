// SPDX-License-Identifier: MIT
import { callFunction } from "../calls/call.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { getIndexed, toObject } from "../calls/member.ts";
import { toInt32 } from "../conversion/to-number.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import { type Addr, TAG_NULL, TAG_OBJECT, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { retain } from "../memory/release.ts";
import { isFunction } from "../objects/function.ts";
import { createObject } from "../objects/object.ts";
import { getStored } from "../objects/properties.ts";
import { NAME } from "../strings/known-names.ts";
import { copyValue, payloadOf, setObject, tagOf } from "../values/slots.ts";
import type { ClassTable } from "./declare.ts";
import { argument, isConstructorCall, returnObject } from "./native-call.ts";

/** Arguments that `apply` takes from a list at most: past the frame stack's patience it is a mistake. */
const MAX_APPLIED = 65_535;

const constructFunction: NativeFunction = (vm, _fn, self, args, argc) => {
  const constructing = isConstructorCall(vm);
  if (argc > 0) copyValue(vm, args, vm.result);
  else if (constructing) copyValue(vm, self, vm.result);
  else returnObject(vm, createObject(vm, 0));
};

/** Writes the `this` that call and apply use: the value as an object, `_global` for undefined and null. */
function calledThis(vm: Machine, value: Addr, out: Addr): void {
  const tag = tagOf(vm, value);
  if (tag === TAG_UNDEFINED || tag === TAG_NULL || toObject(vm, value, out) === 0) {
    setObject(vm, out, retain(vm, vm.realm.global));
  }
}

function functionIn(vm: Machine, self: Addr): number {
  return tagOf(vm, self) === TAG_OBJECT && isFunction(vm, payloadOf(vm, self)) ? payloadOf(vm, self) : 0;
}

const call: NativeFunction = (vm, _fn, self, args, argc) => {
  const fn = functionIn(vm, self);
  if (fn === 0) return;
  const window = openFrame(vm, 1);
  calledThis(vm, argument(vm, args, argc, 0), window);
  vm.callee = 1 << CALLEE_DEPTH_SHIFT;
  callFunction(vm, fn, window, args + 8, Math.max(0, argc - 1));
  closeFrame(vm, window);
};

const apply: NativeFunction = (vm, _fn, self, args, argc) => {
  const fn = functionIn(vm, self);
  if (fn === 0) return;
  const window = openFrame(vm, 2);
  calledThis(vm, argument(vm, args, argc, 0), window);
  const list = objectOf(vm, argument(vm, args, argc, 1));
  let count = 0;
  let applied = 0;
  if (list !== 0) {
    getStored(vm, list, NAME.length, window + 8);
    count = Math.min(MAX_APPLIED, Math.max(0, toInt32(vm, window + 8)));
    applied = openFrame(vm, count);
    for (let i = 0; i < count; i++) getIndexed(vm, list, i, args + 8, applied + i * 8);
  }
  vm.callee = 1 << CALLEE_DEPTH_SHIFT;
  callFunction(vm, fn, window, applied, count);
  closeFrame(vm, window);
};

export const functionClass: ClassTable = {
  name: "Function",
  construct: constructFunction,
  returnsOwnResult: true,
  since: 6,
  prototype: [
    { name: "call", method: call, native: [101, 10] },
    { name: "apply", method: apply, native: [101, 11] },
  ],
};
