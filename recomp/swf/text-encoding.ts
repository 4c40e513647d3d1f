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
 * of no valid sequence stands for itself, as players do it; nothing is ever lost or replaced.
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

function decodeDamagedUtf8(bytes: Uint8Array): string {
  const units: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at]);
    let decoded: string | null = null;
    if (length > 0 && at + length <= bytes.length) {
      try {
        decoded = utf8.decode(bytes.subarray(at, at + length));
      } catch {
        decoded = null;
      }
    }
    units.push(decoded ?? String.fromCharCode(bytes[at]));
    at += decoded === null ? 1 : length;
  }
  return units.join("");
}

/** Length that a UTF-8 lead byte announces, 0 for a byte that can't start a sequence. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}
