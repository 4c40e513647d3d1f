// SPDX-License-Identifier: AGPL-3.0-or-later
import type { EditTextCharacter, FontCharacter } from "../../runtime/movie/description.ts";
import { ByteReader } from "./byte-reader.ts";
import { readRect } from "./geometry.ts";
import { TAG } from "./tag-codes.ts";
import type { TagRecord } from "./tags.ts";
import { decodeString } from "./text-encoding.ts";

const FONT_UNITS = 1024;
const FONT3_UNITS = 20480;

const FONT_FLAG = { bold: 0x01, italic: 0x02, wideCodes: 0x04, wideOffsets: 0x08, hasLayout: 0x80 } as const;
const FONT_INFO_FLAG = { wideCodes: 0x01, bold: 0x02, italic: 0x04 } as const;

/** DefineFont: glyphs alone; name and codes come with DefineFontInfo. */
export function emptyFont(): FontCharacter {
  return {
    type: "font",
    name: "",
    bold: false,
    italic: false,
    unitsPerEm: FONT_UNITS,
    codes: [],
    advances: [],
    ascent: 0,
    descent: 0,
    leading: 0,
  };
}

/** DefineFont2 and DefineFont3; fields after a cut stay empty. */
export function readFont(bytes: Uint8Array, tag: TagRecord, swfVersion: number): FontCharacter {
  const reader = new ByteReader(bytes, tag.bodyStart + 2, tag.bodyEnd);
  const flags = reader.u8();
  reader.skip(1);
  const font = emptyFont();
  font.bold = (flags & FONT_FLAG.bold) !== 0;
  font.italic = (flags & FONT_FLAG.italic) !== 0;
  font.unitsPerEm = tag.code === TAG.DefineFont3 ? FONT3_UNITS : FONT_UNITS;
  font.name = trimNul(decodeString(reader.block(reader.u8()), swfVersion));
  const glyphCount = reader.u16();
  const offsetsStart = reader.offset;
  const offsetBytes = flags & FONT_FLAG.wideOffsets ? 4 : 2;
  if (glyphCount === 0) {
    return font;
  }
  reader.skip(glyphCount * offsetBytes);
  const codeTable = offsetBytes === 4 ? reader.u32() : reader.u16();
  reader.offset = offsetsStart + codeTable;
  for (let i = 0; i < glyphCount; i++) {
    font.codes.push(flags & FONT_FLAG.wideCodes ? reader.u16() : reader.u8());
  }
  if (flags & FONT_FLAG.hasLayout) {
    font.ascent = reader.u16();
    font.descent = reader.u16();
    font.leading = reader.s16();
    for (let i = 0; i < glyphCount; i++) {
      font.advances.push(reader.s16());
    }
  }
  return font;
}

/** DefineFontInfo 1-2: completes `font`, which DefineFont started. */
export function readFontInfo(reader: ByteReader, tag: TagRecord, swfVersion: number, font: FontCharacter): void {
  font.name = trimNul(decodeString(reader.block(reader.u8()), swfVersion));
  const flags = reader.u8();
  font.bold = (flags & FONT_INFO_FLAG.bold) !== 0;
  font.italic = (flags & FONT_INFO_FLAG.italic) !== 0;
  if (tag.code === TAG.DefineFontInfo2) reader.skip(1);
  const codeBytes = flags & FONT_INFO_FLAG.wideCodes ? 2 : 1;
  font.codes = [];
  while (reader.remaining >= codeBytes) {
    font.codes.push(codeBytes === 2 ? reader.u16() : reader.u8());
  }
}

function trimNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Flags of DefineEditText as a little-endian integer. */
const EDIT_TEXT_FLAG = {
  hasFont: 0x0001,
  hasMaxLength: 0x0002,
  hasColor: 0x0004,
  readOnly: 0x0008,
  password: 0x0010,
  multiline: 0x0020,
  wordWrap: 0x0040,
  hasText: 0x0080,
  useOutlines: 0x0100,
  html: 0x0200,
  wasStatic: 0x0400,
  border: 0x0800,
  noSelect: 0x1000,
  hasLayout: 0x2000,
  autoSize: 0x4000,
  hasFontClass: 0x8000,
} as const;

/** DefineEditText. */
export function readEditText(bytes: Uint8Array, tag: TagRecord, swfVersion: number): EditTextCharacter {
  const reader = new ByteReader(bytes, tag.bodyStart + 2, tag.bodyEnd);
  const bounds = readRect(reader);
  const flags = reader.u16();
  const has = (flag: keyof typeof EDIT_TEXT_FLAG): boolean => (flags & EDIT_TEXT_FLAG[flag]) !== 0;
  const text = (): string => decodeString(reader.cString(), swfVersion);
  // The fields stand in the file in the order in which they are read here.
  const fontId = has("hasFont") ? reader.u16() : null;
  const fontClass = has("hasFontClass") ? text() : null;
  const fontHeight = has("hasFont") || has("hasFontClass") ? reader.u16() : null;
  const color = has("hasColor") ? readArgb(reader) : null;
  const maxLength = has("hasMaxLength") ? reader.u16() : null;
  const layout = has("hasLayout")
    ? { align: reader.u8(), leftMargin: reader.u16(), rightMargin: reader.u16(), indent: reader.s16(), leading: reader.s16() }
    : null;
  const variableName = text();
  return {
    type: "editText",
    bounds,
    variableName,
    initialText: has("hasText") ? text() : null,
    fontId,
    fontClass,
    fontHeight,
    color,
    maxLength,
    layout,
    wordWrap: has("wordWrap"),
    multiline: has("multiline"),
    password: has("password"),
    readOnly: has("readOnly"),
    autoSize: has("autoSize"),
    noSelect: has("noSelect"),
    border: has("border"),
    wasStatic: has("wasStatic"),
    html: has("html"),
    useOutlines: has("useOutlines"),
  };
}

/** RGBA in the file, 0xAARRGGBB returned. */
function readArgb(reader: ByteReader): number {
  const red = reader.u8();
  const green = reader.u8();
  const blue = reader.u8();
  const alpha = reader.u8();
  return ((alpha << 24) | (red << 16) | (green << 8) | blue) >>> 0;
}
