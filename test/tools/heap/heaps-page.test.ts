// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { heapTablesMarkdown } from "../../../tools/heap/tables.ts";

it("docs/heaps.md holds the tables that the heap table generates", () => {
  const page = readFileSync(new URL("../../../docs/heaps.md", import.meta.url), "utf8");
  expect(page).toContain(heapTablesMarkdown().trim());
});
