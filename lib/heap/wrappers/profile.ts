// SPDX-License-Identifier: MIT
import type { Ptr } from "../../memory/address-space.ts";
import type { BlockKind } from "../block-kind.ts";
import type { Heap } from "../heap.ts";
import { HeapWrapper, type WrapperTable } from "./wrapper.ts";

/** Time that one kind of operation took. */
export interface OperationTime {
  count: number;
  totalNs: number;
  worstNs: number;
}

/** Measures what a program asks of its heap: sizes, lifetimes, time. */
export class ProfileHeap extends HeapWrapper {
  /** Requests by size: entry n counts those of 2^(n-1) + 1 to 2^n bytes; entry 0, of 0 and 1. */
  readonly sizes: number[] = new Array(32).fill(0);
  /** Freed blocks by how many allocations were made during their life: entry n counts those of 2^n to 2^(n+1) - 1. */
  readonly lifetimes: number[] = new Array(32).fill(0);
  readonly allocateTime: OperationTime = { count: 0, totalNs: 0, worstNs: 0 };
  readonly freeTime: OperationTime = { count: 0, totalNs: 0, worstNs: 0 };
  readonly reallocateTime: OperationTime = { count: 0, totalNs: 0, worstNs: 0 };
  /** Number of the allocation that made each live block. */
  private readonly bornAt = new Map<Ptr, number>();
  private readonly now: () => number;

  /** @param now a clock in milliseconds; default: the host's `performance.now` */
  constructor(inner: Heap, now: () => number = () => performance.now()) {
    super("profile", inner);
    this.now = now;
  }

  override tables(): WrapperTable[] {
    const { allocateTime, freeTime, reallocateTime } = this;
    const classes = (counts: readonly number[], nameOf: (n: number) => string): WrapperTable["rows"] =>
      counts.flatMap((count, n) => (count === 0 ? [] : [{ name: nameOf(n), count }]));
    return [
      { title: "profile: requests by size", rows: classes(this.sizes, (n) => `up to ${2 ** n} bytes`) },
      { title: "profile: lifetimes in allocations", rows: classes(this.lifetimes, (n) => `up to ${2 ** (n + 1) - 1}`) },
      {
        title: "profile: time of operations, ns",
        rows: Object.entries({ allocate: allocateTime, free: freeTime, reallocate: reallocateTime }).map(
          ([name, { count, totalNs, worstNs }]) => ({
            name,
            count,
            mean: count === 0 ? 0 : Math.round(totalNs / count),
            worst: Math.round(worstNs),
          }),
        ),
      },
    ];
  }

  override allocate(sizeBytes: number, kind: BlockKind): Ptr {
    const started = this.now();
    const ptr = this.inner.allocate(sizeBytes, kind);
    addTime(this.allocateTime, this.now() - started);
    this.sizes[32 - Math.clz32(Math.max(0, sizeBytes - 1))]++;
    if (ptr !== 0) this.bornAt.set(ptr, this.allocateTime.count);
    return ptr;
  }

  override free(ptr: Ptr): void {
    const born = this.bornAt.get(ptr);
    if (born !== undefined) {
      this.lifetimes[31 - Math.clz32(this.allocateTime.count - born + 1)]++;
      this.bornAt.delete(ptr);
    }
    const started = this.now();
    this.inner.free(ptr);
    addTime(this.freeTime, this.now() - started);
  }

  override reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    const started = this.now();
    const moved = this.inner.reallocate(ptr, sizeBytes);
    addTime(this.reallocateTime, this.now() - started);
    const born = this.bornAt.get(ptr) ?? this.allocateTime.count;
    if (moved !== 0) {
      this.bornAt.delete(ptr);
      this.bornAt.set(moved, born);
    }
    return moved;
  }
}

function addTime(time: OperationTime, elapsedMs: number): void {
  const ns = elapsedMs * 1e6;
  time.count++;
  time.totalNs += ns;
  if (ns > time.worstNs) time.worstNs = ns;
}
