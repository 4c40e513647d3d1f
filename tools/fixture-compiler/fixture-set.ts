// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileFixture, fixtureSettings } from "./fixture-compiler.ts";
import { FixtureError } from "./fixture-error.ts";

/** One movie of a fixture folder; paths are relative to it and use `/`. */
export interface FixtureMovie {
  /** Path of the SWF without extension, which names the fixture: `language/closures-6`. */
  name: string;
  source: string;
  version: number;
  /** File with the expected trace output, null where there is none. */
  expected: string | null;
  /** Arguments for `reswf run` and the exit code it should give. */
  runArguments: readonly string[];
  exitCode: number;
}

/** Every movie that the sources below `folder` describe, sorted by name. */
export function listFixtures(folder: string): FixtureMovie[] {
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".as"))
    .sort();
  return sources.flatMap((source) => {
    const stem = source.slice(0, -".as".length);
    const { versions, runArguments, exitCode } = located(source, () => fixtureSettings(readSource(folder, source)));
    return versions.map((version): FixtureMovie => {
      const candidates = [`${stem}-${version}.expected`, `${stem}.expected`];
      const expected = candidates.find((candidate) => existsSync(join(folder, candidate))) ?? null;
      return { name: versions.length > 1 ? `${stem}-${version}` : stem, source, version, expected, runArguments, exitCode };
    });
  });
}

/** Compiles every movie below `folder`; nothing is written. Throws FixtureError that names the source. */
export function buildFixtures(folder: string): { path: string; bytes: Uint8Array }[] {
  return listFixtures(folder).map(({ name, source, version }) => ({
    path: `${name}.swf`,
    bytes: located(source, () => compileFixture(readSource(folder, source), { version })),
  }));
}

function readSource(folder: string, source: string): string {
  return readFileSync(join(folder, source), "utf8");
}

function located<Result>(source: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw error instanceof FixtureError ? new FixtureError(`${source}: ${error.message}`) : error;
  }
}
