// SPDX-License-Identifier: MIT
import type { AddressSpace } from "../memory/address-space.ts";
import { BlockKind, blockKindName } from "./block-kind.ts";
import { BumpHeap } from "./bump.ts";
import { FallbackHeap } from "./fallback.ts";
import { ThiNgMallocHeap } from "./foreign/thi-ng-malloc.ts";
import type { Heap } from "./heap.ts";
import { O1Heap } from "./o1heap.ts";
import { DEFAULT_CHAIN_OPTIONS, O1HeapChain } from "./o1heap-chain.ts";
import { O1HeapReserve } from "./o1heap-reserve.ts";
import type { HeapOption, OptionValues } from "./options.ts";
import { PoolsHeap, type TypedPool, TypedPoolsHeap } from "./pools.ts";
import { SegregatedHeap } from "./segregated.ts";
import { parseBytes, parseCount } from "./spec.ts";
import { TlsfHeap } from "./tlsf.ts";

/** One heap of the registry. */
export interface HeapEntry {
  name: string;
  /** One line on what it is for. */
  purpose: string;
  options: readonly HeapOption[];
  /** @throws RangeError with a one-line message when a value is bad or the memory has no room */
  create(memory: AddressSpace, options: OptionValues): Heap;
}

const DEFAULT_ARENA_BYTES = 256 << 20;
const MAX: HeapOption = { name: "max", help: "size of the arena in bytes", fallback: "256M, or what the address space has" };

function arenaBytes(memory: AddressSpace, options: OptionValues): number {
  return options.bytes("max", Math.min(DEFAULT_ARENA_BYTES, memory.remainingBytes - 4096));
}

/** Heaps with one arena, which may be the chain's fallback. */
const SINGLE_ARENA: Readonly<Record<string, (memory: AddressSpace, bytes: number) => Heap>> = {
  o1heap: (memory, bytes) => new O1Heap(memory, bytes),
  segregated: (memory, bytes) => new SegregatedHeap(memory, bytes),
  system: (memory, bytes) => new TlsfHeap(memory, bytes),
  bump: (memory, bytes) => new BumpHeap(memory, bytes),
};

function createChain(memory: AddressSpace, options: OptionValues): Heap {
  const growth = options.text("growth") ?? "double";
  const maxBytes = options.bytes("max", DEFAULT_CHAIN_OPTIONS.maxBytes);
  const chain = new O1HeapChain(memory, {
    initialBytes: options.bytes("initial", DEFAULT_CHAIN_OPTIONS.initialBytes),
    maxBytes,
    growth: growth === "double" ? "double" : parseBytes("growth", growth),
  });
  const fallback = options.text("fallback");
  if (fallback === undefined || fallback === "none") return chain;
  const create = SINGLE_ARENA[fallback];
  if (create === undefined) {
    const known = Object.keys(SINGLE_ARENA).join(", ");
    throw new RangeError(`fallback=${fallback} is no heap that the chain can fall back to; there are: none, ${known}`);
  }
  return new FallbackHeap(chain, memory, maxBytes, (bytes) => create(memory, bytes));
}

/** Reads typed pools such as `object/64.string-buffer/256`. */
function parseTyped(text: string): TypedPool[] {
  return text.split(".").map((part) => {
    const [kindName, size, ...rest] = part.split("/");
    const kind = Object.values(BlockKind).find((number) => blockKindName(number).replaceAll(" ", "-") === kindName);
    if (kind === undefined) {
      const known = Object.values(BlockKind).map((number) => blockKindName(number).replaceAll(" ", "-"));
      throw new RangeError(`typed=${text}: ${JSON.stringify(kindName)} is no kind of block; there are: ${known.join(", ")}`);
    }
    if (size === undefined || rest.length > 0) throw new RangeError(`typed=${text}: write KIND/BYTES, e.g. object/64.string/48`);
    const cellBytes = Math.ceil(parseCount("typed", size, 1) / 16) * 16;
    if (cellBytes > 1024) throw new RangeError(`typed=${text}: cells have at most 1024 bytes`);
    return { kind, cellBytes };
  });
}

function createPools(memory: AddressSpace, options: OptionValues): Heap {
  const typedText = options.text("typed");
  const typed = typedText === undefined ? [] : parseTyped(typedText);
  const settings = { arenaBytes: arenaBytes(memory, options), prewarm: options.count("prewarm", 0), typed };
  return typed.length > 0 ? new TypedPoolsHeap(memory, settings) : new PoolsHeap(memory, settings);
}

/** All heaps, the default first. */
export const HEAPS: readonly HeapEntry[] = [
  {
    name: "o1heap-chain",
    purpose: "an o1heap that grows by arenas, 32, 64, 128 MiB …: constant time, nothing moves; the default",
    options: [
      { name: "initial", help: "size of the first arena in bytes", fallback: "32M" },
      { name: "max", help: "bound on all arenas together in bytes", fallback: "the address space" },
      { name: "growth", help: "`double`, or the size of each further arena in bytes", fallback: "double" },
      { name: "fallback", help: "heap for what no arena can serve: `none`, system, segregated, o1heap, bump", fallback: "none" },
    ],
    create: createChain,
  },
  {
    name: "o1heap",
    purpose: "one o1heap over one arena: the real-time allocator as its author wrote it",
    options: [MAX],
    create: (memory, options) => SINGLE_ARENA.o1heap(memory, arenaBytes(memory, options)),
  },
  {
    name: "o1heap-reserve",
    purpose: "one o1heap over the whole address space, which the system commits as it is touched",
    options: [],
    create: (memory) => new O1HeapReserve(memory),
  },
  {
    name: "segregated",
    purpose: "free lists of 16 to 128 bytes over a coalescing list: fast on small blocks, larger ones packed tightly",
    options: [MAX],
    create: (memory, options) => SINGLE_ARENA.segregated(memory, arenaBytes(memory, options)),
  },
  {
    name: "pools",
    purpose: "pools of equal cells up to 1 KiB without headers, over an o1heap: the fastest, and the densest on small blocks",
    options: [
      MAX,
      { name: "prewarm", help: "cells that every pool has from the start", fallback: "0" },
      { name: "typed", help: "pools of their own for kinds of block, e.g. `object/64.string/48`", fallback: "none" },
    ],
    create: createPools,
  },
  {
    name: "bump",
    purpose: "never frees: for short runs, and as the speed limit of all others",
    options: [MAX],
    create: (memory, options) => SINGLE_ARENA.bump(memory, arenaBytes(memory, options)),
  },
  {
    name: "system",
    purpose: "two-level segregated fit, a plain general-purpose allocator: what to compare with",
    options: [MAX],
    create: (memory, options) => SINGLE_ARENA.system(memory, arenaBytes(memory, options)),
  },
  {
    name: "thi.ng",
    purpose: "@thi.ng/malloc through an adapter: the worked example of a heap that nobody here wrote; very slow",
    options: [MAX],
    create: (memory, options) => new ThiNgMallocHeap(memory, arenaBytes(memory, options)),
  },
];
