// SPDX-License-Identifier: MIT
import { DONT_ENUM } from "../layout/attributes.ts";
import type { Machine } from "../machine/machine.ts";
import type { Realm } from "../machine/realm.ts";
import { createObject } from "../objects/object.ts";
import { arrayClass } from "./array.ts";
import { broadcasterMembers } from "./as-broadcaster.ts";
import { nativeFunctions } from "./as-native.ts";
import { booleanClass, numberClass } from "./boxes.ts";
import { dateClass } from "./date.ts";
import { defineClass, defineMembers, defineObject, type Member } from "./declare.ts";
import { errorClass } from "./error.ts";
import { globalFunctions } from "./globals.ts";
import { mathMembers } from "./math.ts";
import { movieClipClass } from "./movie-clip.ts";
import { stringClass } from "./string.ts";

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
  defineNamespace(vm, realm, "AsBroadcaster", broadcasterMembers);
  defineClass(vm, global, errorClass);
  defineClass(vm, global, { name: "AsSetupError", extends: "Error" });
  defineMembers(vm, global, globalFunctions);
  defineClass(vm, global, numberClass);
  defineClass(vm, global, booleanClass);
  defineClass(vm, global, dateClass);
  defineClass(vm, global, stringClass);
  realm.arrayConstructor = defineClass(vm, global, arrayClass, realm.arrayPrototype);
  defineNamespace(vm, realm, "Math", mathMembers);
  for (const name of ["Button", "TextField", "Video"]) defineClass(vm, global, { name });
}

/** A plain object with members under a global name. */
function defineNamespace(vm: Machine, realm: Realm, name: string, members: readonly Member[]): void {
  const object = createObject(vm, realm.objectPrototype);
  defineMembers(vm, object, members);
  defineObject(vm, realm.global, name, object, DONT_ENUM);
}
