// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { CompiledMovie } from "../../runtime/movie/compiled-movie.ts";
import type { Engine, OptimisationLevel } from "../engine.ts";
import { CommandError, ExitCode } from "./exit-code.ts";

/** Reads a movie's file. @throws CommandError with exit code 3 when there is none or it can't be read */
export function readMovieFile(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new CommandError(ExitCode.UnreadableMovie, `${path}: ${systemMessage(error)}`);
  }
}

/**
 * The movie at a path: a SWF, which is recompiled, or a folder that `build` wrote.
 * @param cache folder that keeps what has been recompiled before
 * @returns the movie, and the folder that it may load files from unless told otherwise
 */
export async function loadMovieFrom(
  path: string,
  engine: Engine,
  optimise: OptimisationLevel,
  cache?: string,
): Promise<{ movie: CompiledMovie; directory: string }> {
  if (isDirectory(path)) return { movie: await engine.loadBuiltMovie(path), directory: resolve(path) };
  const bytes = readMovieFile(path);
  const options = { name: basename(path), optimise };
  const movie = cache === undefined ? engine.compileMovie(bytes, options) : engine.compileCached(bytes, options, cache);
  return { movie, directory: dirname(resolve(path)) };
}

/** Recompiles the SWF at a path so that its code tells at every action where it is. */
export function compileWithPositions(path: string, engine: Engine, optimise: OptimisationLevel): CompiledMovie {
  return engine.compileMovie(readMovieFile(path), { name: basename(path), optimise, positions: true });
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const SYSTEM_MESSAGES: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "permission denied",
  EISDIR: "is a folder",
  ENOTDIR: "a part of the path is not a folder",
};

/** A file system error in words, without the path. */
export function systemMessage(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return SYSTEM_MESSAGES[code] ?? (error instanceof Error ? error.message : String(error));
}
