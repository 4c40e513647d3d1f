// SPDX-License-Identifier: AGPL-3.0-or-later
import { basename } from "node:path";
import { ExitCode } from "./exit-code.ts";
import { readMovieFile } from "./movie-source.ts";
import type { InspectOptions } from "./option-table.ts";
import type { CommandContext } from "./program.ts";

/** `reswf inspect MOVIE.swf [--actions]`. */
export async function inspect(context: CommandContext, path: string, options: InspectOptions): Promise<ExitCode> {
  const text = context.engine.inspectMovie(readMovieFile(path), { name: basename(path), actions: options.actions === true });
  context.terminal.out(text.endsWith("\n") ? text : `${text}\n`);
  return ExitCode.Done;
}
