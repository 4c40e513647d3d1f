// SPDX-License-Identifier: MIT
import { closeFrame, openFrame } from "../calls/frames.ts";
import type { NativeFunction } from "../machine/machine.ts";
import { getProperty, setProperty } from "../objects/properties.ts";
import { NAME } from "../strings/known-names.ts";
import { copyValue, moveValue } from "../values/slots.ts";
import type { ClassTable } from "./declare.ts";
import { argument, isMissing, thisObject } from "./native-call.ts";

const construct: NativeFunction = (vm, _fn, self, args, argc) => {
  const object = thisObject(vm, self);
  if (object !== 0 && !isMissing(vm, args, argc, 0)) setProperty(vm, object, NAME.message, argument(vm, args, argc, 0), self);
  copyValue(vm, self, vm.result);
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

export const errorClass: ClassTable = {
  name: "Error",
  construct,
  prototype: [
    { name: "message", constant: "Error", flags: 0 },
    { name: "name", constant: "Error", flags: 0 },
    { name: "toString", method: toStringMethod, flags: 0, scripted: true },
  ],
};
