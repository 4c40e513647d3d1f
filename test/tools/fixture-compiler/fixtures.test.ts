// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildFixtures, listFixtures } from "../../../tools/fixture-compiler/fixture-set.ts";
import { actionBlocks, checkActions, readTags } from "./structure.ts";

const folder = fileURLToPath(new URL("../../../fixtures", import.meta.url));
const hostile = /^hostile\//;

describe("fixtures", () => {
  const built = buildFixtures(folder);

  it("are committed as their sources compile (run `npm run fixtures`)", () => {
    const stale = built.filter(({ path, bytes }) => {
      const file = `${folder}/${path}`;
      return !existsSync(file) || !readFileSync(file).equals(bytes);
    });
    expect(stale.map(({ path }) => path)).toEqual([]);
  });

  it("have branches and bodies that end on action boundaries", () => {
    for (const { path, bytes } of built) {
      // Hostile movies break the rule on purpose; LZMA ones are read by the decoder's tests.
      if (hostile.test(path) || bytes[0] === "Z".charCodeAt(0)) continue;
      for (const block of actionBlocks(readTags(bytes))) expect(() => checkActions(block), path).not.toThrow();
    }
  });

  it("say what they should print", () => {
    expect(listFixtures(folder).filter(({ expected }) => expected === null)).toEqual([]);
  });
});
