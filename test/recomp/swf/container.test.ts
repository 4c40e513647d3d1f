// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { openSwf } from "../../../recomp/swf/container.ts";
import { SwfError } from "../../../recomp/swf/swf-error.ts";
import { bytesOf, END, movie, SHOW_FRAME, tag, u32 } from "../../support/swf-bytes.ts";

/** LZMA "alone" stream of an SWF body (empty stage, 12 fps, one frame, SetBackgroundColor, ShowFrame, End), without its 13-byte header. */
const LZMA_BODY_LENGTH = 14;
const LZMA_PROPERTIES = [0x5d, 0x00, 0x00, 0x80, 0x00];
const LZMA_DATA = "0000602e81cf159ebe61d8740bed7dfb917ffffe8fb800".match(/../g)!.map((byte) => Number.parseInt(byte, 16));

function lzmaMovie({ declared = LZMA_BODY_LENGTH + 8, properties = LZMA_PROPERTIES, data = LZMA_DATA } = {}): Uint8Array {
  return bytesOf("ZWS", 13, u32(declared), u32(data.length), properties, data);
}

function failure(bytes: Uint8Array): SwfError {
  try {
    openSwf(bytes, "some.swf");
  } catch (error) {
    if (error instanceof SwfError) {
      return error;
    }
    throw error;
  }
  throw new Error("no SwfError was thrown");
}

describe("openSwf", () => {
  it.each(["none", "zlib"] as const)("reads header and body (%s)", (compression) => {
    const file = openSwf(movie([SHOW_FRAME, END], { version: 7, frames: 3, compression }), "m");
    expect(file).toMatchObject({
      compression,
      swfVersion: 7,
      stage: { xMin: 0, xMax: 200, yMin: 0, yMax: 400 },
      frameRate: 12,
      declaredFrames: 3,
      warnings: [],
    });
    expect([...file.bytes.subarray(file.tagsStart)]).toEqual([...SHOW_FRAME, ...END]);
  });

  it("reads LZMA", () => {
    const file = openSwf(lzmaMovie(), "m");
    expect(file).toMatchObject({ compression: "lzma", frameRate: 12, declaredFrames: 1, warnings: [] });
    expect(file.bytes.length).toBe(LZMA_BODY_LENGTH + 8);
  });

  it.each([1, 0xffffffff])("opens LZMA with the wrong declared length %i", (declared) => {
    const file = openSwf(lzmaMovie({ declared }), "m");
    expect([...file.bytes.subarray(-4)]).toEqual([0x40, 0, 0, 0]);
    expect(file.warnings.length).toBeGreaterThan(0);
  });

  it("does not allocate a declared dictionary of 4 GiB", () => {
    expect(openSwf(lzmaMovie({ properties: [0x5d, 0xff, 0xff, 0xff, 0xff] }), "m").declaredFrames).toBe(1);
  });

  it("keeps what a truncated LZMA stream has", () => {
    const file = openSwf(lzmaMovie({ data: LZMA_DATA.slice(0, 15) }), "m");
    expect(file.declaredFrames).toBe(1);
    expect(file.warnings[0]).toContain("LZMA data ends early");
  });

  it("works on a Buffer that is a view of a larger one", () => {
    const pool = Buffer.concat([Buffer.from("xxx"), lzmaMovie(), Buffer.from("yyy")]);
    expect(openSwf(pool.subarray(3, -3), "m").declaredFrames).toBe(1);
  });

  it("keeps what a truncated zlib stream has", () => {
    const noise = Uint8Array.from({ length: 4000 }, (_, i) => (i * i * 31) >> 3);
    const whole = movie([tag("DefineBinaryData", noise), END], { compression: "zlib" });
    const file = openSwf(whole.subarray(0, whole.length >> 1), "m");
    expect(file.bytes.length).toBeGreaterThan(500);
    expect(file.bytes.length).toBeLessThan(4000);
    expect(file.warnings[0]).toContain("zlib data ends early");
  });

  it("keeps what stands before damage in a zlib stream, and accepts a wrong checksum", () => {
    const whole = movie([SHOW_FRAME, END], { compression: "zlib" });
    whole[whole.length - 1] ^= 0xff;
    const file = openSwf(whole, "m");
    expect([...file.bytes.subarray(-4)]).toEqual([0x40, 0, 0, 0]);
    expect(file.warnings[0]).toContain("zlib data is damaged");
  });

  it.each([
    ["an empty file", [], 0, "empty"],
    ["a PNG", [0x89, "PNG", 13, 10], 0, "PNG"],
    ["text", ["hello world"], 0, "68 65 6c"],
    ["two bytes", ["FW"], 2, "signature"],
    ["a signature alone", ["FWS", 6], 4, "header"],
    ["a cut header", ["FWS", 6, u32(50), 0x50, 0], 10, "header"],
    ["a cut zlib header", ["CWS", 6, u32(50), 0x78], 9, "0 bytes could be unpacked|header"],
  ])("refuses %s with offset and reason", (_, pieces, offset, reason) => {
    const error = failure(bytesOf(pieces));
    expect(error.movie).toBe("some.swf");
    expect(error.offset).toBe(offset);
    expect(error.message).toMatch(new RegExp(`^some\\.swf: byte ${offset}: .*(${reason})`));
  });
});
