// SPDX-License-Identifier: MIT
import type { Machine } from "../machine/machine.ts";
import type { Realm } from "../machine/realm.ts";
import { arrayClass } from "./array.ts";
import { defineClass } from "./declare.ts";

/** Installs every class but Object and Function, in the order in which Flash Player creates them. */
export function installClasses(vm: Machine, realm: Realm): void {
  defineClass(vm, realm.global, arrayClass, realm.arrayPrototype);
}
