// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Character, ControlTag, MovieDescription, Rectangle } from "../../runtime/movie/description.ts";
import { disassemble } from "../bytecode/disassemble.ts";
import type { ActionBlock } from "../swf/action-block.ts";
import { type Compression, openSwf, type SwfFile } from "../swf/container.ts";
import { buildMovie } from "../swf/movie-builder.ts";
import { TAG, tagName } from "../swf/tag-codes.ts";
import { walkTags } from "../swf/tags.ts";
import { renderInspection } from "./render.ts";

export interface TagCount {
  code: number;
  name: string;
  /** Tags of this code, those in sprites included. */
  count: number;
  /** Bytes of their headers and bodies together. */
  bytes: number;
}

export interface CharacterSummary {
  id: number;
  type: Character["type"];
  /** What is worth knowing of this kind of character, in a few words. */
  detail: string;
}

export interface ActionListing {
  id: number;
  label: string;
  /** Offset of the code in the unpacked movie. */
  fileOffset: number;
  bytes: number;
  /** Disassembly; absent unless it was asked for. */
  listing?: string;
}

/** What `reswf inspect` reports of a movie: plain data. */
export interface Inspection {
  name: string;
  swfVersion: number;
  compression: Compression;
  /** Length of the file as given, and unpacked. */
  fileBytes: number;
  unpackedBytes: number;
  declaredBytes: number;
  /** Twips. */
  stage: Rectangle;
  frameRate: number;
  declaredFrames: number;
  frames: number;
  usesActionScript3: boolean;
  backgroundColor: number | null;
  scriptLimits: MovieDescription["scriptLimits"];
  labels: { name: string; frame: number }[];
  tags: TagCount[];
  characters: CharacterSummary[];
  exports: { id: number; name: string }[];
  imports: { url: string; id: number; name: string }[];
  actions: ActionListing[];
  warnings: string[];
}

export interface InspectOptions {
  /** Stands in front of error messages; usually the path of the file. */
  name?: string;
  /** Adds a disassembly of every script. */
  actions?: boolean;
}

/**
 * Looks into a movie without compiling it.
 *
 * @throws SwfError when `bytes` is no SWF or ends inside the header
 */
export function inspectMovieData(bytes: Uint8Array, options: InspectOptions = {}): Inspection {
  const file = openSwf(bytes, options.name ?? "movie");
  const { description, blocks } = buildMovie(file);
  const { timeline } = description;
  const control = allControlTags(description);
  return {
    name: file.name,
    swfVersion: file.swfVersion,
    compression: file.compression,
    fileBytes: bytes.length,
    unpackedBytes: file.bytes.length,
    declaredBytes: file.declaredLength,
    stage: file.stage,
    frameRate: file.frameRate,
    declaredFrames: timeline.declaredFrames,
    frames: timeline.frames.length,
    usesActionScript3: description.usesActionScript3,
    backgroundColor: description.backgroundColor,
    scriptLimits: description.scriptLimits,
    labels: timeline.labels,
    tags: countTags(file),
    characters: Object.entries(description.characters).map(([id, character]) => summarise(Number(id), character)),
    exports: control.flatMap((tag) => (tag.type === "export" ? tag.assets : [])),
    imports: control.flatMap((tag) => (tag.type === "import" ? tag.assets.map((asset) => ({ url: tag.url, ...asset })) : [])),
    actions: blocks.map((block) => listActions(block, options.actions === true)),
    warnings: description.warnings,
  };
}

/** The same as text for people. */
export function inspectMovie(bytes: Uint8Array, options: InspectOptions = {}): string {
  return renderInspection(inspectMovieData(bytes, options));
}

function allControlTags(description: MovieDescription): ControlTag[] {
  const sprites = Object.values(description.characters).flatMap((character) =>
    character.type === "sprite" ? [character.timeline] : [],
  );
  return [description.timeline, ...sprites].flatMap(({ frames }) => frames.flatMap(({ tags }) => tags));
}

/** Bytes of a DefineSprite before its own tags: character id and frame count. */
const SPRITE_HEAD_BYTES = 4;

function countTags(file: SwfFile): TagCount[] {
  const counts = new Map<number, TagCount>();
  const ignoreDamage = (): void => {};
  const count = (start: number, end: number, isSprite: boolean): void => {
    for (const tag of walkTags(file.bytes, start, end, ignoreDamage)) {
      let entry = counts.get(tag.code);
      if (entry === undefined) {
        entry = { code: tag.code, name: tagName(tag.code), count: 0, bytes: 0 };
        counts.set(tag.code, entry);
      }
      entry.count++;
      entry.bytes += tag.bodyEnd - tag.offset;
      if (tag.code === TAG.DefineSprite && !isSprite) {
        count(tag.bodyStart + SPRITE_HEAD_BYTES, tag.bodyEnd, true);
      }
    }
  };
  count(file.tagsStart, file.bytes.length, false);
  return [...counts.values()].sort((a, b) => a.code - b.code);
}

function summarise(id: number, character: Character): CharacterSummary {
  return { id, type: character.type, detail: detailOf(character) };
}

function detailOf(character: Character): string {
  switch (character.type) {
    case "sprite":
      return `${character.timeline.frames.length} frames`;
    case "shape":
      return sizeOf(character.bounds);
    case "morph":
      return sizeOf(character.startBounds);
    case "text":
      return `${sizeOf(character.bounds)}, ${character.records.reduce((sum, { glyphs }) => sum + glyphs.length, 0)} glyphs`;
    case "editText":
      return `${sizeOf(character.bounds)}${character.variableName === "" ? "" : `, variable ${JSON.stringify(character.variableName)}`}`;
    case "font":
      return `${JSON.stringify(character.name)}, ${character.codes.length} glyphs`;
    case "button":
      return `${character.records.length} records, ${character.actions.length} actions`;
    case "bitmap":
      return `${character.width} x ${character.height} px`;
    case "video":
      return `${character.width} x ${character.height} px, ${character.frames} frames`;
    case "sound":
      return `${character.sampleRate} Hz, ${character.sampleCount} samples`;
    default:
      return "";
  }
}

function sizeOf({ xMin, xMax, yMin, yMax }: Rectangle): string {
  return `${(xMax - xMin) / 20} x ${(yMax - yMin) / 20} px`;
}

function listActions(block: ActionBlock, withListing: boolean): ActionListing {
  const { id, label, fileOffset, bytes } = block;
  const listing: ActionListing = { id, label, fileOffset, bytes: bytes.length };
  return withListing ? { ...listing, listing: disassemble(block) } : listing;
}
