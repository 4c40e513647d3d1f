// SPDX-License-Identifier: MIT

/** Property attributes as ASSetPropFlags numbers them (reference: semantics §7.1). */
export const DONT_ENUM = 1;
export const DONT_DELETE = 2;
export const READ_ONLY = 4;
export const SINCE_6 = 0x80;
export const NOT_IN_6 = 0x100;
export const SINCE_7 = 0x400;
export const SINCE_8 = 0x1000;
export const SINCE_9 = 0x2000;
export const SINCE_10 = 0x4000;
/** All version bits: a successful overwrite clears them. */
export const VERSION_BITS = 0x7580;

/** Internal, above what scripts can set: the slot holds an accessor record. */
export const IS_ACCESSOR = 0x10000;
/** Internal: the slot may hold TAG_LAZY_PROTOTYPE. */
export const MAY_BE_LAZY = 0x20000;
/** Internal property of the runtime: no script can name, see or change it. */
export const INTERNAL = 0x40000;
/** Any of these in an entry's flags means that a plain inline-cached read is wrong. */
export const NEEDS_SLOW_READ = IS_ACCESSOR | MAY_BE_LAZY | INTERNAL | VERSION_BITS;
/** Any of these means that a plain inline-cached overwrite is wrong. */
export const NEEDS_SLOW_WRITE = NEEDS_SLOW_READ | READ_ONLY;

/** Flag bits that hide a property from code of an SWF version. */
export function hiddenMaskOf(version: number): number {
  if (version >= 10) return 0;
  return HIDDEN_BY_VERSION[version < 4 ? 4 : version];
}

const HIDDEN_BY_VERSION: readonly number[] = [0, 0, 0, 0, 0x7ff8, 0x7480, 0x7500, 0x7000, 0x6000, 0x4000];
