// SPDX-License-Identifier: AGPL-3.0-or-later
import { inflateSync } from "node:zlib";

/** One tag of a SWF with its body. */
export interface RawTag {
  code: number;
  body: Uint8Array;
}

/** One action record; `end` is the first byte after the record (and before the bodies that follow it). */
export interface RawAction {
  code: number;
  start: number;
  end: number;
  payload: Uint8Array;
}

/** Splits an uncompressed or zlib SWF into tags; throws where a length does not add up. Independent of the decoder in recomp. */
export function readTags(swf: Uint8Array): RawTag[] {
  let bytes = Buffer.from(swf);
  const signature = bytes.toString("latin1", 0, 3);
  if (signature === "CWS") bytes = Buffer.concat([bytes.subarray(0, 8), inflateSync(bytes.subarray(8))]);
  else if (signature !== "FWS") throw new Error(`not a SWF this check can read: ${signature}`);
  if (bytes.readUInt32LE(4) !== bytes.length) throw new Error("the length in the header is wrong");
  const rectangleBits = 5 + 4 * (bytes[8] >> 3);
  return tagsOf(bytes.subarray(8 + Math.ceil(rectangleBits / 8) + 4));
}

/** Tags of a byte range that has to close with an End tag. */
export function tagsOf(bytes: Uint8Array): RawTag[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tags: RawTag[] = [];
  for (let position = 0; position < bytes.length; ) {
    const header = view.getUint16(position, true);
    position += 2;
    let length = header & 0x3f;
    if (length === 0x3f) {
      length = view.getUint32(position, true);
      position += 4;
    }
    if (position + length > bytes.length) throw new Error(`tag ${header >> 6} runs past the end`);
    tags.push({ code: header >> 6, body: bytes.subarray(position, position + length) });
    position += length;
  }
  if (tags.at(-1)?.code !== 0) throw new Error("the last tag is not End");
  return tags;
}

/** Splits code into actions, bodies of functions, `with` and `try` included as part of the same list. */
export function readActions(code: Uint8Array): RawAction[] {
  const actions: RawAction[] = [];
  for (let position = 0; position < code.length; ) {
    const start = position;
    const action = code[position++];
    let length = 0;
    if (action >= 0x80) {
      length = code[position] | (code[position + 1] << 8);
      position += 2;
    }
    if (position + length > code.length) throw new Error(`action ${action.toString(16)} runs past the end`);
    const end = position + length;
    actions.push({ code: action, start, end, payload: code.subarray(position, end) });
    position = end;
  }
  return actions;
}

/** Throws unless every jump target and every body end lies on an action boundary. */
export function checkActions(code: Uint8Array): void {
  const actions = readActions(code);
  const boundaries = new Set([...actions.map((action) => action.start), code.length]);
  const check = (action: RawAction, target: number, what: string): void => {
    if (!boundaries.has(target)) throw new Error(`${what} of the action at ${action.start} is at ${target}, inside an action`);
  };
  for (const action of actions) {
    const { payload, end } = action;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    switch (action.code) {
      case 0x99:
      case 0x9d:
        check(action, end + view.getInt16(0, true), "branch target");
        break;
      case 0x94:
        check(action, end + view.getUint16(0, true), "with body");
        break;
      case 0x9b:
      case 0x8e:
        check(action, end + view.getUint16(payload.length - 2, true), "function body");
        break;
      case 0x8f: {
        let position = end;
        for (const offset of [1, 3, 5]) check(action, (position += view.getUint16(offset, true)), "try part");
        break;
      }
    }
  }
}

/** Every action block of a movie: frames, sprites, DoInitAction (clip events and buttons are left out). */
export function actionBlocks(tags: readonly RawTag[]): Uint8Array[] {
  return tags.flatMap(({ code, body }) => {
    if (code === 12) return [body];
    if (code === 59) return [body.subarray(2)];
    return code === 39 ? actionBlocks(tagsOf(body.subarray(4))) : [];
  });
}
