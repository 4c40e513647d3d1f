// SPDX-License-Identifier: AGPL-3.0-or-later

/**
 * Lines that leave the remainder of two numbers in a local. V8 computes that of two doubles by a call into C; for integers of 32 bits there
 * is an instruction, and for larger ones the quotient is exact to one. -0, fractions and what is not finite are left to the operator.
 * @param a text of the dividend, `b` of the divisor: names of locals, as they are repeated
 * @param rest name of a local that is declared here
 */
export function remainderLines(a: string, b: string, rest: string): string[] {
  const isInt = (x: string): string => `(${x} | 0) === ${x} && ${x} > 0`;
  const isWhole = (x: string): string => `${x} > 0 && ${x} < 0x10000000000000 && Math.floor(${x}) === ${x}`;
  return [
    `let ${rest} = 0;`,
    `if (${isInt(a)} && ${isInt(b)}) ${rest} = (${a} | 0) % (${b} | 0);`,
    `else if (${isWhole(a)} && ${isWhole(b)}) {`,
    `  ${rest} = ${a} - Math.floor(${a} / ${b}) * ${b};`,
    `  if (${rest} < 0) ${rest} += ${b}; else if (${rest} >= ${b}) ${rest} -= ${b};`,
    `} else ${rest} = ${a} % ${b};`,
  ];
}
