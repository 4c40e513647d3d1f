// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CorpusTest } from "./manifest.ts";
import type { FailureReason, TestResult } from "./run-test.ts";

/** A test and how it ended. */
export interface TestOutcome {
  test: CorpusTest;
  result: TestResult;
}

export interface Tally {
  total: number;
  pass: number;
}

/** The object that `reswf conformance --json` prints. Other programs read it: fields are added, never renamed. */
export interface ConformanceReport extends Tally {
  /** By `suite/tier`. */
  tiers: Record<string, Tally>;
  tests: {
    suite: string;
    tier: string;
    name: string;
    pass: boolean;
    why: FailureReason | null;
    /** Wall time. */
    ms: number;
    /** Blocks alive without a root; 0 without `--leaks`. */
    leaks: number;
  }[];
}

/** Sums outcomes up; tests keep their order. */
export function summarise(outcomes: readonly TestOutcome[]): ConformanceReport {
  const report: ConformanceReport = { total: 0, pass: 0, tiers: {}, tests: [] };
  for (const { test, result } of outcomes) {
    const tally = (report.tiers[`${test.suite}/${test.tier}`] ??= { total: 0, pass: 0 });
    for (const counter of [report, tally]) {
      counter.total++;
      if (result.pass) counter.pass++;
    }
    const { suite, tier, name } = test;
    const { pass, why, leaks } = result;
    report.tests.push({ suite, tier, name, pass, why, ms: Math.round(result.ms * 10) / 10, leaks });
  }
  return report;
}
