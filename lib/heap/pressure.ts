// SPDX-License-Identifier: MIT
import type { Heap } from "./heap.ts";

/**
 * How short memory is. `low` and `high` are shares of what the heap can serve now; `full`: a request has been refused, and has
 * not been served since.
 */
export type PressureLevel = "none" | "low" | "high" | "full";

const ORDER: Readonly<Record<PressureLevel, number>> = { none: 0, low: 1, high: 2, full: 3 };

export interface PressureLimits {
  /** Shares of the capacity, between 0 and 1, from which on the level holds. */
  low: number;
  high: number;
}

export const DEFAULT_PRESSURE_LIMITS: PressureLimits = { low: 0.5, high: 0.7 };

/** Who can do without some of its memory: told the level, gives what it can do without back. Must not allocate. @returns whether anything was freed */
export type GiveBack = (level: PressureLevel) => boolean;

/** Watches a heap, and asks caches and pools to give memory back when it runs short. */
export class MemoryPressure {
  private readonly heap: Heap;
  private readonly limits: PressureLimits;
  private readonly holders: { from: PressureLevel; giveBack: GiveBack }[] = [];
  private last: PressureLevel = "none";

  constructor(heap: Heap, limits: PressureLimits = DEFAULT_PRESSURE_LIMITS) {
    this.heap = heap;
    this.limits = limits;
  }

  /** Asks `giveBack` whenever the level rises to `from` or above. Those that came first are asked first. */
  subscribe(from: PressureLevel, giveBack: GiveBack): void {
    this.holders.push({ from, giveBack });
  }

  /** The level that the heap's own figures say; never `full`. */
  get level(): PressureLevel {
    const { allocated, capacity } = this.heap.diagnostics();
    const share = capacity === 0 ? 0 : allocated / capacity;
    if (share >= this.limits.high) return "high";
    return share >= this.limits.low ? "low" : "none";
  }

  /** Looks at the heap; where the level has risen since the last look, those who can are asked to give back. @returns the level */
  check(): PressureLevel {
    const { level } = this;
    const rose = ORDER[level] > ORDER[this.last];
    this.last = level;
    if (rose) this.relieve(level);
    return level;
  }

  /** A request has been refused: everybody is asked. @returns whether anything was freed, so that trying again may help */
  refused(): boolean {
    this.last = "full";
    return this.relieve("full");
  }

  private relieve(level: PressureLevel): boolean {
    let freed = false;
    for (const { from, giveBack } of this.holders) if (ORDER[level] >= ORDER[from]) freed = giveBack(level) || freed;
    return freed;
  }
}
