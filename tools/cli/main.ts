#!/usr/bin/env node
// SPDX-License-Identifier: AGPL-3.0-or-later
import { runCommandLine } from "./program.ts";
import { processTerminal } from "./terminal.ts";
import { packageVersion } from "./version.ts";

const context = {
  terminal: processTerminal(),
  loadEngine: async () => (await import("../engine.ts")).engine,
};
// The exit code is set, not forced: nothing that is still being written may be cut off.
process.exitCode = await runCommandLine(process.argv.slice(2), packageVersion(), context);
