// SPDX-License-Identifier: AGPL-3.0-or-later
import { MovieBuilder } from "./movie-builder.ts";
import { type MovieSettings, readSettings } from "./movie-settings.ts";
import { parseFixture } from "./pragmas.ts";

export type FixtureOptions = Partial<
  Pick<MovieSettings, "frameRate" | "width" | "height" | "compression" | "pool" | "functionForm" | "frames" | "declaredFrames">
> & {
  /** SWF version, 1..255; replaces what the source says. */
  version?: number;
};

/**
 * Compiles a fixture (ActionScript 1 with `// @pragmas`, see README.md) to a SWF. Options win over pragmas.
 * Throws FixtureError, with a line number, on source that cannot be compiled for the version.
 */
export function compileFixture(source: string, options: FixtureOptions = {}): Uint8Array {
  const { version, ...overrides } = options;
  const parts = parseFixture(source);
  const settings = { ...readSettings(parts), ...overrides };
  return new MovieBuilder(settings, version ?? settings.versions[0]).build(parts);
}

/** What the head of a fixture says: the versions to build it for, how to run it. */
export function fixtureSettings(source: string): MovieSettings {
  return readSettings(parseFixture(source));
}
