// SPDX-License-Identifier: MIT

import { DONT_ENUM, SINCE_8 } from "../layout/attributes.ts";
import type { Machine } from "../machine/machine.ts";
import type { Realm } from "../machine/realm.ts";
import type { Owned } from "../memory/owned.ts";
import { addConstructor, createObject } from "../objects/object.ts";
import { colorTransformClass, filterClasses, transformClass } from "./classes/filters.ts";
import { type ClassTable, defineClass, defineObject } from "./declare.ts";
import { pointClass } from "./geom/point.ts";
import { rectangleClass } from "./geom/rectangle.ts";

/** The packages below `flash` and their classes, in the order in which Flash Player creates them. */
const PACKAGES: readonly (readonly [name: string, classes: readonly ClassTable[]])[] = [
  ["geom", [rectangleClass, pointClass, colorTransformClass, transformClass]],
  ["filters", filterClasses],
];

/** A plain object as a script would make it. Owned. */
function plainObject(vm: Machine, realm: Realm): Owned {
  const object = createObject(vm, realm.objectPrototype);
  addConstructor(vm, object, realm.objectConstructor);
  return object;
}

/** Installs the `flash` packages. */
export function installPackages(vm: Machine, realm: Realm): void {
  const flash = plainObject(vm, realm);
  for (const [name, classes] of PACKAGES) {
    const namespace = plainObject(vm, realm);
    for (const table of classes) defineClass(vm, namespace, table);
    defineObject(vm, flash, name, namespace, 0);
  }
  defineObject(vm, realm.global, "flash", flash, DONT_ENUM | SINCE_8);
}
