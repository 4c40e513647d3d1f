// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readMovie } from "../../../recomp/index.ts";
import { buildFixtures, listFixtures } from "../../../tools/fixture-compiler/fixture-set.ts";
import { checkActions } from "./structure.ts";

const folder = fileURLToPath(new URL("../../../fixtures", import.meta.url));

describe("fixtures", () => {
  const built = buildFixtures(folder);

  it("are committed as their sources compile (run `npm run fixtures`)", () => {
    const stale = built.filter(({ path, bytes }) => {
      const file = `${folder}/${path}`;
      return !existsSync(file) || !readFileSync(file).equals(bytes);
    });
    expect(stale.map(({ path }) => path)).toEqual([]);
  });

  it("are read without a warning, and their branches and bodies end on action boundaries", () => {
    for (const { path, bytes } of built) {
      const { description, blocks } = readMovie(bytes, path);
      expect(description.warnings, path).toEqual([]);
      // Hostile movies break the rule on purpose.
      if (path.startsWith("hostile/")) continue;
      for (const block of blocks) expect(() => checkActions(block.bytes), path).not.toThrow();
    }
  });

  it("say what they should print", () => {
    expect(listFixtures(folder).filter(({ expected }) => expected === null)).toEqual([]);
  });
});
