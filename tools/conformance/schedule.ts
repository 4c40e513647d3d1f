// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Player } from "../../runtime/player/player-api.ts";
import { frameIntervalMs } from "../cli/playback.ts";
import type { CorpusTest, RuleName } from "./manifest.ts";

/** Runs a test's frames and timers in the order in which its recording was made. */
type Schedule = (player: Player, test: CorpusTest, runFrame: () => void) => void;

/** Interval sums and the manifest's frame times are rounded; events this close together are due at the same time. */
const TIME_TOLERANCE_MS = 1e-3;

/**
 * Frame 1 at time 0, the next step 0.1 frame later, then one a frame, timers in the order of time, for `run.ms`. A
 * request to quit is handled at the end of a step, and of the following one if frame 1 or a timer asked.
 */
const swfdec: Schedule = (player, test, runFrame) => {
  const endMs = test.run.ms!;
  const interval = frameIntervalMs(test.frameRate);
  runFrame();
  for (let step = 0; (step + 0.1) * interval <= endMs; step++) {
    advanceTo(player, (step + 0.1) * interval);
    runFrame();
    if (player.quitRequested) return;
  }
  advanceTo(player, endMs);
};

/** `run.frames` times: a frame, then the timers of `run.frameMs`. */
const ruffleFrames: Schedule = (player, test, runFrame) => {
  for (let frame = 1; frame <= test.run.frames; frame++) {
    runFrame();
    if (player.quitRequested) return;
    player.advanceTimers(test.run.frameMs);
  }
};

/** `run.frames` times: time moves on by `run.frameMs`; the frames that have come due run, then the timers. */
const ruffleTicks: Schedule = (player, test, runFrame) => {
  const interval = frameIntervalMs(test.frameRate);
  let sinceFrame = 0;
  for (let tick = 1; tick <= test.run.frames; tick++) {
    sinceFrame += test.run.frameMs;
    while (sinceFrame >= interval - TIME_TOLERANCE_MS) {
      sinceFrame -= interval;
      runFrame();
      if (player.quitRequested) return;
    }
    player.advanceTimers(test.run.frameMs);
  }
};

/** Every frame once; a movie whose playhead has stopped has nothing more to run. */
const swfrecomp: Schedule = (player, test, runFrame) => {
  for (let frame = 1; frame <= test.run.frames; frame++) {
    runFrame();
    if (player.quitRequested || player.isAtRest()) return;
    player.advanceTimers(test.run.frameMs);
  }
};

/** Frame 1 at time 0, then one every interval, for `run.ms`. */
const shumway: Schedule = (player, test, runFrame) => {
  const endMs = test.run.ms!;
  const interval = frameIntervalMs(test.frameRate);
  for (let frame = 0; frame * interval <= endMs + TIME_TOLERANCE_MS; frame++) {
    advanceTo(player, frame * interval);
    runFrame();
    if (player.quitRequested) return;
  }
  advanceTo(player, endMs);
};

const SCHEDULES: Readonly<Record<RuleName, Schedule>> = {
  swfdec,
  "ruffle-frames": ruffleFrames,
  "ruffle-ticks": ruffleTicks,
  swfrecomp,
  shumway,
};

/**
 * Runs a player as the test's rule says.
 * @param afterFrame called after every frame and the loads that it finished
 * @throws Error when the manifest names a rule that is not known here
 */
export function runSchedule(player: Player, test: CorpusTest, afterFrame?: () => void): void {
  const schedule = SCHEDULES[test.run.rule];
  if (schedule === undefined) throw new Error(`unknown run rule '${test.run.rule}'`);
  schedule(player, test, () => {
    player.runFrame();
    player.deliverLoads();
    afterFrame?.();
  });
}

function advanceTo(player: Player, targetMs: number): void {
  if (targetMs > player.timeMs) player.advanceTimers(targetMs - player.timeMs);
}
