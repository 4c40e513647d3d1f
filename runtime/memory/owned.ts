// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";

declare const ownership: unique symbol;

/**
 * A pointer with one reference that belongs to whoever has it: it must be given away exactly once, to a slot (`setObject`,
 * `setString`), a record's field, or `release`. The type costs nothing when the program runs. It can be used wherever a
 * borrowed pointer is wanted; what wants an owned one does not take a borrowed.
 */
export type Owned = Ptr & { readonly [ownership]: true };

/** A pointer to what somebody else keeps alive. */
export type Borrowed = Ptr;

/** Takes over the reference that a field, a slot or a list has held until now; its holder must forget it. */
export function takeOwned(ptr: Ptr): Owned {
  return ptr as Owned;
}

/** No record: what functions return that may find nothing to give. */
export const NOTHING_OWNED = 0 as Owned;
