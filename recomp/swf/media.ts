// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Character, SoundInfo } from "../../runtime/movie/description.ts";
import { ByteReader } from "./byte-reader.ts";
import { TAG } from "./tag-codes.ts";
import type { TagRecord } from "./tags.ts";

/** Hertz by the two-bit code of sound tags; code 0 stands for 5512.5. */
const SAMPLE_RATES = [5512, 11025, 22050, 44100] as const;

const MP3_FORMAT = 2;

/** DefineSound. */
export function readSound(bytes: Uint8Array, tag: TagRecord): Character {
  const reader = new ByteReader(bytes, tag.bodyStart + 2, tag.bodyEnd);
  const flags = reader.u8();
  return { type: "sound", format: flags >>> 4, sampleRate: SAMPLE_RATES[(flags >>> 2) & 3], sampleCount: reader.u32() };
}

export interface StreamHead {
  sampleRate: number;
  /** Average samples per SoundStreamBlock. */
  samplesPerBlock: number;
  isMp3: boolean;
}

/** SoundStreamHead 1-2. */
export function readStreamHead(reader: ByteReader): StreamHead {
  reader.skip(1);
  const flags = reader.u8();
  return {
    sampleRate: SAMPLE_RATES[(flags >>> 2) & 3],
    samplesPerBlock: reader.u16(),
    isMp3: flags >>> 4 === MP3_FORMAT,
  };
}

/** Samples in a SoundStreamBlock: MP3 blocks say it, others have the number of the stream's head. */
export function streamBlockSamples(reader: ByteReader, head: StreamHead | null): number {
  if (head === null) {
    return 0;
  }
  return head.isMp3 && reader.remaining >= 2 ? reader.u16() : head.samplesPerBlock;
}

/** SOUNDINFO; in and out points and envelopes are skipped. */
export function readSoundInfo(reader: ByteReader): SoundInfo {
  const flags = reader.u8();
  if (flags & 0x01) reader.skip(4);
  if (flags & 0x02) reader.skip(4);
  const loopCount = flags & 0x04 ? reader.u16() : 1;
  return { syncStop: (flags & 0x20) !== 0, syncNoMultiple: (flags & 0x10) !== 0, loopCount };
}

/** DefineVideoStream. */
export function readVideo(bytes: Uint8Array, tag: TagRecord): Character {
  const reader = new ByteReader(bytes, tag.bodyStart + 2, tag.bodyEnd);
  const frames = reader.u16();
  const width = reader.u16();
  return { type: "video", frames, width, height: reader.u16() };
}

/** DefineBits… of every kind: size in pixels, 0 × 0 where the data doesn't tell. */
export function readBitmap(bytes: Uint8Array, tag: TagRecord): Character {
  const reader = new ByteReader(bytes, tag.bodyStart + 2, tag.bodyEnd);
  if (tag.code === TAG.DefineBitsLossless || tag.code === TAG.DefineBitsLossless2) {
    reader.skip(1);
    const width = reader.u16();
    return { type: "bitmap", width, height: reader.u16() };
  }
  if (tag.code === TAG.DefineBitsJPEG3) reader.skip(4);
  if (tag.code === TAG.DefineBitsJPEG4) reader.skip(6);
  return { type: "bitmap", ...imageSize(bytes.subarray(reader.offset, tag.bodyEnd)) };
}

interface Size {
  width: number;
  height: number;
}

function imageSize(data: Uint8Array): Size {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length >= 24 && view.getUint32(0) === 0x89504e47) {
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (data.length >= 10 && data[0] === 0x47 && data[1] === 0x49 && data[2] === 0x46) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  return jpegSize(data, view);
}

/** Looks for a start-of-frame marker, stepping over segments by their length: linear in the number of segments. */
function jpegSize(data: Uint8Array, view: DataView): Size {
  let at = 0;
  while (at + 9 <= data.length) {
    if (data[at] !== 0xff) {
      at++;
      continue;
    }
    const marker = data[at + 1];
    const isStandalone = marker === 0xff || marker === 0 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
    if (isStandalone) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const isStartOfFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isStartOfFrame) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return { width: 0, height: 0 };
}
