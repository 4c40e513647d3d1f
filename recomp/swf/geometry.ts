// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ColorTransform, Matrix, Rectangle } from "../../runtime/movie/description.ts";
import type { ByteReader } from "./byte-reader.ts";

const FIXED_ONE = 0x10000;

/** RECT: twips. */
export function readRect(reader: ByteReader): Rectangle {
  reader.align();
  const count = reader.bits(5);
  const xMin = reader.signedBits(count);
  const xMax = reader.signedBits(count);
  const yMin = reader.signedBits(count);
  const yMax = reader.signedBits(count);
  reader.align();
  return { xMin, xMax, yMin, yMax };
}

/** MATRIX: 16.16 factors as doubles, twips for the translation. */
export function readMatrix(reader: ByteReader): Matrix {
  reader.align();
  const matrix: Matrix = { a: 1, b: 0, c: 0, d: 1, tx: 0, ty: 0 };
  if (reader.bits(1) === 1) {
    const count = reader.bits(5);
    matrix.a = reader.signedBits(count) / FIXED_ONE;
    matrix.d = reader.signedBits(count) / FIXED_ONE;
  }
  if (reader.bits(1) === 1) {
    const count = reader.bits(5);
    matrix.b = reader.signedBits(count) / FIXED_ONE;
    matrix.c = reader.signedBits(count) / FIXED_ONE;
  }
  const count = reader.bits(5);
  matrix.tx = reader.signedBits(count);
  matrix.ty = reader.signedBits(count);
  reader.align();
  return matrix;
}

/** CXFORM or CXFORMWITHALPHA; terms that are absent have no effect. */
export function readColorTransform(reader: ByteReader, withAlpha: boolean): ColorTransform {
  reader.align();
  const hasOffsets = reader.bits(1) === 1;
  const hasMultipliers = reader.bits(1) === 1;
  const count = reader.bits(4);
  const terms = (present: boolean, neutral: number): number[] =>
    Array.from({ length: 4 }, (_, i) => (present && (i < 3 || withAlpha) ? reader.signedBits(count) : neutral));
  const multipliers = terms(hasMultipliers, 256);
  const offsets = terms(hasOffsets, 0);
  reader.align();
  return {
    redMultiplier: multipliers[0],
    greenMultiplier: multipliers[1],
    blueMultiplier: multipliers[2],
    alphaMultiplier: multipliers[3],
    redOffset: offsets[0],
    greenOffset: offsets[1],
    blueOffset: offsets[2],
    alphaOffset: offsets[3],
  };
}
