// SPDX-License-Identifier: AGPL-3.0-or-later
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { directoryReader, movieUrl, pathOfUrl } from "../../../tools/cli/file-access.ts";

let outside: string;
let base: string;

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), "reswf-files-"));
  base = join(outside, "base");
  mkdirSync(join(base, "sub"), { recursive: true });
  writeFileSync(join(outside, "secret.txt"), "secret");
  mkdirSync(join(outside, "base-sibling"));
  writeFileSync(join(outside, "base-sibling", "secret.txt"), "secret");
  writeFileSync(join(base, "a b.txt"), "text");
  writeFileSync(join(base, "sub", "c.txt"), "c");
  symlinkSync(join(outside, "secret.txt"), join(base, "link.txt"));
});

afterAll(() => rmSync(outside, { recursive: true }));

function read(url: string): string | null {
  const bytes = directoryReader(base)(url);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

it.each([
  ["a b.txt", "text"],
  ["a%20b.txt", "text"],
  ["./sub/../a b.txt", "text"],
  ["sub\\c.txt", "c"],
  ["/sub/c.txt", "c"],
  ["file:///sub/c.txt", "c"],
  ["FILE://localhost/sub/c.txt?query=1#part", "c"],
])("reads %s", (url, text) => {
  expect(read(url)).toBe(text);
});

it.each([
  "../secret.txt",
  "..%2fsecret.txt",
  "..\\secret.txt",
  "sub/../../secret.txt",
  "../base-sibling/secret.txt",
  "link.txt",
  "sub",
  "",
  "?",
  "missing.txt",
  "a\0b",
  "http://example.com/a b.txt",
  "https:a b.txt",
  "javascript:1",
  "//host/a b.txt",
  "file://host/a b.txt",
  "%",
])("finds nothing at %j", (url) => {
  expect(read(url)).toBeNull();
});

it("names a movie without its folder", () => {
  expect(movieUrl("/some/where/my movie.swf")).toBe("file:///my%20movie.swf");
  expect(pathOfUrl(movieUrl("/some/where/my movie.swf"))).toBe("my movie.swf");
});
