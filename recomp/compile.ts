// SPDX-License-Identifier: AGPL-3.0-or-later
import type { MovieDescription } from "../runtime/movie/description.ts";
import { emitModule, type OptimisationLevel } from "./emit/module.ts";
import { mapText, withoutMarks } from "./emit/source-map.ts";
import { asJavaScript, asTypeScript } from "./emit/text.ts";
import { readMovie } from "./swf/movie-builder.ts";

export type { OptimisationLevel } from "./emit/module.ts";

/** Options of the recompiler. */
export interface CompileOptions {
  /** Name of the movie in messages. */
  name: string;
  optimise: OptimisationLevel;
  /** The code tells at every action where it is: for reports that name places. Only for running at once. */
  positions?: boolean;
}

/** A movie's description and its code as the text of a JavaScript module body that returns the factory. */
export interface Recompiled {
  description: MovieDescription;
  /** TypeScript of the module. */
  typescript: string;
  /** The same program without types. */
  javascript: string;
  /** Source map from the JavaScript, `actions.js`, to the listing of the bytecode, `actions.bytecode`. */
  sourceMap: string;
  /** The bytecode, an action a line. */
  listing: string;
}

/** Names by which source maps know the module and the listing. */
export const JAVASCRIPT_FILE = "actions.js";
export const LISTING_FILE = "actions.bytecode";

/**
 * Recompiles a SWF. Damage is stepped over where it can be (see `description.warnings`).
 * @throws SwfError when the bytes are no readable SWF
 */
export function recompile(bytes: Uint8Array, options: CompileOptions): Recompiled {
  const { description, blocks } = readMovie(bytes, options.name);
  const printed = emitModule(blocks, { optimise: options.optimise, mapped: true });
  const { text, map, listing } = mapText(asJavaScript(printed), blocks, JAVASCRIPT_FILE, LISTING_FILE);
  return {
    description,
    typescript: asTypeScript(withoutMarks(printed)),
    javascript: text,
    sourceMap: map,
    listing,
  };
}

/** Like `recompile`, for running at once: the JavaScript only, with a source map where that is asked for. */
export function recompileToJavaScript(
  bytes: Uint8Array,
  options: CompileOptions & { mapped?: boolean },
): { description: MovieDescription; javascript: string; sourceMap: string | null } {
  const { description, blocks } = readMovie(bytes, options.name);
  const { optimise, positions, mapped } = options;
  const javascript = asJavaScript(emitModule(blocks, { optimise, positions, mapped }));
  if (mapped !== true) return { description, javascript, sourceMap: null };
  const { text, map } = mapText(javascript, blocks, JAVASCRIPT_FILE, LISTING_FILE);
  return { description, javascript: text, sourceMap: map };
}
