// SPDX-License-Identifier: AGPL-3.0-or-later
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { FixtureError } from "./fixture-error.ts";
import { buildFixtures } from "./fixture-set.ts";

/** From dist/tools/fixture-compiler/ or tools/fixture-compiler/ to the package's fixtures/. */
function defaultFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = here.includes(join("dist", "tools")) ? join(here, "..", "..", "..") : join(here, "..", "..");
  return join(root, "fixtures");
}

const program = new Command("fixtures")
  .description("Compile every .as file of a folder (by default fixtures/) to SWF files beside it.")
  .argument("[folder]", "where the sources are", defaultFolder())
  .action((folder: string) => {
    try {
      const files = buildFixtures(folder);
      for (const { path, bytes } of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), bytes);
      }
      console.error(`${files.length} files written`);
    } catch (error) {
      if (!(error instanceof FixtureError)) throw error;
      console.error(error.message);
      process.exitCode = 2;
    }
  });

program.parse();
