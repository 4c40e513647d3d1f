// SPDX-License-Identifier: AGPL-3.0-or-later
import { writeSync } from "node:fs";

/**
 * Where a command reads its surroundings and writes its output. Commands never touch `process` themselves, which
 * keeps them testable and keeps `trace` output apart from everything else.
 */
export interface Terminal {
  /** Writes to standard output: `trace` lines and what the user asked to be printed; nothing else. */
  out(text: string): void;
  /** Writes to standard error: notes, warnings, errors, statistics. */
  err(text: string): void;
  /** Hands everything written so far to the operating system. */
  flush(): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether standard error is a terminal that a progress bar may draw on. */
  readonly interactive: boolean;
  /** Whether standard output may carry colour: a terminal, and `NO_COLOR` not set. */
  readonly colour: boolean;
}

/** Thrown by a write when the reader of a pipe has gone (`reswf run … | head`); the program ends quietly. */
export class BrokenPipe extends Error {
  constructor() {
    super("the reader of the output has gone");
    this.name = "BrokenPipe";
  }
}

const BUFFER_CHARACTERS = 1 << 16;
/** Longest time that a line may wait in the buffer while the script goes on tracing. */
const FLUSH_AFTER_MS = 50;

/**
 * Collects text and writes it with blocking system calls, so that no output is lost when the process ends, whatever
 * the size and the speed of the reader.
 */
export class BlockingWriter {
  private chunks: string[] = [];
  private characters = 0;
  private lastFlush = performance.now();
  private readonly descriptor: number;

  /** @param descriptor file descriptor, 1 or 2 */
  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  write(text: string): void {
    this.chunks.push(text);
    this.characters += text.length;
    if (this.characters >= BUFFER_CHARACTERS || performance.now() - this.lastFlush > FLUSH_AFTER_MS) this.flush();
  }

  /** @throws BrokenPipe when nobody reads any more */
  flush(): void {
    this.lastFlush = performance.now();
    if (this.chunks.length === 0) return;
    const bytes = Buffer.from(this.chunks.join(""), "utf8");
    this.chunks = [];
    this.characters = 0;
    let offset = 0;
    while (offset < bytes.length) {
      try {
        offset += writeSync(this.descriptor, bytes, offset);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === "EPIPE") throw new BrokenPipe();
        if (code !== "EAGAIN") throw error;
        // The pipe is full and was made non-blocking by whoever shares it: wait a moment for the reader.
        sleepBlocking(1);
      }
    }
  }
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread for `ms` milliseconds. */
export function sleepBlocking(ms: number): void {
  Atomics.wait(sleepCell, 0, 0, ms);
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const out = new BlockingWriter(1);
  const err = new BlockingWriter(2);
  const noColour = (process.env.NO_COLOR ?? "") !== "";
  return {
    out: (text) => out.write(text),
    err(text) {
      // Keeps the two streams in order for a reader who sees both.
      out.flush();
      err.write(text);
      err.flush();
    },
    flush() {
      out.flush();
      err.flush();
    },
    environment: process.env,
    interactive: process.stderr.isTTY === true,
    colour: process.stdout.isTTY === true && !noColour,
  };
}
