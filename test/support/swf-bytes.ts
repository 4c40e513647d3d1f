// SPDX-License-Identifier: AGPL-3.0-or-later
import { deflate } from "pako";
import { type OpcodeName, opcodeByName } from "../../recomp/bytecode/opcodes.ts";
import { TAG, type TagName } from "../../recomp/swf/tag-codes.ts";

/** Bytes of a movie or script, built by hand: numbers are bytes, strings their Latin-1 bytes without NUL. */
export type Piece = number | string | Uint8Array | readonly Piece[];

export function bytesOf(...pieces: readonly Piece[]): Uint8Array {
  const out: number[] = [];
  const add = (piece: Piece): void => {
    if (typeof piece === "number") out.push(piece & 0xff);
    else if (typeof piece === "string") for (const unit of piece) out.push(unit.charCodeAt(0));
    else if (piece instanceof Uint8Array) out.push(...piece);
    else piece.forEach(add);
  };
  pieces.forEach(add);
  return Uint8Array.from(out);
}

export const u16 = (value: number): Piece => [value, value >> 8];
export const u32 = (value: number): Piece => [value, value >> 8, value >> 16, value >> 24];
export const z = (text: string): Piece => [text, 0];

/** A tag with the short header, or the long one when the body needs it or `long` asks for it. */
export function tag(name: TagName | number, body: Piece = [], long = false): Uint8Array {
  const code = typeof name === "number" ? name : TAG[name];
  const bytes = bytesOf(body);
  return bytes.length < 63 && !long
    ? bytesOf(u16((code << 6) | bytes.length), bytes)
    : bytesOf(u16((code << 6) | 63), u32(bytes.length), bytes);
}

export const END = tag("End");
export const SHOW_FRAME = tag("ShowFrame");

export interface MovieOptions {
  version?: number;
  frames?: number;
  compression?: "none" | "zlib";
}

/** A movie of 10 × 20 pixels at 12 frames per second with the given tags; add `END` yourself. */
export function movie(tags: readonly Piece[], { version = 6, frames = 1, compression = "none" }: MovieOptions = {}): Uint8Array {
  // RECT: 5 bits of length 10, then 0, 200, 0, 400 in 10 bits each, padded.
  const bits = `01010${[0, 200, 0, 400].map((twips) => twips.toString(2).padStart(10, "0")).join("")}000`;
  const rect = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const body = bytesOf(rect, u16(12 * 256), u16(frames), tags);
  const prefix = bytesOf(compression === "none" ? "FWS" : "CWS", version, u32(body.length + 8));
  return bytesOf(prefix, compression === "none" ? body : deflate(body));
}

/** An action; its payload's length is put in front where the opcode wants one. */
export function action(name: OpcodeName | number, payload: Piece = []): Uint8Array {
  const code = typeof name === "number" ? name : opcodeByName(name).code;
  const bytes = bytesOf(payload);
  return code < 0x80 ? bytesOf(code) : bytesOf(code, u16(bytes.length), bytes);
}

/** A Push of one string. */
export const pushString = (text: string): Uint8Array => action("Push", [0, z(text)]);

/** A Push of one entry of the constant pool. */
export const pushConstant = (index: number): Uint8Array => action("Push", [8, index]);
