// SPDX-License-Identifier: MIT

/** A source of 31-bit random integers. */
export interface RandomSource {
  next(): number;
}

/** A linear congruential generator modulo 2^31 - 1 (Park and Miller), for repeatable runs. */
export class LinearRandom implements RandomSource {
  private state: number;

  constructor(seed: number) {
    this.state = (Math.abs(Math.trunc(seed)) % 2147483646) + 1;
  }

  next(): number {
    // Two steps, mixed, so that low bits are worth as much as high ones.
    this.state = (this.state * 48271) % 2147483647;
    return this.state & 0x7fffffff;
  }
}

/** Feedback mask of a 31-bit shift register of full length. */
const XOR_MASK = 0x48000000;
const MAX_RANDOM = 0x7fffffff;

/** The generator of Adobe's avmplus: a shift register with a hash behind it. */
export class AvmplusRandom implements RandomSource {
  private value: number;

  constructor(seed: number) {
    this.value = seed >>> 0 || 1;
  }

  next(): number {
    this.value = (this.value & 1) !== 0 ? ((this.value >>> 1) ^ XOR_MASK) >>> 0 : this.value >>> 1;
    return hash(Math.imul(this.value, 71)) & MAX_RANDOM;
  }
}

/** avmplus' RandomPureHasher, in wrapping int32 arithmetic. */
function hash(input: number): number {
  const seed = (((input << 13) ^ input) - (input >> 21)) | 0;
  const product = Math.imul(seed, (Math.imul(Math.imul(seed, seed), 15731) + 789221) | 0);
  const result = (((product + 1376312589) & MAX_RANDOM) + seed) | 0;
  return (((result << 13) ^ result) - (result >> 21)) | 0;
}
