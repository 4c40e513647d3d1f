// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { AddressSpace } from "../../../lib/memory/address-space.ts";
import type { RunRule } from "../../../tools/conformance/manifest.ts";
import { runSchedule } from "../../../tools/conformance/schedule.ts";
import { type FakePlayer, fakeEngine, fakeMovie, type PlayerScript } from "../fake-engine.ts";
import { corpusTest } from "./corpus-test.ts";

/** Plays a script by a rule; returns what happened when, loads left out. */
function play(run: RunRule, script: PlayerScript, frameRate = 10): string[] {
  const engine = fakeEngine(script);
  const memory = new AddressSpace(1 << 20);
  const player = engine.createPlayer(fakeMovie(frameRate), { memory, heap: engine.createHeap("bump", memory) }) as FakePlayer;
  runSchedule(player, corpusTest({ run, frameRate }));
  return player.log.filter((entry) => entry !== "loads");
}

const quit = (player: FakePlayer) => {
  player.quitRequested = true;
};

const onFrame = (frame: number, action: (player: FakePlayer) => void) => (player: FakePlayer) => {
  if (player.frameNumber === frame) action(player);
};

describe("rule swfdec", () => {
  const run: RunRule = { rule: "swfdec", frames: 11, frameMs: 100, ms: 1000 };

  it("runs frame 1 at 0, the next step 0.1 frame later, then one a frame, run.frames in all", () => {
    const log = play(run, {});
    expect(log.slice(0, 3)).toEqual(["frame 1 @0", "frame 2 @10", "frame 3 @110"]);
    expect(log.at(-1)).toBe("frame 11 @910");
    expect(log).toHaveLength(run.frames);
  });

  it("interleaves timers with steps by time, and runs what is due at exactly the end", () => {
    const log = play(run, {
      timers: [
        { atMs: 50, fire: () => {} },
        { atMs: 1000, fire: () => {} },
        { atMs: 1001, fire: () => {} },
      ],
    });
    expect(log.slice(1, 4)).toEqual(["frame 2 @10", "timer @50", "frame 3 @110"]);
    expect(log.at(-1)).toBe("timer @1000");
  });

  it("handles a quit of frame 1 at the end of the next step", () => {
    expect(play(run, { onFrame: onFrame(1, quit) })).toEqual(["frame 1 @0", "frame 2 @10"]);
  });

  it("handles a quit inside a step at the end of that step", () => {
    expect(play(run, { onFrame: onFrame(3, quit) }).at(-1)).toBe("frame 3 @110");
  });

  it("handles a quit asked for by a timer at the end of the following step", () => {
    expect(play(run, { timers: [{ atMs: 50, fire: quit }] }).at(-1)).toBe("frame 3 @110");
  });

  it("counts a header rate of 0 as 256 frames a second", () => {
    const log = play({ rule: "swfdec", frames: 12, frameMs: 3.90625, ms: 40 }, {}, 0);
    expect(log).toHaveLength(12);
    expect(log[1]).toBe("frame 2 @0.391");
  });
});

describe("rule ruffle-frames", () => {
  const run: RunRule = { rule: "ruffle-frames", frames: 3, frameMs: 100 };

  it("alternates a frame and the timers of its time", () => {
    const log = play(run, {
      timers: [
        { atMs: 100, fire: () => {} },
        { atMs: 150, fire: () => {} },
      ],
    });
    expect(log).toEqual(["frame 1 @0", "timer @100", "frame 2 @100", "timer @150", "frame 3 @200"]);
  });

  it("ends at the end of the frame that asked to quit", () => {
    expect(play(run, { onFrame: onFrame(2, quit), timers: [{ atMs: 150, fire: () => {} }] })).toEqual([
      "frame 1 @0",
      "frame 2 @100",
    ]);
  });
});

describe("rule ruffle-ticks", () => {
  it("runs a frame when it is due, then the timers of the tick", () => {
    const log = play({ rule: "ruffle-ticks", frames: 4, frameMs: 50 }, { timers: [{ atMs: 60, fire: () => {} }] });
    expect(log).toEqual(["frame 1 @50", "timer @60", "frame 2 @150"]);
  });

  it("takes the manifest's rounded frame time for a whole frame", () => {
    const log = play({ rule: "ruffle-ticks", frames: 30, frameMs: 83.333333 }, {}, 12);
    expect(log).toHaveLength(30);
  });
});

describe("rule swfrecomp", () => {
  it("runs every frame once", () => {
    expect(play({ rule: "swfrecomp", frames: 3, frameMs: 100 }, {})).toHaveLength(3);
  });

  it("ends when the playhead is stopped", () => {
    expect(play({ rule: "swfrecomp", frames: 3, frameMs: 100 }, { restsAfterFrame: 1 })).toEqual(["frame 1 @0"]);
  });
});

describe("rule shumway", () => {
  it("runs the frames that are due within the time, the last instant included", () => {
    const log = play({ rule: "shumway", frames: 25, frameMs: 41.666667, ms: 1000 }, {}, 24);
    expect(log).toHaveLength(25);
    expect(log.at(-1)).toBe("frame 25 @1000");
  });
});

describe("all rules", () => {
  it("deliver loads after each frame", () => {
    const engine = fakeEngine({});
    const memory = new AddressSpace(1 << 20);
    const player = engine.createPlayer(fakeMovie(), { memory, heap: engine.createHeap("bump", memory) }) as FakePlayer;
    runSchedule(player, corpusTest({ run: { rule: "ruffle-frames", frames: 2, frameMs: 100 } }));
    expect(player.log).toEqual(["frame 1 @0", "loads", "frame 2 @100", "loads"]);
  });

  it("refuse a rule that they don't know", () => {
    expect(() => play({ rule: "other" as "swfdec", frames: 1, frameMs: 1 }, {})).toThrow(/unknown run rule 'other'/);
  });
});
