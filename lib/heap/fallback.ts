// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../memory/address-space.ts";
import type { BlockKind } from "./block-kind.ts";
import { type Heap, type HeapBlock, type HeapDiagnostics, reserveBytes } from "./heap.ts";

/** Smallest arena that a fallback heap is given. */
const MIN_FALLBACK_BYTES = 1 << 20;
/** Room for a fallback heap's own structures. */
const FALLBACK_OVERHEAD_BYTES = 16_384;

/**
 * Serves what a heap refuses from other heaps, each made when it is needed. For an o1heap, whose fragments are powers of
 * two: a request of 300 MiB needs a fragment of 512, where 300 may still be there.
 */
export class FallbackHeap implements Heap {
  readonly name: string;
  private readonly primary: Heap;
  private readonly memory: AddressSpace;
  private readonly maxBytes: number;
  private readonly makeFallback: (arenaBytes: number) => Heap;
  private readonly fallbacks: Heap[] = [];
  private outOfMemoryCount = 0;

  /**
   * @param maxBytes bound on the capacity of all heaps together
   * @param makeFallback makes a heap with an arena of its argument's size
   */
  constructor(primary: Heap, memory: AddressSpace, maxBytes: number, makeFallback: (arenaBytes: number) => Heap) {
    this.name = primary.name;
    this.primary = primary;
    this.memory = memory;
    this.maxBytes = maxBytes;
    this.makeFallback = makeFallback;
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    const ptr = this.primary.allocate(sizeBytes, kind);
    return ptr !== 0 ? ptr : this.allocateFromFallback(sizeBytes, kind);
  }

  private allocateFromFallback(sizeBytes: number, kind: BlockKind): Ptr {
    for (const heap of this.fallbacks) {
      const ptr = heap.allocate(sizeBytes, kind);
      if (ptr !== 0) return ptr;
    }
    const needed = Math.max(MIN_FALLBACK_BYTES, sizeBytes + (sizeBytes >> 4) + FALLBACK_OVERHEAD_BYTES);
    const room = Math.min(this.maxBytes - this.diagnostics().capacity, this.memory.remainingBytes - 4096);
    let ptr = 0;
    if (needed <= room) {
      const heap = this.makeFallback(needed);
      this.fallbacks.push(heap);
      ptr = heap.allocate(sizeBytes, kind);
    }
    if (ptr === 0) this.outOfMemoryCount++;
    return ptr;
  }

  private ownerOf(ptr: Ptr): Heap {
    return this.fallbacks.find((heap) => heap.owns(ptr)) ?? this.primary;
  }

  free(ptr: Ptr): void {
    if (this.fallbacks.length === 0) this.primary.free(ptr);
    else this.ownerOf(ptr).free(ptr);
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    if (ptr === 0) return this.allocate(sizeBytes, 0);
    const owner = this.ownerOf(ptr);
    const resized = owner.reallocate(ptr, sizeBytes);
    if (resized !== 0) return resized;
    const moved = this.allocate(sizeBytes, owner.kindOf(ptr) as BlockKind);
    if (moved === 0) return 0;
    this.memory.U8.copyWithin(moved, ptr, ptr + Math.min(sizeBytes, owner.usableSize(ptr)));
    owner.free(ptr);
    return moved;
  }

  usableSize(ptr: Ptr): number {
    return this.ownerOf(ptr).usableSize(ptr);
  }

  owns(ptr: Ptr): boolean {
    return this.primary.owns(ptr) || this.fallbacks.some((heap) => heap.owns(ptr));
  }

  kindOf(ptr: Ptr): number {
    return this.ownerOf(ptr).kindOf(ptr);
  }

  diagnostics(): HeapDiagnostics {
    const each = [this.primary, ...this.fallbacks].map((heap) => heap.diagnostics());
    const sum = (key: keyof HeapDiagnostics): number => each.reduce((total, figures) => total + figures[key], 0);
    return {
      capacity: sum("capacity"),
      allocated: sum("allocated"),
      // An upper bound: the heaps may have peaked at different times.
      peakAllocated: sum("peakAllocated"),
      peakRequest: Math.max(...each.map((figures) => figures.peakRequest)),
      outOfMemoryCount: this.outOfMemoryCount,
      arenas: sum("arenas"),
    };
  }

  reserve(bytes: number): boolean {
    return reserveBytes(this.primary, bytes);
  }

  checkInvariants(): string[] {
    return [this.primary, ...this.fallbacks].flatMap((heap) => heap.checkInvariants());
  }

  *blocks(): Iterable<HeapBlock> {
    yield* this.primary.blocks();
    for (const heap of this.fallbacks) yield* heap.blocks();
  }
}
