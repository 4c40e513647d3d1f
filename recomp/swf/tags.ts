// SPDX-License-Identifier: AGPL-3.0-or-later
import { TAG, tagName } from "./tag-codes.ts";

/** Where a tag lies in the unpacked file. All offsets are absolute. */
export interface TagRecord {
  code: number;
  /** First byte of the tag's header. */
  offset: number;
  bodyStart: number;
  /** One past the last byte of the body. */
  bodyEnd: number;
}

const SHORT_LENGTH_MASK = 0x3f;
const SHORT_HEADER_BYTES = 2;
const LONG_HEADER_BYTES = 6;

/**
 * Yields the tags of `bytes[start, end)` up to and with the End tag. A tag whose header or body reaches past `end` is reported to
 * `warn`; it and what follows are not yielded, so nothing before the damage is lost.
 */
export function* walkTags(bytes: Uint8Array, start: number, end: number, warn: (text: string) => void): Generator<TagRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = start;
  while (offset < end) {
    if (end - offset < SHORT_HEADER_BYTES) {
      warn(`byte ${offset}: tag header is cut off`);
      return;
    }
    const word = view.getUint16(offset, true);
    const code = word >>> 6;
    let length = word & SHORT_LENGTH_MASK;
    let bodyStart = offset + SHORT_HEADER_BYTES;
    if (length === SHORT_LENGTH_MASK) {
      if (end - offset < LONG_HEADER_BYTES) {
        warn(`byte ${offset}: header of ${describeTag(code)} is cut off`);
        return;
      }
      length = view.getUint32(bodyStart, true);
      bodyStart = offset + LONG_HEADER_BYTES;
    }
    if (length > end - bodyStart) {
      warn(`byte ${offset}: ${describeTag(code)} declares ${length} bytes, ${end - bodyStart} are left; reading stops here`);
      return;
    }
    yield { code, offset, bodyStart, bodyEnd: bodyStart + length };
    if (code === TAG.End) {
      return;
    }
    offset = bodyStart + length;
  }
}

/** Name and code of a tag for messages, e.g. `DoAction (12)`. */
export function describeTag(code: number): string {
  const name = tagName(code);
  return name.startsWith("Tag ") ? `tag ${code}` : `${name} (${code})`;
}
