// SPDX-License-Identifier: MIT
import { enterNative, leaveFrame } from "../calls/activation.ts";
import { construct } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { toJsString } from "../conversion/to-string.ts";
import type { NativeFunction } from "../machine/machine.ts";
import { getProperty, setProperty } from "../objects/properties.ts";
import { NAME } from "../strings/known-names.ts";
import { copyValue, moveValue } from "../values/slots.ts";
import type { ClassTable } from "./declare.ts";
import { argument, isConstructorCall, isMissing, thisObject } from "./native-call.ts";

const constructError: NativeFunction = (vm, _fn, self, args, argc) => {
  const constructing = isConstructorCall(vm);
  const object = thisObject(vm, self);
  if (object !== 0 && !isMissing(vm, args, argc, 0)) setProperty(vm, object, NAME.message, argument(vm, args, argc, 0), self);
  if (constructing) copyValue(vm, self, vm.result);
};

/** The message, not the name. */
const toStringMethod: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  const window = openFrame(vm, 1);
  getProperty(vm, object, NAME.message, self, window);
  moveValue(vm, window, vm.result);
  closeFrame(vm, window);
};

/** AsSetupError("A,B"): makes an Error for each name, and nothing else that could be seen. */
export const setUpErrors: NativeFunction = (vm, fn, self, args, argc) => {
  if (argc === 0) return;
  const names = toJsString(vm, args).split(",");
  const frame = enterNative(vm, fn, self);
  const window = openFrame(vm, 2);
  for (const _ of names) {
    getProperty(vm, vm.realm.global, NAME.Error, vm.undefinedSlot, window);
    construct(vm, window, 0, 0, window + 8);
    closeFrame(vm, window);
    openFrame(vm, 2);
  }
  leaveFrame(vm, frame);
};

export const errorClass: ClassTable = {
  name: "Error",
  construct: constructError,
  prototype: [
    { name: "message", constant: "Error", flags: 0 },
    { name: "name", constant: "Error", flags: 0 },
    { name: "toString", method: toStringMethod, flags: 0, scripted: true },
  ],
};
