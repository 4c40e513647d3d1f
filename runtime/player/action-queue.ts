// SPDX-License-Identifier: MIT
import type { MovieClip } from "./movie-clip.ts";

/** Actions of one frame wait in three queues; after every action the first that is not empty goes on (player reference §3). */
export const Priority = { Initialize: 0, Construct: 1, Normal: 2 } as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

/** Something to run on a clip. */
export interface QueuedAction {
  clip: MovieClip;
  /** Runs even though the clip has been removed: unload handlers. */
  evenIfRemoved: boolean;
  run: () => void;
}

export class ActionQueue {
  private readonly queues: QueuedAction[][] = [[], [], []];
  private readonly heads = [0, 0, 0];

  add(priority: Priority, clip: MovieClip, run: () => void, evenIfRemoved = false): void {
    this.queues[priority].push({ clip, run, evenIfRemoved });
  }

  get isEmpty(): boolean {
    return this.queues.every((queue, i) => this.heads[i] >= queue.length);
  }

  /** Takes the next action that is still to run, or undefined. */
  take(): QueuedAction | undefined {
    for (let i = 0; i < this.queues.length; i++) {
      const queue = this.queues[i];
      while (this.heads[i] < queue.length) {
        const action = queue[this.heads[i]++];
        if (action.evenIfRemoved || !(action.clip.removed || action.clip.pendingRemoval)) return action;
      }
      queue.length = 0;
      this.heads[i] = 0;
    }
    return undefined;
  }

  clear(): void {
    this.queues.forEach((queue, i) => {
      queue.length = 0;
      this.heads[i] = 0;
    });
  }
}
