// SPDX-License-Identifier: AGPL-3.0-or-later
import type { HeapOption } from "../../lib/heap/options.ts";
import { DEFAULT_HEAP, heapList, optionVariable, wrapperList } from "../../lib/heap/registry.ts";
import type { Measurement } from "./measure.ts";

/** Lines up columns; all but the first to the right where `numeric`. */
export function textTable(rows: readonly (readonly string[])[], numeric: boolean): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (numeric && column > 1 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join("  "),
  );
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

/** `reswf heap list`: every heap and wrapper, its purpose, options and their variables. */
export function heapListText(): string {
  const lines: string[] = [];
  for (const { name, purpose, options } of heapList()) {
    lines.push(`${name}${name === DEFAULT_HEAP ? " (default)" : ""}`, `  ${purpose}`);
    for (const option of options) lines.push(`  ${optionLine(option)}`);
  }
  lines.push("", "Wrappers, in any order before a heap and with + between: guard+track+o1heap-chain:initial=32M", "");
  for (const { name, purpose, value, options } of wrapperList()) {
    lines.push(value === undefined ? name : `${name}=${value}`, `  ${purpose}`);
    for (const option of options) lines.push(`  ${optionLine(option, name)}`);
  }
  return `${lines.join("\n")}\n`;
}

function optionLine({ name, help, fallback }: HeapOption, wrapper?: string): string {
  return `  ${name.padEnd(10)} ${help} (default: ${fallback}); ${optionVariable(name, wrapper)}`;
}

/** The tables of docs/heaps.md: heaps, wrappers, and every option with its variable. */
export function heapTablesMarkdown(): string {
  const option = (heap: string, { name, help, fallback }: HeapOption, wrapper?: string): string =>
    `| \`${heap}\` | \`${name}\` | ${help} | ${fallback} | \`${optionVariable(name, wrapper)}\` |`;
  return [
    "| heap | what it is for |",
    "|---|---|",
    ...heapList().map(({ name, purpose }) => `| \`${name}\` | ${purpose} |`),
    "",
    "| wrapper | what it is for |",
    "|---|---|",
    ...wrapperList().map(({ name, value, purpose }) => `| \`${value === undefined ? name : `${name}=${value}`}\` | ${purpose} |`),
    "",
    "| heap or wrapper | option | meaning | default | variable |",
    "|---|---|---|---|---|",
    "| all | | the whole specification | `o1heap-chain` | `RESWF_HEAP` |",
    ...heapList().flatMap(({ name, options }) => options.map((entry) => option(name, entry))),
    ...wrapperList().flatMap(({ name, options }) => options.map((entry) => option(name, entry, name))),
    "",
  ].join("\n");
}

/** Bytes as people read them. */
export function bytesText(bytes: number): string {
  if (bytes >= 1 << 20) return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  return bytes >= 1024 ? `${(bytes / 1024).toFixed(0)} KiB` : `${bytes} B`;
}

/** `reswf heap bench` and `replay`: a line a measurement. */
export function measurementTable(measurements: readonly Measurement[]): string {
  const head = ["workload", "heap", "ns/op", "worst ns", "peak", "inside", "arena", "between", "refused"];
  const rows = measurements.map((found) => [
    found.workload,
    found.heap,
    found.nsPerOperation.toFixed(1),
    found.worstNs.toFixed(0),
    bytesText(found.peakBytes),
    percent(found.internalFragmentation),
    found.smallestArena === null ? "-" : bytesText(found.smallestArena),
    found.externalFragmentation === null ? "-" : percent(found.externalFragmentation),
    String(found.refused),
  ]);
  return (
    textTable([head, ...rows], true) +
    "worst: longest single operation; inside, between: share lost inside blocks and between them; arena: the smallest that serves\n"
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** A line a power of two: how many operations took that long on each heap. */
export function histogramTable(heaps: readonly string[], histograms: readonly (readonly number[])[]): string {
  const last = Math.max(...histograms.map((counts) => counts.findLastIndex((count) => count > 0)));
  const first = Math.min(...histograms.map((counts) => counts.findIndex((count) => count > 0)));
  const rows = [["", "up to ns", ...heaps]];
  for (let n = first; n <= last; n++) rows.push(["", String(2 ** n), ...histograms.map((counts) => String(counts[n]))]);
  return textTable(rows, true);
}
