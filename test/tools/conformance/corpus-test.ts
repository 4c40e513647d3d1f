// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CorpusTest } from "../../../tools/conformance/manifest.ts";

/** A test as a manifest has it, with defaults for what a case does not care about. */
export function corpusTest(parts: Partial<CorpusTest>): CorpusTest {
  return {
    dir: "swfdec/core/sample",
    suite: "swfdec",
    tier: "core",
    name: "sample",
    frameRate: 10,
    main: "test.swf",
    run: { rule: "swfdec", frames: 11, frameMs: 100, ms: 1000 },
    approximations: null,
    tags: [],
    ...parts,
  };
}
