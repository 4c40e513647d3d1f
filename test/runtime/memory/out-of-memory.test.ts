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

/**
 * Plays a movie's first frames on a heap. What was allocated before memory ran out is all given back by `dispose`.
 * @returns what it printed, null for a run that ran out of memory; `started` is called when the player has been made
 */
function play(movie: CompiledMovie, heap: Heap, what: string, started = (): void => {}): string[] | null {
  const output: string[] = [];
  let player: Player | null = null;
  let ranOut = false;
  try {
    player = engine.createPlayer(movie, { memory, heap, onTrace: (text) => output.push(text) });
    started();
    for (let i = 0; i < FRAMES; i++) player.runFrame();
  } catch (error) {
    // What the command line turns into exit code 4.
    expect(error, what).toBeInstanceOf(OutOfMemoryError);
    ranOut = true;
  }
  if (player !== null) expect(player.dispose(), what).toBe(0);
  expect(heap.checkInvariants(), what).toEqual([]);
  return ranOut ? null : output;
}

/** @returns requests that starting up and all took; null for a run that ran out of memory */
function playWith(movie: CompiledMovie, served: number): { startUp: number; all: number } | null {
  memory.recycle();
  const heap = new ExhaustedHeap(createHeap("o1heap:max=8M", memory), served);
  let startUp = 0;
  const output = play(movie, heap, `after ${served} requests`, () => {
    startUp = heap.requests;
  });
  return output === null ? null : { startUp, all: heap.requests };
}

/** One request is refused: the run ends as above, or goes on because others gave memory back, and then prints all that it should. */
function playWithout(movie: CompiledMovie, request: number, expected: readonly string[]): "ran out" | "went on" {
  memory.recycle();
  const output = play(movie, createHeap(`fail=${request}+o1heap:max=8M`, memory), `without request ${request}`);
  if (output !== null) expect(output, `without request ${request}`).toEqual(expected);
  return output === null ? "ran out" : "went on";
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

  it.each(FIXTURES.slice(0, 4))("%s, with one request refused", (name) => {
    const swf = readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}.swf`, import.meta.url)));
    const movie = engine.compileMovie(swf, { name, optimise: 2 });
    const whole = playWith(movie, Number.POSITIVE_INFINITY)!;
    memory.recycle();
    const expected = play(movie, createHeap("o1heap:max=8M", memory), "whole")!;
    const ends = new Set<string>();
    for (let request = whole.startUp + 1; request <= whole.all; request += 3) ends.add(playWithout(movie, request, expected));
    // In so small a movie nobody has anything to give back: one refusal is the end.
    expect([...ends]).toEqual(["ran out"]);
  });
});
