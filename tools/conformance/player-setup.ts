// SPDX-License-Identifier: AGPL-3.0-or-later
import type { PlayerOptions } from "../../runtime/player/player-options.ts";
import type { CorpusTest } from "./manifest.ts";

/** What a suite's recordings assume of the player. */
type SuiteSettings = Pick<PlayerOptions, "clock" | "seed" | "randomGenerator" | "timeoutMs" | "playerVersion">;

/** 2001-02-03T04:05:06 in the time zone UTC+05:45. */
const RUFFLE_START_MS = Date.UTC(2001, 1, 3, 4, 5, 6) - 345 * 60_000;

const SWFDEC: SuiteSettings = {
  clock: { mode: "virtual", startMs: Date.UTC(2002, 9, 28, 21, 24, 4) + 0.123, utcOffsetMinutes: 0 },
  seed: 0,
  // "Recorded from Adobe Flash Player (mostly 9)".
  playerVersion: 9,
  timeoutMs: Number.POSITIVE_INFINITY,
};

const RUFFLE: SuiteSettings = {
  clock: { mode: "virtual", startMs: RUFFLE_START_MS, utcOffsetMinutes: 345 },
  // The generator takes the low 32 bits of the time in microseconds.
  seed: Number(BigInt.asUintN(32, BigInt(RUFFLE_START_MS) * 1000n)),
  randomGenerator: "avmplus",
};

const SETTINGS: Readonly<Record<string, SuiteSettings>> = { swfdec: SWFDEC, ruffle: RUFFLE };

/** The player options that a test's suite and its own fields ask for. */
export function playerSettings(test: CorpusTest): Partial<PlayerOptions> {
  const settings: Partial<PlayerOptions> = { clock: { mode: "virtual" }, seed: 0, ...SETTINGS[test.suite] };
  if (test.playerVersion !== undefined) settings.playerVersion = test.playerVersion;
  if (test.maxExecution !== undefined) settings.timeoutMs = test.maxExecution.secs * 1000 + test.maxExecution.nanos / 1e6;
  if (test.viewport !== undefined) {
    const { width, height, scale_factor: scaleFactor } = test.viewport;
    settings.viewport = { width, height, scaleFactor };
  }
  return settings;
}

/** Whether the player's own warnings belong to the recorded text. */
export function recordsWarnings(test: CorpusTest): boolean {
  return test.tags.includes("warnings-in-output") && test.logWarnings !== false;
}
