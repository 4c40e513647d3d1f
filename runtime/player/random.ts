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

/** The generator of Adobe's avmplus: a shift register with a hash behind it. */
export class AvmplusRandom implements RandomSource {
  private value: number;
  /** Tap of the shift register for 31 bits. */
  private static readonly XOR_MASK = 0x48000000;

  constructor(seed: number) {
    this.value = (seed | 0) === 0 ? 1 : seed >>> 0;
  }

  next(): number {
    this.value = (this.value & 1) !== 0 ? ((this.value >>> 1) ^ AvmplusRandom.XOR_MASK) >>> 0 : this.value >>> 1;
    return hash(((this.value << 13) ^ this.value) - (this.value >>> 21)) & 0x7fffffff;
  }
}

function hash(seed: number): number {
  const c1 = 1376312589;
  const c2 = 789221;
  const c3 = 15731;
  let value = seed | 0;
  value = (value << 13) ^ value;
  value = (Math.imul(value, Math.imul(Math.imul(value, value), c3) + c2) + c1) | 0;
  return value;
}
