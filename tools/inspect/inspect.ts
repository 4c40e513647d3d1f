// SPDX-License-Identifier: AGPL-3.0-or-later
import { type ActionBlock, buildMovie, disassemble, openSwf, type SwfFile } from "../../recomp/index.ts";
import { TAG } from "../../recomp/swf/tag-codes.ts";
import { describeTag, type TagRecord, walkTags } from "../../recomp/swf/tags.ts";

/** Sprite id and frame count stand before a sprite's own tags. */
const SPRITE_HEADER_BYTES = 4;

const TWIPS_PER_PIXEL = 20;

/**
 * Describes a movie as text: header, tags with their offsets in the unpacked file, damage that was met, and with `actions` the
 * disassembly of every action block.
 * @param name the movie's name in messages
 * @throws SwfError when the bytes are no readable SWF
 */
export function inspectMovie(bytes: Uint8Array, options: { name: string; actions: boolean }): string {
  const file = openSwf(bytes, options.name);
  const movie = buildMovie(file);
  const sections = [headerText(file, bytes.length, movie.description.usesActionScript3), `tags:\n${tagLines(file).join("\n")}`];
  const { warnings } = movie.description;
  if (warnings.length > 0) sections.push(`damage:\n${warnings.map((line) => `  ${line}`).join("\n")}`);
  if (options.actions) sections.push(...movie.blocks.map(blockText));
  return `${sections.join("\n\n")}\n`;
}

function headerText(file: SwfFile, packedBytes: number, usesActionScript3: boolean): string {
  const { xMin, xMax, yMin, yMax } = file.stage;
  const packed = file.compression === "none" ? "" : `, ${packedBytes} packed (${file.compression})`;
  const rows: [string, string][] = [
    ["SWF version", String(file.swfVersion)],
    ["code", usesActionScript3 ? "ActionScript 3 (not supported)" : "ActionScript 1 or 2"],
    ["size", `${file.bytes.length} bytes${packed}`],
    ["stage", `${(xMax - xMin) / TWIPS_PER_PIXEL} × ${(yMax - yMin) / TWIPS_PER_PIXEL} pixels`],
    ["frame rate", `${file.frameRate} per second`],
    ["frames", String(file.declaredFrames)],
  ];
  return [`${file.name}:`, ...rows.map(([label, value]) => `  ${label.padEnd(13)}${value}`)].join("\n");
}

/** One line a tag; the tags of a sprite stand indented below it. */
function tagLines(file: SwfFile): string[] {
  const lines: string[] = [];
  // What is wrong with a tag is told once, by the builder.
  const ignore = () => {};
  const list = (start: number, end: number, indent: string) => {
    let frame = 1;
    for (const tag of walkTags(file.bytes, start, end, ignore)) {
      const note = tag.code === TAG.ShowFrame ? `  end of frame ${frame++}` : "";
      lines.push(`${tagLine(tag, indent)}${note}`);
      const isSprite = tag.code === TAG.DefineSprite && indent === "";
      if (isSprite) list(tag.bodyStart + SPRITE_HEADER_BYTES, tag.bodyEnd, "  ");
    }
  };
  list(file.tagsStart, file.bytes.length, "");
  return lines;
}

function tagLine({ offset, code, bodyStart, bodyEnd }: TagRecord, indent: string): string {
  return `  ${offset.toString(16).padStart(6, "0")}  ${indent}${describeTag(code)}, ${bodyEnd - bodyStart} bytes`;
}

function blockText(block: ActionBlock): string {
  const title = `actions ${block.id}: ${block.label} (${block.bytes.length} bytes at ${block.fileOffset.toString(16).padStart(6, "0")})`;
  const listing = disassemble(block);
  return listing === "" ? title : `${title}\n${listing.replace(/^/gm, "  ")}`;
}
