// SPDX-License-Identifier: AGPL-3.0-or-later
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { OptimisationLevel } from "../engine.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { readMovieFile, systemMessage } from "./movie-source.ts";
import type { BuildOptions } from "./option-table.ts";
import type { CommandContext } from "./program.ts";

/** `reswf build MOVIE.swf -o DIR`. */
export async function build(context: CommandContext, path: string, options: BuildOptions): Promise<ExitCode> {
  if (options.output === undefined) throw new CommandError(ExitCode.Usage, "build needs an output folder: -o DIR");
  const bytes = readMovieFile(path);
  const optimise = Number(options.O) as OptimisationLevel;
  const files = context.engine.buildMovie(bytes, { name: basename(path), optimise });
  const folder = resolve(options.output);
  for (const file of files) {
    const target = resolve(folder, file.path);
    if (!target.startsWith(folder + sep)) throw new Error(`emitted file ${file.path} lies outside the output folder`);
    try {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, file.contents);
    } catch (error) {
      throw new CommandError(ExitCode.Usage, `${join(options.output, file.path)}: ${systemMessage(error)}`);
    }
  }
  context.terminal.err(`reswf: wrote ${files.length} files to ${options.output}\n`);
  return ExitCode.Done;
}
