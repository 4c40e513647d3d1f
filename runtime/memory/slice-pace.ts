// SPDX-License-Identifier: MIT

/** Work of one slice, a record or eight slots each: below 2 ms, measured (docs/memory.md). */
const SLICE_UNITS = 4_000;
/** The first slices are shorter: V8 has yet to compile them. */
const FIRST_SLICE_UNITS = 100;
/** By how much a slice may do more than the one before it, until it does all it may. */
const WARMING = 1.5;
/** Work in a millisecond below which V8 has yet to compile the collector, which does several times as much by then. */
const COMPILED_PACE = 8_000;

/** Work of the first round of a slice; the next does twice as much if that was done fast: what a round looks at first is in no cache. */
const ROUND_UNITS = 512;
/**
 * Work of a round at most until V8 is likely to have compiled what any round may have to do: so many have found nothing but garbage, and
 * so many some beside what is alive.
 */
const UNTRIED_ROUND_UNITS = 1_024;
const ENOUGH_ROUNDS = 32;

/** What a round of a slice has done and found. */
export interface RoundOutcome {
  /** Work done: records, and slots in units of a record. */
  units: number;
  /** Candidates found alive. */
  alive: number;
  /** Records freed. */
  freed: number;
}

/**
 * How much the collector's slices, and the rounds they consist of, may do at a time: little as long as V8 runs them slowly, so that
 * none takes long.
 */
export class SlicePace {
  /** Work that the next slice may do. */
  sliceUnits = FIRST_SLICE_UNITS;
  /** Work of the next slice's first round. */
  roundUnits = ROUND_UNITS;
  private wholeRounds = 0;
  private mixedRounds = 0;

  /** Whether slices do all they may. */
  get isFull(): boolean {
    return this.sliceUnits === SLICE_UNITS;
  }

  /**
   * A round that might do `most` is over, and took `ms`.
   * @returns work of the slice's next round
   */
  afterRound({ units, alive, freed }: RoundOutcome, most: number, ms: number): number {
    if (alive === 0) this.wholeRounds++;
    else if (freed > 0) this.mixedRounds++;
    const isFast = units > ms * COMPILED_PACE;
    const isTried = this.wholeRounds > ENOUGH_ROUNDS && this.mixedRounds > ENOUGH_ROUNDS;
    const longest = isTried ? SLICE_UNITS : UNTRIED_ROUND_UNITS;
    // Candidates that are alive may well be parts of the same structure, which is then better gone through once for many.
    if (isFast && alive > 0) this.roundUnits = Math.min(longest, this.roundUnits * 2);
    else this.roundUnits = Math.max(ROUND_UNITS, this.roundUnits >> 1);
    return isFast ? Math.min(longest, most * 2) : ROUND_UNITS;
  }

  /** A slice is over that did so much work in `ms`. `mayWait`: the next may do less, since more candidates may wait. */
  afterSlice(units: number, ms: number, mayWait: boolean): void {
    const isCold = units < ms * COMPILED_PACE && mayWait;
    this.sliceUnits = isCold
      ? Math.max(FIRST_SLICE_UNITS, this.sliceUnits >> 1)
      : Math.min(SLICE_UNITS, Math.ceil(this.sliceUnits * WARMING));
  }
}
