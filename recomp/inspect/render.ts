// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Inspection } from "./inspect.ts";

type Row = readonly (string | number)[];

const COMPRESSION_NAMES: Record<Inspection["compression"], string> = { none: "not compressed", zlib: "zlib", lzma: "LZMA" };

/** The report of `reswf inspect`, without a line end at the end. */
export function renderInspection(inspection: Inspection): string {
  const sections = [
    renderHeader(inspection),
    table(
      "Tags",
      ["code", "tag", "count", "bytes"],
      inspection.tags.map(({ code, name, count, bytes }) => [code, name, count, bytes]),
    ),
    table(
      "Characters",
      ["id", "type", ""],
      inspection.characters.map(({ id, type, detail }) => [id, type, detail]),
    ),
    table(
      "Exports",
      ["id", "name"],
      inspection.exports.map(({ id, name }) => [id, printable(name)]),
    ),
    table(
      "Imports",
      ["id", "name", "from"],
      inspection.imports.map(({ id, name, url }) => [id, printable(name), printable(url)]),
    ),
    table(
      "Labels",
      ["frame", "name"],
      inspection.labels.map(({ frame, name }) => [frame, printable(name)]),
    ),
    table(
      "Scripts",
      ["id", "bytes", "at", "where"],
      inspection.actions.map(({ id, bytes, fileOffset, label }) => [id, bytes, fileOffset, label]),
    ),
    ...inspection.actions.flatMap(({ id, label, listing }) =>
      listing === undefined ? [] : [`Script ${id}: ${label}\n${indent(listing)}`],
    ),
    inspection.warnings.length === 0 ? "" : `Warnings\n${indent(inspection.warnings.map(printable).join("\n"))}`,
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function renderHeader(inspection: Inspection): string {
  const { stage, backgroundColor, scriptLimits } = inspection;
  const pixels = (twips: number): number => twips / 20;
  const rows: Row[] = [
    ["SWF version", `${inspection.swfVersion}`],
    ["file", `${inspection.fileBytes} bytes, ${COMPRESSION_NAMES[inspection.compression]}`],
    [
      "unpacked",
      `${inspection.unpackedBytes} bytes${inspection.declaredBytes === inspection.unpackedBytes ? "" : `, header says ${inspection.declaredBytes}`}`,
    ],
    ["stage", `${pixels(stage.xMax - stage.xMin)} x ${pixels(stage.yMax - stage.yMin)} px`],
    ["frame rate", `${inspection.frameRate}`],
    [
      "frames",
      `${inspection.frames}${inspection.frames === inspection.declaredFrames ? "" : `, header says ${inspection.declaredFrames}`}`,
    ],
    ["code", inspection.usesActionScript3 ? "ActionScript 3 (not supported)" : `${inspection.actions.length} scripts`],
  ];
  if (backgroundColor !== null) {
    rows.push(["background", `#${backgroundColor.toString(16).padStart(6, "0")}`]);
  }
  if (scriptLimits !== null) {
    rows.push(["script limits", `recursion ${scriptLimits.maxRecursion}, ${scriptLimits.timeoutSeconds} s`]);
  }
  return `${printable(inspection.name)}\n${indent(columns(rows))}`;
}

function table(title: string, head: Row, rows: readonly Row[]): string {
  return rows.length === 0 ? "" : `${title}\n${indent(columns([head, ...rows]))}`;
}

/** Columns as wide as their widest cell, numbers to the right. */
function columns(rows: readonly Row[]): string {
  const widths = rows[0].map((_, column) => rows.reduce((width, row) => Math.max(width, String(row[column]).length), 0));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (typeof cell === "number" ? String(cell).padStart(widths[column]) : cell.padEnd(widths[column])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

/** Names come from the movie: nothing in them may steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
