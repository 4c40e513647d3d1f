// SPDX-License-Identifier: AGPL-3.0-or-later
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AddressSpace } from "../../../lib/memory/address-space.ts";
import type { CorpusTest } from "../../../tools/conformance/manifest.ts";
import { runTest, type TestSettings } from "../../../tools/conformance/run-test.ts";
import { summarise } from "../../../tools/conformance/summary.ts";
import { fakeEngine, outOfMemoryError, type PlayerScript } from "../fake-engine.ts";
import { corpusTest } from "./corpus-test.ts";

let corpus: string;

beforeAll(() => {
  corpus = mkdtempSync(join(tmpdir(), "reswf-corpus-"));
  const folder = join(corpus, "swfdec/core/sample");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "test.swf"), "movie");
  writeFileSync(join(folder, "sibling.txt"), "loaded");
  writeFileSync(join(folder, "expected.txt"), "hello\n");
});

afterAll(() => rmSync(corpus, { recursive: true }));

function run(script: PlayerScript, test: Partial<CorpusTest> = {}, settings: Partial<TestSettings> = {}) {
  const engine = fakeEngine(script);
  const result = runTest(engine, new AddressSpace(1 << 20), corpusTest(test), {
    corpus,
    heap: "bump",
    optimise: 2,
    audit: null,
    leaks: false,
    keepOutput: false,
    ...settings,
  });
  return { result, options: engine.players[0]?.options };
}

const hello: PlayerScript = {
  onFrame(player) {
    if (player.frameNumber === 1) player.trace("hello");
  },
};

it("passes when the output is what was recorded", () => {
  expect(run(hello).result).toMatchObject({ pass: true, why: null, leaks: 0, difference: null });
});

it("fails with the first difference when it is not", () => {
  expect(run({}).result).toMatchObject({ pass: false, why: "output", difference: { line: 1, expected: "hello", actual: "" } });
});

it("blames a script limit only for wrong output", () => {
  expect(run({ limitHit: "too deep" }).result).toMatchObject({ pass: false, why: "limit", message: "too deep" });
  expect(run({ ...hello, limitHit: "too deep" }).result.pass).toBe(true);
});

it("calls an exhausted heap memory, and everything else that is thrown a crash", () => {
  const fail = (error: Error): PlayerScript => ({
    onFrame() {
      throw error;
    },
  });
  expect(run(fail(outOfMemoryError())).result).toMatchObject({ pass: false, why: "memory" });
  expect(run(fail(new TypeError("bug"))).result).toMatchObject({
    pass: false,
    why: "crash",
    message: expect.stringContaining("bug"),
  });
  expect(run(hello, { dir: "swfdec/core/missing" }).result).toMatchObject({ pass: false, why: "crash" });
});

it("counts leaks without failing the test, and only when asked", () => {
  const leaking: PlayerScript = {
    ...hello,
    leaks: [{ kind: "object", ptr: 64, referenceCount: 1, preview: "{}", referrers: [] }],
  };
  expect(run(leaking, {}, { leaks: true }).result).toMatchObject({ pass: true, leaks: 1 });
  expect(run(leaking).result.leaks).toBe(0);
});

it("fails a test whose reference counts are wrong, whatever it printed", () => {
  expect(
    run({ ...hello, audit: [{ kind: "object", ptr: 0x40, counted: 2, existing: 1, preview: "" }] }, {}, { audit: "frame" })
      .result,
  ).toMatchObject({
    pass: false,
    why: "crash",
  });
});

it("sets up the clock and the random generator of each suite", () => {
  const swfdec = run(hello).options!;
  expect(new Date(swfdec.clock!.startMs!).toISOString()).toBe("2002-10-28T21:24:04.000Z");
  expect(swfdec.clock).toMatchObject({ utcOffsetMinutes: 0 });
  expect(swfdec).toMatchObject({ seed: 0, timeoutMs: Number.POSITIVE_INFINITY, url: "file:///test.swf" });

  const ruffle = run(hello, { suite: "ruffle", run: { rule: "ruffle-frames", frames: 1, frameMs: 100 } }).options!;
  const local = new Date(ruffle.clock!.startMs! + ruffle.clock!.utcOffsetMinutes! * 60_000);
  expect(local.toISOString()).toBe("2001-02-03T04:05:06.000Z");
  expect(ruffle).toMatchObject({ randomGenerator: "avmplus", clock: { utcOffsetMinutes: 345 } });
});

it("hands on player version, viewport and time limit of a test", () => {
  const { options } = run(hello, {
    playerVersion: 9,
    viewport: { width: 900, height: 800, scale_factor: 1.25 },
    maxExecution: { secs: 5, nanos: 0 },
  });
  expect(options).toMatchObject({ playerVersion: 9, viewport: { width: 900, height: 800, scaleFactor: 1.25 }, timeoutMs: 5000 });
});

it("lets a movie read its siblings and nothing above them", () => {
  const { options } = run(hello);
  expect(new TextDecoder().decode(options!.readFile!("sibling.txt")!)).toBe("loaded");
  expect(options!.readFile!("../../../manifest.json")).toBeNull();
});

it("puts the player's warnings into the output only where they were recorded", () => {
  const warning: PlayerScript = {
    onFrame(player) {
      if (player.frameNumber === 1) player.options.onWarning?.("Uncaught exception, x");
    },
  };
  const output = (tags: string[], logWarnings?: boolean) =>
    run(warning, { tags, logWarnings }, { keepOutput: true }).result.output;
  expect(output(["warnings-in-output"])).toBe("Warning: Uncaught exception, x\n");
  expect(output([])).toBe("");
  expect(output(["warnings-in-output"], false)).toBe("");
});

it("sums up in the shape that --json promises", () => {
  const pass = { test: corpusTest({}), result: { ...run(hello).result, ms: 1.26 } };
  const fail = {
    test: corpusTest({ suite: "ruffle", tier: "net", name: "other" }),
    result: { ...run({}).result, ms: 2, leaks: 3 },
  };
  expect(summarise([pass, fail])).toEqual({
    total: 2,
    pass: 1,
    tiers: { "swfdec/core": { total: 1, pass: 1 }, "ruffle/net": { total: 1, pass: 0 } },
    tests: [
      { suite: "swfdec", tier: "core", name: "sample", pass: true, why: null, ms: 1.3, leaks: 0 },
      { suite: "ruffle", tier: "net", name: "other", pass: false, why: "output", ms: 2, leaks: 3 },
    ],
  });
});
