// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { readMovie } from "../../../recomp/index.ts";
import { bytesOf, END, type MovieOptions, movie, type Piece, SHOW_FRAME, tag, u16, u32, z } from "../../support/swf-bytes.ts";

const read = (tags: readonly Piece[], options?: MovieOptions) => readMovie(movie(tags, options), "m");
const script = (byte: number): Uint8Array => tag("DoAction", [byte, 0]);

/** CLIPACTIONS with 32-bit flags. */
const clipActions = (all: number, ...records: Piece[]): Piece => [u16(0), u32(all), records, u32(0)];
const clipRecord = (events: number, code: Piece): Piece => {
  const bytes = bytesOf(code);
  return [u32(events), u32(bytes.length), bytes];
};

describe("frames", () => {
  it("splits control tags at ShowFrame and numbers scripts in file order", () => {
    const { description, blocks } = read([script(6), script(7), SHOW_FRAME, script(4), SHOW_FRAME, END], { frames: 2 });
    expect(description.timeline.frames.map(({ tags }) => tags)).toEqual([
      [
        { type: "action", code: 0 },
        { type: "action", code: 1 },
      ],
      [{ type: "action", code: 2 }],
    ]);
    expect(blocks.map(({ label }) => label)).toEqual(["frame 1, action 0", "frame 1, action 1", "frame 2, action 0"]);
    expect([...blocks[2].bytes]).toEqual([4, 0]);
    expect(description.warnings).toEqual([]);
  });

  it.each([
    ["a ShowFrame and an End tag", [script(6), SHOW_FRAME, END], 1, undefined],
    ["a ShowFrame alone", [script(6), SHOW_FRAME], 1, false],
    ["a control tag after ShowFrame", [SHOW_FRAME, script(6), END], 2, false],
    ["no ShowFrame at all", [script(6), END], 1, false],
    ["a definition after ShowFrame", [SHOW_FRAME, tag("DefineBinaryData", [u16(1), u32(0)]), END], 1, undefined],
  ])("knows frames and looping of a timeline that ends with %s, whatever is declared", (_, tags, frames, loops) => {
    for (const declared of [0, 1, 3]) {
      const { timeline } = read(tags, { frames: declared }).description;
      expect(timeline.frames).toHaveLength(frames);
      expect(timeline.loops).toBe(loops);
      expect(timeline.declaredFrames).toBe(declared);
    }
  });

  it("reads labels, settings and the AS3 flag", () => {
    const { description } = read([
      tag("FileAttributes", u32(8)),
      tag("SetBackgroundColor", [1, 2, 3]),
      tag("ScriptLimits", [u16(9), u16(30)]),
      SHOW_FRAME,
      tag("FrameLabel", z("here")),
      SHOW_FRAME,
      END,
    ]);
    expect(description).toMatchObject({
      usesActionScript3: true,
      backgroundColor: 0x010203,
      scriptLimits: { maxRecursion: 9, timeoutSeconds: 30 },
    });
    expect(description.timeline.labels).toEqual([{ name: "here", frame: 2 }]);
  });
});

describe("damage", () => {
  it("keeps what precedes a tag whose length reaches past the end", () => {
    const { description, blocks } = read([script(6), SHOW_FRAME, u16((12 << 6) | 63), u32(5000), 7]);
    expect(blocks).toHaveLength(1);
    expect(description.warnings).toHaveLength(1);
    expect(description.warnings[0]).toMatch(/^byte 24: DoAction \(12\) declares 5000 bytes, 1 are left/);
  });

  it("steps over a tag with a bad body and says where it was", () => {
    const { description, blocks } = read([tag("PlaceObject2", [0]), tag("DefineShape", u16(1)), script(6), SHOW_FRAME, END]);
    expect(blocks).toHaveLength(1);
    expect(description.warnings.map((text) => text.replace(/:.*/, ""))).toEqual(["byte 18", "byte 21"]);
    expect(description.timeline.frames[0].tags).toEqual([{ type: "action", code: 0 }]);
  });

  it("lets the first definition of an id win", () => {
    const sprite = (frames: number) => tag("DefineSprite", [u16(5), u16(frames), END]);
    const { description } = read([sprite(1), sprite(2), END]);
    expect(description.characters[5]).toMatchObject({ type: "sprite", timeline: { declaredFrames: 1 } });
    expect(description.warnings).toHaveLength(1);
  });

  it("bounds the nesting of sprites", () => {
    const inner = tag("DefineSprite", [u16(2), u16(1), script(6), END]);
    const { description, blocks } = read([tag("DefineSprite", [u16(1), u16(1), inner, SHOW_FRAME, END]), SHOW_FRAME, END]);
    expect(blocks).toHaveLength(0);
    expect(description.warnings).toHaveLength(1);
  });

  it("never throws on a movie cut off anywhere after its header", () => {
    const whole = movie([
      tag("DefineSprite", [u16(1), u16(1), script(6), SHOW_FRAME, END]),
      tag("PlaceObject2", [0xa2, u16(1), u16(1), z("clip"), clipActions(1, clipRecord(1, [6, 0]))]),
      tag("ExportAssets", [u16(1), u16(1), z("name")]),
      SHOW_FRAME,
      END,
    ]);
    for (let length = 18; length <= whole.length; length++) {
      expect(() => readMovie(whole.subarray(0, length), "m")).not.toThrow();
    }
  });
});

describe("strings", () => {
  const label = (bytes: Piece, version: number): string =>
    read([tag("FrameLabel", [bytes, 0]), SHOW_FRAME, END], { version }).description.timeline.labels[0].name;

  it("are bytes up to SWF 5 and UTF-8 from 6 on, with bytes that are no UTF-8 standing for themselves, except 0xfe and 0xff, which are left out", () => {
    expect(label([0xc3, 0xa9], 5)).toBe("\u00c3\u00a9");
    expect(label([0xc3, 0xa9], 6)).toBe("\u00e9");
    expect(label(["a", 0xe9, "b", 0xc3, 0xa9, 0xff], 6)).toBe("a\u00e9b\u00e9");
    expect(label([0xef, 0xbb, 0xbf, "a"], 6)).toBe("\ufeffa");
    expect(label([0xff, 0xf0, 0x9f, 0x98, 0x80], 6)).toBe("\u{1f600}");
    // Overlong.
    expect(label([0xc1, 0x81, 0xe0, 0x80, 0x81], 6)).toBe("\u00c1\u0081\u00e0\u0080\u0081");
  });

  it("may hold surrogates encoded one by one", () => {
    expect(label([0xed, 0xa0, 0x80, 0xed, 0xb0, 0x82], 6)).toBe("\ud800\udc02");
  });
});

describe("PlaceObject", () => {
  const place = (code: "PlaceObject2" | "PlaceObject3", body: Piece, version = 8) => {
    const { description, blocks } = read([tag(code, body), SHOW_FRAME, END], { version });
    const [first] = description.timeline.frames[0].tags;
    if (first.type !== "place") throw new Error("no place tag");
    return { place: first.place, blocks, warnings: description.warnings };
  };

  it("reads clip events, masked by the events declared for the object", () => {
    const body = [
      0xa2,
      u16(7),
      u16(1),
      z("clip"),
      clipActions(0x20003, clipRecord(1, [6, 0]), clipRecord(4, [7, 0]), clipRecord(0x20000, [13, 8, 0])),
    ];
    const { place: placed, blocks } = place("PlaceObject2", body);
    expect(placed).toMatchObject({ depth: 7, characterId: 1, name: "clip", move: false });
    expect(placed.clipEvents).toEqual([
      { events: 1, keyCode: 0, code: 0 },
      { events: 0x20000, keyCode: 13, code: 1 },
    ]);
    expect([...blocks[1].bytes]).toEqual([8, 0]);
    expect(blocks[0].label).toBe("frame 1, clip at depth 7, on load");
  });

  it("reads 16-bit clip event flags in SWF 5", () => {
    const body = [0x82, u16(7), u16(1), u16(0), u16(2), u16(2), u32(2), 6, 0, u16(0)];
    expect(place("PlaceObject2", body, 5).place.clipEvents).toEqual([{ events: 2, keyCode: 0, code: 0 }]);
  });

  it("steps over filters to what follows them", () => {
    const blur = [1, ...new Array<number>(9).fill(0)];
    const gradientGlow = [4, 2, ...new Array<number>(2 * 5 + 19).fill(0)];
    const { place: placed } = place("PlaceObject3", [0x02, 0x07, u16(3), u16(1), 2, blur, gradientGlow, 5, 1]);
    expect(placed).toMatchObject({ hasFilters: true, blendMode: 5, cacheAsBitmap: true });
  });

  it("takes matrix and colour transform in their own units", () => {
    // Scale 16 bits wide: 1.0 needs 18 with its sign; translate 5 bits: 8, -4.
    const bits = `1${"10010"}${"010000000000000000"}${"001000000000000000"}0${"00101"}${"01000"}${"11100"}`;
    const matrix = (bits.padEnd(64, "0").match(/.{8}/g) ?? [])
      .slice(0, Math.ceil(bits.length / 8))
      .map((byte) => Number.parseInt(byte, 2));
    const { place: placed } = place("PlaceObject2", [0x06, u16(1), u16(1), matrix]);
    expect(placed.matrix).toEqual({ a: 1, b: 0, c: 0, d: 0.5, tx: 8, ty: -4 });
  });
});

describe("characters", () => {
  it("reads button conditions and the single action of DefineButton", () => {
    const record = [1, u16(9), u16(1), 0];
    const conditions = [u16(6), u16(1), 6, 0, u16(0), u16(0x1a08), 7, 0];
    const body2 = bytesOf(u16(2), 1, u16(10), [1, u16(9), u16(1), 0, 0], 0, conditions);
    const { description, blocks } = read([tag("DefineButton", [u16(1), record, 0, 6, 0]), tag("DefineButton2", body2), END]);
    expect(description.characters[1]).toMatchObject({
      actions: [{ conditions: 8, code: 0 }],
      records: [{ characterId: 9, up: true }],
    });
    expect(description.characters[2]).toMatchObject({
      trackAsMenu: true,
      actions: [
        { conditions: 1, code: 1 },
        { conditions: 0x1a08, code: 2 },
      ],
    });
    expect(blocks.map(({ label }) => label)).toEqual([
      "button 1, on release",
      "button 2, on rollOver",
      "button 2, on release key 13",
    ]);
  });

  it("reads the fields of an edit text that its flags announce", () => {
    const flags = 0x0080 | 0x0001 | 0x0004 | 0x0200;
    const body = [u16(3), 0, u16(flags), u16(4), u16(240), 0x11, 0x22, 0x33, 0x80, z("score"), z("12")];
    expect(read([tag("DefineEditText", body), END]).description.characters[3]).toMatchObject({
      fontId: 4,
      fontHeight: 240,
      color: 0x80112233,
      variableName: "score",
      initialText: "12",
      html: true,
      wordWrap: false,
    });
  });

  it("turns shape records into outlines with absolute coordinates, without edges that bound no area", () => {
    // One solid fill; style bits: 1 for fills, 0 for lines.
    const records = [
      "0" + "00101" + "00101" + "01010" + "01010" + "1", // move to 10, 10 and right fill 1 (flags: fill1 and move)
      "11" + "0100" + "1" + "010100" + "000000", // line to 30, 10
      "10" + "0100" + "000000" + "001010" + "110110" + "000000", // curve over 30, 20 to 20, 20
      "0" + "00100" + "0", // no fill
      "11" + "0100" + "1" + "000001" + "000001", // a stroke alone
      "000000",
    ].join("");
    const bits = records.padEnd(Math.ceil(records.length / 8) * 8, "0").match(/.{8}/g) ?? [];
    const body = [u16(1), 0, 1, 0x00, 1, 2, 3, 0, 0x10, bits.map((byte) => Number.parseInt(byte, 2))];
    const { description } = read([tag("DefineShape", body), END]);
    expect(description.warnings).toEqual([]);
    expect(description.characters[1]).toMatchObject({
      edges: { paths: [[10, 10, 0, 30, 10, 1, 30, 20, 20, 20]] },
    });
  });

  it("finds the size of a JPEG in one pass", () => {
    const startOfFrame = [0xff, 0xc0, 0, 11, 8, 0, 20, 0, 30, 1, 0, 0, 0];
    const segment = [0xff, 0xe0, 0, 4, 0xff, 0xc0];
    const body = [u16(1), 0xff, 0xd8, segment, startOfFrame];
    expect(read([tag("DefineBitsJPEG2", body), END]).description.characters[1]).toEqual({
      type: "bitmap",
      width: 30,
      height: 20,
    });
  });
});
