// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eachMapping, TraceMap } from "@jridgewell/trace-mapping";
import { describe, expect, it } from "vitest";
import { recompile, recompileToJavaScript } from "../../recomp/index.ts";

const fixture = (name: string): Uint8Array => readFileSync(fileURLToPath(new URL(`../../fixtures/${name}.swf`, import.meta.url)));

describe.each([0, 1, 2] as const)("the source map of -O%i", (optimise) => {
  const { javascript, sourceMap, listing } = recompile(fixture("refcount/closures"), { name: "closures", optimise });
  const emitted = javascript.split("\n");
  const actions = listing.split("\n");
  const mappings: { generated: string; original: string }[] = [];
  eachMapping(new TraceMap(sourceMap), ({ generatedLine, originalLine }) => {
    mappings.push({ generated: emitted[generatedLine - 1], original: actions[(originalLine ?? 0) - 1] });
  });

  it("leads from lines to actions", () => {
    expect(mappings.length).toBeGreaterThan(100);
    for (const { generated, original } of mappings) {
      expect(generated.trim()).not.toBe("");
      expect(original).toMatch(/^[0-9a-f]{4,} {2,}[A-Z]/);
    }
  });

  it("agrees with the offsets that the text gives itself", () => {
    let compared = 0;
    for (const { generated, original } of mappings) {
      const told = /\/\/ ([0-9a-f]{4,}) (\w+)/.exec(generated);
      if (told === null) continue;
      compared++;
      expect(original).toMatch(new RegExp(`^${told[1]} +${told[2]}`));
    }
    expect(compared).toBeGreaterThan(3);
  });

  it("is no part of the program", () => {
    const plain = recompileToJavaScript(fixture("refcount/closures"), { name: "closures", optimise });
    expect(plain.sourceMap).toBeNull();
    expect(plain.javascript).toBe(javascript);
  });
});
