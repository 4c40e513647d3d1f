// SPDX-License-Identifier: MIT

import type { Ptr } from "../memory/address-space.ts";

/** One arena of an o1heap; `O1Heap` says what lies in it. */
export interface FragmentArena {
  /** First address, and one past the last. */
  start: Ptr;
  end: Ptr;
  /** Bytes that fragments fill. */
  capacity: number;
  /** Word indexes of what bounds the fragments. */
  frontFence: number;
  endFence: number;
}

/** What an o1heap believes of its arena. Sizes in words. */
export interface FragmentAccount {
  /** Word index of bin 0's ring. */
  bins: number;
  nonEmptyBins: number;
  allocated: number;
}

const PREVIOUS = 1;
const NEXT_FREE = 4;
const PREVIOUS_FREE = 5;
const FRAGMENT_MIN_WORDS = 8;
const BIN_COUNT = 26;

/** Walks an o1heap's fragments and bins; returns what is wrong. Ends whatever the arenas contain. */
export function checkFragments(I32: Int32Array, arenas: readonly FragmentArena[], account: FragmentAccount): string[] {
  const findings: string[] = [];
  const free = new Set<number>();
  let used = 0;
  for (const arena of arenas) {
    const words = walkFragments(I32, arena, free, findings);
    if (words < 0) return findings;
    used += words;
  }
  if (used !== account.allocated) findings.push(`o1heap: ${used * 4} bytes are in use, ${account.allocated * 4} are counted`);
  for (let bin = 0; bin < BIN_COUNT; bin++) checkBin(I32, account, bin, free, findings);
  if (free.size > 0) findings.push(`o1heap: ${free.size} free fragments are in no bin, the first at ${at([...free][0])}`);
  return findings;
}

/** Every fragment against its neighbours. @returns words in use, or -1 when the walk could not be finished */
function walkFragments(I32: Int32Array, arena: FragmentArena, free: Set<number>, findings: string[]): number {
  const { frontFence, endFence } = arena;
  let used = 0;
  let previous = frontFence;
  let previousLink = frontFence;
  let link = I32[frontFence];
  while (link !== endFence) {
    const fragment = link & -2;
    const next = I32[fragment] & -2;
    const size = next - fragment;
    if (fragment <= previous || next > endFence || size < FRAGMENT_MIN_WORDS || size % FRAGMENT_MIN_WORDS !== 0) {
      findings.push(`o1heap: fragment at ${at(fragment)} has size ${size * 4}`);
      return -1;
    }
    if (I32[fragment + PREVIOUS] !== previousLink) {
      findings.push(`o1heap: fragment at ${at(fragment)} does not link back to ${at(previous)}, or disagrees whether it is free`);
    }
    if ((link & 1) === 0) {
      used += size;
      if ((size & (size - 1)) !== 0) findings.push(`o1heap: fragment at ${at(fragment)} is in use with size ${size * 4}`);
    } else {
      free.add(fragment);
      if ((previousLink & 1) === 1) findings.push(`o1heap: free fragments at ${at(previous)} and ${at(fragment)} are not joined`);
    }
    previous = fragment;
    previousLink = link;
    link = I32[fragment];
  }
  if (I32[endFence + PREVIOUS] !== previousLink) findings.push(`o1heap: the end does not link back to ${at(previous)}`);
  return used;
}

/** One bin's ring; what is found in it is taken out of `free`. */
function checkBin(I32: Int32Array, account: FragmentAccount, bin: number, free: Set<number>, findings: string[]): void {
  const head = account.bins + 2 * bin;
  let previous = head;
  for (let fragment = I32[head + NEXT_FREE]; fragment !== head; fragment = I32[fragment + NEXT_FREE]) {
    if (!free.delete(fragment)) {
      findings.push(`o1heap: bin ${bin} has an entry at ${at(fragment)} that is no free fragment, or has it twice`);
      return;
    }
    if (I32[fragment + PREVIOUS_FREE] !== previous) findings.push(`o1heap: bin ${bin} is not linked back at ${at(fragment)}`);
    if (28 - Math.clz32(I32[fragment] - fragment) !== bin) findings.push(`o1heap: fragment at ${at(fragment)} is in bin ${bin}`);
    previous = fragment;
  }
  const empty = previous === head;
  if (empty === (((account.nonEmptyBins >>> bin) & 1) === 1)) findings.push(`o1heap: the mask is wrong for bin ${bin}`);
}

/** A word index as the byte address that reports print. */
function at(word: number): number {
  return word * 4;
}
