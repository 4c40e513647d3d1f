// SPDX-License-Identifier: MIT
import type { Ptr } from "../memory/address-space.ts";

/** One arena of fragments with boundary links, of an `O1Heap` or a `TlsfHeap`. */
export interface FragmentArena {
  /** First address, and one past the last. */
  start: Ptr;
  end: Ptr;
  /** Bytes that fragments fill. */
  capacity: number;
  /** Word indexes: what bounds the fragments, and the first of them. */
  frontFence: number;
  first: number;
  endFence: number;
}

/** How a heap links its fragments. */
export interface FragmentLinks {
  /** Word index of the fragment, or fence, that follows. */
  nextOf(fragment: number, isFree: boolean): number;
  /** Whether that is free; asked of the front fence as of a used fragment. */
  isNextFree(fragment: number, isFree: boolean): boolean;
  /** Word of each fragment that names the previous one, odd where that is free. */
  previous: number;
  /** Words of a free fragment, and of a bin's head, that link its ring. */
  nextFree: number;
  previousFree: number;
}

/** What a heap believes of its fragments. Sizes in words. */
export interface FragmentAccount {
  /** The heap's name, before each finding. */
  name: string;
  allocated: number;
  /** Every fragment's size is a multiple of this. */
  quantum: number;
  /** Fragments in use are powers of two. */
  powersOfTwo: boolean;
  links: FragmentLinks;
  /** Word index of the first bin's ring; each takes two words. */
  bins: number;
  binCount: number;
  /** The bin that a free fragment of a size belongs in. */
  binOf(size: number): number;
  /** Whether the heap's masks say that the bin has fragments. */
  saysFilled(bin: number): boolean;
}

const FRAGMENT_MIN_WORDS = 8;

/** Walks all fragments and bins; returns what is wrong. Ends whatever the arenas contain. */
export function checkFragments(I32: Int32Array, arenas: readonly FragmentArena[], account: FragmentAccount): string[] {
  const findings: string[] = [];
  const free = new Set<number>();
  let used = 0;
  for (const arena of arenas) {
    const words = walkFragments(I32, arena, account, free, findings);
    if (words < 0) return findings;
    used += words;
  }
  const { name, allocated } = account;
  if (used !== allocated) findings.push(`${name}: ${used * 4} bytes are in use, ${allocated * 4} are counted`);
  for (let bin = 0; bin < account.binCount; bin++) checkBin(I32, account, bin, free, findings);
  if (free.size > 0) findings.push(`${name}: ${free.size} free fragments are in no bin, the first at ${at([...free][0])}`);
  return findings;
}

/** Every fragment against its neighbours. @returns words in use, or -1 when the walk could not be finished */
function walkFragments(
  I32: Int32Array,
  { frontFence, first, endFence }: FragmentArena,
  { name, quantum, powersOfTwo, links }: FragmentAccount,
  free: Set<number>,
  findings: string[],
): number {
  let used = 0;
  let previous = frontFence;
  let previousLink = frontFence;
  let isFree = links.isNextFree(frontFence, false);
  for (let fragment = first; fragment !== endFence; ) {
    const next = links.nextOf(fragment, isFree);
    const size = next - fragment;
    if (next > endFence || size < FRAGMENT_MIN_WORDS || size % quantum !== 0) {
      findings.push(`${name}: fragment at ${at(fragment)} has size ${size * 4}`);
      return -1;
    }
    if (I32[fragment + links.previous] !== previousLink) {
      findings.push(
        `${name}: fragment at ${at(fragment)} does not link back to ${at(previous)}, or disagrees whether it is free`,
      );
    }
    if (!isFree) {
      used += size;
      if (powersOfTwo && (size & (size - 1)) !== 0) {
        findings.push(`${name}: fragment at ${at(fragment)} is in use with size ${size * 4}`);
      }
    } else {
      free.add(fragment);
      if ((previousLink & 1) === 1)
        findings.push(`${name}: free fragments at ${at(previous)} and ${at(fragment)} are not joined`);
    }
    previous = fragment;
    previousLink = isFree ? fragment | 1 : fragment;
    isFree = links.isNextFree(fragment, isFree);
    fragment = next;
  }
  if (I32[endFence + links.previous] !== previousLink) findings.push(`${name}: the end does not link back to ${at(previous)}`);
  return used;
}

/** One bin's ring; what is found in it is taken out of `free`. */
function checkBin(I32: Int32Array, account: FragmentAccount, bin: number, free: Set<number>, findings: string[]): void {
  const { name, links } = account;
  const head = account.bins + 2 * bin;
  let previous = head;
  for (let fragment = I32[head + links.nextFree]; fragment !== head; fragment = I32[fragment + links.nextFree]) {
    if (!free.delete(fragment)) {
      findings.push(`${name}: bin ${bin} has an entry at ${at(fragment)} that is no free fragment, or has it twice`);
      return;
    }
    if (I32[fragment + links.previousFree] !== previous)
      findings.push(`${name}: bin ${bin} is not linked back at ${at(fragment)}`);
    const size = links.nextOf(fragment, true) - fragment;
    if (account.binOf(size) !== bin) findings.push(`${name}: fragment at ${at(fragment)} of ${at(size)} bytes is in bin ${bin}`);
    previous = fragment;
  }
  if (account.saysFilled(bin) === (previous === head)) findings.push(`${name}: the mask is wrong for bin ${bin}`);
}

/** A word index as the byte address that reports print. */
function at(word: number): number {
  return word * 4;
}
