// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import { BlockKind } from "./block-kind.ts";
import type { Heap } from "./heap.ts";

/** Most elements that a scratch buffer has unless its owner sets another limit. */
export const DEFAULT_SCRATCH_ELEMENTS = 1 << 24;

/** Bytes of one element: scratch buffers hold value slots or doubles. */
const ELEMENT_BYTES = 8;

/** A scratch buffer was asked for that is too large, or the heap has no memory for it. */
export class ScratchError extends Error {
  override readonly name = "ScratchError";
  readonly reason: "limit" | "memory";

  constructor(reason: "limit" | "memory", message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Buffers in the heap that live for one call: nothing is kept between calls, so an idle owner holds no memory. */
export class ScratchBuffers {
  private readonly heap: Heap;
  private readonly memory: AddressSpace;
  private readonly maxElements: number;
  private readonly live = new Set<Ptr>();

  /** @param maxElements most elements of 8 bytes in one buffer */
  constructor(heap: Heap, memory: AddressSpace, maxElements = DEFAULT_SCRATCH_ELEMENTS) {
    this.heap = heap;
    this.memory = memory;
    this.maxElements = maxElements;
  }

  /** Buffers that are now lent out. */
  get inUse(): number {
    return this.live.size;
  }

  /**
   * Lends a buffer of `elements` zeroed elements of 8 bytes to `use`, and frees it however `use` ends. The address must not
   * be kept. Calls may nest.
   * @param elements a whole number from 0
   * @returns what `use` returns, which must not be a promise: the buffer is gone when it resolves
   * @throws ScratchError, before `use` is called, when there are more elements than the limit or the heap can't serve them
   */
  withScratch<T>(elements: number, use: (buffer: Ptr) => T): T {
    if (!(Number.isInteger(elements) && elements >= 0 && elements <= this.maxElements)) {
      throw new ScratchError("limit", `a scratch buffer of ${elements} elements: at most ${this.maxElements} are allowed`);
    }
    const bytes = elements * ELEMENT_BYTES;
    const buffer = this.heap.allocate(bytes, BlockKind.Scratch);
    if (buffer === 0) throw new ScratchError("memory", `no memory for a scratch buffer of ${bytes} bytes`);
    this.live.add(buffer);
    try {
      this.memory.U8.fill(0, buffer, buffer + bytes);
      return use(buffer);
    } finally {
      this.live.delete(buffer);
      this.heap.free(buffer);
    }
  }
}
