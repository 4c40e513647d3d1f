// SPDX-License-Identifier: MIT

/**
 * A byte offset into an address space: a positive int32, 16-byte aligned where it names a heap block; 0 is null.
 * Plain `number` at run time; the alias documents intent.
 */
export type Ptr = number;

/** Size of the range reserved when the caller names none: 1 GiB of addresses. The OS commits pages at first touch. */
export const DEFAULT_RESERVE_BYTES = 1 << 30;

/** Addresses below this are never handed out, so that 0 can be null and small integers are never mistaken for pointers. */
export const FIRST_ADDRESS = 64;

/**
 * One linear memory: an `ArrayBuffer` reserved up front, and views over it that never change.
 *
 * Views are captured once by everything that reads or writes memory; growable buffers cost about 30 % on loads and
 * stores (docs/architecture.md), which is why the whole range is reserved at the start.
 */
export class AddressSpace {
  readonly buffer: ArrayBuffer;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly U16: Uint16Array;
  readonly U8: Uint8Array;
  readonly F64: Float64Array;
  /** Bytes reserved; every valid address is below this. */
  readonly sizeBytes: number;
  /** Arenas are carved from here upwards. */
  private nextFree: number = FIRST_ADDRESS;

  /**
   * @param reserveBytes size in bytes, rounded down to a multiple of 64; at most 2 GiB - 64, because pointers are int32.
   * @throws RangeError when the size is out of range or the host refuses the reservation.
   */
  constructor(reserveBytes: number = DEFAULT_RESERVE_BYTES) {
    const size = Math.floor(reserveBytes / 64) * 64;
    if (!(size >= 4096 && size <= 0x7fffffc0)) {
      throw new RangeError(`cannot reserve ${reserveBytes} bytes of address space: the range is 4 KiB to 2 GiB - 64`);
    }
    this.buffer = new ArrayBuffer(size);
    this.I32 = new Int32Array(this.buffer);
    this.U32 = new Uint32Array(this.buffer);
    this.U16 = new Uint16Array(this.buffer);
    this.U8 = new Uint8Array(this.buffer);
    this.F64 = new Float64Array(this.buffer);
    this.sizeBytes = size;
  }

  /** Bytes not yet carved into arenas. */
  get remainingBytes(): number {
    return this.sizeBytes - this.nextFree;
  }

  /**
   * Takes a range of memory for a heap's arena. Ranges are never given back: a heap keeps its arena for life.
   * @param bytes size, rounded up to a multiple of `alignBytes`
   * @param alignBytes power of two, at least 16
   * @returns the first address, or 0 when the address space is exhausted
   */
  carve(bytes: number, alignBytes = 64): Ptr {
    const start = Math.ceil(this.nextFree / alignBytes) * alignBytes;
    const end = start + Math.ceil(bytes / alignBytes) * alignBytes;
    if (end > this.sizeBytes) return 0;
    this.nextFree = end;
    return start;
  }

  /** Forgets every arena, so that the same reservation serves another player. Contents are left as they are. */
  recycle(): void {
    this.nextFree = FIRST_ADDRESS;
  }
}
