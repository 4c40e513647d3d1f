// SPDX-License-Identifier: MIT
import type { NativeFunction } from "../machine/machine.ts";
import { appendElement, arrayLength, createArray, isArray } from "../objects/array.ts";
import { copyValue } from "../values/slots.ts";
import type { ClassTable } from "./declare.ts";
import { returnNumber, returnObject, thisObject } from "./native-call.ts";

const constructArray: NativeFunction = (vm, _fn, _self, args, argc) => {
  const array = createArray(vm, argc);
  for (let i = 0; i < argc; i++) copyValue(vm, args + i * 8, appendElement(vm, array));
  returnObject(vm, array);
};

const push: NativeFunction = (vm, _fn, self, args, argc) => {
  const array = thisObject(vm, self);
  if (array === 0 || !isArray(vm, array)) return;
  for (let i = 0; i < argc; i++) copyValue(vm, args + i * 8, appendElement(vm, array));
  returnNumber(vm, arrayLength(vm, array));
};

export const arrayClass: ClassTable = {
  name: "Array",
  construct: constructArray,
  returnsOwnResult: true,
  prototype: [{ name: "push", method: push }],
};
