// SPDX-License-Identifier: MIT

/** A parsed heap specification `NAME:key=value,…`. */
export interface HeapSpec {
  name: string;
  options: Map<string, string>;
}

/** Splits a specification. @throws RangeError when it has no name or an option without `=` */
export function parseHeapSpec(text: string): HeapSpec {
  const colon = text.indexOf(":");
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (name === "") throw new RangeError(`heap ${JSON.stringify(text)} has no name: write NAME:key=value,…`);
  const options = new Map<string, string>();
  if (colon >= 0) {
    for (const part of text.slice(colon + 1).split(",")) {
      if (part.trim() === "") continue;
      const equals = part.indexOf("=");
      if (equals < 1) throw new RangeError(`heap ${name}: option ${JSON.stringify(part)} has no value: write key=value`);
      options.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
    }
  }
  return { name, options };
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
