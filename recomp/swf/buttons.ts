// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ButtonCharacter, ButtonRecord } from "../../runtime/movie/description.ts";
import type { ActionBlockList } from "./action-block.ts";
import { ByteReader, TruncatedDataError } from "./byte-reader.ts";
import { skipFilterList } from "./filters.ts";
import { readColorTransform, readMatrix } from "./geometry.ts";
import { TAG } from "./tag-codes.ts";
import { describeTag, type TagRecord } from "./tags.ts";

const RECORD_FLAG = { up: 0x01, over: 0x02, down: 0x04, hitTest: 0x08, hasFilters: 0x10, hasBlendMode: 0x20 } as const;

/** Names of the BUTTONCONDACTION conditions by bit of their little-endian flags; the high seven bits are a key code. */
export const BUTTON_CONDITION_NAMES = [
  "rollOver",
  "rollOut",
  "press",
  "release",
  "dragOut",
  "dragOver",
  "releaseOutside",
  "menuDragOver",
  "menuDragOut",
] as const;

const RELEASE = 1 << BUTTON_CONDITION_NAMES.indexOf("release");
const KEY_CODE_SHIFT = 9;

/** DefineButton and DefineButton2. Where the body is cut short, what was read stands and a warning is given. */
export function readButton(
  bytes: Uint8Array,
  tag: TagRecord,
  blocks: ActionBlockList,
  warn: (text: string) => void,
): ButtonCharacter {
  const reader = new ByteReader(bytes, tag.bodyStart, tag.bodyEnd);
  const id = reader.u16();
  const button: ButtonCharacter = { type: "button", trackAsMenu: false, records: [], actions: [] };
  try {
    if (tag.code === TAG.DefineButton) {
      readRecords(reader, false, button.records);
      addAction(button, blocks, id, RELEASE, reader.offset, tag.bodyEnd);
    } else {
      button.trackAsMenu = (reader.u8() & 1) !== 0;
      const offsetField = reader.offset;
      const actionOffset = reader.u16();
      readRecords(reader, true, button.records);
      if (actionOffset !== 0) {
        reader.offset = offsetField + actionOffset;
        readConditionActions(reader, button, blocks, id);
      }
    }
  } catch (error) {
    if (!(error instanceof TruncatedDataError || error instanceof RangeError)) {
      throw error;
    }
    warn(`byte ${tag.offset}: ${describeTag(tag.code)}: ${error.message}`);
  }
  return button;
}

function readRecords(reader: ByteReader, isButton2: boolean, records: ButtonRecord[]): void {
  for (;;) {
    const flags = reader.u8();
    if (flags === 0) {
      return;
    }
    const characterId = reader.u16();
    const depth = reader.u16();
    const matrix = readMatrix(reader);
    const colorTransform = isButton2 ? readColorTransform(reader, true) : null;
    if (isButton2 && flags & RECORD_FLAG.hasFilters) skipFilterList(reader);
    if (isButton2 && flags & RECORD_FLAG.hasBlendMode) reader.skip(1);
    records.push({
      up: (flags & RECORD_FLAG.up) !== 0,
      over: (flags & RECORD_FLAG.over) !== 0,
      down: (flags & RECORD_FLAG.down) !== 0,
      hitTest: (flags & RECORD_FLAG.hitTest) !== 0,
      characterId,
      depth,
      matrix,
      colorTransform,
    });
  }
}

/** BUTTONCONDACTION records; the last has size 0 and reaches to the end of the tag. */
function readConditionActions(reader: ByteReader, button: ButtonCharacter, blocks: ActionBlockList, id: number): void {
  while (reader.remaining > 0) {
    const start = reader.offset;
    const size = reader.u16();
    const conditions = reader.u16();
    // Four bytes of head; a smaller size than that could loop for ever.
    const end = size < 4 ? reader.end : Math.min(start + size, reader.end);
    addAction(button, blocks, id, conditions, reader.offset, end);
    reader.offset = end;
  }
}

function addAction(
  button: ButtonCharacter,
  blocks: ActionBlockList,
  id: number,
  conditions: number,
  start: number,
  end: number,
): void {
  const names: string[] = BUTTON_CONDITION_NAMES.filter((_, bit) => conditions & (1 << bit));
  const keyCode = conditions >>> KEY_CODE_SHIFT;
  if (keyCode !== 0) {
    names.push(`key ${keyCode}`);
  }
  const code = blocks.add("button", `button ${id}, on ${names.join(" ")}`, start, end);
  button.actions.push({ conditions, code });
}
