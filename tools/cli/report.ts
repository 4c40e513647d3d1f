// SPDX-License-Identifier: AGPL-3.0-or-later
import { blockKindName } from "../../lib/heap/block-kind.ts";
import type { Heap, HeapDiagnostics } from "../../lib/heap/heap.ts";
import type { WrapperTable } from "../../lib/heap/wrappers/wrapper.ts";
import type { CountSites, Leak, Miscount, OutOfMemoryReport } from "../../runtime/index.ts";
import { formatSize } from "./units.ts";

/** Blocks of one kind that are alive. */
export interface KindUsage {
  kind: string;
  blocks: number;
  bytes: number;
}

/** What `--stats` prints; the JSON form is this object, one line. */
export interface RunStatistics extends HeapDiagnostics {
  heap: string;
  /** Alive at the end, most bytes first. */
  kinds: KindUsage[];
  frames: number;
  /** Movie time at the end. */
  movieMs: number;
  /** Time the run took, compiling included. */
  wallMs: number;
  exitCode: number;
  /** What wrappers around the heap have found out. */
  tables: readonly WrapperTable[];
}

const KINDS_IN_REPORTS = 5;
const LEAKS_IN_REPORTS = 20;
const ROWS_IN_TABLES = 20;

/** Sums the live blocks by kind, most bytes first. */
export function usageByKind(heap: Heap): KindUsage[] {
  const byKind = new Map<number, KindUsage>();
  for (const block of heap.blocks()) {
    let usage = byKind.get(block.kind);
    if (usage === undefined) byKind.set(block.kind, (usage = { kind: blockKindName(block.kind), blocks: 0, bytes: 0 }));
    usage.blocks++;
    usage.bytes += block.sizeBytes;
  }
  return [...byKind.values()].sort((a, b) => b.bytes - a.bytes || a.kind.localeCompare(b.kind));
}

/** The message of exit code 4: which heap, what was asked for, and what fills it. */
export function outOfMemoryText(report: OutOfMemoryReport): string {
  const { diagnostics } = report;
  const lines = [
    `reswf: out of memory: heap ${report.heapName} could not serve ${report.requestBytes} bytes for ${article(report.requestKind)}`,
    `  in use ${formatSize(diagnostics.allocated)} of ${formatSize(diagnostics.capacity)}` +
      `, peak ${formatSize(diagnostics.peakAllocated)}, ${diagnostics.arenas} ${diagnostics.arenas === 1 ? "arena" : "arenas"}`,
  ];
  if (report.kinds.length > 0) lines.push("  largest kinds alive:");
  return `${[...lines, ...kindLines(report.kinds.slice(0, KINDS_IN_REPORTS), "    ")].join("\n")}\n`;
}

function article(kind: string): string {
  return `${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}`;
}

function kindLines(kinds: readonly KindUsage[], indent: string): string[] {
  const width = Math.max(0, ...kinds.map((usage) => usage.kind.length));
  return kinds.map(
    (usage) =>
      `${indent}${usage.kind.padEnd(width)}  ${formatSize(usage.bytes).padStart(10)}  ${String(usage.blocks).padStart(9)} blocks`,
  );
}

/** `--stats` for people. */
export function statisticsText(statistics: RunStatistics): string {
  const { heap, capacity, allocated, peakAllocated, peakRequest, outOfMemoryCount, arenas } = statistics;
  const rows: [string, string][] = [
    ["heap", heap],
    ["capacity", `${formatSize(capacity)} in ${arenas} ${arenas === 1 ? "arena" : "arenas"}`],
    ["in use", formatSize(allocated)],
    ["peak", formatSize(peakAllocated)],
    ["largest request", formatSize(peakRequest)],
    ["requests refused", String(outOfMemoryCount)],
    ["frames", String(statistics.frames)],
    ["movie time", `${statistics.movieMs.toFixed(0)} ms`],
    ["wall time", `${statistics.wallMs.toFixed(0)} ms`],
  ];
  const lines = rows.map(([label, value]) => `${label.padEnd(17)}${value}`);
  const tables = statistics.tables.flatMap(tableLines);
  return `${[...lines, "alive at the end:", ...kindLines(statistics.kinds, "  "), ...tables].join("\n")}\n`;
}

/** The first rows of a wrapper's table, names to the left, numbers to the right. */
function tableLines({ title, rows }: WrapperTable): string[] {
  if (rows.length === 0) return [];
  const headings = Object.keys(rows[0]).filter((heading) => heading !== "name");
  const shown = rows.slice(0, ROWS_IN_TABLES);
  const nameWidth = Math.max(...shown.map(({ name }) => name.length));
  const line = (name: string, cells: readonly (string | number)[]): string =>
    `  ${name.padEnd(nameWidth)}${cells.map((cell) => String(cell).padStart(12)).join("")}`;
  const body = shown.map((row) =>
    line(
      row.name === "" ? "(none)" : row.name,
      headings.map((heading) => row[heading]),
    ),
  );
  const more = rows.length > shown.length ? [`  … and ${rows.length - shown.length} more`] : [];
  return [`${title}:`, line("", headings), ...body, ...more];
}

/** Where the counts of blocks last changed, by address. */
export type SitesByBlock = ReadonlyMap<number, CountSites>;

/** One line on a block whose count is wrong, and where it last changed. */
export function miscountText({ kind, ptr, counted, existing, preview }: Miscount, sites?: SitesByBlock): string {
  const references = counted === 1 ? "1 reference is" : `${counted} references are`;
  const line = `${kind} at 0x${ptr.toString(16)}: ${references} counted, ${existing} ${existing === 1 ? "exists" : "exist"} (${preview})`;
  return [line, ...siteLines(sites?.get(ptr))].join("\n    ");
}

function siteLines(sites: CountSites | undefined): string[] {
  if (sites === undefined) return [];
  const lines: string[] = [];
  if (sites.retain !== null) lines.push(`last retained at ${sites.retain}`);
  if (sites.release !== null) lines.push(`last released at ${sites.release}`);
  return lines;
}

/** `--leaks` for people: how much of what is alive without a root, then the first of them. */
export function leaksText(leaks: readonly Leak[], blocksAfterDispose: number, sites?: SitesByBlock): string {
  const lines: string[] = [];
  if (leaks.length > 0) {
    const summary = Object.entries(leaksByKind(leaks)).map(([kind, count]) => `${count} ${kind}`);
    lines.push(
      `reswf: leaks: ${leaks.length} ${leaks.length === 1 ? "block" : "blocks"} that no root holds (${summary.join(", ")})`,
    );
    for (const { kind, ptr, referenceCount, preview, referrers } of leaks.slice(0, LEAKS_IN_REPORTS)) {
      lines.push(`  ${kind} at 0x${ptr.toString(16)}, reference count ${referenceCount}: ${preview}`);
      lines.push(
        `    held by ${referrers.length === 0 ? "nothing in the heap: its count was raised once too often" : referrers.join(", ")}`,
      );
      for (const line of siteLines(sites?.get(ptr))) lines.push(`    ${line}`);
    }
    if (leaks.length > LEAKS_IN_REPORTS) lines.push(`  … and ${leaks.length - LEAKS_IN_REPORTS} more`);
  }
  if (blocksAfterDispose > 0) {
    lines.push(
      `reswf: leaks: ${blocksAfterDispose} ${blocksAfterDispose === 1 ? "block" : "blocks"} still alive after the player was disposed of`,
    );
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** Number of leaked blocks by kind, most first. */
function leaksByKind(leaks: readonly Leak[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const leak of leaks) counts.set(leak.kind, (counts.get(leak.kind) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}

/** `--leaks=json`: one line. */
export function leaksJson(leaks: readonly Leak[], blocksAfterDispose: number, sites?: SitesByBlock): string {
  const blocks = leaks.map((leak) => ({ ...leak, ...(sites?.get(leak.ptr) ?? { retain: null, release: null }) }));
  return `${JSON.stringify({ leaks: leaks.length, byKind: leaksByKind(leaks), blocks, blocksAfterDispose })}\n`;
}

/** Blocks whose sites a report names. */
export const SITES_IN_REPORTS = 20;
