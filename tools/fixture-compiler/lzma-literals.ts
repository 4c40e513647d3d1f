// SPDX-License-Identifier: AGPL-3.0-or-later

const PROBABILITY_BITS = 11;
const INITIAL_PROBABILITY = 1 << (PROBABILITY_BITS - 1);
const MOVE_BITS = 5;
const TOP = 2 ** 24;
const POSITION_BITS = 2;
const LITERAL_CONTEXT_BITS = 3;
const STATES = 12;

/** LZMA properties of the stream: lc=3, lp=0, pb=2 and a dictionary of 64 KiB. */
export const LZMA_PROPERTIES = Uint8Array.of(0x5d, 0x00, 0x00, 0x01, 0x00);

/**
 * A valid LZMA1 stream of literals only, with end marker: enough to make ZWS movies without an LZMA encoder. The same
 * input always gives the same bytes.
 */
export function encodeLzmaLiterals(data: Uint8Array): Uint8Array {
  const encoder = new RangeEncoder();
  const isMatch = probabilities(STATES << POSITION_BITS);
  const literals = probabilities(0x300 << LITERAL_CONTEXT_BITS);
  const positionMask = (1 << POSITION_BITS) - 1;
  let previous = 0;
  for (const [position, byte] of data.entries()) {
    // Nothing but literals so far: the state stays 0.
    encoder.bit(isMatch, position & positionMask, 0);
    const base = 0x300 * (previous >> (8 - LITERAL_CONTEXT_BITS));
    let symbol = 1;
    for (let bit = 7; bit >= 0; bit--) {
      const value = (byte >> bit) & 1;
      encoder.bit(literals, base + symbol, value);
      symbol = (symbol << 1) | value;
    }
    previous = byte;
  }
  endMarker(encoder, isMatch, data.length & positionMask);
  return encoder.finish();
}

/** A match of length 2 at distance 2^32 - 1. */
function endMarker(encoder: RangeEncoder, isMatch: Uint16Array, positionState: number): void {
  encoder.bit(isMatch, positionState, 1);
  encoder.bit(probabilities(STATES), 0, 0);
  // Length 2: "low" choice, then three zero bits.
  encoder.bit(probabilities(1), 0, 0);
  const low = probabilities(8);
  for (let index = 1; index < 8; index <<= 1) encoder.bit(low, index, 0);
  // Slot 63, 26 direct bits and 4 aligned bits, all ones.
  const slots = probabilities(64);
  for (let index = 1; index < 64; index = (index << 1) | 1) encoder.bit(slots, index, 1);
  encoder.directOnes(26);
  const align = probabilities(16);
  for (let index = 1; index < 16; index = (index << 1) | 1) encoder.bit(align, index, 1);
}

function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(INITIAL_PROBABILITY);
}

class RangeEncoder {
  private readonly bytes: number[] = [];
  private low = 0;
  private range = 0xffffffff;
  private cache = 0;
  private pending = 1;

  bit(model: Uint16Array, index: number, value: number): void {
    const probability = model[index];
    const bound = (this.range >>> PROBABILITY_BITS) * probability;
    if (value === 0) {
      this.range = bound;
      model[index] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
    } else {
      this.low += bound;
      this.range -= bound;
      model[index] = probability - (probability >> MOVE_BITS);
    }
    this.normalise();
  }

  directOnes(count: number): void {
    for (let bit = 0; bit < count; bit++) {
      this.range >>>= 1;
      this.low += this.range;
      this.normalise();
    }
  }

  finish(): Uint8Array {
    for (let byte = 0; byte < 5; byte++) this.shiftLow();
    return Uint8Array.from(this.bytes);
  }

  private normalise(): void {
    while (this.range < TOP) {
      this.range = (this.range * 256) >>> 0;
      this.shiftLow();
    }
  }

  /** Writes out the top byte once no later carry can change it; `low` holds up to 33 bits as an exact double. */
  private shiftLow(): void {
    if (this.low < 0xff000000 || this.low >= 2 ** 32) {
      const carry = this.low >= 2 ** 32 ? 1 : 0;
      let byte = this.cache;
      do {
        this.bytes.push((byte + carry) & 0xff);
        byte = 0xff;
      } while (--this.pending > 0);
      this.cache = Math.floor(this.low / TOP) & 0xff;
    }
    this.pending++;
    this.low = (this.low % TOP) * 256;
  }
}
