// SPDX-License-Identifier: MIT
import type { Ptr } from "../../memory/address-space.ts";
import type { BlockKind } from "../block-kind.ts";
import type { Heap, HeapDiagnostics } from "../heap.ts";
import { HeapWrapper } from "./wrapper.ts";

/** Fails one allocation: with each number in turn, shows that a program survives running out of memory anywhere. */
export class FailHeap extends HeapWrapper {
  private readonly failing: number;
  private count = 0;

  /** @param failing which allocation or reallocation fails, counted from 1 */
  constructor(inner: Heap, failing: number) {
    super("fail", inner);
    this.failing = failing;
  }

  /** Whether the allocation that fails has been asked for. */
  get hasFailed(): boolean {
    return this.count >= this.failing;
  }

  override allocate(sizeBytes: number, kind: BlockKind): Ptr {
    return ++this.count === this.failing ? 0 : this.inner.allocate(sizeBytes, kind);
  }

  override reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return ++this.count === this.failing ? 0 : this.inner.reallocate(ptr, sizeBytes);
  }

  override diagnostics(): HeapDiagnostics {
    const inner = this.inner.diagnostics();
    return this.hasFailed ? { ...inner, outOfMemoryCount: inner.outOfMemoryCount + 1 } : inner;
  }
}
