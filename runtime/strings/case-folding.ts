// SPDX-License-Identifier: MIT

/**
 * Flash's own case mapping is one unit to one unit. JavaScript's is used where it keeps the length; the few letters
 * that would grow (ß, ŉ …) or that Flash leaves alone map to themselves.
 */
export function toLowerUnit(unit: number): number {
  if (unit < 128) return unit >= 65 && unit <= 90 ? unit + 32 : unit;
  return mapUnit(unit, lowerCache, lower);
}

/** Upper-case form of one UTF-16 unit. */
export function toUpperUnit(unit: number): number {
  if (unit < 128) return unit >= 97 && unit <= 122 ? unit - 32 : unit;
  return mapUnit(unit, upperCache, upper);
}

const lowerCache = new Map<number, number>();
const upperCache = new Map<number, number>();

function lower(text: string): string {
  return text.toLowerCase();
}

function upper(text: string): string {
  return text.toUpperCase();
}

function mapUnit(unit: number, cache: Map<number, number>, convert: (text: string) => string): number {
  const known = cache.get(unit);
  if (known !== undefined) return known;
  const mapped = convert(String.fromCharCode(unit));
  const result = mapped.length === 1 ? mapped.charCodeAt(0) : unit;
  cache.set(unit, result);
  return result;
}
