// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import { addCandidate } from "./candidates.ts";
import { freeShapeTree, releaseChildren } from "./release.ts";
import { CYCLE_KINDS, DATA_KINDS, isKindIn, visitEdges } from "./trace.ts";

/**
 * The cycle collector: trial deletion (Bacon and Rajan) from buffered candidates. Everything reachable from a candidate is
 * visited and its references among the visited are subtracted; what then has a count left is held from outside, and so is
 * what it reaches; the rest is garbage.
 *
 * A slice looks at a bounded number of records and only through data (objects and arrays): not following a reference is
 * safe, it only means that what stands behind it counts as held from outside. A complete collection follows everything.
 *
 * Counts are exact whenever a slice runs, so nothing that running code holds can be taken for garbage. The work list is
 * the collector's own memory and not the heap's: collecting must not fail for lack of memory.
 */

const WHITE = 0;
const GRAY = 1 << R.META_COLOR_SHIFT;
const BLACK = 2 << R.META_COLOR_SHIFT;

/** Records that one slice may visit: about 1.5 ms of work, measured, and more than a poll interval of allocation makes. */
const SLICE_RECORDS = 16_000;
/** A complete collection is due when this many candidates were too far-reaching for slices. */
const FIRST_DEFERRED_LIMIT = 2000;
const MIN_THRESHOLD = 4096;

/** Growing stacks of pointers, kept between runs. */
class PointerList {
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

  pop(): Ptr {
    return this.items[--this.length];
  }

  clear(): void {
    this.length = 0;
  }
}

/** Collector state of a machine. */
export class CycleCollector {
  private readonly vm: Machine;
  /** Visited records: their outgoing references are subtracted. */
  private readonly visited = new PointerList();
  private readonly work = new PointerList();
  private readonly deferred = new PointerList();
  private deferredLimit = FIRST_DEFERRED_LIMIT;
  private mask = CYCLE_KINDS;
  /** A reference was not followed since this was last reset: "held from outside" is then a guess. */
  private cut = false;
  /** Records freed since the machine began. */
  collected = 0;

  constructor(vm: Machine) {
    this.vm = vm;
  }

  /** One bounded slice: newest candidates first, as many as the budget allows. */
  slice(): void {
    const { vm } = this;
    let budget = SLICE_RECORDS;
    this.mask = DATA_KINDS;
    while (budget > 0 && vm.candidateCount > 0) {
      const candidate = this.takeCandidate();
      if (candidate === 0) {
        budget--;
        continue;
      }
      if (!isKindIn(vm, candidate, DATA_KINDS) || (vm.I32[(candidate >> 2) + R.META] & R.META_IS_PROTOTYPE) !== 0) {
        this.defer(candidate);
        budget--;
        continue;
      }
      // Deferred before it is judged: what is found dead then stays as a zombie, and what is alive only as far as could be
      // seen must be looked at again by a complete collection, since nothing else may ever make it a candidate.
      this.defer(candidate);
      this.cut = false;
      if (this.mark(candidate, SLICE_RECORDS)) {
        budget -= this.visited.length;
        this.finishMarked();
        this.settle(candidate);
      } else {
        this.undo();
        budget = 0;
      }
    }
    if (this.deferred.length > this.deferredLimit) {
      this.all();
      this.deferredLimit = Math.max(FIRST_DEFERRED_LIMIT, this.deferred.length * 2);
    }
    vm.candidateThreshold = MIN_THRESHOLD;
  }

  /** Complete collection; the number of records freed. */
  all(): number {
    const { vm } = this;
    const before = this.collected;
    for (;;) {
      while (this.deferred.length > 0) this.rebuffer(this.deferred.pop());
      if (vm.candidateCount === 0) break;
      const round = this.collected;
      this.mask = CYCLE_KINDS;
      while (vm.candidateCount > 0) {
        const candidate = this.takeCandidate();
        if (candidate !== 0) this.mark(candidate, Number.POSITIVE_INFINITY);
      }
      this.finishMarked();
      // Freeing can make new candidates; nothing freed means that there is nothing left to find.
      if (this.collected === round) {
        while (vm.candidateCount > 0) this.takeCandidate();
        break;
      }
    }
    return this.collected - before;
  }

  /** A candidate that slices can't judge: kept, still marked as buffered, for the next complete collection. */
  private defer(candidate: Ptr): void {
    this.vm.I32[(candidate >> 2) + R.META] |= R.META_BUFFERED;
    this.deferred.push(candidate);
  }

  /** Takes the candidate deferred last off the list again if its verdict is final. */
  private settle(candidate: Ptr): void {
    const { vm } = this;
    const isDead = (vm.I32[(candidate >> 2) + R.META] & R.META_DEAD) !== 0;
    if (!isDead && this.cut) return;
    this.deferred.pop();
    if (isDead) vm.heap.free(candidate);
    else vm.I32[(candidate >> 2) + R.META] &= ~R.META_BUFFERED;
  }

  private rebuffer(candidate: Ptr): void {
    const { vm } = this;
    if ((vm.I32[(candidate >> 2) + R.META] & R.META_DEAD) !== 0) {
      vm.heap.free(candidate);
      return;
    }
    vm.I32[(candidate >> 2) + R.META] &= ~R.META_BUFFERED;
    addCandidate(vm, candidate);
  }

  /** Takes the newest candidate out of the buffer; 0 when it was dead already, and then its block is freed. */
  private takeCandidate(): Ptr {
    const { vm } = this;
    const candidate = vm.I32[(vm.candidates >> 2) + --vm.candidateCount];
    const meta = (candidate >> 2) + R.META;
    vm.I32[meta] &= ~R.META_BUFFERED;
    if ((vm.I32[meta] & R.META_DEAD) === 0) return candidate;
    vm.heap.free(candidate);
    return 0;
  }

  /** Visits what is reachable from a record and subtracts its references. False when that is more than `limit` records. */
  private mark(root: Ptr, limit: number): boolean {
    const { vm, visited } = this;
    const I32 = vm.I32;
    const start = visited.length;
    this.gray(root);
    let next = start;
    while (next < visited.length) {
      if (next - start > limit) {
        // References of the rest have not been subtracted: they must not be added back.
        for (let i = next; i < visited.length; i++) this.paint(visited.at(i), WHITE);
        visited.length = next;
        return false;
      }
      visitEdges(vm, visited.at(next++), (target) => {
        if (!this.follows(target)) return;
        I32[(target >> 2) + R.REFCOUNT]--;
        this.gray(target);
      });
    }
    return true;
  }

  private follows(target: Ptr): boolean {
    if (this.mask === CYCLE_KINDS) return isKindIn(this.vm, target, CYCLE_KINDS);
    if (isKindIn(this.vm, target, DATA_KINDS) && (this.vm.I32[(target >> 2) + R.META] & R.META_IS_PROTOTYPE) === 0) return true;
    this.cut ||= isKindIn(this.vm, target, CYCLE_KINDS);
    return false;
  }

  private gray(ptr: Ptr): void {
    const meta = (ptr >> 2) + R.META;
    if ((this.vm.I32[meta] & R.META_COLOR_MASK) !== 0) return;
    this.vm.I32[meta] |= GRAY;
    this.visited.push(ptr);
  }

  private paint(ptr: Ptr, color: number): void {
    const meta = (ptr >> 2) + R.META;
    this.vm.I32[meta] = (this.vm.I32[meta] & ~R.META_COLOR_MASK) | color;
  }

  /** Adds back every reference that was subtracted. */
  private undo(): void {
    const { vm, visited } = this;
    for (let i = 0; i < visited.length; i++) {
      visitEdges(vm, visited.at(i), (target) => {
        if (this.follows(target)) vm.I32[(target >> 2) + R.REFCOUNT]++;
      });
      this.paint(visited.at(i), WHITE);
    }
    visited.clear();
  }

  /** Tells garbage from what is held from outside, puts the counts back, and frees the garbage. */
  private finishMarked(): void {
    const { vm, visited, work } = this;
    const I32 = vm.I32;
    for (let i = 0; i < visited.length; i++) {
      const ptr = visited.at(i);
      if (I32[(ptr >> 2) + R.REFCOUNT] > 0 && (I32[(ptr >> 2) + R.META] & R.META_COLOR_MASK) === GRAY) {
        this.paint(ptr, BLACK);
        work.push(ptr);
        this.blacken();
      }
    }
    const garbage: Ptr[] = [];
    for (let i = 0; i < visited.length; i++) {
      const ptr = visited.at(i);
      if ((I32[(ptr >> 2) + R.META] & R.META_COLOR_MASK) === GRAY) garbage.push(ptr);
      this.paint(ptr, WHITE);
    }
    visited.clear();
    if (garbage.length > 0) this.free(garbage);
  }

  /** Everything reachable from the work list is held: counts go back up. */
  private blacken(): void {
    const { vm, work } = this;
    const I32 = vm.I32;
    while (work.length > 0) {
      visitEdges(vm, work.pop(), (target) => {
        if (!this.follows(target)) return;
        I32[(target >> 2) + R.REFCOUNT]++;
        if ((I32[(target >> 2) + R.META] & R.META_COLOR_MASK) !== GRAY) return;
        this.paint(target, BLACK);
        work.push(target);
      });
    }
  }

  private free(garbage: readonly Ptr[]): void {
    const { vm } = this;
    const I32 = vm.I32;
    // Counts among the garbage go back up, and one more holds each record while all are taken apart.
    for (const ptr of garbage) {
      visitEdges(vm, ptr, (target) => {
        if (this.follows(target)) I32[(target >> 2) + R.REFCOUNT]++;
      });
    }
    for (const ptr of garbage) {
      I32[(ptr >> 2) + R.REFCOUNT]++;
      I32[(ptr >> 2) + R.META] |= R.META_DEAD;
    }
    const buffered = garbage.map((ptr) => (I32[(ptr >> 2) + R.META] & R.META_BUFFERED) !== 0);
    // Marked as buffered, none of them becomes a candidate again on the way.
    for (const ptr of garbage) I32[(ptr >> 2) + R.META] |= R.META_BUFFERED;
    vm.deferShapes = true;
    for (const ptr of garbage) releaseChildren(vm, ptr);
    vm.deferShapes = false;
    garbage.forEach((ptr, i) => {
      // One that stands in a buffer stays as a zombie until the buffer is swept.
      if (!buffered[i]) vm.heap.free(ptr);
    });
    while (vm.deadShapes !== 0) {
      const shape = vm.deadShapes;
      vm.deadShapes = I32[(shape >> 2) + R.REFCOUNT];
      freeShapeTree(vm, shape);
    }
    this.collected += garbage.length;
  }
}

/** Gives the cycle collector one bounded slice. */
export function collectSlice(vm: Machine): void {
  vm.collector.slice();
}

/** Collects all garbage cycles now; returns the number of records freed. */
export function collectAll(vm: Machine): number {
  return vm.collector.all();
}
