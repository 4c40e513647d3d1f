// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Player } from "../../runtime/player/player-api.ts";
import { sleepBlocking } from "./terminal.ts";

/** How long a run goes on when the user gave no end: 10 s of movie time. */
export const DEFAULT_DURATION_MS = 10_000;

/** Frame rate that a header rate of 0 counts as: what the player's recordings show. */
const FASTEST_FRAME_RATE = 256;

/** Longest nap of a run on the host's clock; Flash's timers are no finer than this. */
const TIMER_GRAIN_MS = 10;

/** Milliseconds from one frame to the next, for a header's frame rate. */
export function frameIntervalMs(frameRate: number): number {
  return 1000 / (frameRate > 0 ? frameRate : FASTEST_FRAME_RATE);
}

export interface PlaybackOptions {
  /** Frames to run at most. */
  frames?: number;
  /** Movie time to run at most; what is due at exactly this time still runs. */
  durationMs?: number;
  /** Runs on until the movie asks to quit; without it and the two above a run ends at rest, or after the default time. */
  untilQuit?: boolean;
  clock: "virtual" | "real";
  /** Called after every frame. */
  afterFrame?: () => void;
}

/** Why playback ended. `default-duration`: the user had set no end, and the movie would have gone on. */
export type PlaybackEnd = "quit" | "frames" | "duration" | "at-rest" | "default-duration";

/** Frames due this close to the end of a run count as due in time: sums of frame intervals are not exact. */
const TIME_TOLERANCE_MS = 1e-6;

/** How movie time passes. */
interface Clock {
  /** Runs the timers that are due until `targetMs`; stops early when the movie asks to quit. */
  advanceTo(player: Player, targetMs: number): void;
  /** The time that the frame after `count` frames is due, the latest of them at `frameMs`. */
  nextFrameMs(count: number, frameMs: number, intervalMs: number): number;
}

function virtualClock(): Clock {
  return {
    advanceTo: (player, targetMs) => player.advanceTimers(Math.max(0, targetMs - player.timeMs)),
    nextFrameMs: (count, _frameMs, intervalMs) => count * intervalMs,
  };
}

function realClock(): Clock {
  const start = performance.now();
  // Counted here, since the player's own time follows the host already.
  let advancedMs = 0;
  return {
    advanceTo(player, targetMs) {
      for (;;) {
        const elapsed = performance.now() - start;
        player.advanceTimers(elapsed - advancedMs);
        advancedMs = elapsed;
        if (elapsed >= targetMs || player.quitRequested) return;
        sleepBlocking(Math.min(targetMs - elapsed, TIMER_GRAIN_MS));
      }
    },
    // A movie that cannot keep up slows down; Flash never runs lost frames later.
    nextFrameMs: (_count, frameMs, intervalMs) => Math.max(frameMs + intervalMs, performance.now() - start),
  };
}

/**
 * Plays a movie: frame 1 at time 0, then a frame every interval, timers in between, finished loads after each frame.
 * A request to quit takes effect at the end of the frame, or of the timers between two frames.
 */
export function play(player: Player, options: PlaybackOptions): PlaybackEnd {
  const clock = options.clock === "real" ? realClock() : virtualClock();
  const interval = frameIntervalMs(player.movie.description.frameRate);
  const { frames = Number.POSITIVE_INFINITY, untilQuit = false } = options;
  const openEnded = options.frames === undefined && options.durationMs === undefined && !untilQuit;
  const endMs = options.durationMs ?? (openEnded ? DEFAULT_DURATION_MS : Number.POSITIVE_INFINITY);
  if (frames === 0) return "frames";
  for (let count = 0, frameMs = 0; ; ) {
    player.runFrame();
    player.deliverLoads();
    options.afterFrame?.();
    count++;
    if (player.quitRequested) return "quit";
    if (count >= frames) return "frames";
    // A movie that only waits to quit never will once it has come to rest.
    if ((openEnded || untilQuit) && player.isAtRest()) return "at-rest";
    frameMs = clock.nextFrameMs(count, frameMs, interval);
    clock.advanceTo(player, Math.min(frameMs, endMs));
    if (player.quitRequested) return "quit";
    if (frameMs > endMs + TIME_TOLERANCE_MS) return openEnded ? "default-duration" : "duration";
  }
}
