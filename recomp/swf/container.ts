// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Rectangle } from "../../runtime/movie/description.ts";
import { ByteReader, TruncatedDataError } from "./byte-reader.ts";
import { readRect } from "./geometry.ts";
import { inflateAsMuchAsPossible } from "./inflate.ts";
import { decodeLzma } from "./lzma.ts";
import { SwfError } from "./swf-error.ts";

export type Compression = "none" | "zlib" | "lzma";

/** An unpacked movie file with its header read. */
export interface SwfFile {
  name: string;
  compression: Compression;
  swfVersion: number;
  /** Length of the unpacked file as the header declares it; may be wrong. */
  declaredLength: number;
  /** The unpacked file from its first byte, the eight bytes of signature, version and length included. */
  bytes: Uint8Array;
  stage: Rectangle;
  /** Frames per second, from 8.8 fixed. */
  frameRate: number;
  declaredFrames: number;
  /** Offset in `bytes` of the first tag. */
  tagsStart: number;
  /** Damage that did not keep the rest from being read. */
  warnings: string[];
}

/** Signature, version and length: never compressed. */
const PREFIX_BYTES = 8;
/** In a ZWS file the length of the compressed data (4) and the LZMA properties (5) stand before the data. */
const LZMA_PROPERTIES_OFFSET = 12;
const LZMA_DATA_OFFSET = 17;
/** Shortest possible rest of the header: an empty rectangle, frame rate, frame count. */
const MIN_HEADER_REST_BYTES = 5;
/** More than any real movie has; keeps a few damaged or hostile bytes from filling the memory of the host. */
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;

const SIGNATURES: Record<string, Compression> = { FWS: "none", CWS: "zlib", ZWS: "lzma" };

/** Beginnings of other file types that people pass by mistake. */
const FOREIGN_FILES: readonly { magic: readonly number[]; what: string }[] = [
  { magic: [0x89, 0x50, 0x4e, 0x47], what: "a PNG image" },
  { magic: [0xff, 0xd8, 0xff], what: "a JPEG image" },
  { magic: [0x47, 0x49, 0x46, 0x38], what: "a GIF image" },
  { magic: [0x46, 0x4c, 0x56, 0x01], what: "an FLV video" },
  { magic: [0x50, 0x4b, 0x03, 0x04], what: "a ZIP archive" },
  { magic: [0x4d, 0x5a], what: "a Windows program" },
  { magic: [0x25, 0x50, 0x44, 0x46], what: "a PDF document" },
];

/**
 * Unpacks a movie (FWS, CWS or ZWS) and reads its header. Data that is cut short or damaged is unpacked as far as it goes,
 * with a warning.
 *
 * @param name stands in front of messages
 * @throws SwfError when the bytes are no SWF, or end before the header does
 */
export function openSwf(input: Uint8Array, name: string): SwfFile {
  const compression = recognise(input, name);
  if (input.length < PREFIX_BYTES) {
    throw new SwfError(name, input.length, `file ends inside the header (${input.length} of ${PREFIX_BYTES} bytes)`);
  }
  const swfVersion = input[3];
  const declaredLength = new ByteReader(input, 4).u32();
  const warnings: string[] = [];
  const bytes = unpack(input, compression, declaredLength, warnings);
  if (declaredLength !== bytes.length) {
    warnings.push(`header: declared length ${declaredLength}, really ${bytes.length} bytes`);
  }
  const reader = new ByteReader(bytes, PREFIX_BYTES);
  try {
    const stage = readRect(reader);
    const frameRate = reader.u16() / 256;
    const declaredFrames = reader.u16();
    return {
      name,
      compression,
      swfVersion,
      declaredLength,
      bytes,
      stage,
      frameRate,
      declaredFrames,
      tagsStart: reader.offset,
      warnings,
    };
  } catch (error) {
    if (error instanceof TruncatedDataError) {
      const packed = compression === "none" ? "" : ` (${bytes.length} bytes could be unpacked)`;
      throw new SwfError(name, input.length, `file ends inside the header${packed}`);
    }
    throw error;
  }
}

function recognise(input: Uint8Array, name: string): Compression {
  if (input.length === 0) {
    throw new SwfError(name, 0, "file is empty");
  }
  const foreign = FOREIGN_FILES.find(({ magic }) => magic.every((byte, i) => input[i] === byte));
  if (foreign !== undefined) {
    throw new SwfError(name, 0, `not an SWF but ${foreign.what}`);
  }
  if (input.length < 3) {
    throw new SwfError(name, input.length, "file ends inside the signature");
  }
  const signature = String.fromCharCode(input[0], input[1], input[2]);
  const compression = Object.hasOwn(SIGNATURES, signature) ? SIGNATURES[signature] : undefined;
  if (compression === undefined) {
    const shown = [...input.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new SwfError(name, 0, `not an SWF: it begins with bytes ${shown}, not with FWS, CWS or ZWS`);
  }
  return compression;
}

function unpack(input: Uint8Array, compression: Compression, declaredLength: number, warnings: string[]): Uint8Array {
  if (compression === "none") {
    // A longer file than declared is read in full, as players do.
    return input;
  }
  const expected = declaredLength - PREFIX_BYTES;
  const result =
    compression === "zlib"
      ? inflateAsMuchAsPossible(input.subarray(PREFIX_BYTES), Math.max(0, expected), MAX_UNPACKED_BYTES)
      : decodeLzma(
          input,
          LZMA_PROPERTIES_OFFSET,
          LZMA_DATA_OFFSET,
          expected >= MIN_HEADER_REST_BYTES && expected <= MAX_UNPACKED_BYTES ? expected : MAX_UNPACKED_BYTES,
        );
  if (result.problem !== null) {
    warnings.push(`file: ${result.problem}; ${result.bytes.length} bytes were unpacked`);
  }
  const whole = new Uint8Array(PREFIX_BYTES + result.bytes.length);
  whole.set(input.subarray(0, PREFIX_BYTES));
  whole.set(result.bytes, PREFIX_BYTES);
  return whole;
}
