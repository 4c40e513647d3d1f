// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import type { Machine } from "../machine/machine.ts";
import { stringLength, unitAt } from "../strings/heap-string.ts";
import { scaleByPowerOf10 } from "./number-text.ts";

/** Where the last decimal parse stopped, for callers that care about what follows. */
let parseEnd = 0;

function isSpace(unit: number): boolean {
  return unit === 32 || unit === 9 || unit === 10 || unit === 13;
}

/** Value of a digit in any radix up to 36, or 99. */
export function digitValue(unit: number): number {
  if (unit >= 48 && unit <= 57) return unit - 48;
  if (unit >= 97 && unit <= 122) return unit - 87;
  if (unit >= 65 && unit <= 90) return unit - 55;
  return 99;
}

/** String → number by the rules of the running SWF version (reference: semantics §3). */
export function stringToNumber(vm: Machine, s: Ptr): number {
  const length = stringLength(vm, s);
  if (vm.version >= 6) {
    const radix = parsePrefixed(vm, s, length);
    if (radix !== undefined) return radix;
  }
  const value = parseDecimal(vm, s, 0, length);
  if (vm.version < 5) return Number.isNaN(value) ? 0 : value;
  return parseEnd === length ? value : Number.NaN;
}

/** Hexadecimal and octal of version 6 and later; undefined when the text is neither. */
function parsePrefixed(vm: Machine, s: Ptr, length: number): number | undefined {
  let at = 0;
  let negative = false;
  if (length > 0 && (unitAt(vm, s, 0) === 45 || unitAt(vm, s, 0) === 43)) {
    negative = unitAt(vm, s, 0) === 45;
    at = 1;
  }
  if (at >= length || unitAt(vm, s, at) !== 48) return undefined;
  if (at + 1 < length && (unitAt(vm, s, at + 1) | 32) === 120) {
    if (at > 0) return Number.NaN;
    at = 2;
    if (at < length && (unitAt(vm, s, at) === 45 || unitAt(vm, s, at) === 43)) {
      negative = unitAt(vm, s, at) === 45;
      at++;
    }
    if (at === length) return Number.NaN;
    return parseWrapped(vm, s, at, length, 16, negative);
  }
  for (let i = at + 1; i < length; i++) {
    const unit = unitAt(vm, s, i);
    if (unit < 48 || unit > 55) return undefined;
  }
  return parseWrapped(vm, s, at, length, 8, negative);
}

function parseWrapped(vm: Machine, s: Ptr, from: number, to: number, radix: number, negative: boolean): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = digitValue(unitAt(vm, s, i));
    if (digit >= radix) return Number.NaN;
    value = (Math.imul(value, radix) + digit) | 0;
  }
  return negative ? -value | 0 : value;
}

/**
 * Decimal prefix of a string: NaN when there is none. Digits are added up one power at a time, as the player does, so the
 * last bits can differ from a correctly rounded parse.
 */
export function parseDecimal(vm: Machine, s: Ptr, from: number, length: number): number {
  let at = from;
  while (at < length && isSpace(unitAt(vm, s, at))) at++;
  let negative = false;
  if (at < length && (unitAt(vm, s, at) === 45 || unitAt(vm, s, at) === 43)) {
    negative = unitAt(vm, s, at) === 45;
    at++;
  }
  const firstDigit = at;
  let seen = false;
  while (at < length && isDigit(unitAt(vm, s, at))) at++;
  const integerEnd = at;
  if (at > firstDigit) seen = true;
  let fractionEnd = at;
  if (at < length && unitAt(vm, s, at) === 46) {
    at++;
    seen = true;
    while (at < length && isDigit(unitAt(vm, s, at))) at++;
    fractionEnd = at;
  }
  if (!seen) {
    parseEnd = from;
    return Number.NaN;
  }
  let exponent = 0;
  if (at < length && (unitAt(vm, s, at) | 32) === 101) {
    at++;
    let exponentNegative = false;
    if (at < length && (unitAt(vm, s, at) === 45 || unitAt(vm, s, at) === 43)) {
      exponentNegative = unitAt(vm, s, at) === 45;
      at++;
    }
    while (at < length && isDigit(unitAt(vm, s, at))) exponent = (Math.imul(exponent, 10) + unitAt(vm, s, at++) - 48) | 0;
    if (exponentNegative) exponent = -exponent | 0;
  }
  parseEnd = at;
  // Digits go on after further points (only the lenient callers look at them), but then there is no exponent.
  let digitsEnd = fractionEnd;
  if (fractionEnd > integerEnd && unitAtOr0(vm, s, fractionEnd, length) === 46) {
    while (digitsEnd < length && (isDigit(unitAt(vm, s, digitsEnd)) || unitAt(vm, s, digitsEnd) === 46)) digitsEnd++;
    exponent = 0;
  }
  let value = 0;
  let power = (integerEnd - firstDigit - 1 + exponent) | 0;
  for (let i = firstDigit; i < digitsEnd; i++) {
    if (unitAt(vm, s, i) === 46) continue;
    const digit = unitAt(vm, s, i) - 48;
    if (digit !== 0) value += scaleByPowerOf10(digit, power);
    power--;
  }
  if (value === 0) return 0;
  return negative ? -value : value;
}

function unitAtOr0(vm: Machine, s: Ptr, at: number, length: number): number {
  return at < length ? unitAt(vm, s, at) : 0;
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}
