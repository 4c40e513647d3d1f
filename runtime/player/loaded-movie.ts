// SPDX-License-Identifier: MIT
import type { ActionCode } from "../abi.ts";
import type { Character, MovieDescription } from "../movie/description.ts";

/** A movie whose code is installed in the machine. */
export interface LoadedMovie {
  description: MovieDescription;
  version: number;
  url: string;
  /** Code of the action blocks, by the ids of the description. */
  code: readonly ActionCode[];
  /** Characters under their linkage names (ExportAssets, imports). */
  exports: Map<string, { id: number; movie: LoadedMovie }>;
  /** Imported characters by the id they have here. */
  imports: Map<number, { id: number; movie: LoadedMovie }>;
  /** Movies it imports from. */
  imported: LoadedMovie[];
  /** Ids of sprites whose init actions have run. */
  initialised: Set<number>;
}

/** The definition of a character, following imports; null when the id is unknown. */
export function findCharacter(movie: LoadedMovie, id: number): { character: Character; movie: LoadedMovie; id: number } | null {
  const imported = movie.imports.get(id);
  if (imported !== undefined) return findCharacter(imported.movie, imported.id);
  const character = movie.description.characters[id];
  return character === undefined ? null : { character, movie, id };
}
