// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../../tools/cli/program.ts";
import type { Engine } from "../../../tools/engine.ts";
import { type FakePlayer, fakeEngine, memoryTerminal, outOfMemoryError, type PlayerScript } from "../fake-engine.ts";

let folder: string;
let movie: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reswf-run-"));
  movie = join(folder, "movie.swf");
  writeFileSync(movie, "movie");
});

afterAll(() => rmSync(folder, { recursive: true }));

async function reswf(
  argv: string[],
  script: PlayerScript = {},
  parts: Partial<Engine> = {},
  environment: Record<string, string> = {},
) {
  const terminal = memoryTerminal(environment);
  const engine = fakeEngine(script, parts);
  const exitCode = await runCommandLine(argv, "1.2.3", { terminal, loadEngine: async () => engine });
  return { exitCode, stdout: terminal.stdout, stderr: terminal.stderr, player: engine.players[0] };
}

const quitIn = (frame: number): PlayerScript => ({
  onFrame(player: FakePlayer) {
    player.trace(`frame ${player.frameNumber}`);
    if (player.frameNumber === frame) player.quitRequested = true;
  },
});

const WRONG = { kind: "object", ptr: 0x40, counted: 2, existing: 1, preview: "properties a" };

describe("where a run ends", () => {
  it("at quit, with the trace on standard output and nothing else anywhere", async () => {
    expect(await reswf(["run", movie], quitIn(2))).toMatchObject({ exitCode: 0, stdout: "frame 1\nframe 2\n", stderr: "" });
  });

  it("at rest", async () => {
    const { player, stderr } = await reswf(["run", movie], { restsAfterFrame: 3 });
    expect([player!.frameNumber, stderr]).toEqual([3, ""]);
  });

  it("after 10 s of movie time, with a note", async () => {
    const { player, stderr, exitCode } = await reswf(["run", movie], { frameRate: 10 });
    expect([player!.frameNumber, player!.timeMs, exitCode]).toEqual([101, 10_000, 0]);
    expect(stderr).toContain("10 s");
  });

  it("after --frames, even at rest", async () => {
    const { player, stderr } = await reswf(["run", movie, "--frames", "7"], { restsAfterFrame: 1 });
    expect([player!.frameNumber, stderr]).toEqual([7, ""]);
    expect((await reswf(["run", movie, "--frames", "0"])).player!.frameNumber).toBe(0);
  });

  it("after --seconds, what is due at the end included", async () => {
    const { player, stderr } = await reswf(["run", movie, "--seconds", "0.5"], { frameRate: 10 });
    expect([player!.frameNumber, player!.timeMs, stderr]).toEqual([6, 500, ""]);
  });

  it("never before quit with --until-quit, unless nothing can ask for it any more", async () => {
    expect((await reswf(["run", movie, "--until-quit"], { ...quitIn(500), frameRate: 10 })).player!.frameNumber).toBe(500);
    const { stderr, exitCode } = await reswf(["run", movie, "--until-quit"], { restsAfterFrame: 1 });
    expect(stderr).toContain("without asking to quit");
    expect(exitCode).toBe(0);
  });

  it("at the host's pace with --clock real", async () => {
    const started = performance.now();
    const { player } = await reswf(["run", movie, "--clock", "real", "--frames", "3"], { frameRate: 50 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(39);
    expect(player!.options.clock!.mode).toBe("real");
  });
});

describe("exit codes", () => {
  it("3 for a file that does not exist or is no SWF, with the message and no stack trace", async () => {
    expect(await reswf(["run", join(folder, "none.swf")])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/none\.swf: no such file\n$/),
    });
    const compileMovie = () => {
      throw Object.assign(new Error("movie.swf: not a SWF file (byte 0)"), { name: "SwfError" });
    };
    expect(await reswf(["run", movie], {}, { compileMovie })).toMatchObject({
      exitCode: 3,
      stderr: "reswf: movie.swf: not a SWF file (byte 0)\n",
    });
  });

  it("4 out of memory, naming heap, request and largest kinds, and no stack trace", async () => {
    const onFrame = (player: FakePlayer) => {
      player.trace("before");
      throw outOfMemoryError();
    };
    const { exitCode, stdout, stderr } = await reswf(["run", movie], { onFrame });
    expect([exitCode, stdout]).toEqual([4, "before\n"]);
    expect(stderr).toMatchInlineSnapshot(`
      "reswf: out of memory: heap o1heap could not serve 10485760 bytes for a string
        in use 3.00 MiB of 4.00 MiB, peak 3.00 MiB, 1 arena
        largest kinds alive:
          string    2.00 MiB         12 blocks
          object    1.00 MiB       3000 blocks
      "
    `);
  });

  it("4 also when the player does not even start", async () => {
    const createPlayer = () => {
      throw outOfMemoryError();
    };
    expect(await reswf(["run", movie], {}, { createPlayer })).toMatchObject({ exitCode: 4 });
  });

  it("5 when --leaks finds something, 0 when not asked or nothing is there", async () => {
    const leaking: PlayerScript = {
      restsAfterFrame: 1,
      leaks: [{ kind: "object", ptr: 0x80, referenceCount: 2, preview: "{a: 1}", referrers: [] }],
    };
    const found = await reswf(["run", movie, "--leaks"], leaking);
    expect(found.exitCode).toBe(5);
    expect(found.stderr).toContain("object at 0x80, reference count 2: {a: 1}");
    expect((await reswf(["run", movie], leaking)).exitCode).toBe(0);
    expect(await reswf(["run", movie, "--leaks"], { restsAfterFrame: 1 })).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await reswf(["run", movie, "--leaks"], { restsAfterFrame: 1, blocksAfterDispose: 2 })).exitCode).toBe(5);
  });

  it("6 when a script limit was hit", async () => {
    expect(await reswf(["run", movie], { restsAfterFrame: 1, limitHit: "256 calls deep" })).toMatchObject({
      exitCode: 6,
      stderr: "reswf: script limit: 256 calls deep\n",
    });
  });

  it("1 for an internal error and for wrong reference counts", async () => {
    const onFrame = () => {
      throw new TypeError("bug");
    };
    expect(await reswf(["run", movie], { onFrame })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("internal error: TypeError: bug"),
    });
    expect(await reswf(["run", movie, "--audit"], { restsAfterFrame: 1, audit: [WRONG] })).toMatchObject({
      exitCode: 1,
    });
  });
});

describe("wrong usage", () => {
  it.each([
    [["run"], "missing required argument 'movie'"],
    [["run", "a.swf", "b.swf"], "too many arguments for 'run'. Expected 1 argument but got 2."],
    [["run", "a.swf", "--wrong"], "unknown option '--wrong'"],
    [["walk"], "unknown command 'walk'"],
    [[], "missing command"],
    [["run", "a.swf", "--frames", "-1"], "It must be a whole number, 0 or more."],
    [["run", "a.swf", "--frames", "x"], "It must be a whole number, 0 or more."],
    [["run", "a.swf", "--seconds", "1e999"], "It must be a number of seconds, 0 or more."],
    [["run", "a.swf", "-O3"], "Allowed choices are 0, 1, 2."],
    [["run", "a.swf", "--clock", "sun"], "Allowed choices are virtual, real."],
    [["run", "a.swf", "--stats=xml"], "Allowed choices are text, json."],
    [["run", "a.swf", "--heap", "none"], "unknown heap 'none'"],
    [["run", "a.swf", "--base", "/no/such/folder"], "--base: '/no/such/folder' is not a folder"],
    [["build", "a.swf"], "build needs an output folder: -o DIR"],
  ])("%j", async (argv, message) => {
    const { exitCode, stdout, stderr } = await reswf(argv);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/\nTry 'reswf --help'\n$/);
  });
});

describe("options", () => {
  it("takes -O2 and -O 2 alike, and 2 as the default", async () => {
    const levels: number[] = [];
    const engine = fakeEngine({});
    const compileMovie: Engine["compileMovie"] = (bytes, options) => {
      levels.push(options.optimise);
      return engine.compileMovie(bytes, options);
    };
    for (const argv of [["-O0"], ["-O", "1"], []]) await reswf(["run", movie, "--frames", "0", ...argv], {}, { compileMovie });
    expect(levels).toEqual([0, 1, 2]);
  });

  it("does not take the movie for the value of --stats or --audit", async () => {
    expect((await reswf(["run", "--audit", "--stats", movie], { restsAfterFrame: 1 })).exitCode).toBe(0);
  });

  it("prints statistics as the last line of standard error with --stats=json, also when memory ran out", async () => {
    const onFrame = () => {
      throw outOfMemoryError();
    };
    const { stderr, exitCode } = await reswf(["run", movie, "--stats=json"], { onFrame });
    const last = JSON.parse(stderr.trimEnd().split("\n").at(-1)!);
    expect(last).toMatchObject({
      heap: "bump",
      capacity: expect.any(Number),
      allocated: 0,
      arenas: 1,
      kinds: [],
      frames: 1,
      exitCode: 4,
    });
    expect(exitCode).toBe(4);
  });

  it("prefers --heap to RESWF_HEAP", async () => {
    const specs: string[] = [];
    const engine = fakeEngine({});
    const createHeap: Engine["createHeap"] = (spec, memory) => {
      specs.push(spec);
      return engine.createHeap("bump", memory);
    };
    await reswf(["run", movie, "--frames", "0"], {}, { createHeap }, { RESWF_HEAP: "from-environment" });
    await reswf(["run", movie, "--frames", "0", "--heap", "from-flag"], {}, { createHeap }, { RESWF_HEAP: "from-environment" });
    expect(specs).toEqual(["from-environment", "from-flag"]);
  });

  it("loads a built folder, and hides this machine's paths from the movie", async () => {
    const { exitCode, player } = await reswf(["run", folder, "--frames", "1"]);
    expect(exitCode).toBe(0);
    expect(player!.options.url).toMatch(/^file:\/\/\/reswf-run-[^/]+$/);
  });

  it("writes a CPU profile", async () => {
    const file = join(folder, "run.cpuprofile");
    await reswf(["run", movie, "--frames", "1", "--profile", file]);
    expect(existsSync(file)).toBe(true);
    expect(JSON.parse(readFileSync(file, "utf8"))).toHaveProperty("nodes");
  });

  it("shows the movie's damage and warnings on standard error", async () => {
    const script: PlayerScript = {
      restsAfterFrame: 1,
      warnings: ["tag 9 ends past the file (byte 20)"],
      onFrame: (player) => player.options.onWarning?.("odd"),
    };
    const { stdout, stderr } = await reswf(["run", movie], script);
    expect(stdout).toBe("");
    expect(stderr).toContain("tag 9 ends past the file (byte 20)");
    expect(stderr).toContain("Warning: odd\n");
  });
});

describe("the other commands", () => {
  it("build writes the emitted files and nothing outside the folder", async () => {
    const output = join(folder, "built");
    const buildMovie = () => [{ path: "src/code.ts", contents: "export {}" }];
    expect((await reswf(["build", movie, "-o", output], {}, { buildMovie })).exitCode).toBe(0);
    expect(readFileSync(join(output, "src/code.ts"), "utf8")).toBe("export {}");
    const escaping = () => [{ path: "../escaped.ts", contents: "" }];
    expect((await reswf(["build", movie, "-o", output], {}, { buildMovie: escaping })).exitCode).toBe(1);
    expect(existsSync(join(folder, "escaped.ts"))).toBe(false);
  });

  it("inspect prints to standard output", async () => {
    expect(await reswf(["inspect", movie, "--actions"])).toMatchObject({ exitCode: 0, stdout: "5 bytes, actions\n" });
  });

  it("conformance says that a missing corpus is skipped, and exits 0", async () => {
    const missing = await reswf(["conformance", join(folder, "none")]);
    expect(missing).toMatchObject({ exitCode: 0, stdout: "", stderr: expect.stringContaining("skipped") });
    expect(JSON.parse((await reswf(["conformance", join(folder, "none"), "--json"])).stdout)).toEqual({
      total: 0,
      pass: 0,
      tiers: {},
      tests: [],
    });
  });
});
