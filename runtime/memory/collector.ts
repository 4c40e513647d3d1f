// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { type Machine, MIN_CANDIDATE_THRESHOLD } from "../machine/machine.ts";
import { addCandidate, takeOldest } from "./candidates.ts";
import { createDataTrial, type DataTrial } from "./data-trial.ts";
import { PointerList } from "./pointer-list.ts";
import { freeDeferredShapes, freeUnlisted, releaseChildren, releaseDead } from "./release.ts";
import { visitFrameStack } from "./running.ts";
import { type RoundOutcome, SlicePace } from "./slice-pace.ts";
import { CYCLE_KINDS, isKindIn, visitEdges } from "./trace.ts";

/**
 * The cycle collector: trial deletion (Bacon and Rajan) from buffered candidates. What is reachable from them is visited and
 * its references among the visited are subtracted; what then has a count left is held from outside, and so is what it
 * reaches; the rest is garbage.
 *
 * A slice takes candidates until it has visited a bounded number of records, and goes only through data (objects and arrays that
 * nobody inherits from). Not following a reference is safe: what stands behind it counts as held from outside. But it makes
 * "alive" a guess, so a candidate that was found alive that way is *deferred* to the next complete collection, which follows
 * everything: on demand, when a player is disposed of, and within a run when the heap is filling up.
 *
 * Counts are exact whenever a slice runs, so nothing that running code holds can be taken for garbage.
 */

const WHITE = 0;
/** Visited. */
const GRAY = 1 << R.META_COLOR_SHIFT;
/** Held from outside. */
const BLACK = 2 << R.META_COLOR_SHIFT;

/** Time after which a slice begins no other round. V8 may run it slowly at first. */
const SLICE_MS = 1;
/** Until V8 has compiled the collector more candidates wait than usual: so many times as many, at most. */
const PATIENCE = 4;
/** Deferred candidates before any is looked at again. */
const MIN_DEFERRED = 4096;
/** Deferred candidates that are looked at again for each that a slice adds: the list stays below twice what is alive on it. */
const SWEEP_PER_DEFERRED = 2;
/** And at most in one slice. */
const MAX_SWEEP = 2000;
/** A complete collection within a run is not tried again before the heap has grown by this much. */
const GROWTH_BEFORE_NEXT = 1.25;
/** Share of the heap past which slices are not waited for. */
const LATE_SHARE = 0.85;
/** Share of candidates found alive past which they have been looked at too early. */
const TOO_EARLY = 0.25;
/** Candidates that must have been looked at for that to mean something. */
const ENOUGH_TO_TELL = 500;
/** Most candidates that wait. */
const MAX_CANDIDATE_THRESHOLD = 1 << 18;
/** Share of a slice's work by which the last candidate may exceed it, and before whose end a candidate is begun in time. */
const OVERTIME = 0.25;
const IN_A_LIST = R.META_BUFFERED | R.META_DEFERRED;

/** Collector state of a machine. */
export class CycleCollector {
  private readonly vm: Machine;
  private readonly visited = new PointerList();
  /** Candidates that this round has started from. */
  private readonly roots = new PointerList();
  /** Those of them that the slice was too short for. */
  private readonly unseen = new PointerList();
  private readonly edges = new PointerList();
  private readonly work = new PointerList();
  private readonly deferred = new PointerList();
  /** Index of the oldest on the deferred list. */
  private firstDeferred = 0;
  private readonly pace = new SlicePace();
  /** Of the last round. */
  private readonly outcome: RoundOutcome = { units: 0, alive: 0, freed: 0 };
  private readonly trial: DataTrial;
  private allocatedAfterComplete = 0;
  /** Candidates that slices have looked at since the threshold was last thought over, and those of them that were alive. */
  private looked = 0;
  private foundAlive = 0;
  /** Visited records whose references have been subtracted: all before this index. */
  private expanded = 0;
  private readonly addEdge = (target: Ptr): void => {
    if (isKindIn(this.vm, target, CYCLE_KINDS)) this.edges.push(target);
  };
  private readonly deferHeld = (target: Ptr): void => {
    if (isKindIn(this.vm, target, CYCLE_KINDS)) this.defer(target);
  };
  /** Records freed since the machine began. */
  collected = 0;

  constructor(vm: Machine) {
    this.vm = vm;
    this.trial = createDataTrial(vm);
  }

  /** One bounded slice. Oldest candidates first: most of what is garbage soon is garbage by then. */
  slice(): void {
    const { vm, pace, outcome } = this;
    // A record that waits to be released has no count: such records go first, as many as may go at once.
    releaseDead(vm, vm.releaseLimit);
    if (vm.deadList !== 0 || vm.candidateCount === 0) return;
    const deferred = this.deferred.length;
    const limit = pace.sliceUnits;
    const start = performance.now();
    let units = 0;
    let spent = 0;
    for (let most = pace.roundUnits; vm.candidateCount > 0 && units < limit && spent < SLICE_MS; ) {
      this.round(limit, units, most);
      units += outcome.units;
      const now = performance.now() - start;
      most = pace.afterRound(outcome, most, now - spent);
      spent = now;
    }
    pace.afterSlice(units, spent, vm.candidateCount < vm.candidateThreshold * PATIENCE);
    this.adapt();
    this.sweepSomeDeferred((this.deferred.length - deferred) * SWEEP_PER_DEFERRED);
  }

  /**
   * Looks at some candidates of a slice, one at least, and frees what is garbage among them, which is in the caches then. Puts down
   * what came of it in `outcome`.
   * @param done work that the slice has done before
   * @param most work after which no other candidate is begun
   */
  private round(limit: number, done: number, most: number): void {
    const { vm, trial, roots, unseen, outcome } = this;
    trial.begin(limit * (1 + OVERTIME) - done);
    const enough = Math.min(most, limit - done);
    const late = limit * (1 - OVERTIME) - done;
    for (let taken = 0; vm.candidateCount > 0 && trial.units() < enough && taken < enough; taken++) {
      const candidate = this.takeCandidate();
      if (candidate === 0) continue;
      if (!trial.isData(candidate)) {
        this.defer(candidate);
        continue;
      }
      roots.push(candidate);
      const isInTime = trial.units() < late;
      // One that was begun too late to be seen whole gets another chance; one that is larger than that has had it.
      if (!trial.expandFrom(candidate) && !isInTime) unseen.push(candidate);
    }
    trial.judge();
    for (let i = 0; i < unseen.length; i++) if (trial.isAlive(unseen.at(i))) addCandidate(vm, unseen.at(i));
    unseen.clear();
    let alive = 0;
    for (let i = 0; i < roots.length; i++) {
      if (!trial.isAlive(roots.at(i))) continue;
      // Alive as far as could be seen.
      alive++;
      if ((vm.I32[(roots.at(i) >> 2) + R.META] & R.META_BUFFERED) === 0) this.defer(roots.at(i));
    }
    this.looked += roots.length;
    this.foundAlive += alive;
    roots.clear();
    outcome.freed = trial.sweep();
    outcome.alive = alive;
    outcome.units = Math.max(1, trial.units());
    this.collected += outcome.freed;
  }

  /** Whether slices leave more candidates than should wait, although they do all they may. */
  get isBehind(): boolean {
    return this.vm.candidateCount > this.vm.candidateThreshold && this.pace.isFull;
  }

  /** Candidates wait longer where many are looked at too early, which is work for nothing, and less long where they need not. */
  private adapt(): void {
    const { vm } = this;
    if (this.looked < ENOUGH_TO_TELL) return;
    const share = this.foundAlive / this.looked;
    this.looked = 0;
    this.foundAlive = 0;
    if (share > TOO_EARLY) vm.candidateThreshold = Math.min(MAX_CANDIDATE_THRESHOLD, Math.round(vm.candidateThreshold * 1.25));
    else if (share < TOO_EARLY / 5)
      vm.candidateThreshold = Math.max(MIN_CANDIDATE_THRESHOLD, Math.round(vm.candidateThreshold * 0.95));
  }

  /**
   * Whether memory is so short that a complete collection is worth its pause: what slices can't see may be garbage. While
   * candidates wait for slices, those are tried first, unless it is late for that.
   */
  isUnderPressure(): boolean {
    const { vm } = this;
    if (vm.pressure.check() !== "high") return false;
    const { allocated, capacity } = vm.heap.diagnostics();
    if (vm.candidateCount > MIN_CANDIDATE_THRESHOLD && allocated < capacity * LATE_SHARE) return false;
    if (this.deferred.length + vm.candidateCount < MIN_DEFERRED) return false;
    return allocated > this.allocatedAfterComplete * GROWTH_BEFORE_NEXT;
  }

  /** Complete collection; the number of records freed. */
  all(): number {
    const { vm } = this;
    releaseDead(vm);
    const before = this.collected;
    for (;;) {
      const round = this.collected;
      this.expanded = 0;
      while (this.deferred.length > this.firstDeferred) this.startFrom(this.takeDeferred());
      this.deferred.clear();
      this.firstDeferred = 0;
      while (vm.candidateCount > 0) this.startFrom(this.takeCandidate());
      if (vm.lostCandidates) this.startFromAll();
      vm.lostCandidates = false;
      this.expand();
      this.judge();
      // Freeing can make new candidates; nothing freed means that there is nothing left to find.
      if (this.collected === round) break;
    }
    // What temporaries hold is dropped without becoming a candidate (docs/memory.md), and has just been found alive by their references.
    visitFrameStack(vm, this.deferHeld);
    this.allocatedAfterComplete = vm.heap.diagnostics().allocated;
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
    const before = deferred.length - this.firstDeferred;
    let alive = 0;
    for (let i = this.firstDeferred; i < deferred.length; i++) {
      const candidate = this.taken(deferred.at(i), R.META_DEFERRED);
      if (candidate === 0) continue;
      vm.I32[(candidate >> 2) + R.META] |= R.META_DEFERRED;
      deferred.set(alive++, candidate);
    }
    deferred.length = alive;
    this.firstDeferred = 0;
    return freed || alive < before;
  }

  /** Every record is taken for a candidate. */
  private startFromAll(): void {
    const { vm } = this;
    for (const { ptr, kind } of vm.heap.blocks())
      if (((CYCLE_KINDS >> kind) & 1) !== 0 && (vm.I32[(ptr >> 2) + R.META] & R.META_DEAD) === 0) this.visit(ptr);
  }

  private startFrom(candidate: Ptr): void {
    if (candidate === 0) return;
    this.visit(candidate);
  }

  /** The present candidates are known to be alive: slices need not look at them. */
  deferAll(): void {
    while (this.vm.candidateCount > 0) {
      const candidate = this.takeCandidate();
      if (candidate !== 0) this.defer(candidate);
    }
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

  /** Looks at the oldest of the deferred list again: the dead are freed, the rest goes to its end. */
  private sweepSomeDeferred(count: number): void {
    const { deferred } = this;
    if (deferred.length - this.firstDeferred < MIN_DEFERRED) return;
    const stop = Math.min(deferred.length, this.firstDeferred + Math.min(count, MAX_SWEEP));
    for (; this.firstDeferred < stop; this.firstDeferred++) {
      const candidate = this.taken(deferred.at(this.firstDeferred), R.META_DEFERRED);
      if (candidate !== 0) this.defer(candidate);
    }
    // The front half of the list is empty by now: the rest moves there.
    if (this.firstDeferred > deferred.length >> 1) {
      deferred.dropFirst(this.firstDeferred);
      this.firstDeferred = 0;
    }
  }

  private visit(ptr: Ptr): void {
    const meta = (ptr >> 2) + R.META;
    if ((this.vm.I32[meta] & R.META_COLOR_MASK) !== WHITE) return;
    this.vm.I32[meta] |= GRAY;
    this.visited.push(ptr);
  }

  private paint(ptr: Ptr, color: number): void {
    const meta = (ptr >> 2) + R.META;
    this.vm.I32[meta] = (this.vm.I32[meta] & ~R.META_COLOR_MASK) | color;
  }

  /** Subtracts the references of visited records and visits what they lead to. */
  private expand(): void {
    const { visited, edges } = this;
    const I32 = this.vm.I32;
    while (this.expanded < visited.length) {
      const ptr = visited.at(this.expanded++);
      this.collectEdges(ptr);
      for (let i = 0; i < edges.length; i++) {
        const target = edges.at(i);
        I32[(target >> 2) + R.REFCOUNT]--;
        this.visit(target);
      }
    }
  }

  /** Puts the records that a record holds, and that may take part in cycles, in `edges`: each as often as it is held. */
  private collectEdges(ptr: Ptr): void {
    this.edges.clear();
    visitEdges(this.vm, ptr, this.addEdge);
  }

  /** Tells garbage from what is held from outside, puts the counts back, and frees the garbage. */
  private judge(): void {
    const { visited, work } = this;
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
      this.collectEdges(ptr);
      for (let i = 0; i < edges.length; i++) {
        const target = edges.at(i);
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
      this.collectEdges(ptr);
      for (let i = 0; i < edges.length; i++) {
        const target = edges.at(i);
        I32[(target >> 2) + R.REFCOUNT]++;
      }
    }
  }

  private free(garbage: readonly Ptr[]): void {
    const { vm } = this;
    const I32 = vm.I32;
    // One more reference holds each record while all are taken apart; marked as buffered, none becomes a candidate again on the way.
    for (const ptr of garbage) {
      const meta = (ptr >> 2) + R.META;
      I32[(ptr >> 2) + R.REFCOUNT]++;
      I32[meta] |= R.META_DEAD;
    }
    const unbuffered = garbage.filter((ptr) => (I32[(ptr >> 2) + R.META] & R.META_BUFFERED) === 0);
    for (const ptr of unbuffered) I32[(ptr >> 2) + R.META] |= R.META_BUFFERED;
    vm.deferShapes = true;
    for (const ptr of garbage) releaseChildren(vm, ptr);
    vm.deferShapes = false;
    for (const ptr of unbuffered) I32[(ptr >> 2) + R.META] &= ~R.META_BUFFERED;
    for (const ptr of garbage) freeUnlisted(vm, ptr);
    freeDeferredShapes(vm);
    this.collected += garbage.length;
  }
}

/** Gives the cycle collector one bounded slice. */
export function collectSlice(vm: Machine): void {
  vm.collector.slice();
  if (vm.collector.isUnderPressure()) vm.collector.all();
}

/** Collects all garbage cycles now; returns the number of records freed. */
export function collectAll(vm: Machine): number {
  return vm.collector.all();
}
