// SPDX-License-Identifier: MIT
import type { Ptr } from "../../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../../calls/frames.ts";
import type { Machine, NativeFunction } from "../../machine/machine.ts";
import { retain } from "../../memory/release.ts";
import { appendElement, createLiteralArray } from "../../objects/array.ts";
import { defineProperty } from "../../objects/properties.ts";
import { NAME } from "../../strings/known-names.ts";
import { copyValue, setObject } from "../../values/slots.ts";
import { makeBroadcaster } from "../as-broadcaster.ts";
import { type ClassTable, DEFAULT_MEMBER_FLAGS, defineClass, flagAll, unimplementedMethods } from "../declare.ts";
import { thisObject } from "../native-call.ts";
import { HIDDEN_BEFORE_7 } from "./devices.ts";

/** new MovieClipLoader(): listens to itself. */
const constructLoader: NativeFunction = (vm, _fn, self) => {
  const object = thisObject(vm, self);
  if (object === 0) return;
  const window = openFrame(vm, 1);
  const listeners = createLiteralArray(vm);
  setObject(vm, window, listeners);
  copyValue(vm, self, appendElement(vm, listeners));
  defineProperty(vm, object, NAME._listeners, window, DEFAULT_MEMBER_FLAGS);
  closeFrame(vm, window);
};

const movieClipLoaderClass: ClassTable = {
  name: "MovieClipLoader",
  construct: constructLoader,
  prototype: unimplementedMethods("MovieClipLoader", "loadClip getProgress unloadClip"),
};

/** Installs MovieClipLoader, whose prototype is a broadcaster. `broadcaster`: the AsBroadcaster object. */
export function installMovieClipLoader(vm: Machine, namespace: Ptr, broadcaster: Ptr): void {
  defineClass(vm, namespace, movieClipLoaderClass);
  const proto = vm.realm.prototypes.get("MovieClipLoader");
  if (proto === undefined) return;
  const window = openFrame(vm, 1);
  setObject(vm, window, retain(vm, proto));
  makeBroadcaster(vm, proto, broadcaster);
  flagAll(vm, proto, HIDDEN_BEFORE_7);
  closeFrame(vm, window);
}
