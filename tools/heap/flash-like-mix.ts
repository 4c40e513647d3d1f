// SPDX-License-Identifier: AGPL-3.0-or-later
import { BlockKind, type Heap } from "../../lib/index.ts";

/** Operations and slots of the mix; its identity values below prove that two replays did the same. */
const OPERATIONS = 2_000_000;
const SLOTS = 40_000;

/** What a replay did, and how long an operation took. */
export interface ReplayResult {
  /** Nanoseconds per operation. */
  ns: number;
  allocations: number;
  frees: number;
  bytes: number;
  /** Most blocks alive at once. */
  peak: number;
}

/** The values that every replay of this mix must give. */
export const MIX_IDENTITY = { allocations: 1_009_989, frees: 990_011, bytes: 455_868_764, peak: 20_300 };

/** The operations in order: the slot of each, and the size it allocates, 0 for a free. */
interface Operations {
  slots: Int32Array;
  sizes: Int32Array;
  made: Omit<ReplayResult, "ns">;
}

function makeOperations(): Operations {
  const slots = new Int32Array(OPERATIONS);
  const sizes = new Int32Array(OPERATIONS);
  const taken = new Uint8Array(SLOTS);
  let state = 0x9e3779b9 | 0;
  const rnd = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const sizeOfBlock = (): number => {
    const u = rnd() % 100;
    if (u < 70) return 10 + (rnd() % 41);
    if (u < 90) return 32 * (1 + (rnd() % 16));
    if (u < 99) return 64 + (rnd() % 961);
    return 1 + (rnd() % 65536);
  };
  const made = { allocations: 0, frees: 0, bytes: 0, peak: 0 };
  let live = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    const slot = rnd() % SLOTS;
    slots[i] = slot;
    if (taken[slot] !== 0) {
      taken[slot] = 0;
      made.frees++;
      live--;
      continue;
    }
    sizes[i] = sizeOfBlock();
    taken[slot] = 1;
    made.allocations++;
    made.bytes += sizes[i];
    if (++live > made.peak) made.peak = live;
  }
  return { slots, sizes, made };
}

/**
 * Replays the mix that a Flash movie makes: mostly small objects, some property tables and strings, now and then a large
 * buffer; freed in no order. The operations are made before the clock starts, and what is left is freed after it stops.
 * @throws Error when the heap could not serve a request
 */
export function replayFlashLikeMix(heap: Heap): ReplayResult {
  const { slots, sizes, made } = makeOperations();
  const blocks = new Int32Array(SLOTS);
  let refused = 0;
  const start = performance.now();
  for (let i = 0; i < OPERATIONS; i++) {
    const slot = slots[i];
    const size = sizes[i];
    if (size !== 0) {
      const ptr = heap.allocate(size, BlockKind.Object);
      if (ptr === 0) refused++;
      blocks[slot] = ptr;
    } else {
      heap.free(blocks[slot]);
      blocks[slot] = 0;
    }
  }
  const ns = ((performance.now() - start) * 1e6) / OPERATIONS;
  for (const ptr of blocks) heap.free(ptr);
  if (refused > 0) throw new Error(`${heap.name} refused ${refused} requests of the mix`);
  return { ns, ...made };
}
