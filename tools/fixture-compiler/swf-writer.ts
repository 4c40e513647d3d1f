// SPDX-License-Identifier: AGPL-3.0-or-later
import { deflate } from "pako";
import { ByteWriter, encodingOf } from "./byte-writer.ts";
import { encodeLzmaLiterals, LZMA_PROPERTIES } from "./lzma-literals.ts";
import { TAG_CODES, writeRectangle } from "./tags.ts";

export type Compression = "none" | "zlib" | "lzma";

export interface SwfHeader {
  /** SWF version, 1..255. */
  version: number;
  /** Frames per second, stored as 8.8 fixed point. Default 12. */
  frameRate?: number;
  /** Stage size in pixels. Default 550 × 400. */
  width?: number;
  height?: number;
  /** Frame count to declare, where it should differ from the ShowFrame tags that were written. */
  declaredFrames?: number;
  compression?: Compression;
}

/** Tags of a timeline: the main one or a sprite's. */
export class TagWriter {
  private readonly out: ByteWriter;
  private shownFrames = 0;

  constructor(readonly version: number) {
    this.out = new ByteWriter(encodingOf(version));
  }

  /** ShowFrame tags written so far. */
  get frames(): number {
    return this.shownFrames;
  }

  /** Appends a tag. Bodies of 63 bytes and more, or `long`, get the long header. */
  tag(code: number, body: ArrayLike<number> = [], long = false): this {
    const short = body.length < 0x3f && !long;
    this.out.u16((code << 6) | (short ? body.length : 0x3f));
    if (!short) this.out.u32(body.length);
    this.out.raw(body);
    if (code === TAG_CODES.ShowFrame) this.shownFrames++;
    return this;
  }

  /** Appends a tag whose body `write` fills in. */
  record(code: number, write: (body: ByteWriter) => void): this {
    const body = new ByteWriter(encodingOf(this.version));
    write(body);
    return this.tag(code, body.toBytes());
  }

  showFrame(): this {
    return this.tag(TAG_CODES.ShowFrame);
  }

  doAction(actions: Uint8Array): this {
    return this.tag(TAG_CODES.DoAction, actions);
  }

  /** Bytes that are no proper tag, for damaged files. */
  raw(bytes: ArrayLike<number>): this {
    this.out.raw(bytes);
    return this;
  }

  toBytes(): Uint8Array {
    return this.out.toBytes();
  }
}

const TWIPS = 20;
const LZMA_HEADER_BYTES = 17;

/** Writes a whole SWF: tags first, header and compression in `finish`. */
export class SwfWriter extends TagWriter {
  constructor(private readonly header: SwfHeader) {
    super(header.version);
  }

  /** The file; an End tag is added. */
  finish(): Uint8Array {
    const { version, frameRate = 12, width = 550, height = 400, compression = "none" } = this.header;
    const content = new ByteWriter();
    writeRectangle(content, { xMin: 0, xMax: Math.round(width * TWIPS), yMin: 0, yMax: Math.round(height * TWIPS) });
    content.u16(Math.round(frameRate * 256)).u16(this.header.declaredFrames ?? this.frames);
    content.raw(this.toBytes()).u16(TAG_CODES.End);
    return pack(content.toBytes(), version, compression);
  }
}

/** Puts the 8-byte file header before the content (frame size, rate, count, tags) and compresses it. */
export function pack(content: Uint8Array, version: number, compression: Compression): Uint8Array {
  const out = new ByteWriter();
  const signature = { none: "F", zlib: "C", lzma: "Z" }[compression];
  out
    .raw(new TextEncoder().encode(`${signature}WS`))
    .u8(version)
    .u32(content.length + 8);
  if (compression === "none") out.raw(content);
  // pako rather than node:zlib, whose output differs between Node versions: fixtures are compared byte for byte.
  if (compression === "zlib") out.raw(deflate(content));
  if (compression === "lzma") {
    const stream = encodeLzmaLiterals(content);
    out.u32(stream.length).raw(LZMA_PROPERTIES).raw(stream);
    if (out.length !== LZMA_HEADER_BYTES + stream.length) throw new Error("the LZMA header has the wrong size");
  }
  return out.toBytes();
}
