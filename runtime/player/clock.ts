// SPDX-License-Identifier: MIT
import type { ClockOptions } from "./player-options.ts";

/** 2001-09-09T01:46:40Z: a fixed start makes runs repeatable. */
const DEFAULT_START_MS = 1e12;

/** Movie time. Virtual by default: it moves only when the player moves it. */
export class Clock {
  private readonly mode: "virtual" | "real";
  private readonly startMs: number;
  readonly utcOffsetMinutes: number;
  private virtualMs = 0;
  private readonly realStart: number;

  constructor(options: Partial<ClockOptions> = {}) {
    this.mode = options.mode ?? "virtual";
    this.realStart = performance.now();
    this.startMs = options.startMs ?? (this.mode === "real" ? Date.now() : DEFAULT_START_MS);
    this.utcOffsetMinutes = options.utcOffsetMinutes ?? 0;
  }

  /** Milliseconds since the start; scheduled time, in both modes. */
  get scheduledMs(): number {
    return this.virtualMs;
  }

  /** Milliseconds since the start as scripts see them. */
  get elapsedMs(): number {
    return this.mode === "real" ? performance.now() - this.realStart : this.virtualMs;
  }

  /** UTC milliseconds since 1970. */
  get nowMs(): number {
    return this.startMs + this.elapsedMs;
  }

  moveTo(ms: number): void {
    if (ms > this.virtualMs) this.virtualMs = ms;
  }
}
