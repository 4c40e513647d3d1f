// SPDX-License-Identifier: MIT

import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { stringFromJs, stringFromLatin1 } from "../strings/heap-string.ts";
import { writeIndex } from "../strings/index-names.ts";

/**
 * Number → text as Flash Player does it (reference: semantics §4): 15 significant digits found by repeated
 * multiplication in doubles, not by correct rounding, so the last digit can differ from other languages.
 */
const DIGITS = 15;
const LOG10_OF_2 = 0.301029995663981;

/** Text of a number in radix 10, owned. Integers in int32 range make no JavaScript string. */
export function numberToString(vm: Machine, value: number): Owned {
  const integer = value | 0;
  if (integer === value) {
    if (integer >= 0) return stringFromLatin1(vm, vm.textScratch, writeIndex(vm, integer, vm.textScratch));
    if (integer !== -2147483648) {
      vm.U8[vm.textScratch] = 45;
      return stringFromLatin1(vm, vm.textScratch, 1 + writeIndex(vm, -integer, vm.textScratch + 1));
    }
  }
  return stringFromJs(vm, formatNumber(value));
}

/** The text as a JavaScript string. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "Infinity";
  if (value === Number.NEGATIVE_INFINITY) return "-Infinity";
  if (value === 0) return "0";
  if ((value | 0) === value) return String(value);
  return formatDouble(value);
}

/** 10 to a power by repeated squaring, applied to `value` by multiplication, or division for negative powers. */
export function scaleByPowerOf10(value: number, power: number): number {
  let base = 10;
  let rest = Math.abs(power);
  let result = value;
  while (rest > 0) {
    if ((rest & 1) !== 0) result = power > 0 ? result * base : result / base;
    rest >>= 1;
    base *= base;
  }
  return result;
}

const bits = new DataView(new ArrayBuffer(8));

function binaryExponent(value: number): number {
  bits.setFloat64(0, value);
  const exponent = (bits.getUint16(0) >> 4) & 0x7ff;
  if (exponent !== 0) return exponent - 1023;
  bits.setFloat64(0, value * 2 ** 54);
  return ((bits.getUint16(0) >> 4) & 0x7ff) - 1023 - 54;
}

function formatDouble(value: number): string {
  const negative = value < 0;
  const magnitude = Math.abs(value);
  let exponent = Math.round(binaryExponent(magnitude) * LOG10_OF_2);
  let mantissa = scaleByPowerOf10(magnitude, -exponent);
  if (Math.trunc(mantissa) === 0) {
    exponent--;
    mantissa = scaleByPowerOf10(magnitude, -exponent);
  }
  // Not an alternative: the correction just made can overshoot.
  if (Math.trunc(mantissa) >= 10) {
    exponent++;
    mantissa = scaleByPowerOf10(magnitude, -exponent);
  }
  const digits: number[] = [];
  for (let i = 0; i <= DIGITS; i++) {
    const digit = Math.trunc(mantissa);
    digits.push(digit);
    mantissa = (mantissa - digit) * 10;
  }
  let carried = false;
  if (digits.pop()! >= 5) carried = roundUp(digits);
  if (carried) {
    if (exponent >= DIGITS) {
      // The player's exponent layout has no room for the carried digit: negative numbers lose their digits.
      return negative ? `-e+${exponent + 1}` : `1e+${exponent + 1}`;
    }
    digits.unshift(1);
    digits.pop();
    exponent++;
  }
  const text = layOut(digits, exponent);
  return negative ? `-${text}` : text;
}

/** Adds one in the last place; true when the carry went out at the front (all digits are then 0). */
function roundUp(digits: number[]): boolean {
  for (let i = digits.length - 1; i >= 0; i--) {
    if (digits[i] < 9) {
      digits[i]++;
      return false;
    }
    digits[i] = 0;
  }
  return true;
}

function layOut(digits: number[], exponent: number): string {
  const all = digits.join("");
  if (exponent >= DIGITS) return `${trimFraction(`${all[0]}.${all.slice(1)}`)}e+${exponent}`;
  if (exponent >= 0) return trimFraction(`${all.slice(0, exponent + 1)}.${all.slice(exponent + 1)}`);
  if (exponent >= -5) return trimFraction(`0.${"0".repeat(-exponent - 1)}${all}`);
  return `${trimFraction(`${all[0]}.${all.slice(1)}`)}e-${-exponent}`;
}

function trimFraction(text: string): string {
  return text.replace(/\.?0*$/, "");
}
