// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { addCandidate, takeOldest } from "./candidates.ts";
import { PointerList } from "./pointer-list.ts";
import { freeShapeTree, releaseChildren } from "./release.ts";
import { CYCLE_KINDS, DATA_KINDS, isKindIn, visitEdges } from "./trace.ts";

/**
 * The cycle collector: trial deletion (Bacon and Rajan) from buffered candidates. What is reachable from them is visited and
 * its references among the visited are subtracted; what then has a count left is held from outside, and so is what it
 * reaches; the rest is garbage.
 *
 * A slice takes candidates until it has visited a bounded number of records, and goes only through data (objects and arrays that
 * nobody inherits from). Not following a reference is safe: what stands behind it counts as held from outside. But it makes
 * "alive" a guess, so a candidate that was found alive that way is *deferred* to the next complete collection, which follows
 * everything and takes place when twice as many deferred candidates are alive as after the last one.
 *
 * Counts are exact whenever a slice runs, so nothing that running code holds can be taken for garbage.
 */

const WHITE = 0;
/** Visited; its references have been subtracted. */
const GRAY = 1 << R.META_COLOR_SHIFT;
/** Held from outside. */
const BLACK = 2 << R.META_COLOR_SHIFT;
/** Visited, but its references were not followed: the slice was over. */
const FRONTIER = 3 << R.META_COLOR_SHIFT;

/** Records that one slice visits: well below 2 ms of work, measured (docs/memory.md). */
const SLICE_RECORDS = 8_000;
/** Deferred candidates before the list is looked through for the first time. */
const FIRST_DEFERRED_LIMIT = 4096;
/** Deferred candidates alive before a complete collection takes place within a run for the first time. */
const FIRST_COMPLETE_LIMIT = 16_384;
const MIN_THRESHOLD = 32768;
const IN_A_LIST = R.META_BUFFERED | R.META_DEFERRED;

/** Collector state of a machine. */
export class CycleCollector {
  private readonly vm: Machine;
  private readonly visited = new PointerList();
  /** Candidates that this slice or collection has started from. */
  private readonly roots = new PointerList();
  private readonly edges = new PointerList();
  private readonly work = new PointerList();
  private readonly deferred = new PointerList();
  private deferredLimit = FIRST_DEFERRED_LIMIT;
  private completeLimit = FIRST_COMPLETE_LIMIT;
  /** Visited records whose references have been subtracted: all before this index. */
  private expanded = 0;
  private mask = CYCLE_KINDS;
  /** A reference was not followed: "held from outside" is a guess. */
  private cut = false;
  private readonly addEdge = (target: Ptr): void => this.edges.push(target);
  /** Records freed since the machine began. */
  collected = 0;

  constructor(vm: Machine) {
    this.vm = vm;
  }

  /** One bounded slice. Oldest candidates first: most of what is garbage soon is garbage by then. */
  slice(): void {
    const { vm } = this;
    const I32 = vm.I32;
    this.begin(DATA_KINDS);
    while (vm.candidateCount > 0 && this.visited.length < SLICE_RECORDS) {
      const candidate = this.takeCandidate();
      if (candidate === 0) continue;
      if (!isKindIn(vm, candidate, DATA_KINDS) || (I32[(candidate >> 2) + R.META] & R.META_IS_PROTOTYPE) !== 0) {
        this.defer(candidate);
        continue;
      }
      this.roots.push(candidate);
      this.visit(candidate);
      this.expand(SLICE_RECORDS);
    }
    this.judge();
    if (this.deferred.length > this.deferredLimit) this.sweepDeferred();
  }

  /** Complete collection; the number of records freed. */
  all(): number {
    const { vm } = this;
    const before = this.collected;
    for (;;) {
      const round = this.collected;
      this.begin(CYCLE_KINDS);
      while (this.deferred.length > 0) this.startFrom(this.takeDeferred());
      while (vm.candidateCount > 0) this.startFrom(this.takeCandidate());
      this.expand(Number.POSITIVE_INFINITY);
      this.judge();
      // Freeing can make new candidates; nothing freed means that there is nothing left to find.
      if (this.collected === round) break;
    }
    return this.collected - before;
  }

  /** Frees the blocks of records that are dead but still on a list. Safe at any time; whether there were any. */
  freeDead(): boolean {
    const { vm, deferred } = this;
    let freed = false;
    for (let left = vm.candidateCount; left > 0; left--) {
      const candidate = this.takeCandidate();
      if (candidate === 0) freed = true;
      else addCandidate(vm, candidate);
    }
    const before = deferred.length;
    this.dropDead();
    return freed || deferred.length < before;
  }

  /** Takes the dead off the deferred list. */
  private dropDead(): void {
    const { deferred } = this;
    let alive = 0;
    for (let i = 0; i < deferred.length; i++) {
      const candidate = this.taken(deferred.at(i), R.META_DEFERRED);
      if (candidate === 0) continue;
      this.vm.I32[(candidate >> 2) + R.META] |= R.META_DEFERRED;
      deferred.set(alive++, candidate);
    }
    deferred.length = alive;
  }

  private begin(mask: number): void {
    this.mask = mask;
    this.cut = false;
    this.expanded = 0;
  }

  private startFrom(candidate: Ptr): void {
    if (candidate === 0) return;
    this.roots.push(candidate);
    this.visit(candidate);
  }

  /** A candidate whose verdict must wait for a complete collection. */
  private defer(candidate: Ptr): void {
    const meta = (candidate >> 2) + R.META;
    if ((this.vm.I32[meta] & R.META_DEFERRED) !== 0) return;
    this.vm.I32[meta] |= R.META_DEFERRED;
    this.deferred.push(candidate);
  }

  /** Takes one off the deferred list; 0 when it has died meanwhile, and then its block is freed. */
  private takeDeferred(): Ptr {
    return this.taken(this.deferred.pop(), R.META_DEFERRED);
  }

  /** Takes the oldest candidate out of the buffer; 0 when it was dead already, and then its block is freed. */
  private takeCandidate(): Ptr {
    return this.taken(takeOldest(this.vm), R.META_BUFFERED);
  }

  private taken(candidate: Ptr, list: number): Ptr {
    const { vm } = this;
    const meta = (candidate >> 2) + R.META;
    vm.I32[meta] &= ~list;
    if ((vm.I32[meta] & R.META_DEAD) === 0) return candidate;
    // The other list may still know it.
    if ((vm.I32[meta] & IN_A_LIST) === 0) vm.heap.free(candidate);
    return 0;
  }

  /** Frees what has died on the deferred list; collects completely when too much of it is alive. */
  private sweepDeferred(): void {
    const { deferred } = this;
    this.dropDead();
    const alive = deferred.length;
    if (alive > this.completeLimit) {
      this.all();
      this.completeLimit = Math.max(FIRST_COMPLETE_LIMIT, alive * 2);
    }
    this.deferredLimit = Math.max(FIRST_DEFERRED_LIMIT, deferred.length * 2);
  }

  private visit(ptr: Ptr): void {
    const meta = (ptr >> 2) + R.META;
    if ((this.vm.I32[meta] & R.META_COLOR_MASK) !== WHITE) return;
    this.vm.I32[meta] |= FRONTIER;
    this.visited.push(ptr);
  }

  private paint(ptr: Ptr, color: number): void {
    const meta = (ptr >> 2) + R.META;
    this.vm.I32[meta] = (this.vm.I32[meta] & ~R.META_COLOR_MASK) | color;
  }

  /** Subtracts the references of visited records and visits what they lead to, until `limit` records are visited. */
  private expand(limit: number): void {
    const { visited, edges } = this;
    const I32 = this.vm.I32;
    while (this.expanded < visited.length) {
      if (this.expanded >= limit) {
        this.cut = true;
        return;
      }
      const ptr = visited.at(this.expanded++);
      this.paint(ptr, GRAY);
      this.collectEdges(ptr);
      for (let i = 0; i < edges.length; i++) {
        const target = edges.at(i);
        if (!this.follows(target)) continue;
        I32[(target >> 2) + R.REFCOUNT]--;
        this.visit(target);
      }
    }
  }

  /** Puts the records that a record holds, and that may take part in cycles, in `edges`: each as often as it is held. */
  private collectEdges(ptr: Ptr): void {
    const { vm, edges } = this;
    const I32 = vm.I32;
    const word = ptr >> 2;
    edges.clear();
    const kind = I32[word + R.META] & R.META_KIND_MASK;
    if (this.mask !== CYCLE_KINDS) this.cut = true;
    if (kind !== BlockKind.Object && kind !== BlockKind.Array) {
      visitEdges(vm, ptr, this.addEdge);
      return;
    }
    // The first slot is `__proto__`, which slices never follow.
    let slots = (I32[word + R.OBJECT_SLOTS] >> 2) + (this.mask === CYCLE_KINDS ? 0 : 2);
    let end = (I32[word + R.OBJECT_SLOTS] >> 2) + I32[(I32[word + R.OBJECT_SHAPE] >> 2) + R.SHAPE_COUNT] * 2;
    for (; slots < end; slots += 2) if (I32[slots + 1] >= TAG_OBJECT) edges.push(I32[slots]);
    if (kind !== BlockKind.Array) return;
    slots = I32[word + R.ARRAY_ELEMENTS] >> 2;
    end = slots + I32[word + R.ARRAY_COUNT] * 2;
    for (; slots < end; slots += 2) if (I32[slots + 1] >= TAG_OBJECT) edges.push(I32[slots]);
  }

  private follows(target: Ptr): boolean {
    const meta = this.vm.I32[(target >> 2) + R.META];
    const kind = 1 << (meta & 31);
    if ((kind & this.mask) !== 0 && (this.mask === CYCLE_KINDS || (meta & R.META_IS_PROTOTYPE) === 0)) return true;
    if ((kind & CYCLE_KINDS) !== 0) this.cut = true;
    return false;
  }

  /** Tells garbage from what is held from outside, puts the counts back, and frees the garbage. */
  private judge(): void {
    const { visited, work, roots } = this;
    const I32 = this.vm.I32;
    for (let i = 0; i < visited.length; i++) {
      const ptr = visited.at(i);
      if (I32[(ptr >> 2) + R.REFCOUNT] > 0 && this.colorOf(ptr) !== BLACK) {
        work.push(ptr);
        this.blacken();
      }
    }
    const garbage: Ptr[] = [];
    for (let i = 0; i < visited.length; i++) {
      const ptr = visited.at(i);
      if (this.colorOf(ptr) !== BLACK) garbage.push(ptr);
    }
    // Those that are alive as far as could be seen.
    if (this.cut) for (let i = 0; i < roots.length; i++) if (this.colorOf(roots.at(i)) === BLACK) this.defer(roots.at(i));
    roots.clear();
    if (garbage.length > 0) this.restoreCounts(garbage);
    for (let i = 0; i < visited.length; i++) this.paint(visited.at(i), WHITE);
    visited.clear();
    if (garbage.length > 0) this.free(garbage);
  }

  private colorOf(ptr: Ptr): number {
    return this.vm.I32[(ptr >> 2) + R.META] & R.META_COLOR_MASK;
  }

  /** Everything reachable from the work list is held: counts that were subtracted go back up. */
  private blacken(): void {
    const { work, edges } = this;
    const I32 = this.vm.I32;
    while (work.length > 0) {
      const ptr = work.pop();
      const color = this.colorOf(ptr);
      if (color === BLACK) continue;
      this.paint(ptr, BLACK);
      if (color === FRONTIER) continue;
      this.collectEdges(ptr);
      for (let i = 0; i < edges.length; i++) {
        const target = edges.at(i);
        if (!this.follows(target)) continue;
        I32[(target >> 2) + R.REFCOUNT]++;
        if (this.colorOf(target) !== BLACK) work.push(target);
      }
    }
  }

  /** Counts that garbage holds go back up, so that it can be taken apart like anything else. */
  private restoreCounts(garbage: readonly Ptr[]): void {
    const { edges } = this;
    const I32 = this.vm.I32;
    for (const ptr of garbage) {
      if (this.colorOf(ptr) === FRONTIER) continue;
      this.collectEdges(ptr);
      for (let i = 0; i < edges.length; i++) {
        const target = edges.at(i);
        if (this.follows(target)) I32[(target >> 2) + R.REFCOUNT]++;
      }
    }
  }

  private free(garbage: readonly Ptr[]): void {
    const { vm } = this;
    const I32 = vm.I32;
    // One more reference holds each record while all are taken apart; marked as buffered, none becomes a candidate again on the way.
    const listed: boolean[] = [];
    for (const ptr of garbage) {
      const meta = (ptr >> 2) + R.META;
      I32[(ptr >> 2) + R.REFCOUNT]++;
      listed.push((I32[meta] & IN_A_LIST) !== 0);
      I32[meta] |= R.META_DEAD;
    }
    const unbuffered = garbage.filter((ptr) => (I32[(ptr >> 2) + R.META] & R.META_BUFFERED) === 0);
    for (const ptr of unbuffered) I32[(ptr >> 2) + R.META] |= R.META_BUFFERED;
    vm.deferShapes = true;
    for (const ptr of garbage) releaseChildren(vm, ptr);
    vm.deferShapes = false;
    for (const ptr of unbuffered) I32[(ptr >> 2) + R.META] &= ~R.META_BUFFERED;
    garbage.forEach((ptr, i) => {
      // One that stands in a list stays as a zombie until the list is swept.
      if (!listed[i]) vm.heap.free(ptr);
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
  vm.candidateThreshold = MIN_THRESHOLD;
}

/** Collects all garbage cycles now; returns the number of records freed. */
export function collectAll(vm: Machine): number {
  return vm.collector.all();
}
