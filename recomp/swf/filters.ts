// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ByteReader } from "./byte-reader.ts";

/** Bytes of a filter after its type byte, by type. The variable ones begin with the counts that their length follows from. */
const FILTER_BYTES: readonly (number | ((reader: ByteReader) => number))[] = [
  23, // drop shadow
  9, // blur
  15, // glow
  27, // bevel
  gradientBytes, // gradient glow
  convolutionBytes,
  80, // colour matrix
  gradientBytes, // gradient bevel
];

function gradientBytes(reader: ByteReader): number {
  const stops = reader.u8();
  return stops * 5 + 19;
}

function convolutionBytes(reader: ByteReader): number {
  const columns = reader.u8();
  const rows = reader.u8();
  return 8 + columns * rows * 4 + 5;
}

/** Steps over a FILTERLIST and returns how many filters it has; scripts see of them only that they are there. */
export function skipFilterList(reader: ByteReader): number {
  const count = reader.u8();
  for (let i = 0; i < count; i++) {
    const type = reader.u8();
    const length = FILTER_BYTES[type];
    if (length === undefined) {
      throw new RangeError(`filter type ${type} is unknown`);
    }
    reader.skip(typeof length === "number" ? length : length(reader));
  }
  return count;
}
