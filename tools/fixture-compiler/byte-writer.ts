// SPDX-License-Identifier: AGPL-3.0-or-later

/** How strings are stored: SWF 6 and later hold UTF-8, earlier versions bytes of the author's code page (here Latin-1). */
export type StringEncoding = "utf8" | "latin1";

/** The string encoding of a SWF version. */
export function encodingOf(version: number): StringEncoding {
  return version >= 6 ? "utf8" : "latin1";
}

/** Growable little-endian byte buffer with the bit fields that SWF records need. */
export class ByteWriter {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private used = 0;
  private bitBuffer = 0;
  private bitCount = 0;

  constructor(readonly encoding: StringEncoding = "utf8") {}

  /** Bytes written so far. */
  get length(): number {
    return this.used;
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.reserve(2);
    this.view.setUint16(at, value, true);
    return this;
  }

  s16(value: number): this {
    return this.u16(value & 0xffff);
  }

  u32(value: number): this {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  s32(value: number): this {
    return this.u32(value >>> 0);
  }

  f32(value: number): this {
    const at = this.reserve(4);
    this.view.setFloat32(at, value, true);
    return this;
  }

  /** The double of a Push action: two little-endian words, the high word first. */
  pushDouble(value: number): this {
    const words = new DataView(new ArrayBuffer(8));
    words.setFloat64(0, value);
    return this.u32(words.getUint32(0)).u32(words.getUint32(4));
  }

  raw(bytes: ArrayLike<number>): this {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }

  /** Zero-terminated string. Throws where the text holds a NUL, which the format cannot express. */
  string(text: string): this {
    if (text.includes("\0")) throw new RangeError("a SWF string cannot contain NUL");
    return this.raw(encodeText(text, this.encoding)).u8(0);
  }

  /** Appends the lowest `width` bits of `value`, most significant bit first. */
  bits(value: number, width: number): this {
    for (let bit = width - 1; bit >= 0; bit--) {
      this.bitBuffer = (this.bitBuffer << 1) | ((value >> bit) & 1);
      if (++this.bitCount === 8) this.alignBits();
    }
    return this;
  }

  /** Fills the last started byte with zero bits. */
  alignBits(): this {
    if (this.bitCount > 0) {
      const byte = this.bitBuffer << (8 - this.bitCount);
      this.bitBuffer = 0;
      this.bitCount = 0;
      this.u8(byte & 0xff);
    }
    return this;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }

  private reserve(size: number): number {
    const at = this.used;
    if (at + size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, at + size));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    this.used = at + size;
    return at;
  }
}

/** Bytes of `text`; a character outside Latin-1 throws when the encoding is Latin-1. */
export function encodeText(text: string, encoding: StringEncoding): Uint8Array {
  if (encoding === "utf8") return new TextEncoder().encode(text);
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    if (code > 0xff) throw new RangeError(`"${character}" does not exist in the code page of SWF 5 and earlier`);
    return code;
  });
}

/** Smallest field width that holds `value` as a signed number of an SWF bit field. */
export function signedBits(value: number): number {
  return 33 - Math.clz32(value < 0 ? ~value : value);
}
