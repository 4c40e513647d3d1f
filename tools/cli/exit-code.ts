// SPDX-License-Identifier: AGPL-3.0-or-later

/** Exit codes of `reswf`; part of its interface, so a number never changes its meaning. */
export const ExitCode = {
  Done: 0,
  InternalError: 1,
  Usage: 2,
  UnreadableMovie: 3,
  OutOfMemory: 4,
  LeaksFound: 5,
  ScriptLimit: 6,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What each exit code means, for the help text and the documentation. */
export const EXIT_CODE_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [ExitCode.Done, "done"],
  [ExitCode.InternalError, "internal error"],
  [ExitCode.Usage, "wrong usage"],
  [ExitCode.UnreadableMovie, "not a readable SWF"],
  [ExitCode.OutOfMemory, "out of memory"],
  [ExitCode.LeaksFound, "leaks found"],
  [ExitCode.ScriptLimit, "a script limit was hit"],
];

/** An end of the program that the user is told about in one line, without a stack trace. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}
