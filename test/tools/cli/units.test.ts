// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { formatSize, parseSize } from "../../../tools/cli/units.ts";

it.each([
  ["4096", 4096],
  ["4k", 4096],
  ["64M", 64 << 20],
  ["1.5MiB", 1.5 * (1 << 20)],
  ["1GB", 1 << 30],
  [" 8K ", 8192],
  ["", null],
  ["M", null],
  ["-1", null],
  ["1T", null],
  ["1 2", null],
])("reads %j", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [4096, "4.00 KiB"],
  [10 << 20, "10.0 MiB"],
  [3 * 2 ** 30, "3.00 GiB"],
])("prints %d", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
