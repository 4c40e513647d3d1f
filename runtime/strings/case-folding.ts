// SPDX-License-Identifier: MIT

/** Units from `first` to `last` that map to themselves plus `offset`. */
type Mapping = readonly [first: number, last: number, offset: number];

/** Where Flash's table, which is of the age of Unicode 3, differs from today's. */
const LOWER_EXCEPTIONS: readonly Mapping[] = [
  [0x130, 0x130, 0x69 - 0x130],
  [0x3a2, 0x3a2, 0x20],
  [0x10a0, 0x10c5, 0x30],
];
const UPPER_EXCEPTIONS: readonly Mapping[] = [
  [0x3c2, 0x3c2, -0x20],
  [0x3f2, 0x3f2, 0x3a3 - 0x3f2],
  [0x1f80, 0x1f87, 8],
  [0x1f90, 0x1f97, 8],
  [0x1fa0, 0x1fa7, 8],
  [0x1fb3, 0x1fb3, 9],
  [0x1fc3, 0x1fc3, 9],
  [0x1ff3, 0x1ff3, 9],
];

/**
 * Flash's own case mapping is one unit to one unit. JavaScript's is used where it keeps the length and is not an exception; letters
 * that would grow (ß, ŉ …) map to themselves.
 */
export function toLowerUnit(unit: number): number {
  if (unit < 128) return unit >= 65 && unit <= 90 ? unit + 32 : unit;
  return mapUnit(unit, lowerCache, lower, LOWER_EXCEPTIONS);
}

/** Upper-case form of one UTF-16 unit. */
export function toUpperUnit(unit: number): number {
  if (unit < 128) return unit >= 97 && unit <= 122 ? unit - 32 : unit;
  return mapUnit(unit, upperCache, upper, UPPER_EXCEPTIONS);
}

const lowerCache = new Map<number, number>();
const upperCache = new Map<number, number>();

function lower(text: string): string {
  return text.toLowerCase();
}

function upper(text: string): string {
  return text.toUpperCase();
}

function mapUnit(
  unit: number,
  cache: Map<number, number>,
  convert: (text: string) => string,
  exceptions: readonly Mapping[],
): number {
  const known = cache.get(unit);
  if (known !== undefined) return known;
  const exception = exceptions.find(([first, last]) => unit >= first && unit <= last);
  const mapped = convert(String.fromCharCode(unit));
  let result = mapped.length === 1 ? mapped.charCodeAt(0) : unit;
  if (exception !== undefined) result = unit + exception[2];
  cache.set(unit, result);
  return result;
}
