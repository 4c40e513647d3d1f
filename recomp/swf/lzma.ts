// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** What of lzma-js is used. The package has no entry point: its source assigns to a global `LZMA` when evaluated. */
interface LzmaDecoder {
  setDecoderProperties(input: LzmaInput): boolean;
  /** Decodes up to `limit` bytes or the end marker; false on a bad match distance. */
  decodeBody(input: LzmaInput, output: LzmaOutput, limit: number): boolean;
  setDictionarySize(bytes: number): boolean;
  _outWindow: { flush(): void };
}

interface LzmaInput {
  size: number;
  readByte(): number;
}

interface LzmaOutput {
  writeBytes(buffer: Uint8Array, count: number): void;
}

/**
 * The largest dictionary that is allocated. Streams declare up to 4 GiB, and the decoder allocates as declared; a match
 * can't reach back farther than what has been written, so the length of the output bounds what is needed.
 */
const MAX_DICTIONARY_BYTES = 256 * 1024 * 1024;
const PROPERTIES_BYTES = 5;

export interface LzmaResult {
  bytes: Uint8Array;
  /** Why decoding stopped before the limit, null when it did not. */
  problem: string | null;
}

/** Reading past the input: lzma-js would read `undefined` and go on for ever. */
class EndOfLzmaInput extends Error {}

let decoderConstructor: (new () => LzmaDecoder) | null = null;

/**
 * The source files of lzma-js share one scope, `lzma.shim.js` bringing the streams. Only the decoder is evaluated here,
 * because streams of our own can tell where the input ends and the shim's can't.
 */
function loadDecoder(): new () => LzmaDecoder {
  if (decoderConstructor === null) {
    const path = createRequire(import.meta.url).resolve("lzma-js/src/lzma.js");
    const evaluate = new Function(`${readFileSync(path, "utf8")}\nreturn LZMA.Decoder;`) as () => new () => LzmaDecoder;
    decoderConstructor = evaluate();
  }
  return decoderConstructor;
}

/**
 * Decodes a raw LZMA stream. Stops at `limit` bytes of output, at the end
 * marker, or where the input ends or is damaged; what was decoded so far is always returned.
 *
 * @param propertiesStart offset of the five bytes of properties
 * @param dataStart offset of the data
 * @param limit declared length of the output, or the most that is accepted where the declaration can't be right
 */
export function decodeLzma(input: Uint8Array, propertiesStart: number, dataStart: number, limit: number): LzmaResult {
  const decoder = new (loadDecoder())();
  const chunks: Uint8Array[] = [];
  const output: LzmaOutput = {
    // The decoder reuses its window, so the bytes are copied.
    writeBytes: (buffer, count) => void chunks.push(buffer.slice(0, count)),
  };
  let problem: string | null = null;
  try {
    if (input.length < propertiesStart + PROPERTIES_BYTES) {
      return { bytes: new Uint8Array(0), problem: "LZMA data ends early" };
    }
    // A copy: `slice` of a Node Buffer would be a view of the caller's bytes.
    const properties = new Uint8Array(input.subarray(propertiesStart, propertiesStart + PROPERTIES_BYTES));
    const dictionary = new DataView(properties.buffer).getUint32(1, true);
    new DataView(properties.buffer).setUint32(1, Math.min(dictionary, limit, MAX_DICTIONARY_BYTES), true);
    if (!decoder.setDecoderProperties(streamOver(properties, 0))) {
      return { bytes: new Uint8Array(0), problem: "bad LZMA properties" };
    }
    if (!decoder.decodeBody(streamOver(input, dataStart), output, limit)) {
      problem = "LZMA data is damaged";
      decoder._outWindow.flush();
    }
  } catch (error) {
    if (!(error instanceof EndOfLzmaInput)) {
      throw error;
    }
    problem = "LZMA data ends early";
    decoder._outWindow.flush();
  }
  return { bytes: concatenate(chunks), problem };
}

function streamOver(bytes: Uint8Array, start: number): LzmaInput {
  let at = start;
  return {
    size: bytes.length - start,
    readByte() {
      if (at >= bytes.length) {
        throw new EndOfLzmaInput();
      }
      return bytes[at++];
    },
  };
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
