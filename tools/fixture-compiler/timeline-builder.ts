// SPDX-License-Identifier: AGPL-3.0-or-later
import type { MovieBuilder } from "./movie-builder.ts";
import type { CodeChunk, PragmaWords } from "./pragmas.ts";
import type { TagWriter } from "./swf-writer.ts";
import {
  CLIP_EVENTS,
  type ClipEventRecord,
  frameLabel,
  type Placement,
  type PlaceOptions,
  placeObject,
  removeObject,
} from "./tags.ts";

type TimelinePragma = (timeline: TimelineBuilder, words: PragmaWords) => void;

/** Writes the control tags of one timeline, the main one or a sprite's, frame by frame. */
export class TimelineBuilder {
  private frame = 1;
  /** A placement that may still get clip events. */
  private pending: (PlaceOptions & { clipEvents: ClipEventRecord[] }) | null = null;

  constructor(
    readonly movie: MovieBuilder,
    readonly tags: TagWriter,
  ) {}

  /** A chunk of code becomes a DoAction of the current frame. */
  code(chunk: CodeChunk): void {
    this.flush();
    this.tags.doAction(this.movie.compile(chunk));
  }

  pragma(words: PragmaWords): void {
    const { name } = words.pragma;
    if (!Object.hasOwn(TIMELINE_PRAGMAS, name)) words.fail("there is no such pragma here");
    if (name !== "clipevent") this.flush();
    TIMELINE_PRAGMAS[name](this, words);
    words.end();
  }

  /** Moves on to a frame, which cannot lie in the past. */
  goTo(frame: number, words: PragmaWords): void {
    if (!Number.isInteger(frame) || frame < this.frame) words.fail(`frame ${frame} cannot follow frame ${this.frame}`);
    while (this.frame < frame) this.showFrame();
  }

  place(options: PlaceOptions): void {
    this.pending = { ...options, clipEvents: [] };
  }

  clipEvent(words: PragmaWords): void {
    const { pending } = this;
    if (pending === null) words.fail("must follow a @place");
    let events = 0;
    let keyCode: number | undefined;
    for (const name of words.word("event").split(",")) {
      if (!Object.hasOwn(CLIP_EVENTS, name)) words.fail(`there is no clip event "${name}"`);
      events |= CLIP_EVENTS[name];
      if (name === "keyPress") keyCode = words.number("key code");
    }
    pending?.clipEvents.push({ events, keyCode, actions: this.movie.actionBlock(words.pragma) });
  }

  /** Writes the placement that was waiting for clip events. */
  flush(): void {
    if (this.pending !== null) placeObject(this.tags, this.pending);
    this.pending = null;
  }

  /** Ends the current frame and adds empty ones up to `frames`. */
  finish(frames: number): void {
    do this.showFrame();
    while (this.frame <= frames);
  }

  private showFrame(): void {
    this.flush();
    this.tags.showFrame();
    this.frame++;
  }
}

const TIMELINE_PRAGMAS: Readonly<Record<string, TimelinePragma>> = {
  frame: (timeline, words) => {
    timeline.goTo(words.number("frame"), words);
    if (words.more) frameLabel(timeline.tags, words.word("label"));
  },
  label: (timeline, words) => frameLabel(timeline.tags, words.word("label")),
  place: (timeline, words) => timeline.place({ character: timeline.movie.character(words), ...placement(words) }),
  replace: (timeline, words) => timeline.place({ character: timeline.movie.character(words), ...placement(words), move: true }),
  move: (timeline, words) => timeline.place({ ...placement(words), move: true }),
  clipevent: (timeline, words) => timeline.clipEvent(words),
  remove: (timeline, words) => {
    words.choice("depth", ["depth"]);
    removeObject(timeline.tags, words.number("depth"));
  },
  /** Any tag, as hexadecimal bytes. */
  tag: (timeline, words) => {
    const code = words.number("tag code");
    const body: number[] = [];
    while (words.more) {
      const word = words.word("bytes");
      if (!/^(?:[0-9a-f]{2})+$/i.test(word)) words.fail(`"${word}" is not hexadecimal`);
      body.push(...word.match(/../g)!.map((pair) => Number.parseInt(pair, 16)));
    }
    timeline.tags.tag(code, body);
  },
};

/** `depth D [as NAME] [at X Y] [matrix A B C D] [ratio N] [clip DEPTH]` */
function placement(words: PragmaWords): PlaceOptions {
  const options: PlaceOptions = { depth: 0 };
  const matrix: Placement = {};
  while (words.more) {
    switch (words.choice("setting", ["depth", "as", "at", "matrix", "ratio", "clip"])) {
      case "depth":
        options.depth = words.number("depth");
        break;
      case "as":
        options.name = words.word("instance name");
        break;
      case "at":
        matrix.x = words.number("x");
        matrix.y = words.number("y");
        break;
      case "matrix":
        matrix.a = words.number("a");
        matrix.b = words.number("b");
        matrix.c = words.number("c");
        matrix.d = words.number("d");
        break;
      case "ratio":
        options.ratio = words.number("ratio");
        break;
      case "clip":
        options.clipDepth = words.number("depth");
        break;
    }
  }
  if (options.depth === 0) words.fail("depth is missing");
  if (Object.keys(matrix).length > 0) options.placement = matrix;
  return options;
}
