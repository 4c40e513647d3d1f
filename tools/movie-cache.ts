// SPDX-License-Identifier: AGPL-3.0-or-later
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type OptimisationLevel, recompileToJavaScript } from "../recomp/index.ts";
import type { CompiledMovie } from "../runtime/movie/compiled-movie.ts";
import type { MovieDescription } from "../runtime/movie/description.ts";
import { evaluateModule } from "./compiled-movies.ts";

/**
 * Recompiled movies in a folder, by content: file name is a hash over the movie's bytes, the level, and this program's own
 * file, so that nothing stale is ever loaded. A file that can't be read or is damaged is written anew; a folder
 * that can't be written is no error.
 * @param folder made when it is missing
 * @throws SwfError when the bytes are no readable SWF
 */
export function compileCached(
  bytes: Uint8Array,
  options: { name: string; optimise: OptimisationLevel },
  folder: string,
): CompiledMovie {
  const file = join(folder, `${keyOf(bytes, options.optimise)}.json`);
  const known = readEntry(file);
  const entry = known ?? recompileToJavaScript(bytes, options);
  if (known === null) writeEntry(folder, file, entry);
  return { description: entry.description, module: evaluateModule(entry.javascript, options.name) };
}

interface Entry {
  description: MovieDescription;
  javascript: string;
}

function keyOf(bytes: Uint8Array, optimise: OptimisationLevel): string {
  const self = statSync(fileURLToPath(import.meta.url));
  return createHash("sha256").update(bytes).update(`${optimise} ${self.size} ${self.mtimeMs}`).digest("hex");
}

function readEntry(file: string): Entry | null {
  try {
    const entry = JSON.parse(readFileSync(file, "utf8")) as Entry;
    return entry.description.format === 1 && typeof entry.javascript === "string" ? entry : null;
  } catch {
    return null;
  }
}

/** Under another name first: a run beside this one must not read half a file. */
function writeEntry(folder: string, file: string, entry: Entry): void {
  try {
    mkdirSync(folder, { recursive: true });
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(entry));
    renameSync(temporary, file);
  } catch {
    // The movie runs all the same.
  }
}
