// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { decodeInstruction } from "../../../recomp/bytecode/decode.ts";
import type { Instruction } from "../../../recomp/bytecode/instruction.ts";
import { OPCODES } from "../../../recomp/bytecode/opcodes.ts";
import { action, bytesOf, type Piece, u16, u32, z } from "../../support/swf-bytes.ts";

function decode(bytes: Uint8Array, swfVersion = 8, offset = 0): Instruction {
  return decodeInstruction({ bytes, swfVersion }, offset, bytes.length);
}

function pushed(...payload: Piece[]) {
  const instruction = decode(action("Push", payload));
  if (instruction.name !== "Push") throw new Error(`decoded ${instruction.name}`);
  return instruction;
}

describe("decodeInstruction", () => {
  it.each(OPCODES.filter(({ operands }) => operands === "none"))("decodes $name without operands", ({ name }) => {
    const bytes = action(name);
    expect(decode(bytes)).toEqual({ offset: 0, opcode: bytes[0], nextOffset: bytes.length, name });
  });

  it("decodes every kind of pushed value", () => {
    const instruction = pushed(
      [0, z("é")],
      [1, u32(0x3fc00000)],
      2,
      3,
      [4, 200],
      [5, 2],
      [6, u32(0x3ff80000), u32(0)],
      [7, u32(-5)],
      [8, 255],
      [9, u16(0x1234)],
    );
    expect(instruction.values).toEqual([
      // One byte: no valid UTF-8, so it stands for itself.
      { kind: "string", value: "é" },
      { kind: "number", value: 1.5 },
      { kind: "null" },
      { kind: "undefined" },
      { kind: "register", register: 200 },
      { kind: "boolean", value: true },
      { kind: "number", value: 1.5 },
      { kind: "integer", value: -5 },
      { kind: "constant", index: 255 },
      { kind: "constant", index: 0x1234 },
    ]);
    expect(instruction.damage).toBeUndefined();
  });

  it("makes every NaN the canonical one", () => {
    const [value] = pushed([6, u32(0xfff80000 | 0), u32(0xdead)]).values;
    const bits = new BigUint64Array(new Float64Array([value.kind === "number" ? value.value : 0]).buffer)[0];
    expect(bits).toBe(0x7ff8000000000000n);
  });

  it("drops a value that is cut short and steps over an unknown type", () => {
    expect(pushed(2, 7, 1, 2)).toMatchObject({ values: [{ kind: "null" }], damage: "last value is cut short" });
    expect(pushed(0x42, 0x23, 3)).toMatchObject({ values: [{ kind: "undefined" }] });
  });

  it("sees a branch relative to the action after it, whatever the payload's length", () => {
    expect(decode(action("If", u16(-5)))).toMatchObject({ name: "If", target: 0 });
    expect(decode(action("Jump", [u16(1), 9, 9]))).toMatchObject({ name: "Jump", nextOffset: 7, target: 8 });
  });

  it("ends a payload that reaches past the code with the code", () => {
    const bytes = bytesOf(0x96, u16(100), 2, 3);
    expect(decode(bytes)).toMatchObject({ name: "Push", values: [{ kind: "null" }, { kind: "undefined" }], nextOffset: 5 });
    expect(decode(bytes).damage).toContain("98 bytes past");
  });

  it("ignores unknown actions, short payloads and a header that is cut off", () => {
    expect(decode(action(0x77))).toMatchObject({ name: "Ignored", nextOffset: 1 });
    expect(decode(action(0xf0, [1, 2]))).toMatchObject({ name: "Ignored", nextOffset: 5 });
    expect(decode(action("StoreRegister"))).toMatchObject({ name: "Ignored", nextOffset: 3 });
    expect(decode(bytesOf(0x99, 1))).toMatchObject({ name: "Ignored", nextOffset: 2 });
  });

  it("keeps the strings of a pool that promises more", () => {
    expect(decode(action("ConstantPool", [u16(3), z("a"), "b"]))).toMatchObject({
      strings: ["a", "b"],
      damage: "pool has 2 of 3 strings",
    });
  });

  it("decodes DefineFunction2 and goes on after the body", () => {
    const head = action("DefineFunction2", [z("f"), u16(2), 4, u16(0x0101), [1, z("a")], [0, z("b")], u16(2)]);
    expect(decode(bytesOf(head, 6, 7))).toMatchObject({
      name: "DefineFunction2",
      functionName: "f",
      registerCount: 4,
      flags: 0x0101,
      parameters: [
        { name: "a", register: 1 },
        { name: "b", register: 0 },
      ],
      body: { start: head.length, end: head.length + 2 },
      nextOffset: head.length + 2,
    });
  });

  it("clamps bodies to the code", () => {
    const head = action("DefineFunction", [z(""), u16(0), u16(500)]);
    expect(decode(bytesOf(head, 6))).toMatchObject({ body: { start: head.length, end: head.length + 1 } });
  });

  it("takes the size of a clause without its flag as 0", () => {
    const bytes = bytesOf(action("Try", [2, u16(1), u16(5), u16(1), z("e")]), 6, 7, 8, 9);
    expect(decode(bytes)).toMatchObject({
      tryBody: { start: 12, end: 13 },
      catchBody: null,
      finallyBody: { start: 13, end: 14 },
      end: 14,
    });
  });

  it("decodes at any offset of any bytes without throwing", () => {
    let state = 1;
    const bytes = Uint8Array.from({ length: 5000 }, () => (state = (state * 1103515245 + 12345) >>> 0) >>> 24);
    for (let offset = 0; offset < bytes.length; offset++) {
      const { nextOffset } = decode(bytes, 8, offset);
      if (nextOffset <= offset || nextOffset > bytes.length) expect.fail(`offset ${offset} leads to ${nextOffset}`);
    }
  });
});
