// SPDX-License-Identifier: MIT

/** One operation of a recorded trace. Blocks are numbered from 0 in the order of their allocation. */
export type TraceEvent =
  | { operation: "allocate"; block: number; sizeBytes: number; kind: number }
  | { operation: "free"; block: number }
  | { operation: "reallocate"; block: number; sizeBytes: number };

/**
 * A trace file: the signature, then for each operation numbers of 7 bits a byte, low ones first, the high bit set on all
 * but a number's last byte.
 *
 *   allocate     size * 4, kind
 *   free         distance * 4 + 1     distance: from the newest block's number, 0 for the newest
 *   reallocate   distance * 4 + 2, size
 */
const SIGNATURE = "reswf heap trace 1\n";

const ALLOCATE = 0;
const FREE = 1;
const REALLOCATE = 2;

/** Writes a trace. Most operations take two or three bytes. */
export class TraceWriter {
  private bytes = new Uint8Array(65_536);
  private length = 0;
  private blocks = 0;

  constructor() {
    for (const character of SIGNATURE) this.bytes[this.length++] = character.charCodeAt(0);
  }

  /** @returns the block's number */
  allocate(sizeBytes: number, kind: number): number {
    this.number(sizeBytes * 4 + ALLOCATE);
    this.number(kind);
    return this.blocks++;
  }

  free(block: number): void {
    this.number((this.blocks - 1 - block) * 4 + FREE);
  }

  reallocate(block: number, sizeBytes: number): void {
    this.number((this.blocks - 1 - block) * 4 + REALLOCATE);
    this.number(sizeBytes);
  }

  private number(value: number): void {
    if (this.length + 10 > this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    while (value >= 128) {
      this.bytes[this.length++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    this.bytes[this.length++] = value;
  }

  /** The trace so far, to be written to a file. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/**
 * Reads a trace.
 * @throws RangeError with the byte offset when it is no trace, ends within an operation or names a block that it has not allocated
 */
export function* readTrace(bytes: Uint8Array): Iterable<TraceEvent> {
  const signature = String.fromCharCode(...bytes.subarray(0, SIGNATURE.length));
  if (signature !== SIGNATURE) throw new RangeError("not a heap trace: it does not begin with its signature");
  let at = SIGNATURE.length;
  let blocks = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= bytes.length) throw new RangeError(`heap trace ends within an operation at byte ${at}`);
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const start = at;
    const head = number();
    const operation = head % 4;
    const value = (head - operation) / 4;
    if (operation === ALLOCATE) {
      yield { operation: "allocate", block: blocks++, sizeBytes: value, kind: number() };
      continue;
    }
    const block = blocks - 1 - value;
    if (block < 0 || operation > REALLOCATE) throw new RangeError(`heap trace is damaged at byte ${start}`);
    if (operation === FREE) yield { operation: "free", block };
    else yield { operation: "reallocate", block, sizeBytes: number() };
  }
}
