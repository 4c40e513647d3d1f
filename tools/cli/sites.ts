// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CountSites, Player } from "../../runtime/index.ts";

/** Where in a run something was found. */
export type StopPoint = { after: "frame"; frame: number } | { after: "script"; script: number } | { after: "end" };

/** A player that is about to repeat a run: it is told when to stop by `atFrameEnd` and `atScriptEnd` throwing `ReplayEnd`. */
export interface Replay {
  player: Player;
  /** Plays as the first run did; `atFrameEnd` is called after every frame. */
  play(atFrameEnd: () => void): void;
}

/** Ends a replay at the point that it was made for. */
export class ReplayEnd extends Error {
  override readonly name = "ReplayEnd";
}

/**
 * Repeats a run with a watch on the counts of blocks, up to the point at which they were found wrong, and tells where each was
 * retained and released last. Works because runs are deterministic: same heap, same addresses.
 * @param create makes the player of the second run; `atScriptEnd` is for its `onScriptEnd`
 * @returns by address; blocks that the second run did not see are missing
 */
export function findSites(
  addresses: readonly number[],
  stop: StopPoint,
  create: (atScriptEnd: () => void) => Replay,
): ReadonlyMap<number, CountSites> {
  let scripts = 0;
  let replay: Replay | null = null;
  try {
    replay = create(() => {
      scripts++;
      if (stop.after === "script" && scripts === stop.script) throw new ReplayEnd();
    });
    const { player } = replay;
    replay.play(() => {
      if (stop.after === "frame" && player.frameNumber === stop.frame) throw new ReplayEnd();
    });
  } catch (error) {
    if (!(error instanceof ReplayEnd)) throw error;
  }
  const player = replay?.player;
  return player === undefined ? new Map() : new Map(addresses.map((ptr) => [ptr, player.sitesOf(ptr)]));
}
