// SPDX-License-Identifier: MIT

/**
 * The frame of running code: what the language needs to know of it, as value slots on the frame stack, then the local
 * registers. Byte offsets from the frame's base.
 */
/** Two plain words that together read as a small number: enclosing frame, and flags with the register count. */
export const FRAME_LINK = 0;
export const FRAME_SCOPE = 8;
export const FRAME_THIS = 16;
/** Function object, undefined in timeline code. */
export const FRAME_FUNCTION = 24;
/** Clip that `tellTarget` has chosen; undefined while that is invalid. */
export const FRAME_TARGET = 32;
/** Clip whose code runs. */
export const FRAME_BASE = 40;
/** `super` object, or undefined. */
export const FRAME_SUPER = 48;
export const FRAME_REGISTERS = 56;
export const FRAME_SLOTS = FRAME_REGISTERS / 8;
/** Flags in the second word of FRAME_LINK; the register count stands above them. */
export const LINK_CONSTRUCTS = 1;
/** A light frame (operations/frames.ts): function and `this` are borrowed, the rest follows from the function. */
export const LINK_LIGHT = 2;
/** A light frame whose caller is of SWF 5 or before. */
export const LINK_OPEN = 4;
export const LINK_REGISTERS_SHIFT = 4;

/**
 * How a function is about to be called, in `vm.callee`; 0 for a method of the object itself, as most are. What a frame opens with
 * is read from there, and it is 0 again as soon as that has been done.
 */
export const CALLEE_CONSTRUCTS = 1;
/**
 * Bits from here on, one for each of the first eight arguments: the constructor may keep the argument's reference instead of
 * counting another, and makes the argument undefined where it does.
 */
export const CALLEE_KEEPS_SHIFT = 1;
/** The caller is of SWF 5 or before: the function sees no closure. */
export const CALLEE_OPEN = 1 << 9;
/**
 * From here on, signed: steps up the prototype chain from `this` to the owner of the function, where its `super` starts. -1: a call by
 * name alone, without `super`.
 */
export const CALLEE_DEPTH_SHIFT = 10;

/**
 * Byte offsets in a light frame, which operations/frames.ts opens: the function's record, the address of `this` and the scope, none
 * of them counted as a rule. The function becomes a counted value when it dies while it runs, the scope is one when it is the frame's own; it
 * is 0 where the text of the function needs none, and then stands for the function's.
 */
export const LIGHT_FUNCTION = 8;
export const LIGHT_THIS = 16;
export const LIGHT_SCOPE = 24;
/** Owned slots of a light frame begin here. */
export const LIGHT_SLOTS = 32;
