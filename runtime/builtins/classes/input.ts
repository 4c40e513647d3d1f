// SPDX-License-Identifier: MIT
import type { Ptr } from "../../../lib/memory/address-space.ts";
import { DONT_ENUM, SINCE_6 } from "../../layout/attributes.ts";
import type { Machine, NativeFunction } from "../../machine/machine.ts";
import type { Realm } from "../../machine/realm.ts";
import { addConstructor, createObject } from "../../objects/object.ts";
import { changeFlags } from "../../objects/properties.ts";
import { internJs, releaseName } from "../../strings/names.ts";
import { BROADCASTER_NAMES, makeBroadcaster } from "../as-broadcaster.ts";
import { defineMembers, defineObject, type Member, sealObject, unimplementedMethods } from "../declare.ts";
import { returnBoolean, returnNull, returnNumber } from "../native-call.ts";

/** Key, Mouse, Selection: objects that tell of the user's input, and broadcasters. There is no user here. */

const KEY_CODES: Readonly<Record<string, number>> = {
  ALT: 18,
  BACKSPACE: 8,
  CAPSLOCK: 20,
  CONTROL: 17,
  DELETEKEY: 46,
  DOWN: 40,
  END: 35,
  ENTER: 13,
  ESCAPE: 27,
  HOME: 36,
  INSERT: 45,
  LEFT: 37,
  PGDN: 34,
  PGUP: 33,
  RIGHT: 39,
  SHIFT: 16,
  SPACE: 32,
  TAB: 9,
  UP: 38,
};

const zero: NativeFunction = (vm) => returnNumber(vm, 0);
const never: NativeFunction = (vm) => returnBoolean(vm, false);
const noIndex: NativeFunction = (vm) => returnNumber(vm, -1);
const noFocus: NativeFunction = (vm) => returnNull(vm);

const keyMembers: readonly Member[] = [
  ...Object.entries(KEY_CODES).map(([name, constant]) => ({ name, constant })),
  { name: "getAscii", method: zero, native: [800, 0] },
  { name: "getCode", method: zero, native: [800, 1] },
  { name: "isDown", method: never, native: [800, 2] },
  { name: "isToggled", method: never, native: [800, 3] },
  { name: "isAccessible", method: never },
];

const mouseMembers: readonly Member[] = [
  { name: "show", method: zero, native: [5, 0] },
  { name: "hide", method: zero, native: [5, 1] },
];

const selectionMembers: readonly Member[] = [
  { name: "getBeginIndex", method: noIndex, native: [600, 0] },
  { name: "getEndIndex", method: noIndex, native: [600, 1] },
  { name: "getCaretIndex", method: noIndex, native: [600, 2] },
  { name: "getFocus", method: noFocus, native: [600, 3] },
  ...unimplementedMethods("Selection", "setFocus setSelection"),
];

/** Installs one of them: everything in it is read-only, and what makes it a broadcaster came with SWF 6. */
function installInput(vm: Machine, realm: Realm, name: string, members: readonly Member[], broadcaster: Ptr): void {
  const object = createObject(vm, realm.objectPrototype);
  addConstructor(vm, object, realm.objectConstructor);
  defineMembers(vm, object, members);
  makeBroadcaster(vm, object, broadcaster);
  sealObject(vm, object);
  for (const text of BROADCASTER_NAMES) {
    const id = internJs(vm, text);
    changeFlags(vm, object, id, SINCE_6, 0);
    releaseName(vm, id);
  }
  defineObject(vm, realm.global, name, object, DONT_ENUM);
}

/** Installs Selection, Mouse and Key. `broadcaster`: the AsBroadcaster object. */
export function installInputObjects(vm: Machine, realm: Realm, broadcaster: Ptr): void {
  installInput(vm, realm, "Selection", selectionMembers, broadcaster);
  installInput(vm, realm, "Mouse", mouseMembers, broadcaster);
  installInput(vm, realm, "Key", keyMembers, broadcaster);
}
