#!/usr/bin/env node
// SPDX-License-Identifier: AGPL-3.0-or-later
import { statSync } from "node:fs";
import type { Engine } from "../engine.ts";
import { runCommandLine } from "./program.ts";
import { processTerminal } from "./terminal.ts";
import { packageVersion } from "./version.ts";

/**
 * The engine as one file, which `npm run build` makes, loads in a fifth of the time of its 350 modules. It is left alone where it
 * is missing or older than the modules.
 */
async function loadEngine(): Promise<Engine> {
  const bundle = new URL("../engine.bundle.js", import.meta.url);
  const built = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const compiled = statSync(new URL("../engine.js", import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > compiled && compiled > 0) return ((await import(bundle.href)) as { engine: Engine }).engine;
  return (await import("../engine.ts")).engine;
}

const context = { terminal: processTerminal(), loadEngine };
// The exit code is set, not forced: nothing that is still being written may be cut off.
process.exitCode = await runCommandLine(process.argv.slice(2), packageVersion(), context);
