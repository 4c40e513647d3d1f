// SPDX-License-Identifier: AGPL-3.0-or-later

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** First SWF version whose strings are UTF-8; before it they are bytes of the author's code page. */
const FIRST_UTF8_VERSION = 6;

/** One code unit per byte, 0..255: what a string of SWF 5 and earlier is. Large inputs are decoded in pieces. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

/**
 * Decodes a string of a movie. Up to SWF 5 every byte becomes the code unit of the same number: scripts of that age
 * count and compare bytes, and the code page matters only where text is shown. From SWF 6 on it is UTF-8, where a byte that is part
 * of no valid sequence stands for itself, as players do it; only the bytes 0xfe and 0xff are left out. Surrogates that
 * were encoded one by one (CESU-8, as MTASC writes them) are taken as such.
 */
export function decodeString(bytes: Uint8Array, swfVersion: number): string {
  if (isAscii(bytes) || swfVersion < FIRST_UTF8_VERSION) {
    return decodeLatin1(bytes);
  }
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeDamagedUtf8(bytes);
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] >= 0x80) {
      return false;
    }
  }
  return true;
}

/** Bytes from here on are part of no UTF-8 sequence ever: players leave them out. */
const FIRST_NEVER_VALID = 0xfe;

/** Decodes sequence by sequence, each byte that begins none standing for itself. */
function decodeDamagedUtf8(bytes: Uint8Array): string {
  const units: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (bytes[at] < FIRST_NEVER_VALID) units.push(String.fromCodePoint(length === 1 ? bytes[at] : codePoint(bytes, at, length)));
    at += length;
  }
  return units.join("");
}

/** Smallest code point of a sequence by its length: a smaller one in a longer sequence is not valid. */
const SMALLEST_CODE_POINT = [0, 0, 0x80, 0x800, 0x10000] as const;
const LARGEST_CODE_POINT = 0x10ffff;

/** Length of the valid sequence at `at`; 1 for ASCII and for a byte that begins none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (length === 1 || at + length > bytes.length) {
    return 1;
  }
  for (let i = 1; i < length; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) {
      return 1;
    }
  }
  const value = codePoint(bytes, at, length);
  return value >= SMALLEST_CODE_POINT[length] && value <= LARGEST_CODE_POINT && lead < 0xf8 ? length : 1;
}

/** The code point of `length` bytes, of which all but the first are continuation bytes. */
function codePoint(bytes: Uint8Array, at: number, length: number): number {
  let value = bytes[at] & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    value = (value << 6) | (bytes[at + i] & 0x3f);
  }
  return value;
}
