// SPDX-License-Identifier: MIT
import type { Ptr } from "../../memory/address-space.ts";
import type { BlockKind } from "../block-kind.ts";
import type { Heap } from "../heap.ts";
import { TraceWriter } from "../trace.ts";
import { HeapWrapper } from "./wrapper.ts";

/** Records every operation as a compact trace, which `reswf heap replay` runs on any heap. */
export class RecordHeap extends HeapWrapper {
  readonly trace: TraceWriter;
  /** Number of each live block. */
  private readonly numbers = new Map<Ptr, number>();

  constructor(inner: Heap, trace: TraceWriter = new TraceWriter()) {
    super("record", inner);
    this.trace = trace;
  }

  /** A refused request is recorded as a block that is never freed. */
  override allocate(sizeBytes: number, kind: BlockKind): Ptr {
    const ptr = this.inner.allocate(sizeBytes, kind);
    const number = this.trace.allocate(sizeBytes, kind);
    if (ptr !== 0) this.numbers.set(ptr, number);
    return ptr;
  }

  override free(ptr: Ptr): void {
    const number = this.numbers.get(ptr);
    if (number !== undefined) {
      this.trace.free(number);
      this.numbers.delete(ptr);
    }
    this.inner.free(ptr);
  }

  override reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    if (ptr === 0) return this.allocate(sizeBytes, 0);
    const moved = this.inner.reallocate(ptr, sizeBytes);
    const number = this.numbers.get(ptr);
    if (number !== undefined) {
      this.trace.reallocate(number, sizeBytes);
      if (moved !== 0) {
        this.numbers.delete(ptr);
        this.numbers.set(moved, number);
      }
    }
    return moved;
  }
}
