// SPDX-License-Identifier: AGPL-3.0-or-later

export type ActionBlockKind = "frame" | "init" | "button" | "clipEvent";

/** The bytecode of one script of a movie, not yet decoded. */
export interface ActionBlock {
  /** Index in the list of blocks: the `code` of the movie description. */
  id: number;
  kind: ActionBlockKind;
  /** Where the script stands, for people: `frame 3, action 0`, `sprite 12, frame 1, action 0`, `button 5, on release`. */
  label: string;
  swfVersion: number;
  /** A view of the unpacked movie. */
  bytes: Uint8Array;
  /** Offset of `bytes` in the unpacked movie. */
  fileOffset: number;
}

/** Collects the action blocks of a movie in the order in which they are met. */
export class ActionBlockList {
  readonly blocks: ActionBlock[] = [];
  private readonly movie: Uint8Array;
  private readonly swfVersion: number;

  constructor(movie: Uint8Array, swfVersion: number) {
    this.movie = movie;
    this.swfVersion = swfVersion;
  }

  /** Adds the script at `[start, end)` of the unpacked movie and returns its id. */
  add(kind: ActionBlockKind, label: string, start: number, end: number): number {
    const id = this.blocks.length;
    this.blocks.push({ id, kind, label, swfVersion: this.swfVersion, bytes: this.movie.subarray(start, end), fileOffset: start });
    return id;
  }
}
