// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import {
  FIRST_OPCODE_WITH_PAYLOAD,
  OPCODES,
  type OpcodeInfo,
  opcodeByCode,
  opcodeByName,
} from "../../../recomp/bytecode/opcodes.ts";

describe("opcode table", () => {
  it("lists every code once, in order, and finds rows by code and name", () => {
    const codes = OPCODES.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    expect(new Set(OPCODES.map(({ name }) => name)).size).toBe(OPCODES.length);
    for (const row of OPCODES) {
      expect(opcodeByCode(row.code)).toBe(row);
      expect(opcodeByName(row.name)).toBe(row);
    }
    expect(opcodeByCode(0xff)).toBeUndefined();
  });

  it("gives operands only to opcodes that have a payload", () => {
    for (const { code, operands } of OPCODES) {
      if (operands !== "none") expect(code).toBeGreaterThanOrEqual(FIRST_OPCODE_WITH_PAYLOAD);
    }
  });

  it("has variable stack effects at the bottom of what is popped only", () => {
    for (const row of OPCODES as readonly OpcodeInfo[]) {
      expect(row.pops.indexOf("...")).toBeLessThanOrEqual(0);
    }
  });
});
