// SPDX-License-Identifier: AGPL-3.0-or-later
import type { MovieDescription } from "../runtime/movie/description.ts";
import { emitModule, type OptimisationLevel } from "./emit/module.ts";
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
}

/**
 * Recompiles a SWF. Damage is stepped over where it can be (see `description.warnings`).
 * @throws SwfError when the bytes are no readable SWF
 */
export function recompile(bytes: Uint8Array, options: CompileOptions): Recompiled {
  const { description, blocks } = readMovie(bytes, options.name);
  return {
    description,
    typescript: emitModule(blocks, { optimise: options.optimise, typed: true }),
    javascript: emitModule(blocks, { optimise: options.optimise, typed: false }),
  };
}

/** Like `recompile`, for running at once: the JavaScript only. */
export function recompileToJavaScript(
  bytes: Uint8Array,
  options: CompileOptions,
): { description: MovieDescription; javascript: string } {
  const { description, blocks } = readMovie(bytes, options.name);
  const { optimise, positions } = options;
  return { description, javascript: emitModule(blocks, { optimise, positions, typed: false }) };
}
