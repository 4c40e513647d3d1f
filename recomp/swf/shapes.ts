// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Character, ShapeEdges, StaticTextRecord } from "../../runtime/movie/description.ts";
import { ByteReader } from "./byte-reader.ts";
import { readMatrix, readRect } from "./geometry.ts";
import { parseWithSwfParser } from "./swf-parser-adapter.ts";
import { describeTag, type TagRecord } from "./tags.ts";

type Warn = (text: string) => void;
type ShapeTag = Extract<ReturnType<typeof parseWithSwfParser>, { shape: { initialStyles: unknown } }>;

/** DefineShape 1-4. The bounds survive when the outline can't be read. */
export function readShape(bytes: Uint8Array, tag: TagRecord, swfVersion: number, warn: Warn): Character {
  const reader = new ByteReader(bytes, tag.bodyStart + 2, tag.bodyEnd);
  const bounds = readRect(reader);
  try {
    const parsed = parseWithSwfParser(bytes, tag, swfVersion) as ShapeTag;
    return { type: "shape", bounds, edges: outlineOf(parsed.shape) };
  } catch (error) {
    warn(`byte ${tag.offset}: ${describeTag(tag.code)}: outline is lost (${(error as Error).message})`);
    return { type: "shape", bounds };
  }
}

/**
 * The edges between filled and empty area, joined to paths where one starts at the end of another. A point lies in the shape
 * where a ray from it crosses all paths together an odd number of times. Edges with fill on both sides, or on none (mere strokes), bound nothing and
 * are left out.
 */
function outlineOf(shape: ShapeTag["shape"]): ShapeEdges {
  const paths: number[][] = [];
  let path: number[] | null = null;
  let x = 0;
  let y = 0;
  let leftFill = 0;
  let rightFill = 0;
  for (const record of shape.records) {
    if (!("delta" in record)) {
      // A style change.
      path = null;
      if (record.newStyles !== undefined) {
        leftFill = 0;
        rightFill = 0;
      }
      leftFill = record.leftFill ?? leftFill;
      rightFill = record.rightFill ?? rightFill;
      if (record.moveTo !== undefined) {
        x = record.moveTo.x;
        y = record.moveTo.y;
      }
      continue;
    }
    const fromX = x;
    const fromY = y;
    x += record.delta.x;
    y += record.delta.y;
    if ((leftFill === 0) === (rightFill === 0)) {
      continue;
    }
    if (path === null) {
      path = [fromX, fromY];
      paths.push(path);
    }
    if (record.controlDelta === undefined) {
      path.push(0, x, y);
    } else {
      path.push(1, fromX + record.controlDelta.x, fromY + record.controlDelta.y, x, y);
    }
  }
  return { paths };
}

/** DefineMorphShape 1-2: the bounds of both ends. */
export function readMorphShape(bytes: Uint8Array, tag: TagRecord): Character {
  const reader = new ByteReader(bytes, tag.bodyStart + 2, tag.bodyEnd);
  const startBounds = readRect(reader);
  return { type: "morph", startBounds, endBounds: readRect(reader) };
}

/** DefineText 1-2. Bounds and matrix survive when the records can't be read. */
export function readStaticText(bytes: Uint8Array, tag: TagRecord, swfVersion: number, warn: Warn): Character {
  const reader = new ByteReader(bytes, tag.bodyStart + 2, tag.bodyEnd);
  const bounds = readRect(reader);
  const matrix = readMatrix(reader);
  const records: StaticTextRecord[] = [];
  try {
    const parsed = parseWithSwfParser(bytes, tag, swfVersion) as Extract<
      ReturnType<typeof parseWithSwfParser>,
      { matrix: unknown; records: unknown }
    >;
    for (const record of parsed.records) {
      if ("entries" in record) {
        records.push({ fontId: record.fontId ?? null, glyphs: record.entries.map((entry) => entry.index) });
      }
    }
  } catch (error) {
    warn(`byte ${tag.offset}: ${describeTag(tag.code)}: text is lost (${(error as Error).message})`);
  }
  return { type: "text", bounds, matrix, records };
}
