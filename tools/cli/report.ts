// SPDX-License-Identifier: AGPL-3.0-or-later
import { blockKindName } from "../../lib/heap/block-kind.ts";
import type { Heap, HeapDiagnostics } from "../../lib/heap/heap.ts";
import type { Leak, OutOfMemoryReport } from "../../runtime/player/player-api.ts";
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
}

const KINDS_IN_REPORTS = 5;
const LEAKS_IN_REPORTS = 20;

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
  return `${[...lines, "alive at the end:", ...kindLines(statistics.kinds, "  ")].join("\n")}\n`;
}

/** `--leaks` for people: how much of what is alive without a root, then the first of them. */
export function leaksText(leaks: readonly Leak[], blocksAfterDispose: number): string {
  const lines: string[] = [];
  if (leaks.length > 0) {
    const counts = new Map<string, number>();
    for (const leak of leaks) counts.set(leak.kind, (counts.get(leak.kind) ?? 0) + 1);
    const summary = [...counts].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} ${kind}`);
    lines.push(
      `reswf: leaks: ${leaks.length} ${leaks.length === 1 ? "block" : "blocks"} that nothing refers to (${summary.join(", ")})`,
    );
    for (const leak of leaks.slice(0, LEAKS_IN_REPORTS)) {
      lines.push(`  ${leak.kind} at 0x${leak.ptr.toString(16)}, reference count ${leak.referenceCount}: ${leak.preview}`);
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
