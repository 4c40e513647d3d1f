// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";

/**
 * The built-in objects of one environment. There are two: one for code of SWF 6 and before, one for 7 and later
 * (reference: semantics §1). All pointers are counted: the realm holds them until the machine is disposed.
 */
export interface Realm {
  /** 6 or 7: the oldest version that uses it differently from the other. */
  readonly caseSensitive: boolean;
  global: Ptr;
  objectPrototype: Ptr;
  functionPrototype: Ptr;
  arrayPrototype: Ptr;
  /** Constructors that literals and functions name as their own `constructor`; borrowed from `global`, 0 while it is being made. */
  objectConstructor: Ptr;
  functionConstructor: Ptr;
  arrayConstructor: Ptr;
  /** Scope record whose value is `_global`: the end of every scope chain. */
  globalScope: Ptr;
  /** Shape of arrays that inherit from `arrayPrototype`: `__proto__`, `length`. */
  arrayShape: Ptr;
  /** Shape of array literals, which have their own `constructor` besides; 0 until the first one. */
  literalArrayShape: Ptr;
  /** Shape of functions from bytecode: `__proto__`, lazy `prototype`. */
  functionShape: Ptr;
  /** Prototypes of other built-in classes, by class name. */
  prototypes: Map<string, Ptr>;
}
