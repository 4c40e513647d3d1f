// SPDX-License-Identifier: MIT

/** A wrapper in a heap specification, e.g. `guard:quarantine=64k` or `fail=3`. */
export interface WrapperSpec {
  name: string;
  /** What stands after `=`; undefined when nothing does. */
  value: string | undefined;
  options: Map<string, string>;
}

/** A parsed heap specification `WRAPPER+…+NAME:key=value,…`. */
export interface HeapSpec {
  name: string;
  options: Map<string, string>;
  /** Outermost first. */
  wrappers: WrapperSpec[];
}

/**
 * Splits a specification: wrappers, each with a `+` behind it, then the heap. Names and keys are not checked.
 * @throws RangeError with a one-line message when a part has no name or an option no value
 */
export function parseHeapSpec(text: string): HeapSpec {
  const parts = text.split("+").map((part) => parsePart(part, text));
  const { name, value, options } = parts.pop()!;
  if (value !== undefined) throw new RangeError(`heap ${name} takes no value of its own: write ${name}:key=value,…`);
  return { name, options, wrappers: parts };
}

function parsePart(part: string, text: string): WrapperSpec {
  const colon = part.indexOf(":");
  const head = colon < 0 ? part : part.slice(0, colon);
  const equals = head.indexOf("=");
  const name = (equals < 0 ? head : head.slice(0, equals)).trim();
  if (name === "") throw new RangeError(`heap ${JSON.stringify(text)} lacks a name: write NAME:key=value,… or WRAPPER+NAME:…`);
  const options = new Map<string, string>();
  for (const option of colon < 0 ? [] : part.slice(colon + 1).split(",")) {
    if (option.trim() === "") continue;
    const sign = option.indexOf("=");
    if (sign < 1) throw new RangeError(`heap ${name}: option ${JSON.stringify(option)} has no value: write key=value`);
    options.set(option.slice(0, sign).trim(), option.slice(sign + 1).trim());
  }
  return { name, value: equals < 0 ? undefined : head.slice(equals + 1).trim(), options };
}

/** Writes a specification so that `parseHeapSpec` reads it back. */
export function heapSpecText({ name, options, wrappers }: HeapSpec): string {
  return [...wrappers, { name, value: undefined, options }]
    .map((part) => {
      const settings = [...part.options].map(([key, value]) => `${key}=${value}`).join(",");
      return part.name + (part.value === undefined ? "" : `=${part.value}`) + (settings === "" ? "" : `:${settings}`);
    })
    .join("+");
}

const UNITS: Record<string, number> = { "": 1, k: 1024, m: 1 << 20, g: 1 << 30 };

/** Reads a size such as `4096`, `64k`, `4M`, `1.5G`, in bytes. @throws RangeError with the option's name when it is none */
export function parseBytes(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)i?b?$/i.exec(text.trim());
  const bytes = match === null ? Number.NaN : Number(match[1]) * UNITS[match[2].toLowerCase()];
  if (!(bytes >= 1 && bytes <= 0x7fffffff))
    throw new RangeError(`${option}=${text} is not a size: write 4096, 64k, 4M or 1G, up to 2G - 1`);
  return Math.floor(bytes);
}

/** Reads a whole number from 0 or `least`. @throws RangeError with the option's name when it is none */
export function parseCount(option: string, text: string, least = 0): number {
  const count = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(count >= least && count <= 0x7fffffff)) throw new RangeError(`${option}=${text} is not a whole number from ${least}`);
  return count;
}
