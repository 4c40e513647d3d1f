// SPDX-License-Identifier: MIT

/**
 * Value slots: 8 bytes, NaN-boxed.
 *
 *   byte   0        4        8
 *          ┌────────┬────────┐
 *   number │   IEEE double   │  high word (signed) < FIRST_TAG
 *          ├────────┼────────┤
 *   others │payload │  tag   │  tag >= FIRST_TAG
 *          └────────┴────────┘
 *
 * The canonical NaN is 0x7FF80000; negative numbers (and the NaN that x86 produces) have a negative high word: so "is a
 * number" is one signed compare. Copy slots as two words: a copy through a double may lose the tag.
 * Tags from FIRST_REFERENCE on carry a counted pointer.
 */
export const FIRST_TAG = 0x7ff90000;

/** Payload 0. */
export const TAG_UNDEFINED = 0x7ff90000;
/** Payload 0. */
export const TAG_NULL = 0x7ff90001;
/** Payload 0 or 1. */
export const TAG_BOOLEAN = 0x7ff90002;
/** A missing array element: never seen by scripts. */
export const TAG_HOLE = 0x7ff90003;
/** A function's `prototype` that nobody has asked for yet: never seen by scripts. */
export const TAG_LAZY_PROTOTYPE = 0x7ff90004;
/** First tag whose payload is a counted pointer. */
export const FIRST_REFERENCE = 0x7ff90008;
/** Payload: a string record. */
export const TAG_STRING = 0x7ff90008;
/** Payload: an object, array, function or super record. Tags from here on may take part in cycles. */
export const TAG_OBJECT = 0x7ff90009;
/** Payload: a clip reference record (soft reference to a movie clip). */
export const TAG_CLIP = 0x7ff9000a;
/** Payload: any other counted record (accessor, scope, native data): never seen by scripts. */
export const TAG_BLOCK = 0x7ff9000b;

/** Address of a value slot: a byte offset, 8-byte aligned. */
export type Addr = number;
