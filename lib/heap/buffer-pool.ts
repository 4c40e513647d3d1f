// SPDX-License-Identifier: MIT
import type { Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import type { Heap } from "./heap.ts";

export interface BufferPoolOptions {
  /** Kind of every buffer of the pool. */
  kind: BlockKind;
  /** Buffers that are kept when nobody uses them; more are given back to the heap at once. */
  maxIdle: number;
  /** A kept buffer serves requests down to its size divided by this. 1: only requests that it just fits. */
  slack: number;
}

export interface BufferPoolStatistics {
  /** Buffers asked for, and how many of those were served by a kept one. */
  requests: number;
  hits: number;
  /** Kept now: buffers, and bytes that can be used of them. */
  idle: number;
  idleBytes: number;
}

/**
 * Buffers of one kind that are taken and given back again and again, such as chunks of a stack: a buffer that is given back is
 * kept for the next request that it suits, until memory runs short (`trim`).
 */
export class BufferPool {
  private readonly heap: Heap;
  private readonly options: BufferPoolOptions;
  /** Kept buffers, smallest first. */
  private readonly kept: Ptr[] = [];
  private requests = 0;
  private hits = 0;

  constructor(heap: Heap, options: BufferPoolOptions) {
    this.heap = heap;
    this.options = options;
  }

  /**
   * Takes a buffer: the smallest kept one that is large enough and not too large, else a new one. Contents are undefined.
   * @param bytes 0 or more
   * @returns 0 when the heap has no memory for it
   */
  take(bytes: number): Ptr {
    this.requests++;
    const index = this.kept.findIndex((ptr) => this.heap.usableSize(ptr) >= bytes);
    if (index >= 0 && this.heap.usableSize(this.kept[index]) <= bytes * this.options.slack) {
      this.hits++;
      return this.kept.splice(index, 1)[0];
    }
    return this.heap.allocate(bytes, this.options.kind);
  }

  /** Gives a buffer back that `take` has returned. 0 is ignored. */
  give(ptr: Ptr): void {
    if (ptr === 0) return;
    if (this.kept.length >= this.options.maxIdle) {
      this.heap.free(ptr);
      return;
    }
    const size = this.heap.usableSize(ptr);
    const index = this.kept.findIndex((other) => this.heap.usableSize(other) >= size);
    this.kept.splice(index < 0 ? this.kept.length : index, 0, ptr);
  }

  /** Keeps `count` buffers of `bytes` from now on, as far as `maxIdle` and memory allow. @returns how many it keeps */
  prewarm(count: number, bytes: number): number {
    const wanted = Math.min(count, this.options.maxIdle);
    while (this.kept.length < wanted) {
      const ptr = this.heap.allocate(bytes, this.options.kind);
      if (ptr === 0) break;
      this.give(ptr);
    }
    return this.kept.length;
  }

  /** Gives all kept buffers back to the heap: for when memory is short, and for the end. @returns bytes given back */
  trim(): number {
    const { idleBytes } = this.statistics();
    for (const ptr of this.kept) this.heap.free(ptr);
    this.kept.length = 0;
    return idleBytes;
  }

  statistics(): BufferPoolStatistics {
    const { requests, hits, kept } = this;
    return { requests, hits, idle: kept.length, idleBytes: kept.reduce((sum, ptr) => sum + this.heap.usableSize(ptr), 0) };
  }
}
