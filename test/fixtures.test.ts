// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../tools/cli/program.ts";
import { engine } from "../tools/engine.ts";
import { listFixtures } from "../tools/fixture-compiler/fixture-set.ts";
import { memoryTerminal } from "./tools/fake-engine.ts";

const folder = fileURLToPath(new URL("../fixtures", import.meta.url));

/**
 * Fixtures whose output is not right yet, each with what is missing. One that starts to pass fails here, so that this list
 * can only shrink.
 */
const KNOWN_FAILURES: ReadonlyMap<string, string> = new Map(
  Object.entries(JSON.parse(readFileSync(`${folder}/known-failures.json`, "utf8")) as Record<string, string>),
);

async function run(name: string, argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const terminal = memoryTerminal();
  const exitCode = await runCommandLine(["run", `${folder}/${name}.swf`, ...argv], "test", {
    terminal,
    loadEngine: async () => engine,
  });
  return { exitCode, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("fixtures print what Flash Player would", () => {
  for (const { name, expected, runArguments, exitCode } of listFixtures(folder)) {
    const wanted = expected === null ? null : readFileSync(`${folder}/${expected}`, "utf8");
    // Runs that end early have their own report; all others must leave exact counts and nothing behind.
    const checks = exitCode === 0 ? ["--audit=every", "--leaks"] : [];
    it(name, async () => {
      const result = await run(name, [...runArguments, ...checks]);
      const isRight = result.stdout === wanted && result.exitCode === exitCode;
      if (KNOWN_FAILURES.has(name)) {
        expect(isRight, `${name} passes now: take it out of fixtures/known-failures.json`).toBe(false);
        return;
      }
      expect(result.stdout).toBe(wanted);
      expect(result.exitCode, result.stderr).toBe(exitCode);
    });
  }
});

describe("fixtures print the same", () => {
  const right = listFixtures(folder).filter(({ name, exitCode }) => exitCode === 0 && !KNOWN_FAILURES.has(name));
  const everyFifth = right.filter((_, i) => i % 5 === 0);
  const variants = [
    { variant: ["--heap", "o1heap"], among: everyFifth },
    { variant: ["--heap", "segregated"], among: everyFifth },
    { variant: ["--heap", "bump"], among: everyFifth },
    { variant: ["-O0"], among: everyFifth },
    // Overwrites what is freed: that it is read is noticed nowhere else.
    { variant: ["--heap", "guard+o1heap-chain"], among: right },
  ];
  for (const { variant, among } of variants) {
    it(`under ${variant.join(" ")}`, async () => {
      for (const { name, expected, runArguments } of among) {
        if (runArguments.includes("--heap")) continue;
        const wanted = expected === null ? null : readFileSync(`${folder}/${expected}`, "utf8");
        expect((await run(name, [...runArguments, ...variant])).stdout, name).toBe(wanted);
      }
    });
  }
});
