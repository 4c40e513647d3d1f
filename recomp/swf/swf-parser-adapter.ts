// SPDX-License-Identifier: AGPL-3.0-or-later
import { parseTag, type swf } from "swf-parser";
import { describeTag, type TagRecord } from "./tags.ts";

/** swf-parser could not make sense of a tag. */
export class TagBodyError extends Error {}

/**
 * Hands one tag to swf-parser. It is asked for the deeply structured tags only (shapes, static text): it reads images in quadratic time, and
 * the simple tags are read directly, where a body that is cut short still gives what it has.
 *
 * @throws TagBodyError when swf-parser returns the tag raw, which is how it reports failure
 */
export function parseWithSwfParser(bytes: Uint8Array, tag: TagRecord, swfVersion: number): swf.Tag {
  // A plain Uint8Array over exactly the tag: swf-parser looks at the underlying buffer of some views.
  const parsed = parseTag(bytes.slice(tag.offset, tag.bodyEnd), swfVersion);
  if (parsed === undefined || "data" in parsed) {
    throw new TagBodyError(`body of ${describeTag(tag.code)} can't be read`);
  }
  return parsed;
}
