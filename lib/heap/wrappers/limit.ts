// SPDX-License-Identifier: MIT
import type { Ptr } from "../../memory/address-space.ts";
import type { BlockKind } from "../block-kind.ts";
import type { Heap, HeapDiagnostics } from "../heap.ts";
import { HeapWrapper } from "./wrapper.ts";

/** Refuses what would bring the usable bytes of all live blocks over a limit. */
export class LimitHeap extends HeapWrapper {
  private readonly limit: number;
  private used = 0;
  private refused = 0;

  /** @param limitBytes bound on usable bytes, headers not counted */
  constructor(inner: Heap, limitBytes: number) {
    super("limit", inner);
    this.limit = limitBytes;
  }

  override allocate(sizeBytes: number, kind: BlockKind): Ptr {
    if (this.used + sizeBytes > this.limit) return this.refuse();
    const ptr = this.inner.allocate(sizeBytes, kind);
    if (ptr === 0) return 0;
    const usable = this.inner.usableSize(ptr);
    if (this.used + usable > this.limit) {
      this.inner.free(ptr);
      return this.refuse();
    }
    this.used += usable;
    return ptr;
  }

  private refuse(): 0 {
    this.refused++;
    return 0;
  }

  override free(ptr: Ptr): void {
    if (ptr !== 0) this.used -= this.inner.usableSize(ptr);
    this.inner.free(ptr);
  }

  /** Rounding may bring a block that grows a little over the limit: it can no longer be refused when that is known. */
  override reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    if (ptr === 0) return this.allocate(sizeBytes, 0);
    const before = this.inner.usableSize(ptr);
    if (this.used - before + sizeBytes > this.limit) return this.refuse();
    const moved = this.inner.reallocate(ptr, sizeBytes);
    if (moved !== 0) this.used += this.inner.usableSize(moved) - before;
    return moved;
  }

  override diagnostics(): HeapDiagnostics {
    const inner = this.inner.diagnostics();
    const capacity = Math.min(inner.capacity, this.limit);
    return { ...inner, capacity, outOfMemoryCount: inner.outOfMemoryCount + this.refused };
  }
}
