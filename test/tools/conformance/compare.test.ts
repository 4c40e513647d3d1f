// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { compareOutput } from "../../../tools/conformance/compare.ts";
import type { Approximations } from "../../../tools/conformance/manifest.ts";
import { corpusTest } from "./corpus-test.ts";

function compare(suite: string, expected: string, actual: string, approximations?: Partial<Approximations>) {
  const full = approximations && { bareNumbers: false, numberPatterns: [], epsilon: null, maxRelative: null, ...approximations };
  return compareOutput(corpusTest({ suite, approximations: full ?? null }), expected, actual);
}

describe("byte for byte", () => {
  it("accepts equal text and names the first differing line", () => {
    expect(compare("swfdec", "a\nb\n", "a\nb\n")).toBeNull();
    expect(compare("swfdec", "a\nb\nc\n", "a\nB\nC\n")).toEqual({ line: 2, expected: "b", actual: "B" });
  });

  it("turns CRLF into LF in the actual output, and keeps a lone CR", () => {
    expect(compare("swfdec", "a\nb\n", "a\r\nb\n")).toBeNull();
    expect(compare("swfdec", "a\rb\n", "a\rb\n")).toBeNull();
    expect(compare("swfdec", "a\rb\n", "a\nb\n")).not.toBeNull();
  });

  it("treats white space and missing last lines as differences", () => {
    expect(compare("swfdec", "a\n", "a \n")).not.toBeNull();
    expect(compare("swfdec", "a\n", "")).toEqual({ line: 1, expected: "a", actual: "" });
    expect(compare("swfdec", "", "\n")).not.toBeNull();
    expect(compare("swfdec", "a\n", "a\nb\n")).toEqual({ line: 2, expected: "", actual: "b" });
  });

  it("removes NUL in suite ruffle only", () => {
    expect(compare("ruffle", "ab\n", "a\0b\n")).toBeNull();
    expect(compare("swfdec", "ab\n", "a\0b\n")).not.toBeNull();
  });

  it("compares an unpaired surrogate as the replacement character that was recorded", () => {
    expect(compare("ruffle", "\ufffd\n", "\ud800\n")).toBeNull();
  });
});

describe("suite swfrecomp", () => {
  it("trims lines and drops empty ones", () => {
    expect(compare("swfrecomp", " a\n\nb\n", "a  \nb")).toBeNull();
    expect(compare("swfrecomp", "a\nb\n", "a\nc\n")).toEqual({ line: 2, expected: "b", actual: "c" });
    expect(compare("swfrecomp", "a\n", "a\nb\n")).toEqual({ line: 2, expected: null, actual: "b" });
  });
});

describe("approximations", () => {
  it("compares bare numbers within epsilon", () => {
    const rule = { bareNumbers: true, epsilon: 0.5 };
    expect(compare("ruffle", "10\nx\n", "10.5\nx\n", rule)).toBeNull();
    expect(compare("ruffle", "10\n", "10.6\n", rule)).not.toBeNull();
    expect(compare("ruffle", "10 px\n", "10.5 px\n", rule)).not.toBeNull();
    expect(compare("ruffle", "10\n", "x\n", rule)).not.toBeNull();
  });

  it("accepts the relative limit as well as the absolute one", () => {
    const rule = { bareNumbers: true, epsilon: 0, maxRelative: 0.01 };
    expect(compare("ruffle", "1000\n", "1009\n", rule)).toBeNull();
    expect(compare("ruffle", "1000\n", "1011\n", rule)).not.toBeNull();
  });

  it("defaults to the last place of 1", () => {
    expect(compare("ruffle", "0.3\n", "0.30000000000000004\n", { bareNumbers: true })).toBeNull();
    expect(compare("ruffle", "0.3\n", "0.3000000000000010\n", { bareNumbers: true })).not.toBeNull();
  });

  it("counts NaN as equal to NaN, and infinities to themselves, among bare numbers", () => {
    const rule = { bareNumbers: true, epsilon: 5 };
    expect(compare("ruffle", "NaN\ninf\n", "nan\nInfinity\n", rule)).toBeNull();
    expect(compare("ruffle", "NaN\n", "1\n", rule)).not.toBeNull();
    expect(compare("ruffle", "inf\n", "-inf\n", rule)).not.toBeNull();
  });

  it("compares capture groups as numbers and the rest of the line as text", () => {
    const rule = { numberPatterns: ["angle=([\\d.]+)"], epsilon: 0.001 };
    expect(compare("ruffle", "a angle=1.0001 b\n", "a angle=1.0002 b\n", rule)).toBeNull();
    expect(compare("ruffle", "a angle=1.0 b\n", "a angle=1.1 b\n", rule)).not.toBeNull();
    expect(compare("ruffle", "a angle=1.0 b\n", "a angle=1.0 c\n", rule)).not.toBeNull();
    expect(compare("ruffle", "5\n", "5.0001\n", rule)).not.toBeNull();
  });

  it("takes the first pattern that matches both lines", () => {
    const rule = { numberPatterns: ["x=(\\d+) y=(\\d+)", "y=(\\d+)"], epsilon: 1 };
    expect(compare("ruffle", "x=1 y=2\n", "x=2 y=1\n", rule)).toBeNull();
    expect(compare("ruffle", "x=1 y=2\n", "x=1 y=9\n", rule)).not.toBeNull();
    expect(compare("ruffle", "z y=2\n", "z y=3\n", rule)).toBeNull();
  });

  it("requires equal line counts", () => {
    expect(compare("ruffle", "1\n", "1\n1\n", { bareNumbers: true })).not.toBeNull();
  });
});
