// SPDX-License-Identifier: AGPL-3.0-or-later
import { compileActions } from "./codegen.ts";
import { DEFINITIONS, type DefinitionPragma } from "./definitions.ts";
import { FixtureError } from "./fixture-error.ts";
import { isSetting, type MovieSettings } from "./movie-settings.ts";
import { type CodeChunk, type FixturePart, type Pragma, PragmaWords } from "./pragmas.ts";
import { SwfWriter, type TagWriter } from "./swf-writer.ts";
import { backgroundColor, exportAsset, fileAttributes, scriptLimits } from "./tags.ts";
import { TimelineBuilder } from "./timeline-builder.ts";

/** Builds one SWF from the parts of a fixture. */
export class MovieBuilder {
  private readonly characters = new Map<string, number>();
  private readonly writer: SwfWriter;
  private parts: readonly FixturePart[] = [];
  private position = 0;

  constructor(
    readonly settings: MovieSettings,
    readonly version: number,
  ) {
    const { frameRate, width, height, declaredFrames, compression } = settings;
    this.writer = new SwfWriter({ version, frameRate, width, height, declaredFrames, compression });
  }

  /** The main timeline's tags, where definitions go. */
  get tags(): TagWriter {
    return this.writer;
  }

  build(parts: readonly FixturePart[]): Uint8Array {
    this.parts = parts;
    const { settings } = this;
    if (this.version >= 8 || settings.actionScript3) fileAttributes(this.writer, settings.actionScript3);
    if (settings.limits) scriptLimits(this.writer, settings.limits.recursion, settings.limits.seconds);
    if (settings.background !== undefined) backgroundColor(this.writer, settings.background);
    const timeline = new TimelineBuilder(this, this.writer);
    for (let part = this.next(); part !== null; part = this.next()) {
      if (part.kind === "code") timeline.code(part);
      else if (!isSetting(part)) this.mainPragma(timeline, part);
    }
    timeline.finish(settings.frames);
    return this.writer.finish();
  }

  private mainPragma(timeline: TimelineBuilder, pragma: Pragma): void {
    const define: DefinitionPragma | undefined = Object.hasOwn(DEFINITIONS, pragma.name) ? DEFINITIONS[pragma.name] : undefined;
    const words = new PragmaWords(pragma);
    if (define !== undefined) {
      timeline.flush();
      define(this, words);
      words.end();
    } else timeline.pragma(words);
  }

  /** The next part of the fixture, null at its end. */
  next(): FixturePart | null {
    return this.parts[this.position++] ?? null;
  }

  /** Parts up to the `@end` that closes `opener`, one at a time. */
  *block(opener: Pragma): Generator<FixturePart> {
    for (let part = this.next(); part !== null; part = this.next()) {
      if (part.kind === "pragma" && part.name === "end") return;
      yield part;
    }
    throw new FixtureError(`@${opener.name} has no @end`, opener.line);
  }

  /** Code up to `@end` as one action block. */
  actionBlock(opener: Pragma): Uint8Array {
    let chunk: CodeChunk | null = null;
    for (const part of this.block(opener)) {
      if (part.kind === "pragma" || chunk !== null) throw new FixtureError(`only code can stand in @${opener.name}`, part.line);
      chunk = part;
    }
    return this.compile(chunk ?? { kind: "code", source: "", line: opener.line });
  }

  compile(chunk: CodeChunk): Uint8Array {
    const { pool, functionForm } = this.settings;
    return compileActions(chunk.source, { version: this.version, pool, functionForm, firstLine: chunk.line });
  }

  /** Gives the next character id to a name. */
  define(words: PragmaWords): number {
    const name = words.word("name");
    if (this.characters.has(name)) words.fail(`"${name}" is defined twice`);
    const id = this.characters.size + 1;
    this.characters.set(name, id);
    return id;
  }

  /** Id of a character by name; a number stands for itself, defined or not. */
  character(words: PragmaWords): number {
    const name = words.word("name");
    if (/^\d+$/.test(name)) return Number(name);
    return this.characters.get(name) ?? words.fail(`there is no character "${name}"`);
  }

  export(id: number, name: string): void {
    exportAsset(this.writer, id, name);
  }
}
