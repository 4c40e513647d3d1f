// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How a suite's recordings were made; `manifest.json` describes each under `rules`. */
export type RuleName = "swfdec" | "ruffle-frames" | "ruffle-ticks" | "swfrecomp" | "shumway";

/** How long and in what steps a test runs. */
export interface RunRule {
  rule: RuleName;
  frames: number;
  /** Milliseconds per frame or tick. */
  frameMs: number;
  /** Milliseconds in all, for rules that run for a time. */
  ms?: number;
}

/** Where numbers in the output may differ a little. `null` in a limit stands for the default, one unit in the last place of 1. */
export interface Approximations {
  bareNumbers: boolean;
  /** Regular expressions whose capture groups are numbers. */
  numberPatterns: string[];
  epsilon: number | null;
  maxRelative: number | null;
}

/** One test as the manifest describes it; fields that no rule needs are left out. */
export interface CorpusTest {
  /** Folder of the test below the corpus. */
  dir: string;
  suite: string;
  tier: string;
  name: string;
  /** Frames per second of the movie's header; 0 is possible. */
  frameRate: number;
  /** The file to run. */
  main: string;
  run: RunRule;
  approximations: Approximations | null;
  tags: string[];
  playerVersion?: number;
  viewport?: { width: number; height: number; scale_factor: number };
  /** False where the player's warnings are not part of the recorded text. */
  logWarnings?: boolean;
  /** Script time limit of this test. */
  maxExecution?: { secs: number; nanos: number };
}

export interface Manifest {
  tests: CorpusTest[];
}

export interface Selection {
  suite?: string;
  tier?: string;
  /** Text that the test's name contains. */
  filter?: string;
}

/**
 * Reads a corpus's manifest.
 * @returns null when the folder or its manifest does not exist
 * @throws Error with a one-line message when the manifest is damaged or of a format that is not known here
 */
export function readManifest(corpus: string): Manifest | null {
  const file = join(corpus, "manifest.json");
  if (!existsSync(file)) return null;
  let manifest: { format?: unknown; tests?: unknown };
  try {
    manifest = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  if (manifest.format !== 1 || !Array.isArray(manifest.tests)) throw new Error(`${file}: not a corpus manifest of format 1`);
  return { tests: manifest.tests as CorpusTest[] };
}

/** The tests that a selection asks for, in the manifest's order. */
export function selectTests(manifest: Manifest, { suite, tier, filter }: Selection): CorpusTest[] {
  return manifest.tests.filter(
    (test) =>
      (suite === undefined || test.suite === suite) &&
      (tier === undefined || test.tier === tier) &&
      (filter === undefined || test.name.includes(filter)),
  );
}
