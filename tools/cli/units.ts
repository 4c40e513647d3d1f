// SPDX-License-Identifier: AGPL-3.0-or-later

const UNIT_BYTES: Readonly<Record<string, number>> = { "": 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 };

/**
 * Reads a size such as `64M`, `1GiB` or `4096`; units are powers of 1024.
 * @returns whole bytes, or null when the text is no size
 */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim());
  return match === null ? null : Math.floor(Number(match[1]) * UNIT_BYTES[match[2]!.toLowerCase()]!);
}

/** A size for people: `0 B`, `512 B`, `10.0 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}
