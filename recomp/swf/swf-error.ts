// SPDX-License-Identifier: AGPL-3.0-or-later

/** The input is not a movie that could be read at all. Damage that leaves something to play is a warning instead. */
export class SwfError extends Error {
  /** Name of the movie as the caller gave it, usually its path. */
  readonly movie: string;
  /** Byte offset of the problem in the file as given, that is before unpacking. */
  readonly offset: number;
  /** What was wrong, without movie name and offset. */
  readonly problem: string;

  constructor(movie: string, offset: number, problem: string) {
    super(`${movie}: byte ${offset}: ${problem}`);
    this.name = "SwfError";
    this.movie = movie;
    this.offset = offset;
    this.problem = problem;
  }
}
