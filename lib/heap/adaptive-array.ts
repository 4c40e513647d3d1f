// SPDX-License-Identifier: MIT
import type { Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { Heap } from "./heap.ts";

export interface AdaptiveArrayOptions {
  kind: BlockKind;
  /** Bytes of one element: 4 or 8. */
  elementBytes: 4 | 8;
  /** Elements that the first block has room for. */
  initial: number;
  /** By how much the room grows at a time, more than 1. */
  factor: number;
  /** Most elements that there may ever be. */
  limit: number;
}

/** An array could not grow. */
export class AdaptiveArrayError extends Error {
  override readonly name = "AdaptiveArrayError";
  readonly reason: "limit" | "memory";

  constructor(reason: "limit" | "memory", message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * An array in the heap that starts small and grows by a factor, up to a limit. It knows the room, not the elements: who uses it
 * keeps their number, and reads and writes them from `base` on. Nothing is allocated before the first element is wanted.
 */
export class AdaptiveArray {
  private readonly heap: Heap;
  private readonly options: AdaptiveArrayOptions;
  /** Address of the first element, 0 while there is no block. Changes whenever the array grows. */
  base: Ptr = 0;
  /** Elements that there is room for. */
  capacity = 0;

  constructor(heap: Heap, options: AdaptiveArrayOptions) {
    this.heap = heap;
    this.options = options;
  }

  /**
   * Makes room for `elements`; those there are keep their values.
   * @throws AdaptiveArrayError when that is past the limit, or the heap has no memory for it; nothing has changed then
   */
  reserve(elements: number): void {
    const { limit } = this.options;
    if (elements > limit) throw new AdaptiveArrayError("limit", `an array of ${elements} elements: at most ${limit} are allowed`);
    if (!this.tryReserve(elements)) throw new AdaptiveArrayError("memory", `no memory for an array of ${elements} elements`);
  }

  /** `reserve` for those who can do without. @returns false when there is no more room to be had; nothing has changed then */
  tryReserve(elements: number): boolean {
    if (elements <= this.capacity) return true;
    const { elementBytes, initial, factor, limit, kind } = this.options;
    if (elements > limit) return false;
    const wanted = Math.min(limit, Math.max(elements, initial, Math.floor(this.capacity * factor)));
    const bytes = wanted * elementBytes;
    const block = this.base === 0 ? this.heap.allocate(bytes, kind) : this.heap.reallocate(this.base, bytes);
    if (block === 0) return false;
    this.base = block;
    this.capacity = wanted;
    return true;
  }

  /** Gives the block back; the array is empty then, and can grow again. */
  free(): void {
    this.heap.free(this.base);
    this.base = 0;
    this.capacity = 0;
  }
}
