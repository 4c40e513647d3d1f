// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { JAVASCRIPT_FILE, LISTING_FILE, type OptimisationLevel, recompile, recompileToJavaScript } from "../recomp/index.ts";
import type { ActionModule, CompiledMovie } from "../runtime/movie/compiled-movie.ts";
import type { MovieDescription } from "../runtime/movie/description.ts";
import type { EmittedFile } from "./engine.ts";

/** Files of a built movie. */
const DESCRIPTION_FILE = "movie.json";
const TYPESCRIPT_FILE = "actions.ts";
const SOURCE_MAP_FILE = "actions.js.map";

const EXPORT = "export default function module(";

/** Lines that stand before a module's own when it is evaluated: two of `new Function`, one of this. */
const LINES_BEFORE = 3;

/** Comments that tell V8 the module's name, and Node where its lines come from. */
function sourceComments(name: string, sourceMap: string | null): string {
  const url = `//# sourceURL=reswf:///${encodeURIComponent(name)}/${JAVASCRIPT_FILE}`;
  if (sourceMap === null) return url;
  const map = JSON.parse(sourceMap) as { mappings: string };
  map.mappings = ";".repeat(LINES_BEFORE) + map.mappings;
  return `${url}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
}

/** Whether this process resolves stack traces by source maps: `node --enable-source-maps`. */
function wantsSourceMaps(): boolean {
  return process.sourceMapsEnabled === true;
}

/**
 * Evaluates the JavaScript of an emitted module. The text comes from the recompiler, whose escaping keeps a movie from
 * injecting code, and sees no more than the ABI object it is called with.
 */
export function evaluateModule(javascript: string, name: string, sourceMap: string | null = null): ActionModule {
  if (!javascript.includes(EXPORT)) throw new Error(`${name}: not a module that reswf emitted`);
  const body = javascript.replace(EXPORT, "return function module(");
  return new Function(`"use strict";\n${body}\n${sourceComments(name, sourceMap)}`)() as ActionModule;
}

/** Recompiles a movie and loads it in this process. @throws SwfError when the bytes are no readable SWF */
export function compileMovie(
  bytes: Uint8Array,
  options: { name: string; optimise: OptimisationLevel; positions?: boolean },
): CompiledMovie {
  const { description, javascript, sourceMap } = recompileToJavaScript(bytes, { ...options, mapped: wantsSourceMaps() });
  return { description, module: evaluateModule(javascript, options.name, sourceMap) };
}

/** What `reswf build` writes. @throws SwfError when the bytes are no readable SWF */
export function buildMovie(bytes: Uint8Array, options: { name: string; optimise: OptimisationLevel }): EmittedFile[] {
  const { description, typescript, javascript, sourceMap, listing } = recompile(bytes, options);
  return [
    { path: DESCRIPTION_FILE, contents: `${JSON.stringify(description)}\n` },
    { path: TYPESCRIPT_FILE, contents: typescript },
    { path: JAVASCRIPT_FILE, contents: `${javascript}//# sourceMappingURL=${SOURCE_MAP_FILE}\n` },
    { path: SOURCE_MAP_FILE, contents: sourceMap },
    { path: LISTING_FILE, contents: listing },
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
  const sourceMap = wantsSourceMaps() ? await readFile(join(folder, SOURCE_MAP_FILE), "utf8").catch(() => null) : null;
  return { description: parsed, module: evaluateModule(javascript, folder, sourceMap) };
}
