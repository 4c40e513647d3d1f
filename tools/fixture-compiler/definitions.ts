// SPDX-License-Identifier: AGPL-3.0-or-later
import type { MovieBuilder } from "./movie-builder.ts";
import { PragmaWords } from "./pragmas.ts";
import { TagWriter } from "./swf-writer.ts";
import {
  BUTTON_CONDITIONS,
  type ButtonAction,
  defineButton,
  defineEditText,
  defineRectangle,
  defineSprite,
  doInitAction,
  type EditTextOptions,
} from "./tags.ts";
import { TimelineBuilder } from "./timeline-builder.ts";

/** A pragma of the main timeline that defines a character or says something about one. */
export type DefinitionPragma = (movie: MovieBuilder, words: PragmaWords) => void;

const KEY_CONDITION_SHIFT = 9;

export const DEFINITIONS: Readonly<Record<string, DefinitionPragma>> = {
  /** `@sprite NAME [frames N] [declare N]` … `@end`; an `@export [LINKAGE]` inside exports it. */
  sprite: (movie, words) => {
    const name = words.pragma.words[0];
    const id = movie.define(words);
    let frames = 1;
    let declared: number | undefined;
    while (words.more) {
      if (words.choice("setting", ["frames", "declare"]) === "frames") frames = words.number("frame count");
      else declared = words.number("frame count");
    }
    const tags = new TagWriter(movie.version);
    const timeline = new TimelineBuilder(movie, tags);
    let linkage: string | null = null;
    for (const part of movie.block(words.pragma)) {
      if (part.kind === "code") timeline.code(part);
      else if (part.name === "export") linkage = part.words[0] ?? name;
      else timeline.pragma(new PragmaWords(part));
    }
    timeline.finish(frames);
    defineSprite(movie.tags, id, tags, declared);
    if (linkage !== null) movie.export(id, linkage);
  },
  /** `@export NAME [LINKAGE]` */
  export: (movie, words) => {
    const name = words.pragma.words[0];
    const id = movie.character(words);
    movie.export(id, words.more ? words.word("linkage name") : name);
  },
  /** `@init NAME` code `@end` */
  init: (movie, words) => {
    doInitAction(movie.tags, movie.character(words), movie.actionBlock(words.pragma));
  },
  /** `@shape NAME WIDTHxHEIGHT [#rrggbb]` */
  shape: (movie, words) => {
    const id = movie.define(words);
    const { width, height } = words.size();
    defineRectangle(movie.tags, id, width, height, words.more ? words.color() : 0);
  },
  /** `@button NAME CHARACTER`, then any number of `@on EVENT[,EVENT…] [KEY]` code `@end`, then `@end`. */
  button: (movie, words) => {
    const id = movie.define(words);
    const character = movie.character(words);
    const actions: ButtonAction[] = [];
    for (const part of movie.block(words.pragma)) {
      if (part.kind !== "pragma" || part.name !== "on") return words.fail("only @on can stand in a button");
      const event = new PragmaWords(part);
      const conditions = buttonConditions(event);
      event.end();
      actions.push({ conditions, actions: movie.actionBlock(part) });
    }
    defineButton(movie.tags, id, character, actions);
  },
  /** `@edittext NAME WIDTHxHEIGHT [variable NAME] [text TEXT] [html] [input] [multiline]` */
  edittext: (movie, words) => {
    const id = movie.define(words);
    const options: EditTextOptions = words.size();
    while (words.more) {
      const setting = words.choice("setting", ["variable", "text", "html", "input", "multiline"]);
      if (setting === "variable" || setting === "text") options[setting] = words.word(setting);
      else options[setting] = true;
    }
    defineEditText(movie.tags, id, options);
  },
};

function buttonConditions(words: PragmaWords): number {
  let conditions = 0;
  for (const name of words.word("event").split(",")) {
    if (!Object.hasOwn(BUTTON_CONDITIONS, name)) words.fail(`there is no button event "${name}"`);
    conditions |= BUTTON_CONDITIONS[name];
    if (name === "keyPress") conditions |= words.number("key code") << KEY_CONDITION_SHIFT;
  }
  return conditions;
}
