// SPDX-License-Identifier: AGPL-3.0-or-later
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkFile, checkLayers, importsOf } from "../../../tools/checks/layers.ts";

const MIT = "// SPDX-License-Identifier: MIT\n";
const AGPL = "// SPDX-License-Identifier: AGPL-3.0-or-later\n";

it("finds this package in order", () => {
  expect(checkLayers(fileURLToPath(new URL("../../..", import.meta.url)))).toEqual([]);
});

describe("importsOf", () => {
  it("sees every form of import", () => {
    const source = [
      'import a from "./a.ts";',
      "import {\n  b,\n  type C,\n} from './b.ts';",
      'import type { D } from "./d.ts";',
      'import "./e.ts";',
      'export * from "./f.ts";',
      'export type { G } from "./g.ts";',
      'const h = await import("./h.ts");',
      'const i = require("./i.ts");',
      'import * as j from "./j.ts"; import k from "./k.ts";',
    ].join("\n");
    expect(importsOf(source).map(({ specifier, typeOnly }) => (typeOnly ? `type ${specifier}` : specifier))).toEqual([
      "./a.ts",
      "./b.ts",
      "type ./d.ts",
      "./e.ts",
      "./f.ts",
      "type ./g.ts",
      "./h.ts",
      "./i.ts",
      "./j.ts",
      "./k.ts",
    ]);
  });

  it("ignores comments, and text that only looks like an import", () => {
    expect(importsOf('// import a from "./a.ts";\n/* import "./b.ts" */\n/** import("./c.ts") */')).toEqual([]);
    expect(importsOf('const note = "import x from";\nexport const table = ["./not-an-import.ts"];')).toEqual([]);
  });

  it("tells the line", () => {
    expect(importsOf('\n\nimport a from "./a.ts";')).toEqual([{ specifier: "./a.ts", typeOnly: false, line: 3 }]);
  });
});

describe("checkFile", () => {
  it.each([
    ["lib/heap/a.ts", 'import { b } from "../memory/b.ts";'],
    ["runtime/a.ts", 'import { b } from "../lib/b.ts";'],
  ])("allows %s: %s", (path, source) => {
    expect(checkFile(path, MIT + source)).toEqual([]);
  });

  it.each([
    ["recomp/ir/a.ts", 'import type { B } from "../../runtime/movie/b.ts";'],
    ["recomp/a.ts", 'import type { Abi } from "../runtime/abi.ts";'],
    ["recomp/a.ts", 'import { K } from "../lib/k.ts";'],
    ["recomp/swf/a.ts", 'import { parseTag } from "swf-parser";'],
    ["tools/a.ts", 'import { b } from "../recomp/b.ts";\nimport { c } from "commander";\nimport { d } from "node:fs";'],
  ])("allows %s: %s", (path, source) => {
    expect(checkFile(path, AGPL + source)).toEqual([]);
  });

  it.each([
    ["lib/a.ts", 'import { b } from "../runtime/b.ts";'],
    ["lib/a.ts", 'import type { B } from "../runtime/b.ts";'],
    ["lib/a.ts", 'import { readFileSync } from "node:fs";'],
    ["runtime/a.ts", 'import { b } from "../recomp/b.ts";'],
    ["runtime/a.ts", 'const b = await import("../tools/b.ts");'],
    ["runtime/a.ts", 'import { inflate } from "pako";'],
    ["lib/a.ts", 'import { b } from "./b.js";'],
  ])("refuses %s: %s", (path, source) => {
    expect(checkFile(path, MIT + source)).toHaveLength(1);
  });

  it.each([
    ["recomp/a.ts", 'import { B } from "../runtime/movie/b.ts";'],
    ["recomp/a.ts", 'import type { B } from "../runtime/objects/b.ts";'],
    ["recomp/a.ts", 'import type { B } from "../tools/b.ts";'],
    ["recomp/emit/a.ts", 'import { parseTag } from "swf-parser";'],
    ["tools/a.ts", 'import { parseTag } from "swf-parser";'],
  ])("refuses %s: %s", (path, source) => {
    expect(checkFile(path, AGPL + source)).toHaveLength(1);
  });

  it("asks for the licence header of the folder, after a #! line if there is one", () => {
    expect(checkFile("lib/a.ts", AGPL)).toHaveLength(1);
    expect(checkFile("tools/a.ts", "export {};\n")).toHaveLength(1);
    expect(checkFile("tools/a.ts", `#!/usr/bin/env node\n${AGPL}`)).toEqual([]);
  });
});
