// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { runCommandLine } from "../../../tools/cli/program.ts";
import { commandLineReference } from "../../../tools/cli/reference.ts";
import { fakeEngine, memoryTerminal } from "../fake-engine.ts";

async function output(...argv: string[]): Promise<string> {
  const terminal = memoryTerminal();
  const exitCode = await runCommandLine(argv, "1.2.3", { terminal, loadEngine: async () => fakeEngine({}) });
  expect([exitCode, terminal.stderr]).toEqual([0, ""]);
  return terminal.stdout;
}

it.each([
  ["--help"],
  ["run", "--help"],
  ["build", "--help"],
  ["inspect", "--help"],
  ["snapshot", "--help"],
  ["conformance", "--help"],
])("%s %s", async (...argv) => {
  await expect(await output(...argv)).toMatchFileSnapshot(`golden/${argv.length === 1 ? "reswf" : argv[0]}.help.txt`);
});

it("prints the version", async () => {
  expect(await output("--version")).toBe("1.2.3\n");
});

it("keeps docs/command-line.md in step with the option table", async () => {
  await expect(commandLineReference()).toMatchFileSnapshot("../../../docs/command-line.md");
});
