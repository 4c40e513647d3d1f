// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { readMovie } from "../../../recomp/index.ts";
import { compileFixture, SwfWriter, TAG_CODES } from "../../../tools/fixture-compiler/index.ts";
import { checkActions } from "./structure.ts";

/** Compiles a fixture and reads it back with the recompiler's own reader, which has to find nothing to complain about. */
function read(source: string, version?: number) {
  const movie = readMovie(compileFixture(source, { version }), "fixture");
  expect(movie.description.warnings).toEqual([]);
  for (const block of movie.blocks) checkActions(block.bytes);
  return movie;
}

describe("pragmas", () => {
  it("set the header", () => {
    const { description } = read(`// @swf 8 @fps 24.5 @size 320x240 @frames 4 @background #102030 @limits 100 20
// @declare 9`);
    expect(description).toMatchObject({
      swfVersion: 8,
      frameRate: 24.5,
      stage: { xMin: 0, xMax: 6400, yMin: 0, yMax: 4800 },
      backgroundColor: 0x102030,
      scriptLimits: { maxRecursion: 100, timeoutSeconds: 20 },
    });
    expect(description.timeline.declaredFrames).toBe(9);
    expect(description.timeline.frames).toHaveLength(4);
  });

  it.each(["none", "zlib", "lzma"])("write a movie packed with %s", (compression) => {
    const text = "some text that repeats, some text that repeats ".repeat(40);
    const { blocks } = read(`// @compress ${compression}\ntrace("${text}");`);
    expect(Buffer.from(blocks[0].bytes).toString("latin1")).toContain(text);
  });

  it("place, move, replace and remove characters", () => {
    const { description } = read(`
// @shape box 10x20 #ff0000
// @sprite clip frames 3 @export Clip
// @place box depth 1
// @end
// @place clip depth 5 as one at 10.5 -20 ratio 3
// @frame 2 second
// @move depth 5 matrix 2 0.5 -0.5 2 at 1 2
// @replace box depth 5
// @place box depth 6 clip 9
// @frame 3
// @remove depth 5`);
    const tags = description.timeline.frames.map((frame) => frame.tags);
    expect(description.characters[1]).toMatchObject({ type: "shape", bounds: { xMin: 0, xMax: 200, yMin: 0, yMax: 400 } });
    expect(description.characters[2]).toMatchObject({ type: "sprite", timeline: { declaredFrames: 3 } });
    expect(tags[0]).toContainEqual({ type: "export", assets: [{ id: 2, name: "Clip" }] });
    const places = tags.flat().flatMap((tag) => (tag.type === "place" ? [tag.place] : []));
    expect(places[0]).toMatchObject({ depth: 5, move: false, characterId: 2, name: "one", ratio: 3 });
    expect(places[0].matrix).toEqual({ a: 1, b: 0, c: 0, d: 1, tx: 210, ty: -400 });
    expect(places[1]).toMatchObject({ move: true, characterId: null, matrix: { a: 2, b: 0.5, c: -0.5, d: 2, tx: 20, ty: 40 } });
    expect(places[2]).toMatchObject({ move: true, characterId: 1 });
    expect(places[3]).toMatchObject({ depth: 6, clipDepth: 9 });
    expect(tags[2]).toContainEqual({ type: "remove", depth: 5, characterId: null });
    expect(description.timeline.labels).toEqual([{ name: "second", frame: 2 }]);
  });

  it.each([5, 6, 7])("attach clip events in SWF %i", (version) => {
    const { description, blocks } = read(
      `
// @sprite clip
// @end
// @place clip depth 1 as c
// @clipevent load,enterFrame
trace("both");
// @end
// @clipevent unload
trace("gone");
// @end`,
      version,
    );
    const [place] = description.timeline.frames[0].tags.flatMap((tag) => (tag.type === "place" ? [tag.place] : []));
    expect(place.clipEvents.map((event) => event.events)).toEqual([3, 4]);
    expect(place.clipEvents.map((event) => blocks[event.code].kind)).toEqual(["clipEvent", "clipEvent"]);
  });

  it("attach key clip events, buttons, text fields and init actions", () => {
    const { description, blocks } = read(`
// @shape box 10x10
// @sprite clip
// @end
// @init clip
trace("init");
// @end
// @button button box
// @on press,release
trace("pressed");
// @end
// @on keyPress 65
trace("A");
// @end
// @end
// @edittext field 100x20 variable message text "two words" html multiline input
// @place clip depth 1 as c
// @clipevent keyPress 13
trace("enter");
// @end
trace("frame");`);
    expect(blocks.map((block) => block.kind)).toEqual(["init", "button", "button", "clipEvent", "frame"]);
    const [place] = description.timeline.frames[0].tags.flatMap((tag) => (tag.type === "place" ? [tag.place] : []));
    expect(place.clipEvents[0]).toMatchObject({ events: 0x20000, keyCode: 13 });
    const characters = Object.values(description.characters);
    const button = characters.find((character) => character.type === "button");
    expect(button?.type === "button" && button.actions.map((action) => action.conditions)).toEqual([0x0c, 65 << 9]);
    expect(button?.type === "button" && button.records).toHaveLength(1);
    expect(characters.find((character) => character.type === "editText")).toMatchObject({
      bounds: { xMax: 2000, yMax: 400 },
      variableName: "message",
      initialText: "two words",
      html: true,
      multiline: true,
      readOnly: false,
    });
  });
});

describe("SwfWriter", () => {
  it("writes damaged files on request", () => {
    const writer = new SwfWriter({ version: 6 });
    writer.showFrame().raw([0x3f, 0x03, 0xff, 0xff, 0xff, 0x7f]);
    expect(readMovie(writer.finish(), "damaged").description.warnings).not.toEqual([]);
  });

  it("uses the long tag header where a body needs it", () => {
    const writer = new SwfWriter({ version: 6 });
    writer.tag(TAG_CODES.DoAction, new Uint8Array(62)).tag(TAG_CODES.DoAction, new Uint8Array(63)).showFrame();
    const { blocks } = readMovie(writer.finish(), "long");
    expect(blocks.map((block) => block.bytes.length)).toEqual([62, 63]);
  });
});
