// SPDX-License-Identifier: AGPL-3.0-or-later
import { expectTypeOf, it } from "vitest";
import type { Ptr } from "../../../lib/memory/address-space.ts";
import type { Machine } from "../../../runtime/machine/machine.ts";
import type { Borrowed, Owned } from "../../../runtime/memory/owned.ts";
import { release, retain } from "../../../runtime/memory/release.ts";
import { stringFromJs } from "../../../runtime/strings/heap-string.ts";
import { setObject, setString } from "../../../runtime/values/slots.ts";

/** Never called: what the type checker says of it is the test (`npx tsc --noEmit` is part of every test run). */
function ownershipRules(vm: Machine, slot: number, borrowed: Borrowed): void {
  // @ts-expect-error: a borrowed reference is not the function's to give back
  release(vm, borrowed);
  // @ts-expect-error: nor can a slot take it over
  setString(vm, slot, borrowed);
  // @ts-expect-error: the same for objects
  setObject(vm, slot, vm.realm.global);
  release(vm, retain(vm, borrowed));
  setString(vm, slot, stringFromJs(vm, "text"));
}

it("an owned reference is also a borrowed one, not the other way about", () => {
  expectTypeOf(ownershipRules).returns.toEqualTypeOf<void>();
  expectTypeOf<Owned>().toExtend<Ptr>();
  expectTypeOf<Ptr>().not.toExtend<Owned>();
  expectTypeOf<ReturnType<typeof stringFromJs>>().toEqualTypeOf<Owned>();
  expectTypeOf(retain).returns.toEqualTypeOf<Owned>();
});
