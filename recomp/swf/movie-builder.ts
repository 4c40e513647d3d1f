// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Character, MovieDescription } from "../../runtime/movie/description.ts";
import { type ActionBlock, ActionBlockList } from "./action-block.ts";
import { readButton } from "./buttons.ts";
import { ByteReader, TruncatedDataError } from "./byte-reader.ts";
import { openSwf, type SwfFile } from "./container.ts";
import { emptyFont, readEditText, readFont, readFontInfo } from "./fonts.ts";
import { readBitmap, readSound, readVideo } from "./media.ts";
import { readMorphShape, readShape, readStaticText } from "./shapes.ts";
import { TAG } from "./tag-codes.ts";
import { describeTag, type TagRecord, walkTags } from "./tags.ts";
import { TimelineBuilder } from "./timeline.ts";

/** A movie as the recompiler and the player need it. */
export interface Movie {
  description: MovieDescription;
  /** The scripts; `code` in the description is an index into this list. */
  blocks: ActionBlock[];
}

/**
 * Reads a movie. Damage is stepped over where something remains to be played; each time a line is added to
 * `description.warnings`.
 *
 * @param name stands in front of error messages, usually the path of the file
 * @throws SwfError when `bytes` is no SWF or ends inside the header
 */
export function readMovie(bytes: Uint8Array, name: string): Movie {
  return buildMovie(openSwf(bytes, name));
}

/** Reads the tags of an unpacked movie. */
export function buildMovie(file: SwfFile): Movie {
  return new MovieBuilder(file).build();
}

type CharacterReader = (builder: MovieBuilder, tag: TagRecord) => Character;

class MovieBuilder {
  readonly file: SwfFile;
  readonly blocks: ActionBlockList;
  readonly description: MovieDescription;
  readonly warn = (text: string): void => void this.description.warnings.push(text);

  constructor(file: SwfFile) {
    this.file = file;
    this.blocks = new ActionBlockList(file.bytes, file.swfVersion);
    this.description = {
      format: 1,
      swfVersion: file.swfVersion,
      frameRate: file.frameRate,
      stage: file.stage,
      uncompressedBytes: file.bytes.length,
      usesActionScript3: false,
      backgroundColor: null,
      scriptLimits: null,
      timeline: { declaredFrames: file.declaredFrames, frames: [], labels: [], scenes: [] },
      characters: {},
      warnings: [...file.warnings],
    };
  }

  build(): Movie {
    const { bytes, tagsStart, declaredFrames } = this.file;
    const timeline = this.timelineBuilder(declaredFrames, null);
    for (const tag of walkTags(bytes, tagsStart, bytes.length, this.warn)) {
      this.guarded(tag, () => {
        const isSetting = this.applySetting(tag);
        if (!timeline.accept(tag) && !isSetting) {
          this.define(tag, timeline);
        }
      });
    }
    this.description.timeline = timeline.finish();
    return { description: this.description, blocks: this.blocks.blocks };
  }

  /** DefineSprite: a timeline of its own, of control tags only. */
  readSprite(tag: TagRecord): Character {
    const reader = this.reader(tag);
    const spriteId = reader.u16();
    const timeline = this.timelineBuilder(reader.u16(), spriteId);
    for (const inner of walkTags(this.file.bytes, reader.offset, tag.bodyEnd, this.warn)) {
      this.guarded(inner, () => {
        if (timeline.accept(inner)) {
          return;
        }
        if (inner.code === TAG.DefineSprite) {
          // Would let a hostile file nest without end; no authoring tool writes it.
          this.warn(`byte ${inner.offset}: DefineSprite inside DefineSprite is ignored`);
        } else {
          this.define(inner, timeline);
        }
      });
    }
    return { type: "sprite", timeline: timeline.finish() };
  }

  reader(tag: TagRecord): ByteReader {
    return new ByteReader(this.file.bytes, tag.bodyStart, tag.bodyEnd);
  }

  private timelineBuilder(declaredFrames: number, spriteId: number | null): TimelineBuilder {
    const { bytes, swfVersion } = this.file;
    return new TimelineBuilder({ bytes, swfVersion, blocks: this.blocks, warn: this.warn }, declaredFrames, spriteId);
  }

  /** Keeps a damaged tag from costing the others. */
  private guarded(tag: TagRecord, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof TruncatedDataError || error instanceof RangeError)) {
        throw error;
      }
      this.warn(`byte ${tag.offset}: ${describeTag(tag.code)} is ignored: ${error.message}`);
    }
  }

  /** Tags that say something of the movie as a whole; true when `tag` is nothing else. */
  private applySetting(tag: TagRecord): boolean {
    const reader = this.reader(tag);
    switch (tag.code) {
      case TAG.FileAttributes:
        this.description.usesActionScript3 = (reader.u8() & 0x08) !== 0;
        return true;
      case TAG.ScriptLimits:
        this.description.scriptLimits = { maxRecursion: reader.u16(), timeoutSeconds: reader.u16() };
        return true;
      case TAG.SetBackgroundColor:
        // The first one is the stage's colour from the start; it stays a control tag too.
        this.description.backgroundColor ??= (reader.u8() << 16) | (reader.u8() << 8) | reader.u8();
        return false;
      case TAG.DefineFontInfo:
      case TAG.DefineFontInfo2: {
        const font = this.description.characters[reader.u16()];
        if (font?.type === "font") {
          readFontInfo(reader, tag, this.file.swfVersion, font);
        }
        return true;
      }
      default:
        return false;
    }
  }

  private define(tag: TagRecord, timeline: TimelineBuilder): void {
    const read = CHARACTER_TAGS[tag.code];
    if (read === undefined) {
      return;
    }
    const id = this.reader(tag).u16();
    const { characters } = this.description;
    if (characters[id] !== undefined) {
      this.warn(`byte ${tag.offset}: ${describeTag(tag.code)}: character ${id} is defined already; the first definition stands`);
      return;
    }
    characters[id] = read(this, tag);
    timeline.push({ type: "define", characterId: id });
  }
}

const shape: CharacterReader = ({ file, warn }, tag) => readShape(file.bytes, tag, file.swfVersion, warn);
const morph: CharacterReader = ({ file }, tag) => readMorphShape(file.bytes, tag);
const text: CharacterReader = ({ file, warn }, tag) => readStaticText(file.bytes, tag, file.swfVersion, warn);
const button: CharacterReader = ({ file, blocks, warn }, tag) => readButton(file.bytes, tag, blocks, warn);
const bitmap: CharacterReader = ({ file }, tag) => readBitmap(file.bytes, tag);
const font: CharacterReader = ({ file }, tag) => readFont(file.bytes, tag, file.swfVersion);

/** Readers of definition tags by tag code. */
const CHARACTER_TAGS: { [code: number]: CharacterReader } = {
  [TAG.DefineShape]: shape,
  [TAG.DefineShape2]: shape,
  [TAG.DefineShape3]: shape,
  [TAG.DefineShape4]: shape,
  [TAG.DefineMorphShape]: morph,
  [TAG.DefineMorphShape2]: morph,
  [TAG.DefineSprite]: (builder, tag) => builder.readSprite(tag),
  [TAG.DefineButton]: button,
  [TAG.DefineButton2]: button,
  [TAG.DefineEditText]: ({ file }, tag) => readEditText(file.bytes, tag, file.swfVersion),
  [TAG.DefineText]: text,
  [TAG.DefineText2]: text,
  [TAG.DefineFont]: () => emptyFont(),
  [TAG.DefineFont2]: font,
  [TAG.DefineFont3]: font,
  [TAG.DefineFont4]: (_, tag) => ({ type: "unknown", tagCode: tag.code }),
  [TAG.DefineBits]: bitmap,
  [TAG.DefineBitsJPEG2]: bitmap,
  [TAG.DefineBitsJPEG3]: bitmap,
  [TAG.DefineBitsJPEG4]: bitmap,
  [TAG.DefineBitsLossless]: bitmap,
  [TAG.DefineBitsLossless2]: bitmap,
  [TAG.DefineSound]: ({ file }, tag) => readSound(file.bytes, tag),
  [TAG.DefineVideoStream]: ({ file }, tag) => readVideo(file.bytes, tag),
  [TAG.DefineBinaryData]: () => ({ type: "binary" }),
};
