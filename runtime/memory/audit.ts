// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import type { Machine } from "../machine/machine.ts";
import type { Leak } from "../player/player-api.ts";

/** Who holds records from outside of the heap. */
export interface RootProvider {
  roots(): Iterable<Ptr>;
}

/** Recomputes every reference count from the heap graph; one line per difference. */
export function auditCounts(_vm: Machine, _roots: unknown): string[] {
  throw new Error("the audit of reference counts is not part of this build yet");
}

/** Blocks that no root holds after a complete collection. */
export function findLeaks(_vm: Machine, _roots: unknown): Leak[] {
  throw new Error("the leak report is not part of this build yet");
}
