// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { AddressSpace, type BlockKind, createHeap, type Heap, HeapWrapper, type Ptr } from "../../../lib/index.ts";
import { OutOfMemoryError } from "../../../runtime/index.ts";
import type { CompiledMovie } from "../../../runtime/movie/compiled-movie.ts";
import type { Player } from "../../../runtime/player/player-api.ts";
import { engine } from "../../../tools/engine.ts";

const FIXTURES = [
  "refcount/arguments",
  "refcount/closures",
  "refcount/cycles",
  "refcount/deletes",
  "refcount/exceptions-in-flight",
  "refcount/getters",
  "refcount/names",
  "refcount/super",
  "refcount/timers",
  "refcount/watchers",
];
const FRAMES = 3;
/** Start-up is the same for all movies, so it is sampled; what the movie itself allocates fails at every number. */
const START_UP_STEP = 211;

/** Serves the first allocations and refuses all others: `fail=N` fails one, which the runtime may make up for by collecting. */
class ExhaustedHeap extends HeapWrapper {
  private readonly served: number;
  requests = 0;

  constructor(inner: Heap, served: number) {
    super("exhausted", inner);
    this.served = served;
  }

  override allocate(sizeBytes: number, kind: BlockKind): Ptr {
    return this.requests++ < this.served ? this.inner.allocate(sizeBytes, kind) : 0;
  }

  override reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return this.requests++ < this.served ? this.inner.reallocate(ptr, sizeBytes) : 0;
  }
}

const memory = new AddressSpace(12 << 20);

/** Plays a movie's first frames. @returns requests that starting up and all took; null for a run that ran out of memory */
function playWith(movie: CompiledMovie, served: number): { startUp: number; all: number } | null {
  memory.recycle();
  const heap = new ExhaustedHeap(createHeap("o1heap:max=8M", memory), served);
  let player: Player | null = null;
  let result: { startUp: number; all: number } | null = null;
  try {
    player = engine.createPlayer(movie, { memory, heap, onTrace() {} });
    const startUp = heap.requests;
    for (let i = 0; i < FRAMES; i++) player.runFrame();
    result = { startUp, all: heap.requests };
  } catch (error) {
    // What the command line turns into exit code 4.
    expect(error, `after ${served} requests`).toBeInstanceOf(OutOfMemoryError);
  }
  player?.dispose();
  expect(heap.checkInvariants(), `after ${served} requests`).toEqual([]);
  return result;
}

describe("a movie that runs out of memory ends in a report, and its player can be disposed", () => {
  it.each(FIXTURES)("%s", (name) => {
    const swf = readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}.swf`, import.meta.url)));
    const movie = engine.compileMovie(swf, { name, optimise: 2 });
    const whole = playWith(movie, Number.POSITIVE_INFINITY);
    if (whole === null) return expect.fail("there is memory enough");
    expect(whole.all).toBeGreaterThan(whole.startUp);
    for (let served = 0; served < whole.startUp; served += START_UP_STEP) expect(playWith(movie, served)).toBeNull();
    for (let served = whole.startUp; served < whole.all; served++) expect(playWith(movie, served), `${served}`).toBeNull();
  });
});
