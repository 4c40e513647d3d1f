// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";

/** A growing stack of pointers, kept between runs. Outside of the heap: collecting must not fail for lack of memory. */
export class PointerList {
  private items = new Int32Array(4096);
  length = 0;

  push(ptr: Ptr): void {
    if (this.length === this.items.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.items);
      this.items = grown;
    }
    this.items[this.length++] = ptr;
  }

  at(index: number): Ptr {
    return this.items[index];
  }

  set(index: number, ptr: Ptr): void {
    this.items[index] = ptr;
  }

  pop(): Ptr {
    return this.items[--this.length];
  }

  /** Drops the `count` pointers at the bottom. */
  dropFirst(count: number): void {
    this.items.copyWithin(0, count, this.length);
    this.length -= count;
  }

  clear(): void {
    this.length = 0;
  }
}
