// SPDX-License-Identifier: MIT
import type { AddressSpace } from "../memory/address-space.ts";
import { BumpHeap } from "./bump.ts";
import type { Heap } from "./heap.ts";
import { O1Heap } from "./o1heap.ts";
import { DEFAULT_CHAIN_OPTIONS, O1HeapChain } from "./o1heap-chain.ts";
import { SegregatedHeap } from "./segregated.ts";
import { parseBytes, parseHeapSpec } from "./spec.ts";

/** One option of a heap, for parsing, `heap list` and the docs. */
export interface HeapOption {
  name: string;
  /** What it means, with unit and default. */
  help: string;
}

/** One heap of the registry. */
export interface HeapEntry {
  name: string;
  /** One line on what it is for. */
  purpose: string;
  options: readonly HeapOption[];
  create(memory: AddressSpace, options: ReadonlyMap<string, string>): Heap;
}

export const DEFAULT_HEAP = "o1heap-chain";
const DEFAULT_ARENA_BYTES = 256 << 20;

const MAX: HeapOption = { name: "max", help: "size of the arena in bytes (default 256M, or what the address space has)" };

function arenaBytes(memory: AddressSpace, options: ReadonlyMap<string, string>): number {
  const max = options.get("max") ?? options.get("initial");
  return max === undefined ? Math.min(DEFAULT_ARENA_BYTES, memory.remainingBytes - 4096) : parseBytes("max", max);
}

/** All heaps, default first. */
export const HEAPS: readonly HeapEntry[] = [
  {
    name: DEFAULT_HEAP,
    purpose: "o1heaps in a chain of arenas that doubles: constant time, grows without moving anything",
    options: [
      { name: "initial", help: "size of the first arena in bytes (default 32M)" },
      { name: "max", help: "bound on all arenas together in bytes (default: the address space)" },
      { name: "growth", help: "`double` (default), or the size of each further arena in bytes" },
    ],
    create(memory, options) {
      const growth = options.get("growth") ?? "double";
      const max = options.get("max");
      const initial = options.get("initial");
      return new O1HeapChain(memory, {
        initialBytes: initial === undefined ? DEFAULT_CHAIN_OPTIONS.initialBytes : parseBytes("initial", initial),
        maxBytes: max === undefined ? DEFAULT_CHAIN_OPTIONS.maxBytes : parseBytes("max", max),
        growth: growth === "double" ? "double" : parseBytes("growth", growth),
      });
    },
  },
  {
    name: "o1heap",
    purpose: "one o1heap over one arena: the real-time allocator as its author wrote it",
    options: [MAX],
    create: (memory, options) => new O1Heap(memory, arenaBytes(memory, options)),
  },
  {
    name: "segregated",
    purpose: "segregated free lists for small blocks over a coalescing list for large ones",
    options: [MAX],
    create: (memory, options) => new SegregatedHeap(memory, arenaBytes(memory, options)),
  },
  {
    name: "bump",
    purpose: "never frees: for short runs, and as the speed limit of all others",
    options: [MAX],
    create: (memory, options) => new BumpHeap(memory, arenaBytes(memory, options)),
  },
];

/** The heaps that there are, for listings. */
export function heapList(): readonly HeapEntry[] {
  return HEAPS;
}

function find(name: string): HeapEntry {
  const entry = HEAPS.find((heap) => heap.name === name);
  if (entry === undefined)
    throw new RangeError(`unknown heap ${JSON.stringify(name)}; there are: ${HEAPS.map((heap) => heap.name).join(", ")}`);
  return entry;
}

/**
 * Makes a heap from a specification `NAME:key=value,…`.
 * @throws RangeError with a one-line message when a name, key or value is unknown or the memory has no room
 */
export function createHeap(spec: string, memory: AddressSpace): Heap {
  const { name, options } = parseHeapSpec(spec);
  const entry = find(name);
  checkOptions(entry, options);
  return entry.create(memory, options);
}

function checkOptions(entry: HeapEntry, options: ReadonlyMap<string, string>): void {
  for (const key of options.keys()) {
    if (entry.options.some((option) => option.name === key)) continue;
    const known = entry.options.map((option) => option.name).join(", ");
    throw new RangeError(`heap ${entry.name} has no option ${JSON.stringify(key)}; it has: ${known}`);
  }
}

/**
 * The heap specification that applies: the flag's, else the environment's `RESWF_HEAP`, else the default. Options of the
 * heap that the specification does not name are taken from `RESWF_HEAP_INITIAL`, `RESWF_HEAP_MAX` and so on.
 * @throws RangeError with a one-line message when a name or key is unknown
 */
export function resolveHeapSpec(flag: string | undefined, environment: Readonly<Record<string, string | undefined>>): string {
  const { name, options } = parseHeapSpec(flag ?? environment.RESWF_HEAP ?? DEFAULT_HEAP);
  const entry = find(name);
  checkOptions(entry, options);
  for (const option of entry.options) {
    const value = environment[`RESWF_HEAP_${option.name.toUpperCase()}`];
    if (value !== undefined && !options.has(option.name)) options.set(option.name, value);
  }
  const text = [...options].map(([key, value]) => `${key}=${value}`).join(",");
  return text === "" ? name : `${name}:${text}`;
}
