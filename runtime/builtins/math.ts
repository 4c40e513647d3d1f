// SPDX-License-Identifier: MIT

import { toNumber } from "../conversion/to-number.ts";
import { DONT_DELETE, DONT_ENUM, READ_ONLY } from "../layout/attributes.ts";
import type { NativeFunction } from "../machine/machine.ts";
import type { Member } from "./declare.ts";
import { argument, returnNumber } from "./native-call.ts";

const FLAGS = DONT_ENUM | DONT_DELETE | READ_ONLY;

/**
 * A Math function. The first two arguments are converted whether they are used or not. Up to SWF 6 too few arguments give NaN.
 * @param needed arguments that SWF 6 and before insist on
 */
function math(needed: number, compute: (a: number, b: number, argc: number) => number): NativeFunction {
  return (vm, _fn, _self, args, argc) => {
    const a = argc > 0 ? toNumber(vm, args) : Number.NaN;
    const b = argc > 1 ? toNumber(vm, argument(vm, args, argc, 1)) : Number.NaN;
    if (argc < needed && vm.version <= 6) returnNumber(vm, Number.NaN);
    else returnNumber(vm, compute(a, b, argc));
  };
}

const unary = (compute: (a: number) => number): NativeFunction => math(1, compute);

const random: NativeFunction = (vm) => returnNumber(vm, vm.host.randomInteger() / 2147483648);

function power(base: number, exponent: number): number {
  // The player gives up on a base that is not finite.
  return Number.isFinite(base) ? base ** exponent : Number.NaN;
}

function method(name: string, index: number, native: NativeFunction): Member {
  return { name, method: native, flags: FLAGS, native: [200, index] };
}

function constant(name: string, value: number): Member {
  return { name, constant: value, flags: FLAGS };
}

/** Members of the Math object. */
export const mathMembers: readonly Member[] = [
  method("abs", 0, unary(Math.abs)),
  method(
    "min",
    1,
    math(0, (a, b, argc) => (argc === 0 ? Number.POSITIVE_INFINITY : Math.min(a, b))),
  ),
  method(
    "max",
    2,
    math(0, (a, b, argc) => (argc === 0 ? Number.NEGATIVE_INFINITY : Math.max(a, b))),
  ),
  method("sin", 3, unary(Math.sin)),
  method("cos", 4, unary(Math.cos)),
  method("atan2", 5, math(2, Math.atan2)),
  method("tan", 6, unary(Math.tan)),
  method("exp", 7, unary(Math.exp)),
  method("log", 8, unary(Math.log)),
  method("sqrt", 9, unary(Math.sqrt)),
  method(
    "round",
    10,
    unary((a) => Math.floor(a + 0.5)),
  ),
  method("random", 11, random),
  method("floor", 12, unary(Math.floor)),
  method("ceil", 13, unary(Math.ceil)),
  method("atan", 14, unary(Math.atan)),
  method("asin", 15, unary(Math.asin)),
  method("acos", 16, unary(Math.acos)),
  method("pow", 17, math(2, power)),
  constant("E", Math.E),
  constant("LN2", Math.LN2),
  constant("LOG2E", Math.LOG2E),
  constant("LN10", Math.LN10),
  constant("LOG10E", Math.LOG10E),
  constant("PI", Math.PI),
  constant("SQRT1_2", Math.SQRT1_2),
  constant("SQRT2", Math.SQRT2),
];
