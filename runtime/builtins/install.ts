// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { DONT_DELETE, DONT_ENUM } from "../layout/attributes.ts";
import type { Machine } from "../machine/machine.ts";
import type { Realm } from "../machine/realm.ts";
import { addConstructor, createObject } from "../objects/object.ts";
import { defineProperty, getStored } from "../objects/properties.ts";
import { internJs, releaseName } from "../strings/names.ts";
import { arrayClass } from "./array.ts";
import { broadcasterMembers } from "./as-broadcaster.ts";
import { nativeFunctions } from "./as-native.ts";
import { booleanClass, numberClass } from "./boxes.ts";
import { contextMenuClass, contextMenuItemClass } from "./classes/context-menu.ts";
import {
  cameraClass,
  colorClass,
  localConnectionClass,
  microphoneClass,
  netConnectionClass,
  netStreamClass,
  printJobClass,
  remoteSharedObjectUsageClass,
  soundClass,
  videoClass,
  xmlSocketClass,
} from "./classes/devices.ts";
import { installInputObjects } from "./classes/input.ts";
import { installMovieClipLoader } from "./classes/movie-clip-loader.ts";
import { dateClass } from "./date.ts";
import { defineClass, defineMembers, defineObject, type Member, sealObject } from "./declare.ts";
import { errorClass, setUpErrors } from "./error.ts";
import { globalFunctions } from "./globals.ts";
import { installPackages } from "./install-geom.ts";
import { mathMembers } from "./math.ts";
import { movieClipClass } from "./movie-clip.ts";
import { stringClass } from "./string.ts";
import { loadVarsClass } from "./xml/load-vars.ts";
import { xmlClass, xmlNodeClass } from "./xml/xml.ts";

/** Numbers that every environment has as constants. */
const CONSTANTS: readonly Member[] = [
  { name: "NaN", constant: Number.NaN, flags: DONT_ENUM },
  { name: "Infinity", constant: Number.POSITIVE_INFINITY, flags: DONT_ENUM },
];

/** Installs every class but Object and Function, in the order in which Flash Player creates them. */
export function installClasses(vm: Machine, realm: Realm): void {
  const { global } = realm;
  defineMembers(vm, global, nativeFunctions);
  defineMembers(vm, global, CONSTANTS);
  defineClass(vm, global, movieClipClass);
  defineClass(vm, global, xmlSocketClass);
  const broadcaster = defineClass(vm, global, { name: "AsBroadcaster", statics: broadcasterMembers });
  for (const table of [colorClass, netConnectionClass, netStreamClass, cameraClass, microphoneClass])
    defineClass(vm, global, table);
  for (const table of [contextMenuItemClass, contextMenuClass]) defineClass(vm, global, table);
  defineClass(vm, global, errorClass);
  defineClass(vm, global, { name: "AsSetupError", construct: setUpErrors });
  defineClass(vm, global, remoteSharedObjectUsageClass);
  defineMembers(vm, global, globalFunctions);
  defineClass(vm, global, numberClass);
  defineClass(vm, global, booleanClass);
  defineClass(vm, global, dateClass);
  shareFunction(vm, realm.prototypes.get("Date")!, "getTime", "valueOf", DONT_ENUM | DONT_DELETE);
  defineClass(vm, global, stringClass);
  realm.arrayConstructor = defineClass(vm, global, arrayClass, realm.arrayPrototype);
  const math = createObject(vm, realm.objectPrototype);
  addConstructor(vm, math, realm.objectConstructor);
  defineMembers(vm, math, mathMembers);
  sealObject(vm, math);
  defineObject(vm, global, "Math", math, DONT_ENUM);
  shareFunction(vm, global, "clearInterval", "clearTimeout");
  defineClass(vm, global, soundClass);
  for (const table of [xmlNodeClass, xmlClass, loadVarsClass]) defineClass(vm, global, table);
  installInputObjects(vm, realm, broadcaster);
  for (const name of ["Button", "TextField"]) defineClass(vm, global, { name });
  defineClass(vm, global, videoClass);
  defineClass(vm, global, localConnectionClass);
  installMovieClipLoader(vm, global, broadcaster);
  defineClass(vm, global, printJobClass);
  installPackages(vm, realm);
}

/** Makes `to` another name of the function that `from` names. */
function shareFunction(vm: Machine, holder: Ptr, from: string, to: string, flags = DONT_ENUM): void {
  const window = openFrame(vm, 1);
  const source = internJs(vm, from);
  const target = internJs(vm, to);
  getStored(vm, holder, source, window);
  defineProperty(vm, holder, target, window, flags);
  releaseName(vm, source);
  releaseName(vm, target);
  closeFrame(vm, window);
}
