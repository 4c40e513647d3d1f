// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Approximations, CorpusTest } from "./manifest.ts";

/** The first line on which two outputs part. */
export interface Difference {
  /** Counts from 1. */
  line: number;
  /** Null where the output should have ended already. */
  expected: string | null;
  /** Null where the output ended too early. */
  actual: string | null;
}

const DEFAULT_TOLERANCE = 2.220446049250313e-16;

/** What Rust's `f64::from_str` takes, which is what the recordings' own runner reads numbers with. */
const NUMBER = /^[+-]?(?:inf(?:inity)?|nan|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;

/**
 * Compares what a movie printed with what was recorded, by the rule of its suite.
 * @param expected contents of `expected.txt`
 * @param actual every traced line with its LF
 * @returns null when they agree
 */
export function compareOutput(test: CorpusTest, expected: string, actual: string): Difference | null {
  const normalised = normaliseActual(test, actual);
  if (test.suite === "swfrecomp") return firstDifference(trimmedLines(expected), trimmedLines(normalised), sameText);
  if (test.approximations === null) {
    return expected === normalised ? null : firstDifference(expected.split("\n"), normalised.split("\n"), sameText);
  }
  const approximately = lineComparer(test.approximations);
  return firstDifference(expected.split("\n"), normalised.split("\n"), approximately);
}

function normaliseActual(test: CorpusTest, actual: string): string {
  // Through bytes, because bytes are what was recorded: an unpaired surrogate has none of its own.
  let text = Buffer.from(actual, "utf8").toString("utf8").replaceAll("\r\n", "\n");
  if (test.suite === "ruffle") text = text.replaceAll("\0", "");
  return text;
}

function trimmedLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

type LineComparer = (expected: string, actual: string) => boolean;

const sameText: LineComparer = (expected, actual) => expected === actual;

function firstDifference(expected: readonly string[], actual: readonly string[], same: LineComparer): Difference | null {
  const count = Math.max(expected.length, actual.length);
  for (let i = 0; i < count; i++) {
    if (i >= expected.length || i >= actual.length || !same(expected[i]!, actual[i]!)) {
      return { line: i + 1, expected: expected[i] ?? null, actual: actual[i] ?? null };
    }
  }
  return null;
}

function lineComparer(approximations: Approximations): LineComparer {
  const epsilon = approximations.epsilon ?? DEFAULT_TOLERANCE;
  const maxRelative = approximations.maxRelative ?? DEFAULT_TOLERANCE;
  const patterns = approximations.numberPatterns.map((pattern) => new RegExp(pattern));
  const close = (a: number, b: number): boolean => {
    if (a === b) return true;
    const distance = Math.abs(a - b);
    // An infinite distance is below no limit, whatever the relative one comes to.
    return (
      distance < Number.POSITIVE_INFINITY && (distance <= epsilon || distance <= Math.max(Math.abs(a), Math.abs(b)) * maxRelative)
    );
  };

  return (expected, actual) => {
    if (approximations.bareNumbers) {
      const a = parseNumber(expected);
      const b = parseNumber(actual);
      if (a !== null && b !== null) return close(a, b) || (Number.isNaN(a) && Number.isNaN(b));
    }
    for (const pattern of patterns) {
      const a = pattern.exec(expected);
      const b = pattern.exec(actual);
      if (a === null || b === null) continue;
      return (
        withoutMatch(expected, a) === withoutMatch(actual, b) && a.slice(1).every((group, i) => sameGroup(group, b[i + 1], close))
      );
    }
    return expected === actual;
  };
}

function sameGroup(a: string | undefined, b: string | undefined, close: (a: number, b: number) => boolean): boolean {
  if (a === undefined || b === undefined) return a === b;
  const first = parseNumber(a);
  const second = parseNumber(b);
  return first !== null && second !== null && close(first, second);
}

function withoutMatch(line: string, match: RegExpExecArray): string {
  return line.slice(0, match.index) + line.slice(match.index + match[0].length);
}

function parseNumber(text: string): number | null {
  if (!NUMBER.test(text)) return null;
  const infinite = /^([+-]?)inf/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}
