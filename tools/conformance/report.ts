// SPDX-License-Identifier: AGPL-3.0-or-later
import Table from "cli-table3";
import type { Difference } from "./compare.ts";
import type { FailureReason } from "./run-test.ts";
import type { ConformanceReport, Tally, TestOutcome } from "./summary.ts";

/** Failures shown in full unless all are asked for. */
const FAILURES_SHOWN = 20;
/** Characters of a differing line that are shown on each side. */
const LINE_SHOWN = 160;

/** Suite × tier, a cell reading `passed/total percent`. */
export function tableText(report: ConformanceReport, colour: boolean): string {
  const keys = Object.keys(report.tiers).map((key) => key.split("/") as [string, string]);
  const suites = [...new Set(keys.map(([suite]) => suite))];
  const tiers = [...new Set(keys.map(([, tier]) => tier))];
  const table = new Table({
    head: ["suite", ...tiers, "all"],
    colAligns: ["left", ...tiers.map(() => "right" as const), "right"],
    style: colour ? {} : { head: [], border: [] },
  });
  for (const suite of suites) {
    const cells = tiers.map((tier) => report.tiers[`${suite}/${tier}`]);
    table.push([suite, ...cells.map(cellText), cellText(sum(cells))]);
  }
  if (suites.length > 1) {
    const columns = tiers.map((tier) => sum(suites.map((suite) => report.tiers[`${suite}/${tier}`])));
    table.push(["all", ...columns.map(cellText), cellText(report)]);
  }
  return `${table.toString()}\n`;
}

function sum(tallies: readonly (Tally | undefined)[]): Tally {
  const result = { total: 0, pass: 0 };
  for (const tally of tallies) {
    result.total += tally?.total ?? 0;
    result.pass += tally?.pass ?? 0;
  }
  return result;
}

function cellText(tally: Tally | undefined): string {
  if (tally === undefined || tally.total === 0) return "";
  return `${tally.pass}/${tally.total} ${((100 * tally.pass) / tally.total).toFixed(1)} %`;
}

/** One line a failure, and where its output parts from the recording. */
export function failuresText(outcomes: readonly TestOutcome[], all: boolean): string {
  const failures = outcomes.filter(({ result }) => !result.pass);
  const shown = all ? failures : failures.slice(0, FAILURES_SHOWN);
  const lines = shown.map(failureText);
  if (shown.length < failures.length)
    lines.push(`… and ${failures.length - shown.length} more failures; --list-failures shows all`);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function failureText({ test, result }: TestOutcome): string {
  const title = `FAIL ${test.suite}/${test.tier}/${test.name}: ${result.why}`;
  // Only the first lines of a stack trace say something about the failure.
  const message = result.message?.split("\n").slice(0, 3).join("\n  ");
  const details = [message, result.difference === null ? undefined : differenceText(result.difference)];
  return [title, ...details.filter((text) => text !== undefined).map((text) => `  ${text}`)].join("\n");
}

function differenceText({ line, expected, actual }: Difference): string {
  return `line ${line}\n  - ${sideText(expected)}\n  + ${sideText(actual)}`;
}

function sideText(line: string | null): string {
  if (line === null) return "(no such line)";
  const visible = visibleText(line);
  return visible.length > LINE_SHOWN ? `${visible.slice(0, LINE_SHOWN)}…` : visible;
}

/** Control characters as escapes, so that a terminal shows what differs. */
export function visibleText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return character === "\t"
      ? "\\t"
      : character === "\r"
        ? "\\r"
        : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Totals in a few lines: pass rate, failures by reason, leaks. */
export function totalsText(report: ConformanceReport, leaksAsked: boolean): string {
  const reasons = new Map<FailureReason, number>();
  for (const { why } of report.tests) {
    if (why !== null) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  const parts = [...reasons].map(([why, count]) => `${count} ${why}`);
  const rate =
    report.total === 0
      ? "no tests"
      : `${report.pass} of ${report.total} passed (${((100 * report.pass) / report.total).toFixed(1)} %)`;
  const lines = [parts.length === 0 ? rate : `${rate}; failures: ${parts.join(", ")}`];
  if (leaksAsked) {
    const leaking = report.tests.filter(({ leaks }) => leaks > 0);
    const names = leaking.slice(0, 10).map(({ suite, name, leaks }) => `${suite}/${name} (${leaks})`);
    lines.push(
      `leaks in ${leaking.length} tests${names.length > 0 ? `: ${names.join(", ")}` : ""}${leaking.length > 10 ? ", …" : ""}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Expected and actual output of one test, line by line; `!` marks the first difference. */
export function sideBySideText({ test, result }: TestOutcome, expected: string): string {
  const wanted = expected.split("\n");
  const printed = (result.output ?? "").split("\n");
  const lines = [
    `${test.suite}/${test.tier}/${test.name}: ${result.pass ? "pass" : `fail (${result.why})`}, ${result.ms.toFixed(0)} ms`,
  ];
  if (result.message !== null) lines.push(result.message);
  for (const [title, side] of [
    ["expected", wanted],
    ["actual", printed],
  ] as const) {
    lines.push(`--- ${title} (${side.length - 1} lines)`);
    side.slice(0, -1).forEach((line, index) => {
      const mark = result.difference?.line === index + 1 ? "!" : " ";
      lines.push(`${mark}${String(index + 1).padStart(5)}  ${visibleText(line)}`);
    });
  }
  return `${lines.join("\n")}\n`;
}
