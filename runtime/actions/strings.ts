// SPDX-License-Identifier: MIT

import { closeFrame, openFrame } from "../calls/frames.ts";
import { toInt32, toNumber } from "../conversion/to-number.ts";
import { toString } from "../conversion/to-string.ts";
import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { release } from "../memory/release.ts";
import { emptyString, singleChar, stringLength, substring, unitAt } from "../strings/heap-string.ts";
import { setNumber, setString } from "../values/slots.ts";
import { popTo, push } from "./operand-stack.ts";

/** Pops a value and gives its text, owned. */
export function popString(vm: Machine): Owned {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const s = toString(vm, window);
  closeFrame(vm, window);
  return s;
}

/** Pops a value and gives its number. */
export function popNumber(vm: Machine): number {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  const value = toNumber(vm, window);
  closeFrame(vm, window);
  return value;
}

/** ToString. */
export function toStringAction(vm: Machine): void {
  const s = popString(vm);
  setString(vm, push(vm), s);
}

/** StringLength and MBStringLength. */
export function stringLengthAction(vm: Machine): void {
  const s = popString(vm);
  setNumber(vm, push(vm), stringLength(vm, s));
  release(vm, s);
}

/** StringExtract and MBStringExtract: 1-based start, to the end when the length is negative or too large. */
export function stringExtract(vm: Machine): void {
  const window = openFrame(vm, 3);
  popTo(vm, window);
  popTo(vm, window + 8);
  popTo(vm, window + 16);
  const count = toInt32(vm, window);
  const start = Math.max(0, toInt32(vm, window + 8) - 1);
  const s = toString(vm, window + 16);
  closeFrame(vm, window);
  const length = stringLength(vm, s);
  const end = count < 0 || start + count > length ? length : start + count;
  const part = start >= length ? emptyString(vm) : substring(vm, s, start, end);
  release(vm, s);
  setString(vm, push(vm), part);
}

/** CharToAscii and MBCharToAscii. */
export function charToAscii(vm: Machine): void {
  const s = popString(vm);
  const code = stringLength(vm, s) === 0 ? 0 : unitAt(vm, s, 0);
  release(vm, s);
  setNumber(vm, push(vm), vm.version >= 6 && code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}

/** AsciiToChar and MBAsciiToChar. */
export function asciiToChar(vm: Machine): void {
  const code = popNumber(vm) & 0xffff;
  setString(vm, push(vm), characterOf(vm, code));
}

/** MBAsciiToChar: SWF 5 writes codes past a byte as two bytes, the high one first. */
export function mbAsciiToChar(vm: Machine): void {
  const code = popNumber(vm) & 0xffff;
  setString(vm, push(vm), characterOf(vm, code));
}

/** String of one character code; surrogates have none of their own. Owned. */
function characterOf(vm: Machine, code: number): Owned {
  if (code === 0 || (vm.version < 6 && (code & 0xff) === 0)) return emptyString(vm);
  if (vm.version < 6) return singleChar(vm, code & 0xff);
  return singleChar(vm, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}
