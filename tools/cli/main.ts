#!/usr/bin/env node
// SPDX-License-Identifier: AGPL-3.0-or-later
import { engine } from "../engine.ts";
import { runCommandLine } from "./program.ts";
import { processTerminal } from "./terminal.ts";
import { packageVersion } from "./version.ts";

// The exit code is set, not forced: nothing that is still being written may be cut off.
process.exitCode = await runCommandLine(process.argv.slice(2), packageVersion(), { terminal: processTerminal(), engine });
