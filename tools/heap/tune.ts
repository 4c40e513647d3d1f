// SPDX-License-Identifier: AGPL-3.0-or-later
import { FRAGMENT_MIN_BYTES, HEADER_BYTES } from "../../lib/heap/o1heap.ts";
import type { Measurement } from "./measure.ts";
import { bytesText, measurementTable } from "./tables.ts";
import { identityOf, type Workload } from "./workloads.ts";

/** What a movie asks of its heap. Sizes in bytes. */
export interface Demand {
  operations: number;
  mostLive: number;
  /** Sum of the requests alive at once, at most. */
  peakRequested: number;
  largestRequest: number;
}

/** What `heap tune` found and would choose. */
export interface TuningAdvice {
  demand: Demand;
  measurements: readonly Measurement[];
  /** Smallest first arena with which the default chain never expands; null when 1 GiB is not enough. */
  smallestInitial: number | null;
  /** Bytes with which an o1heap serves any program of this peak and largest request, whatever the order. */
  worstCaseBound: number;
  choice: string;
  reasons: readonly string[];
}

export function demandOf(workload: Workload): Demand {
  const { operations, slots } = workload;
  const asked = new Int32Array(slots);
  const demand = {
    operations: operations.length / 2,
    mostLive: identityOf(workload).mostLive,
    peakRequested: 0,
    largestRequest: 0,
  };
  let total = 0;
  for (let i = 0; i < operations.length; i += 2) {
    const size = operations[i + 1];
    const bytes = size >= 0 ? size : size === -1 ? 0 : -2 - size;
    total += bytes - asked[operations[i]];
    asked[operations[i]] = bytes;
    demand.peakRequested = Math.max(demand.peakRequested, total);
    demand.largestRequest = Math.max(demand.largestRequest, bytes);
  }
  return demand;
}

/**
 * The bound that o1heap's documentation gives (after Robson, 1971): 2 M (1 + ⌈log2 n⌉), with M the most bytes that fragments
 * took, n the largest fragment in units of the smallest.
 */
export function worstCaseBound(peakFragmentBytes: number, largestRequest: number): number {
  const largestFragment = 2 ** Math.ceil(Math.log2(Math.max(FRAGMENT_MIN_BYTES, largestRequest + HEADER_BYTES)));
  return 2 * peakFragmentBytes * (1 + Math.ceil(Math.log2(largestFragment / FRAGMENT_MIN_BYTES)));
}

/** Room above the smallest size that served: another run of the movie may differ. */
const HEADROOM = 1.25;
const MIB = 1 << 20;

/** Weighs measurements of a workload, of which one must be of `o1heap-chain`. */
export function advise(workload: Workload, measurements: readonly Measurement[]): TuningAdvice {
  const demand = demandOf(workload);
  const chain = measurements.find(({ heap }) => heap === "o1heap-chain")!;
  const smallestInitial = chain.smallestArena;
  const usable = measurements.filter(({ refused, heap }) => refused === 0 && heap !== "bump" && heap !== "thi.ng");
  const fastest = usable.reduce((best, next) => (next.nsPerOperation < best.nsPerOperation ? next : best), chain);
  const reasons: string[] = [];
  let choice = "o1heap-chain";
  if (smallestInitial !== null) {
    const initial = Math.max(1, Math.ceil((smallestInitial * HEADROOM) / MIB));
    choice = `o1heap-chain:initial=${initial}M`;
    reasons.push(
      `the chain never expands from ${bytesText(smallestInitial)} on; a quarter more leaves room for runs that differ`,
    );
  } else reasons.push("no first arena up to 1 GiB serves all of it: the chain has to grow");
  if (fastest.nsPerOperation < 0.8 * chain.nsPerOperation && fastest.smallestArena !== null) {
    const max = Math.max(1, Math.ceil((fastest.smallestArena * HEADROOM) / MIB));
    reasons.push(
      `${fastest.heap}:max=${max}M takes ${fastest.nsPerOperation.toFixed(1)} ns an operation instead of ${chain.nsPerOperation.toFixed(1)}, without o1heap's bounds: choose it where speed counts more`,
    );
  } else reasons.push("no other heap is faster by a fifth");
  return {
    demand,
    measurements,
    smallestInitial,
    worstCaseBound: worstCaseBound(chain.peakBytes, demand.largestRequest),
    choice,
    reasons,
  };
}

export function adviceText(advice: TuningAdvice): string {
  const { demand, smallestInitial, worstCaseBound: bound } = advice;
  return [
    `${demand.operations} operations, at most ${demand.mostLive} blocks of ${bytesText(demand.peakRequested)} alive, largest request ${bytesText(demand.largestRequest)}`,
    "",
    measurementTable(advice.measurements),
    `smallest initial size with no expansion: ${smallestInitial === null ? "none up to 1 GiB" : bytesText(smallestInitial)}`,
    `o1heap's worst case for this peak and largest request, whatever the order: ${bytesText(bound)}`,
    `choose --heap ${advice.choice}`,
    ...advice.reasons.map((reason) => `  - ${reason}`),
    "",
  ].join("\n");
}
