// SPDX-License-Identifier: AGPL-3.0-or-later

/** A read went past the end of the range that it was allowed. */
export class TruncatedDataError extends Error {
  /** Absolute offset at which bytes were missing. */
  readonly offset: number;

  constructor(offset: number) {
    super(`data ends at byte ${offset}`);
    this.name = "TruncatedDataError";
    this.offset = offset;
  }
}

/**
 * Little-endian cursor over a range of the unpacked movie. Offsets are absolute, so that a diagnostic can name them
 * as they are. Reads past `end` throw {@link TruncatedDataError}; bit fields are read most significant bit first, and any
 * whole-byte read starts at the next byte boundary.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;
  private bitsLeft = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = start;
    this.end = Math.min(end, bytes.length);
  }

  get remaining(): number {
    return Math.max(0, this.end - this.offset);
  }

  /** Drops the unread bits of the current byte. */
  align(): void {
    this.bitsLeft = 0;
  }

  u8(): number {
    const at = this.take(1);
    return this.bytes[at];
  }

  u16(): number {
    const at = this.take(2);
    return this.bytes[at] | (this.bytes[at + 1] << 8);
  }

  s16(): number {
    return (this.u16() << 16) >> 16;
  }

  s32(): number {
    const at = this.take(4);
    return this.bytes[at] | (this.bytes[at + 1] << 8) | (this.bytes[at + 2] << 16) | (this.bytes[at + 3] << 24);
  }

  u32(): number {
    return this.s32() >>> 0;
  }

  /** Variable-length integer, 7 bits per byte, at most five bytes. */
  encodedU32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) {
        break;
      }
    }
    return value >>> 0;
  }

  skip(count: number): void {
    this.take(count);
  }

  /** A view (not a copy) of the next `count` bytes. */
  block(count: number): Uint8Array {
    const at = this.take(count);
    return this.bytes.subarray(at, at + count);
  }

  /** A view of the bytes up to the next NUL, which is consumed; without one, of all that is left. */
  cString(): Uint8Array {
    this.align();
    const start = this.offset;
    const found = this.bytes.subarray(start, this.end).indexOf(0);
    const stop = found < 0 ? this.end : start + found;
    this.offset = found < 0 ? this.end : stop + 1;
    return this.bytes.subarray(start, stop);
  }

  /** Unsigned bit field of 0..32 bits. */
  bits(count: number): number {
    let value = 0;
    while (count > 0) {
      if (this.bitsLeft === 0) {
        if (this.offset >= this.end) {
          throw new TruncatedDataError(this.end);
        }
        this.offset++;
        this.bitsLeft = 8;
      }
      const taken = Math.min(count, this.bitsLeft);
      this.bitsLeft -= taken;
      const chunk = (this.bytes[this.offset - 1] >>> this.bitsLeft) & ((1 << taken) - 1);
      value = value * (1 << taken) + chunk;
      count -= taken;
    }
    return value;
  }

  /** Two's complement bit field of 0..32 bits. */
  signedBits(count: number): number {
    if (count === 0) {
      return 0;
    }
    const value = this.bits(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  private take(count: number): number {
    this.bitsLeft = 0;
    const at = this.offset;
    if (count > this.end - at) {
      throw new TruncatedDataError(this.end);
    }
    this.offset = at + count;
    return at;
  }
}
