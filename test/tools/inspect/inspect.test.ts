// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { inspectMovie } from "../../../tools/inspect/inspect.ts";

/** An uncompressed movie of 10 × 10 pixels, 12 frames a second, with these tags. */
function swf(...tags: number[][]): Uint8Array {
  const body = [0x50, 0x00, 0x64, 0x00, 0x06, 0x40, 0x00, 0x0c, 1, 0, ...tags.flat()];
  const header = [0x46, 0x57, 0x53, 6, 8 + body.length, 0, 0, 0];
  return new Uint8Array([...header, ...body]);
}

function tag(code: number, ...body: number[]): number[] {
  const word = (code << 6) | body.length;
  return [word & 0xff, word >> 8, ...body];
}

const traceHello = [0x96, 4, 0, 0, 0x68, 0x69, 0, 0x26, 0];

it("prints header, tags and disassembly", () => {
  const sprite = tag(39, 1, 0, 1, 0, ...tag(1), ...tag(0));
  const text = inspectMovie(swf(sprite, tag(12, ...traceHello), tag(1), tag(0)), { name: "movie.swf", actions: true });
  expect(text).toMatchInlineSnapshot(`
    "movie.swf:
      SWF version  6
      code         ActionScript 1 or 2
      size         43 bytes
      stage        10 × 10 pixels
      frame rate   12 per second
      frames       1

    tags:
      000012  DefineSprite (39), 8 bytes
      000018    ShowFrame (1), 0 bytes  end of frame 1
      00001a    End (0), 0 bytes
      00001c  DoAction (12), 9 bytes
      000027  ShowFrame (1), 0 bytes  end of frame 1
      000029  End (0), 0 bytes

    actions 0: frame 1, action 0 (9 bytes at 00001e)
      0000  Push "hi"
      0007  Trace
      0008  End
    "
  `);
});

it("leaves the disassembly out unless asked", () => {
  const text = inspectMovie(swf(tag(12, ...traceHello), tag(1)), { name: "movie.swf", actions: false });
  expect(text).not.toContain("Trace");
});

it("tells of damage with its byte offset", () => {
  const text = inspectMovie(swf(tag(1), [0x3f, 0x03, 0xff, 0xff, 0, 0]), { name: "movie.swf", actions: false });
  expect(text).toMatch(/damage:\n(.*\n)*.*byte 20: DoAction \(12\) declares 65535 bytes/);
});

it("names movie and byte of what is no SWF", () => {
  expect(() => inspectMovie(new Uint8Array([0x89, 0x50, 0x4e, 0x47]), { name: "image.swf", actions: false })).toThrow(
    /image\.swf: byte 0: .*PNG/,
  );
});
