// SPDX-License-Identifier: AGPL-3.0-or-later

/** A fixture source that cannot be compiled; `line` counts from 1 in the fixture file, 0 where unknown. */
export class FixtureError extends Error {
  override name = "FixtureError";

  constructor(
    message: string,
    readonly line = 0,
  ) {
    super(line > 0 ? `line ${line}: ${message}` : message);
  }
}
