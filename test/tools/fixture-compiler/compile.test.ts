// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { compileActions, compileFixture } from "../../../tools/fixture-compiler/index.ts";
import { actionBlocks, checkActions, readActions, readTags } from "./structure.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const codes = (source: string, version = 7): number[] =>
  readActions(compileActions(source, { version })).map((action) => action.code);

describe("compileFixture", () => {
  it("writes a header, an action block and a frame", () => {
    const swf = compileFixture("trace(1+1);", { version: 7 });
    expect(Buffer.from(swf.subarray(0, 4)).toString("latin1")).toBe("FWS\x07");
    const tags = readTags(swf);
    expect(tags.map((tag) => tag.code)).toEqual([12, 1, 0]);
    // Push 1, 1; Add2; Trace; End
    expect(hex(tags[0].body)).toBe("960a0007010000000701000000472600");
  });

  it("compresses with zlib to the same content", () => {
    const source = "trace('hello');";
    expect(readTags(compileFixture(source, { compression: "zlib" }))).toEqual(readTags(compileFixture(source)));
  });

  it("puts code and placements on frames in source order", () => {
    const swf = compileFixture(`// @swf 6 @fps 24
// @sprite box
trace("in box");
// @end
// @place box depth 1 as b
// @clipevent load
trace("loaded");
// @end
trace("one");
// @frame 3 third
trace("three");`);
    expect(readTags(swf).map((tag) => tag.code)).toEqual([39, 26, 12, 1, 1, 43, 12, 1, 0]);
  });

  it("names the line of an error", () => {
    expect(() => compileFixture("// @swf 7\ntrace(1);\nlet x = 1;")).toThrow(/^line 3: let is not/);
    expect(() => compileFixture("trace(1;")).toThrow(/^line 1: /);
    expect(() => compileFixture("// @place nothing depth 1")).toThrow(/no character "nothing"/);
  });
});

describe("compileActions", () => {
  it("uses the actions that the version has", () => {
    expect(codes("x = a > b;", 6)).toContain(0x67);
    expect(codes("x = a > b;", 5)).toEqual([0x96, 0x1c, 0x96, 0x1c, 0x4d, 0x48, 0x1d, 0]);
    expect(codes("x = a + b;", 4)).toContain(0x0a);
    expect(codes("function f() {}", 6)).toContain(0x9b);
    expect(codes("function f() {}", 7)).toContain(0x8e);
  });

  it("keeps local variables in registers unless other code finds them by name", () => {
    expect(codes("function f(a) { var b = a; return b; }")).not.toContain(0x3c);
    expect(codes("function f(a) { var b = a; return function () { return b; }; }")).toContain(0x3c);
    expect(codes("function f(a) { var b = a; return eval('b'); }")).toContain(0x3c);
  });

  it("keeps every branch and body end on an action boundary", () => {
    const source = `
      function f(o, n) {
        outer: for (var k in o) {
          for (var j in o[k]) {
            if (j == 'a') continue outer;
            if (j == 'b') break outer;
            if (j == 'c') break;
            if (j == 'd') return k;
          }
          switch (k) { case 'x': case n(): n += 1; break; default: n++; }
        }
        try { throw k; } catch (e) { n = e; } finally { n--; }
        with (o) { p = n && k || j ? 1 : 2; }
        do { n -= 2; } while (n > 0);
        return function () { return this.a[n] += arguments.length; };
      }
      switch (f()) { case g(): trace(1); case 2: trace(2); }
      while (a) { if (b) break; else continue; }`;
    for (const version of [5, 6, 7, 8]) {
      for (const block of actionBlocks(readTags(compileFixture(source, { version })))) checkActions(block);
    }
  });

  it("takes raw actions and raw bytes", () => {
    expect(hex(compileActions("__push(1, 2); trace(__asm('Add')); __bytes(0x77, 'A');", { version: 7 }))).toBe(
      "960a00070100000007020000000a26774100",
    );
    expect(codes("__label('top'); __asm('Jump', 'top');")).toEqual([0x99, 0]);
  });
});
