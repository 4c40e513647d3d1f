// SPDX-License-Identifier: AGPL-3.0-or-later
import { Z_BUF_ERROR, Z_OK, Z_STREAM_END, Z_SYNC_FLUSH, ZStream, zlibInflate, zlibInflateEnd, zlibInflateInit } from "pako";

export interface InflateResult {
  bytes: Uint8Array;
  /** Why unpacking stopped before the end of the stream, null when it did not. */
  problem: string | null;
}

const FIRST_CHUNK_BYTES = 64 * 1024;

/**
 * Unpacks a zlib stream, returning what could be unpacked when it is truncated or damaged. pako's own `inflate` throws then and
 * its `Inflate` class drops the chunk in which the damage was met, hence the low-level interface. A wrong checksum is
 * reported as a problem, with all of the data.
 *
 * @param expectedBytes declared length of the output: a hint for buffer sizes only
 * @param limit most bytes of output that are accepted
 */
export function inflateAsMuchAsPossible(input: Uint8Array, expectedBytes: number, limit: number): InflateResult {
  const stream = new ZStream();
  zlibInflateInit(stream);
  stream.input = input;
  stream.next_in = 0;
  stream.avail_in = input.length;
  // A deflate stream grows its input at most 1032 times: a longer declaration is wrong.
  let output = new Uint8Array(Math.max(FIRST_CHUNK_BYTES, Math.min(expectedBytes, input.length * 1032, limit)));
  let length = 0;
  let status: number = Z_OK;
  while (status === Z_OK) {
    if (length === output.length) {
      if (length >= limit) {
        return { bytes: output, problem: `unpacks to more than ${limit} bytes` };
      }
      const larger = new Uint8Array(Math.min(limit, output.length * 2));
      larger.set(output);
      output = larger;
    }
    stream.output = output;
    stream.next_out = length;
    stream.avail_out = output.length - length;
    const consumedBefore = stream.next_in;
    status = zlibInflate(stream, Z_SYNC_FLUSH);
    const produced = stream.next_out - length;
    length = stream.next_out;
    if (status === Z_OK && produced === 0 && stream.next_in === consumedBefore) {
      break;
    }
  }
  zlibInflateEnd(stream);
  const bytes = output.subarray(0, length);
  if (status === Z_STREAM_END) {
    return { bytes, problem: null };
  }
  const wantsMore = status === Z_OK || status === Z_BUF_ERROR;
  return { bytes, problem: wantsMore ? "zlib data ends early" : `zlib data is damaged (${stream.msg || `status ${status}`})` };
}
