// SPDX-License-Identifier: MIT
import { createObjectScope } from "../calls/scope.ts";
import { DONT_DELETE, DONT_ENUM, MAY_BE_LAZY } from "../layout/attributes.ts";
import { SCOPE_GLOBAL } from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import type { Realm } from "../machine/realm.ts";
import { retain } from "../memory/release.ts";
import { createObject, markAsPrototype, rootShape } from "../objects/object.ts";
import { shapeWithProperty } from "../objects/shapes.ts";
import { NAME } from "../strings/known-names.ts";
import { defineClass } from "./declare.ts";
import { functionClass } from "./function.ts";
import { installClasses } from "./install.ts";
import { objectClass } from "./object.ts";

/**
 * Makes the environment for an SWF version (one for 6 and before, one from 7 on), with all its classes, and makes it the
 * running one.
 */
export function createRealm(vm: Machine, version: number): Realm {
  const objectPrototype = createObject(vm, 0);
  const realm: Realm = {
    caseSensitive: version > 6,
    global: 0,
    objectPrototype,
    functionPrototype: 0,
    arrayPrototype: 0,
    objectConstructor: 0,
    functionConstructor: 0,
    arrayConstructor: 0,
    globalScope: 0,
    arrayShape: 0,
    literalArrayShape: 0,
    functionShape: 0,
    prototypes: new Map(),
  };
  vm.realm = realm;
  if (version > 6) vm.realmCaseSensitive = realm;
  else vm.realmCaseInsensitive = realm;
  // Members of all versions must be found while the tables are installed.
  const { hiddenMask } = vm;
  vm.hiddenMask = 0;
  realm.functionPrototype = createObject(vm, objectPrototype);
  realm.arrayPrototype = createObject(vm, objectPrototype);
  realm.global = createObject(vm, 0);
  markAsPrototype(vm, realm.global);
  realm.globalScope = createObjectScope(vm, SCOPE_GLOBAL, 0, retain(vm, realm.global));
  realm.arrayShape = shapeWithProperty(vm, rootShape(vm, realm.arrayPrototype), NAME.length, DONT_ENUM | DONT_DELETE);
  realm.functionShape = shapeWithProperty(
    vm,
    shapeWithProperty(vm, rootShape(vm, realm.functionPrototype), NAME.constructor, DONT_ENUM | DONT_DELETE),
    NAME.prototype,
    DONT_ENUM | DONT_DELETE | MAY_BE_LAZY,
  );
  defineClass(vm, realm.global, functionClass, realm.functionPrototype);
  realm.objectConstructor = defineClass(vm, realm.global, objectClass, objectPrototype);
  installClasses(vm, realm);
  // Literals and functions go on having these when scripts have deleted every name of them.
  for (const constructor of [realm.objectConstructor, realm.functionConstructor, realm.arrayConstructor]) retain(vm, constructor);
  vm.hiddenMask = hiddenMask;
  // Before anything has run, all there is belongs to the environment.
  if (vm.realmCaseSensitive === null || vm.realmCaseInsensitive === null) vm.collector.deferAll();
  return realm;
}
