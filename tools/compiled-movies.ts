// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type OptimisationLevel, recompile, recompileToJavaScript } from "../recomp/index.ts";
import type { ActionModule, CompiledMovie } from "../runtime/movie/compiled-movie.ts";
import type { MovieDescription } from "../runtime/movie/description.ts";
import type { EmittedFile } from "./engine.ts";

/** Files of a built movie. */
const DESCRIPTION_FILE = "movie.json";
const TYPESCRIPT_FILE = "actions.ts";
const JAVASCRIPT_FILE = "actions.js";

const EXPORT = "export default function module(";

/**
 * Evaluates the JavaScript of an emitted module. The text comes from the recompiler, whose escaping keeps a movie from
 * injecting code, and sees no more than the ABI object it is called with.
 */
export function evaluateModule(javascript: string, name: string): ActionModule {
  if (!javascript.includes(EXPORT)) throw new Error(`${name}: not a module that reswf emitted`);
  const body = javascript.replace(EXPORT, "return function module(");
  return new Function(`"use strict";\n${body}\n//# sourceURL=reswf:///${encodeURIComponent(name)}/actions.js`)() as ActionModule;
}

/** Recompiles a movie and loads it in this process. @throws SwfError when the bytes are no readable SWF */
export function compileMovie(
  bytes: Uint8Array,
  options: { name: string; optimise: OptimisationLevel; positions?: boolean },
): CompiledMovie {
  const { description, javascript } = recompileToJavaScript(bytes, options);
  return { description, module: evaluateModule(javascript, options.name) };
}

/** What `reswf build` writes. @throws SwfError when the bytes are no readable SWF */
export function buildMovie(bytes: Uint8Array, options: { name: string; optimise: OptimisationLevel }): EmittedFile[] {
  const { description, typescript, javascript } = recompile(bytes, options);
  return [
    { path: DESCRIPTION_FILE, contents: `${JSON.stringify(description)}\n` },
    { path: TYPESCRIPT_FILE, contents: typescript },
    { path: JAVASCRIPT_FILE, contents: javascript },
    { path: "tsconfig.json", contents: `${JSON.stringify(BUILT_TSCONFIG, null, 2)}\n` },
  ];
}

const BUILT_TSCONFIG = {
  compilerOptions: { strict: true, noEmit: true, target: "ES2022", module: "NodeNext", moduleResolution: "NodeNext", types: [] },
  include: [TYPESCRIPT_FILE],
};

/** Loads a folder that `buildMovie` wrote. @throws Error when a file is missing or not what was written */
export async function loadBuiltMovie(folder: string): Promise<CompiledMovie> {
  const [description, javascript] = await Promise.all(
    [DESCRIPTION_FILE, JAVASCRIPT_FILE].map((file) =>
      readFile(join(folder, file), "utf8").catch((cause) => {
        throw new Error(`${folder} is not a built movie: ${file} can't be read`, { cause });
      }),
    ),
  );
  const parsed = JSON.parse(description) as MovieDescription;
  if (parsed.format !== 1)
    throw new Error(`${folder}: ${DESCRIPTION_FILE} has format ${parsed.format}, this reswf reads format 1`);
  return { description: parsed, module: evaluateModule(javascript, folder) };
}
