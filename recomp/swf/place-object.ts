// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ClipEvent, PlaceTag } from "../../runtime/movie/description.ts";
import type { ActionBlockList } from "./action-block.ts";
import { ByteReader, TruncatedDataError } from "./byte-reader.ts";
import { skipFilterList } from "./filters.ts";
import { readColorTransform, readMatrix } from "./geometry.ts";
import { TAG } from "./tag-codes.ts";
import { describeTag, type TagRecord } from "./tags.ts";
import { decodeString } from "./text-encoding.ts";

/** Flags of PlaceObject2 (low byte) and PlaceObject3 (both) as a little-endian integer. */
const PLACE_FLAG = {
  move: 0x0001,
  hasCharacter: 0x0002,
  hasMatrix: 0x0004,
  hasColorTransform: 0x0008,
  hasRatio: 0x0010,
  hasName: 0x0020,
  hasClipDepth: 0x0040,
  hasClipActions: 0x0080,
  hasFilters: 0x0100,
  hasBlendMode: 0x0200,
  hasCacheAsBitmap: 0x0400,
  hasClassName: 0x0800,
  hasImage: 0x1000,
  hasVisible: 0x2000,
  hasBackground: 0x4000,
} as const;

/** Names of the clip events by bit of their little-endian flags. */
export const CLIP_EVENT_NAMES = [
  "load",
  "enterFrame",
  "unload",
  "mouseMove",
  "mouseDown",
  "mouseUp",
  "keyDown",
  "keyUp",
  "data",
  "initialize",
  "press",
  "release",
  "releaseOutside",
  "rollOver",
  "rollOut",
  "dragOver",
  "dragOut",
  "keyPress",
  "construct",
] as const;

const KEY_PRESS_EVENT = 1 << CLIP_EVENT_NAMES.indexOf("keyPress");

/** First SWF version whose clip event flags have 32 bits instead of 16. */
const WIDE_EVENT_FLAGS_VERSION = 6;

export interface PlaceContext {
  bytes: Uint8Array;
  swfVersion: number;
  blocks: ActionBlockList;
  /** Label of the frame, in front of the labels of clip event scripts. */
  frameLabel: string;
  warn(text: string): void;
}

/** PlaceObject: always a new character. */
export function readPlaceObject1(bytes: Uint8Array, tag: TagRecord): PlaceTag {
  const reader = new ByteReader(bytes, tag.bodyStart, tag.bodyEnd);
  const characterId = reader.u16();
  const place = emptyPlace(reader.u16());
  place.characterId = characterId;
  place.matrix = readMatrix(reader);
  if (reader.remaining > 0) {
    place.colorTransform = readColorTransform(reader, false);
  }
  return place;
}

/**
 * PlaceObject2, 3 and 4. Where the body is cut short after depth, what was read stands and a warning is given: an object at the wrong
 * place is nearer to the author's intent than none.
 */
export function readPlaceObject(tag: TagRecord, context: PlaceContext): PlaceTag {
  const reader = new ByteReader(context.bytes, tag.bodyStart, tag.bodyEnd);
  const flags = tag.code === TAG.PlaceObject2 ? reader.u8() : reader.u16();
  const place = emptyPlace(reader.u16());
  place.move = (flags & PLACE_FLAG.move) !== 0;
  try {
    readPlaceFields(reader, flags, place, context);
  } catch (error) {
    if (!(error instanceof TruncatedDataError || error instanceof RangeError)) {
      throw error;
    }
    context.warn(`byte ${tag.offset}: ${describeTag(tag.code)}: ${error.message}`);
  }
  return place;
}

function emptyPlace(depth: number): PlaceTag {
  return {
    depth,
    move: false,
    characterId: null,
    matrix: null,
    colorTransform: null,
    ratio: null,
    name: null,
    clipDepth: null,
    visible: null,
    blendMode: null,
    cacheAsBitmap: null,
    hasFilters: false,
    clipEvents: [],
  };
}

function readPlaceFields(reader: ByteReader, flags: number, place: PlaceTag, context: PlaceContext): void {
  const has = (flag: keyof typeof PLACE_FLAG): boolean => (flags & PLACE_FLAG[flag]) !== 0;
  // The specification says "image and character", but a class name is needed only where no character is named.
  if (has("hasClassName") || (has("hasImage") && !has("hasCharacter"))) reader.cString();
  if (has("hasCharacter")) place.characterId = reader.u16();
  if (has("hasMatrix")) place.matrix = readMatrix(reader);
  if (has("hasColorTransform")) place.colorTransform = readColorTransform(reader, true);
  if (has("hasRatio")) place.ratio = reader.u16();
  if (has("hasName")) place.name = decodeString(reader.cString(), context.swfVersion);
  if (has("hasClipDepth")) place.clipDepth = reader.u16();
  if (has("hasFilters")) place.hasFilters = skipFilterList(reader) > 0;
  if (has("hasBlendMode")) place.blendMode = reader.u8();
  // Some authoring tools leave out the byte when the tag ends here.
  if (has("hasCacheAsBitmap")) place.cacheAsBitmap = reader.remaining === 0 || reader.u8() !== 0;
  if (has("hasVisible")) place.visible = reader.u8() !== 0;
  if (has("hasBackground")) reader.skip(4);
  if (has("hasClipActions")) readClipActions(reader, place, context);
}

/** CLIPACTIONS. A record's event counts only where the list of all events at the head has it too. */
function readClipActions(reader: ByteReader, place: PlaceTag, context: PlaceContext): void {
  const readFlags = context.swfVersion >= WIDE_EVENT_FLAGS_VERSION ? () => reader.u32() : () => reader.u16();
  reader.skip(2);
  const allEvents = readFlags();
  while (reader.remaining > 0) {
    const flags = readFlags();
    if (flags === 0) {
      return;
    }
    const declaredBytes = reader.u32();
    const end = Math.min(reader.offset + declaredBytes, reader.end);
    const keyCode = flags & KEY_PRESS_EVENT && declaredBytes > 0 ? reader.u8() : 0;
    const events = flags & allEvents;
    if (events !== 0) {
      const code = context.blocks.add("clipEvent", clipEventLabel(place, events, context), reader.offset, end);
      place.clipEvents.push({ events, keyCode, code } satisfies ClipEvent);
    }
    reader.offset = end;
  }
}

function clipEventLabel(place: PlaceTag, events: number, context: PlaceContext): string {
  const names = CLIP_EVENT_NAMES.filter((_, bit) => events & (1 << bit));
  return `${context.frameLabel}, clip at depth ${place.depth}, on ${names.join(" ")}`;
}
