// SPDX-License-Identifier: AGPL-3.0-or-later
import { addMapping, GenMapping, setSourceContent, toEncodedMap } from "@jridgewell/gen-mapping";
import { disassemble } from "../bytecode/disassemble.ts";
import type { ActionBlock } from "../swf/action-block.ts";

/**
 * Source maps of emitted modules: from lines of JavaScript to lines of a listing of the movie's bytecode. While a module is
 * printed, lines carry the place of their action behind a mark; what is printed last takes the marks off.
 */
const MARK = "\u0001";
const MARKED = new RegExp(`${MARK}[^\n]*`, "g");

/** What a marked line ends with. */
export function placeMark(block: number, offset: number): string {
  return `${MARK}${block}:${offset}`;
}

/** Text without the marks. */
export function withoutMarks(marked: string): string {
  return marked.replace(MARKED, "");
}

/** A listing of bytecode, and in which of its lines (counted from 1) an action stands. */
interface Listing {
  text: string;
  lineOf: ReadonlyMap<string, number>;
}

/** All scripts of a movie, one after the other, each under its label. */
function listingOf(blocks: readonly ActionBlock[]): Listing {
  const lines: string[] = [];
  const lineOf = new Map<string, number>();
  for (const block of blocks) {
    lines.push(`; ${block.label}`);
    for (const line of disassemble(block).split("\n")) {
      lines.push(line);
      lineOf.set(`${block.id}:${Number.parseInt(line, 16)}`, lines.length);
    }
    lines.push("");
  }
  return { text: lines.join("\n"), lineOf };
}

export interface MappedText {
  text: string;
  /** The source map as JSON. */
  map: string;
  listing: string;
}

/**
 * Takes the marks off a module's text.
 * @param file name of the module's file
 * @param source name of the listing's file, as the map gives it
 */
export function mapText(marked: string, blocks: readonly ActionBlock[], file: string, source: string): MappedText {
  const listing = listingOf(blocks);
  const map = new GenMapping({ file });
  setSourceContent(map, source, listing.text);
  const lines = marked.split("\n").map((line, i) => {
    const at = line.indexOf(MARK);
    if (at < 0) return line;
    const original = listing.lineOf.get(line.slice(at + MARK.length));
    const text = line.slice(0, at);
    if (original !== undefined) {
      const column = text.length - text.trimStart().length;
      addMapping(map, { generated: { line: i + 1, column }, source, original: { line: original, column: 0 } });
    }
    return text;
  });
  return { text: lines.join("\n"), map: JSON.stringify(toEncodedMap(map)), listing: listing.text };
}
