// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { disassemble } from "../../../recomp/bytecode/disassemble.ts";
import { action, bytesOf, pushConstant, u16, z } from "../../support/swf-bytes.ts";

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
