// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { analyzeCode } from "../../../recomp/bytecode/analyze.ts";
import type { CodeUnit, Edge } from "../../../recomp/bytecode/code-unit.ts";
import { constantValue, poolAfter } from "../../../recomp/bytecode/constant-pool.ts";
import { action, bytesOf, type Piece, pushConstant, pushString, u16, z } from "../../support/swf-bytes.ts";

const units = (...pieces: readonly Piece[]): CodeUnit[] => analyzeCode({ bytes: bytesOf(pieces), swfVersion: 8 });

/** A block as `offset: names of its actions -> successors`. */
function drawing({ blocks }: CodeUnit): string[] {
  return blocks.map(({ id, instructions, successors }) => {
    const names = instructions.map(({ name }) => name).join(" ");
    return `${id}: ${names} -> ${successors.join(",")}`;
  });
}

const exitsOf = (edge: Edge): string[] => edge.exits.map(({ region, isEnd }) => `${region.kind} ${isEnd ? "end" : "away"}`);

/** The edge of a block that ends with a jump or by falling through. */
function edgeOf(unit: CodeUnit, block: number): Edge {
  const { terminator } = unit.blocks[block];
  if (terminator.kind !== "jump") throw new Error(`block ${block} ends with ${terminator.kind}`);
  return terminator.edge;
}

describe("basic blocks", () => {
  it("cuts at branches and their targets", () => {
    const [unit] = units(action("Push", 2), action("If", u16(1)), action("Play"), action("Stop"), action("End"));
    expect(drawing(unit)).toEqual(["0: Push If -> 1,2", "1: Play -> 2", "2: Stop End -> "]);
  });

  it("numbers a loop's body before what follows it", () => {
    // while (pushed) play; stop
    const body = bytesOf(action("Play"), action("Jump", u16(-(4 + 5 + 1 + 5))));
    const [unit] = units(action("Push", 2), action("If", u16(body.length)), body, action("Stop"));
    expect(drawing(unit)).toEqual(["0: Push If -> 1,2", "1: Play Jump -> 0", "2: Stop -> "]);
    expect(unit.graph.loops).toMatchObject([{ header: 0, latches: [1], parent: null, depth: 1 }]);
    expect([...unit.graph.innermostLoop]).toEqual([0, 0, -1]);
    expect([...unit.graph.immediateDominator]).toEqual([0, 0, 0]);
  });

  it("follows a jump into the middle of an action", () => {
    // The Push holds the bytes of Play and End.
    const [unit] = units(action("Jump", u16(5)), action("Push", [0, 5, 6, 0]));
    expect(drawing(unit)).toEqual(["0: Jump -> 1", "1: Play End -> "]);
  });

  it("joins code that overlaps where it meets", () => {
    const push = action("Push", [2, 6]); // 4 + 1 bytes, Play is the last
    const [unit] = units(action("If", u16(4)), push, action("Stop"));
    expect(drawing(unit)).toEqual(["0: If -> 1,2", "1: Push -> 3", "2: Play -> 3", "3: Stop -> "]);
  });

  it("ends the unit for targets outside of the code", () => {
    const [unit] = units(action("If", u16(1000)), action("Jump", u16(-1000)));
    expect(unit.blocks[0].terminator).toMatchObject({ kind: "branch", whenTrue: { target: null }, whenFalse: { target: 1 } });
    expect(edgeOf(unit, 1).target).toBeNull();
  });

  it("accepts empty code and code that loops on itself", () => {
    expect(units()[0].blocks).toEqual([]);
    expect(drawing(units(action("Jump", u16(-5)))[0])).toEqual(["0: Jump -> 0"]);
  });

  it("skips whole actions for WaitForFrame", () => {
    const [unit] = units(action("WaitForFrame", [u16(3), 2]), action("GotoFrame", u16(1)), action("Play"), action("Stop"));
    expect(drawing(unit)).toEqual(["0: WaitForFrame -> 1,2", "1: GotoFrame Play -> 2", "2: Stop -> "]);
  });

  it("reports a cycle with two entries", () => {
    const second = bytesOf(action("Stop"), action("Jump", u16(-(1 + 5 + 1))));
    const [unit] = units(action("If", u16(1)), action("Play"), second);
    expect(unit.graph.irreducibleEdges).toHaveLength(1);
    expect(unit.graph.loops).toHaveLength(0);
  });
});

describe("functions", () => {
  const define = (name: string, body: Uint8Array): Uint8Array =>
    bytesOf(action("DefineFunction", [z(name), u16(1), z("p"), u16(body.length)]), body);

  it("become units of their own, named after what they are assigned to", () => {
    const inner = define("", bytesOf(action("Play")));
    const outer = define("outer", bytesOf(pushString("handler"), inner, action("SetVariable"), action("Stop")));
    const all = units(outer, action("End"));
    expect(all.map(({ id, name, parent, kind }) => ({ id, name, parent, kind }))).toEqual([
      { id: 0, name: "", parent: null, kind: "script" },
      { id: 1, name: "outer", parent: 0, kind: "function" },
      { id: 2, name: "handler", parent: 1, kind: "function" },
    ]);
    expect(drawing(all[0])).toEqual(["0: DefineFunction End -> "]);
    expect(drawing(all[1])).toEqual(["0: Push DefineFunction SetVariable Stop -> "]);
    const [[offset, unit]] = all[1].functions;
    expect({ offset, unit }).toEqual({ offset: all[2].definition?.offset, unit: 2 });
  });

  it("end where their body ends, even when a jump says otherwise", () => {
    const all = units(define("f", action("Jump", u16(1))), action("Play"), action("Stop"));
    expect(edgeOf(all[1], 0).target).toBeNull();
  });

  it("nest to any depth", () => {
    let code: Uint8Array = action("Play");
    for (let depth = 0; depth < 800; depth++) {
      code = bytesOf(action("DefineFunction", [z(""), u16(0), u16(code.length)]), code);
    }
    expect(units(code)).toHaveLength(801);
  });
});

describe("With", () => {
  const withBody = (body: Uint8Array): Uint8Array => bytesOf(action("With", u16(body.length)), body);

  it("is a region that is left at its end, and by jumps", () => {
    const body = bytesOf(action("If", u16(1 + 5)), action("Play"), action("Jump", u16(-100)));
    const [unit] = units(withBody(body), action("Stop"));
    expect(drawing(unit)).toEqual(["0: With -> 1,3", "1: If -> 2,3", "2: Play Jump -> ", "3: Stop -> "]);
    expect(unit.blocks.map(({ region }) => region?.kind ?? null)).toEqual([null, "with", "with", null]);
    expect(exitsOf(edgeOf(unit, 2))).toEqual(["with away"]);
  });

  it("is not entered by a jump into its body", () => {
    const [unit] = units(action("Jump", u16(5)), withBody(action("Play")));
    expect(unit.blocks[1].region).toBeNull();
  });

  it("is kept by a jump to a jump back, as in Flash Player", () => {
    const [unit] = units(
      withBody(bytesOf(action("Play"), action("If", u16(5)), action("Jump", u16(5)))),
      action("Jump", u16(-16)),
      action("Stop"),
    );
    const inside = unit.blocks.filter(({ region }) => region !== null);
    expect(inside.map(({ instructions }) => instructions[0].name)).toEqual(["Play", "Jump"]);
    expect(inside[0].terminator).toMatchObject({ kind: "branch", whenTrue: { target: inside[0].id, exits: [] } });
  });

  it("with an empty body goes straight on", () => {
    const [unit] = units(withBody(bytesOf()), action("Stop"));
    expect(unit.blocks[0].terminator).toMatchObject({ kind: "with", body: { target: 1 }, skipped: { target: 1, exits: [] } });
  });
});

describe("Try", () => {
  interface Clauses {
    body: Uint8Array;
    catchBody?: Uint8Array;
    finallyBody?: Uint8Array;
  }
  const tryStatement = ({ body, catchBody, finallyBody }: Clauses): Uint8Array =>
    bytesOf(
      action("Try", [
        (catchBody ? 1 : 0) | (finallyBody ? 2 : 0),
        u16(body.length),
        u16(catchBody?.length ?? 0),
        u16(finallyBody?.length ?? 0),
        z("e"),
      ]),
      body,
      catchBody ?? [],
      finallyBody ?? [],
    );
  const play = action("Play");

  it("goes from the end of each body to the finally clause, and from there on", () => {
    const body = bytesOf(play, action("Jump", u16(1)));
    const [unit] = units(tryStatement({ body, catchBody: action("Stop"), finallyBody: action("NextFrame") }), action("End"));
    expect(drawing(unit)).toEqual(["0: Try -> 1,2,3", "1: Play Jump -> 3", "2: Stop -> 3", "3: NextFrame -> 4", "4: End -> "]);
    expect(unit.blocks.map(({ region }) => region?.kind ?? null)).toEqual([null, "try", "catch", "finally", null]);
    expect(exitsOf(edgeOf(unit, 1))).toEqual(["try end"]);
    expect(exitsOf(edgeOf(unit, 2))).toEqual(["catch end"]);
    expect(exitsOf(edgeOf(unit, 3))).toEqual(["finally end"]);
  });

  it("without a jump at the end of its body still skips the catch clause", () => {
    const [unit] = units(tryStatement({ body: play, catchBody: action("Stop") }), action("End"));
    expect(drawing(unit)).toEqual(["0: Try -> 1,2", "1: Play -> 3", "2: Stop -> 3", "3: End -> "]);
  });

  it("is abandoned by a jump elsewhere, its finally clause with it", () => {
    const body = bytesOf(action("Jump", u16(2)));
    const [unit] = units(tryStatement({ body, catchBody: play, finallyBody: play }), play, action("Stop"));
    // The jump leads to the first action after the statement, but not by way of the clauses.
    expect(exitsOf(edgeOf(unit, 1))).toEqual(["try away"]);
    expect(unit.blocks[edgeOf(unit, 1).target ?? -1].instructions[0].name).toBe("Play");
  });

  it("runs through an empty finally clause", () => {
    const [unit] = units(tryStatement({ body: play, finallyBody: bytesOf() }), action("End"));
    expect(exitsOf(edgeOf(unit, 1))).toEqual(["try end", "finally end"]);
  });
});

describe("constant pools", () => {
  const pool = (...strings: string[]): Uint8Array => action("ConstantPool", [u16(strings.length), strings.map(z)]);

  /** Every constant of a unit as it resolves. */
  function constants({ blocks }: CodeUnit): (string | null | undefined)[] {
    return blocks.flatMap(({ instructions, poolAtEntry }) => {
      let current = poolAtEntry;
      return instructions.flatMap((instruction) => {
        const values = instruction.name === "Push" ? instruction.values.filter((value) => value.kind === "constant") : [];
        const resolved = values.map((value) => constantValue(value, current));
        current = poolAfter(current, instruction);
        return resolved;
      });
    });
  }

  it("are unknown at the start of a script and known after a ConstantPool", () => {
    expect(constants(units(pushConstant(0), pool("a"), pushConstant(0), pushConstant(1))[0])).toEqual([null, "a", undefined]);
  });

  it("are unknown where two meet, known where the same arrives on all ways", () => {
    const branch = action("If", u16(pool("b").length));
    expect(constants(units(pool("a"), branch, pool("b"), pushConstant(0))[0])).toEqual([null]);
    expect(constants(units(pool("a"), action("If", u16(1)), action("Play"), pushConstant(0))[0])).toEqual(["a"]);
  });

  it("are kept by functions from where they are defined", () => {
    const define = bytesOf(action("DefineFunction", [z("f"), u16(0), u16(pushConstant(0).length)]), pushConstant(0));
    const all = units(pool("a"), define, pool("b"), define);
    expect(all.slice(1).map(constants)).toEqual([["a"], ["b"]]);
  });

  it("are unknown in a catch clause when the try body changes them", () => {
    const statement = (body: Uint8Array): Uint8Array =>
      bytesOf(action("Try", [1, u16(body.length), u16(pushConstant(0).length), u16(0), z("e")]), body, pushConstant(0));
    expect(constants(units(pool("a"), statement(pool("b")))[0])).toEqual([null]);
    expect(constants(units(pool("a"), statement(action("Play")))[0])).toEqual(["a"]);
  });
});

describe("size", () => {
  it("bounds the work on code that overlaps itself", () => {
    // Ifs that lead to every offset of a field where each byte is the start of a Push of 0x9696 bytes.
    const count = 3000;
    const jumps = Array.from({ length: count }, (_, i) => action("If", u16((count - 1 - i) * 5 + i)));
    const bytes = bytesOf(jumps, new Uint8Array(40_000).fill(0x96));
    const [unit] = analyzeCode({ bytes, swfVersion: 8 });
    expect(unit.problems).toHaveLength(1);
    expect(unit.blocks.length).toBeLessThan(count + 200);
  });

  it("decodes a long script in linear time", () => {
    const piece = bytesOf(pushString("name"), action("GetVariable"), action("If", u16(1)), action("Play"));
    const bytes = new Uint8Array(piece.length * 16_000);
    for (let i = 0; i < 16_000; i++) bytes.set(piece, i * piece.length);
    const start = performance.now();
    const [unit] = analyzeCode({ bytes, swfVersion: 8 });
    expect(unit.blocks).toHaveLength(32_000);
    expect(performance.now() - start).toBeLessThan(4000);
  });

  it("finds the dominators of one long chain of exits in linear time", () => {
    // Each of 5000 Ifs leads to the end.
    const count = 5000;
    const size = 4 + 5;
    const bytes = bytesOf(
      Array.from({ length: count }, (_, i) => [action("Push", 2), action("If", u16(((count - 1 - i) % 3000) * size))]),
    );
    const [unit] = analyzeCode({ bytes, swfVersion: 8 });
    expect(unit.graph.immediateDominator.length).toBe(unit.blocks.length);
  });
});
