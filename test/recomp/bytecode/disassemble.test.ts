// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { disassemble } from "../../../recomp/bytecode/disassemble.ts";
import { inspectMovie, inspectMovieData } from "../../../recomp/index.ts";
import { action, bytesOf, END, movie, pushConstant, SHOW_FRAME, tag, u16, z } from "../../support/swf-bytes.ts";

const body = bytesOf(pushConstant(0), action("Trace"));
const code = bytesOf(
  action("ConstantPool", [u16(1), z('say "hi"\u001b')]),
  action("DefineFunction2", [z("f"), u16(1), 2, u16(1), 1, z("a"), u16(body.length)]),
  body,
  action("If", u16(-3)),
  action(0x77),
);

it("lists actions with offsets, bodies indented, constants resolved", () => {
  expect(disassemble({ bytes: code, swfVersion: 7 })).toBe(
    [
      '0000  ConstantPool "say \\"hi\\"\\u001b"',
      '000f  DefineFunction2 "f"(r1="a") registers 2 preloadThis until 0024',
      '001e    Push "say \\"hi\\"\\u001b"',
      "0023    Trace",
      "0024  If 0026",
      "0029  Ignored 0x77  ; unknown action",
    ].join("\n"),
  );
});

it("inspects a movie as data and as text", () => {
  const bytes = movie([tag("DoAction", code), tag("ExportAssets", [u16(1), u16(4), z("a\u001b[31m")]), SHOW_FRAME, END]);
  const data = inspectMovieData(bytes, { name: "m.swf" });
  expect(data).toMatchObject({
    swfVersion: 6,
    frames: 1,
    tags: [
      { name: "End", count: 1, bytes: 2 },
      { name: "ShowFrame", count: 1, bytes: 2 },
      { name: "DoAction", count: 1 },
      { name: "ExportAssets", count: 1 },
    ],
    actions: [{ label: "frame 1, action 0", bytes: code.length }],
  });
  expect(data.actions[0].listing).toBeUndefined();
  const text = inspectMovie(bytes, { name: "m.swf", actions: true });
  expect(text).toMatch(/^m\.swf\n {2}SWF version +6\n/);
  expect(text).toContain("0023    Trace");
  // Nothing in the movie can steer the terminal.
  expect(text).not.toContain("\u001b");
});
