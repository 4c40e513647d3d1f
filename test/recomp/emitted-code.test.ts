// SPDX-License-Identifier: AGPL-3.0-or-later
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { recompile } from "../../recomp/index.ts";
import { compileFixture } from "../../tools/fixture-compiler/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function typescriptOf(source: string): string {
  return recompile(compileFixture(source, { version: 7 }), { name: "test.swf", optimise: 0 }).typescript;
}

it("is the same from run to run", () => {
  const source = 'function f(a) { try { return a.b; } finally { trace("x"); } } trace(f({b: 1}));';
  expect(typescriptOf(source)).toBe(typescriptOf(source));
});

it("lets no text of the movie out of its quotes", () => {
  const hostile = '"; process.exit(1); // */ \\u2028 </script> `${x}`\\n';
  const text = typescriptOf(`trace(${JSON.stringify(hostile)}); var o = {}; o[${JSON.stringify(hostile)}] = 1;`);
  const code = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  expect(code).not.toContain("process");
  expect(code).not.toContain("script>");
  expect(text).not.toContain("\u2028");
});

it("type-checks under strict against the published types", () => {
  const folder = mkdtempSync(join(tmpdir(), "reswf-emitted-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules", "reswf"));
    ["language/exception-unwinding", "language/exceptions", "hostile/stack-underflow", "hello"].forEach((name, i) => {
      const { typescript } = recompile(readFileSync(join(root, "fixtures", `${name}.swf`)), { name, optimise: 0 });
      writeFileSync(join(folder, `movie${i}.ts`), typescript);
    });
    const optimised = [
      "tail-calls",
      "formulas",
      "number-runs",
      "moving-properties",
      "doubles",
      "math",
      "self-reference",
      "exceptions",
    ];
    optimised.forEach((name, i) => {
      const folders = ["language", "builtins", "refcount"].map((sort) => join(root, "fixtures", sort, `${name}.swf`));
      const { typescript } = recompile(readFileSync(folders.find((file) => existsSync(file))!), { name, optimise: 2 });
      writeFileSync(join(folder, `optimised${i}.ts`), typescript);
    });
    const options = { strict: true, noEmit: true, target: "ES2022", module: "NodeNext", moduleResolution: "NodeNext", types: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    expect(() => execFileSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", stdio: "pipe" })).not.toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
