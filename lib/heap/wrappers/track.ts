// SPDX-License-Identifier: MIT
import type { Ptr } from "../../memory/address-space.ts";
import { type BlockKind, blockKindName } from "../block-kind.ts";
import type { Heap } from "../heap.ts";
import { HeapWrapper, type WrapperTable } from "./wrapper.ts";

/** What is alive of one kind or from one site. */
export interface LiveUsage {
  /** Kind name or site. */
  name: string;
  blocks: number;
  /** As requested, without headers and rounding. */
  bytes: number;
  peakBytes: number;
}

interface TrackedBlock {
  sizeBytes: number;
  kind: LiveUsage;
  site: LiveUsage;
}

/** Counts what is alive, by kind and by site, now and at the peak. */
export class TrackHeap extends HeapWrapper {
  private readonly live = new Map<Ptr, TrackedBlock>();
  private readonly kinds = new Map<string, LiveUsage>();
  private readonly sites = new Map<string, LiveUsage>();
  readonly total: LiveUsage = usage("total");
  /** Most blocks alive at once. */
  peakBlocks = 0;

  constructor(inner: Heap) {
    super("track", inner);
  }

  override allocate(sizeBytes: number, kind: BlockKind): Ptr {
    const ptr = this.inner.allocate(sizeBytes, kind);
    if (ptr !== 0) this.note(ptr, sizeBytes, entry(this.kinds, blockKindName(kind)), entry(this.sites, this.site()));
    return ptr;
  }

  override free(ptr: Ptr): void {
    this.forget(ptr);
    this.inner.free(ptr);
  }

  /** The block keeps the site it was first allocated in. */
  override reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    if (ptr === 0) return this.allocate(sizeBytes, 0);
    const moved = this.inner.reallocate(ptr, sizeBytes);
    const before = moved === 0 ? undefined : this.forget(ptr);
    if (before !== undefined) this.note(moved, sizeBytes, before.kind, before.site);
    return moved;
  }

  private note(ptr: Ptr, sizeBytes: number, kind: LiveUsage, site: LiveUsage): void {
    this.live.set(ptr, { sizeBytes, kind, site });
    for (const counted of [this.total, kind, site]) {
      counted.blocks++;
      counted.bytes += sizeBytes;
      counted.peakBytes = Math.max(counted.peakBytes, counted.bytes);
    }
    this.peakBlocks = Math.max(this.peakBlocks, this.live.size);
  }

  private forget(ptr: Ptr): TrackedBlock | undefined {
    const block = this.live.get(ptr);
    if (block === undefined) return undefined;
    this.live.delete(ptr);
    for (const counted of [this.total, block.kind, block.site]) {
      counted.blocks--;
      counted.bytes -= block.sizeBytes;
    }
    return block;
  }

  /** By kind, most bytes at the peak first. */
  byKind(): readonly LiveUsage[] {
    return byPeak(this.kinds);
  }

  /** By site, most bytes at the peak first. Without a site source all are from the site "". */
  bySite(): readonly LiveUsage[] {
    return byPeak(this.sites);
  }

  override tables(): WrapperTable[] {
    return [
      { title: "track: by kind", rows: this.byKind().map((row) => ({ ...row })) },
      { title: "track: by ActionScript function", rows: this.bySite().map((row) => ({ ...row })) },
    ];
  }

  /** What is alive now, a line each: the total, then kinds and sites with blocks left, most bytes first. Empty when nothing is. */
  leakReport(): string[] {
    if (this.total.blocks === 0) return [];
    const lines = [`${this.total.blocks} blocks of ${this.total.bytes} bytes are alive`];
    for (const [what, usages] of [
      ["kind", this.kinds],
      ["site", this.sites],
    ] as const) {
      const left = [...usages.values()].filter(({ name, blocks }) => blocks > 0 && name !== "");
      for (const { name, blocks, bytes } of left.sort((a, b) => b.bytes - a.bytes)) {
        lines.push(`  ${what} ${name}: ${blocks} blocks, ${bytes} bytes`);
      }
    }
    return lines;
  }
}

function usage(name: string): LiveUsage {
  return { name, blocks: 0, bytes: 0, peakBytes: 0 };
}

function entry(map: Map<string, LiveUsage>, name: string): LiveUsage {
  let found = map.get(name);
  if (found === undefined) {
    found = usage(name);
    map.set(name, found);
  }
  return found;
}

function byPeak(usages: Map<string, LiveUsage>): LiveUsage[] {
  return [...usages.values()].sort((a, b) => b.peakBytes - a.peakBytes);
}
