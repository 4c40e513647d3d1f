// SPDX-License-Identifier: AGPL-3.0-or-later
import type { HeapSnapshot } from "./devtools.ts";

/** What two snapshots hold of one kind. */
export interface KindDifference {
  kind: string;
  blocksBefore: number;
  blocksAfter: number;
  bytesBefore: number;
  bytesAfter: number;
}

interface Usage {
  blocks: number;
  bytes: number;
}

/** Reads a snapshot that `reswf snapshot` (or V8) wrote. @throws Error when the text is none */
export function parseSnapshot(text: string): HeapSnapshot {
  const value = JSON.parse(text) as Partial<HeapSnapshot> | null;
  const fields = value?.snapshot?.meta?.node_fields;
  if (!Array.isArray(fields) || !Array.isArray(value?.nodes) || !Array.isArray(value?.strings)) {
    throw new Error("not a heap snapshot");
  }
  return value as HeapSnapshot;
}

/** Kinds whose blocks or bytes differ, largest growth first. */
export function diffSnapshots(before: HeapSnapshot, after: HeapSnapshot): KindDifference[] {
  const old = usageByKind(before);
  const now = usageByKind(after);
  const none: Usage = { blocks: 0, bytes: 0 };
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((kind): KindDifference => {
      const { blocks: blocksBefore, bytes: bytesBefore } = old.get(kind) ?? none;
      const { blocks: blocksAfter, bytes: bytesAfter } = now.get(kind) ?? none;
      return { kind, blocksBefore, blocksAfter, bytesBefore, bytesAfter };
    })
    .filter((row) => row.blocksBefore !== row.blocksAfter || row.bytesBefore !== row.bytesAfter)
    .sort((a, b) => growth(b) - growth(a) || (a.kind < b.kind ? -1 : 1));
}

function growth({ bytesBefore, bytesAfter }: KindDifference): number {
  return bytesAfter - bytesBefore;
}

function usageByKind({ snapshot: { meta }, nodes, strings }: HeapSnapshot): Map<string, Usage> {
  const typeAt = meta.node_fields.indexOf("type");
  const nameAt = meta.node_fields.indexOf("name");
  const sizeAt = meta.node_fields.indexOf("self_size");
  const types = meta.node_types[typeAt];
  const usage = new Map<string, Usage>();
  for (let at = 0; at < nodes.length; at += meta.node_fields.length) {
    const type = types[nodes[at + typeAt]];
    if (type === "synthetic") continue;
    const kind = type === "string" ? "string" : type === "closure" ? "function" : strings[nodes[at + nameAt]];
    const known = usage.get(kind);
    if (known === undefined) usage.set(kind, { blocks: 1, bytes: nodes[at + sizeAt] });
    else {
      known.blocks++;
      known.bytes += nodes[at + sizeAt];
    }
  }
  return usage;
}

/** The table that `reswf snapshot diff` prints. */
export function differencesText(differences: readonly KindDifference[]): string {
  if (differences.length === 0) return "no difference\n";
  const rows = [
    ["kind", "blocks", "", "change", "bytes", "", "change"],
    ...differences.map(({ kind, blocksBefore, blocksAfter, bytesBefore, bytesAfter }) => [
      kind,
      `${blocksBefore}`,
      `${blocksAfter}`,
      signed(blocksAfter - blocksBefore),
      `${bytesBefore}`,
      `${bytesAfter}`,
      signed(bytesAfter - bytesBefore),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  return `${rows.map(line).join("\n")}\n`;
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : `${value}`;
}
