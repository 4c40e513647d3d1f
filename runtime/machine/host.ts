// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import type { Addr } from "../layout/value.ts";
import type { Owned } from "../memory/owned.ts";
import type { NameId } from "../strings/names.ts";

/**
 * What the language needs of the player. The core of the runtime never imports the player: it talks to it through this.
 * Addresses named `out` are dead slots: they are written without releasing what they held.
 */
export interface Host {
  /** Makes the environment (`_global`, classes) of an SWF version and sets `vm.realm`. */
  createRealm(version: number): void;
  /** An inline cache may hold a shape that is about to be freed. */
  flushInlineCaches(): void;
  /** A clip's object record is being freed. */
  clipObjectFreed(clip: Ptr): void;

  /** Object.registerClass: `constructor` 0 takes the registration back. Both borrowed. */
  registerClass(linkage: Ptr, constructor: Ptr): void;

  /** Prints one line of `trace` output. */
  trace(text: string): void;
  /** Reports a warning of the player itself. */
  warn(text: string): void;

  /**
   * Reads a property of an exotic object (META_EXOTIC) that is not in its shape: `_parent`, children by name, display
   * properties. Runs before the prototype chain. Returns false when it has none of that name.
   */
  getExotic(object: Ptr, name: NameId, out: Addr): boolean;
  /** Whether an exotic object has such a property (children, display properties). */
  hasExotic(object: Ptr, name: NameId): boolean;
  /** Writes a display property of an exotic object; false when the name is none and an ordinary property is to be set. */
  setExotic(object: Ptr, name: NameId, value: Addr): boolean;
  /** An ordinary property of an exotic object was written (text field bindings look at it). */
  exoticWritten(object: Ptr, name: NameId): void;
  /** Names of children that `for..in` lists after the properties: calls back from the highest depth to the lowest. */
  enumerateExotic(object: Ptr, visit: (name: Ptr) => void): void;

  /** The clip object that a clip reference names now, or 0: resolves the path again when the old clip is gone. */
  resolveReference(reference: Ptr): Ptr;
  /** Whether a clip object's clip is still there (on the display list or pending removal). */
  isClipAlive(clip: Ptr): boolean;
  /** Dot path of a clip object as an owned string. */
  clipPath(clip: Ptr): Owned;
  /** SWF version of the movie that a clip belongs to. */
  clipVersion(clip: Ptr): number;
  /** Root of a clip (honours _lockroot), its parent, both as clip objects or 0. */
  clipRoot(clip: Ptr): Ptr;
  clipParent(clip: Ptr): Ptr;
  /** Child display object by name, written as a value to `out`; false when there is none. */
  clipChild(clip: Ptr, name: NameId, out: Addr): boolean;
  /** `_levelN` or `_flashN` by its full name; false when the name is not of that form, true with undefined when the level is empty. */
  level(name: NameId, out: Addr): boolean;
  /** True for movie clips proper: the values with typeof "movieclip". */
  isMovieClip(clip: Ptr): boolean;

  /** Milliseconds since the player started, as getTimer says it. */
  getTimer(): number;
  /** UTC milliseconds since 1970, for `new Date()`; may have a fraction. */
  nowMs(): number;
  /** Minutes that local time is ahead of UTC. */
  utcOffsetMinutes(): number;
  /**
   * setInterval and setTimeout: calls `fn`, or with 0 the method of `object`. Everything is borrowed: the host keeps its own references.
   * @returns the timer's id, from 1
   */
  addTimer(fn: Ptr, object: Addr, methodName: Ptr, args: Addr, argc: number, intervalMs: number, once: boolean): number;
  removeTimer(id: number): void;
  /** Next random integer, 0 to 2^31-1. */
  randomInteger(): number;

  /** Timeline actions. `target` is a clip object, never 0. Frames count from 1. */
  play(target: Ptr): void;
  stop(target: Ptr): void;
  nextFrame(target: Ptr): void;
  previousFrame(target: Ptr): void;
  gotoFrame(target: Ptr, frame: number, play: boolean): void;
  gotoLabel(target: Ptr, label: string): void;
  /** GotoFrame2 and Call take any value as a frame; `bias` is the scene offset. */
  gotoValue(target: Ptr, value: Addr, bias: number, play: boolean): void;
  callFrame(target: Ptr, value: Addr): void;
  /** Frames of the target that are loaded. */
  framesLoaded(target: Ptr): number;
  totalFrames(target: Ptr): number;

  /** attachMovie and its kin, at SWF depths; `initObject` is borrowed. The new clip's object (borrowed), or 0. */
  attachMovie(parent: Ptr, linkage: Ptr, name: Ptr, depth: number, initObject: Addr): Ptr;
  createEmptyClip(parent: Ptr, name: Ptr, depth: number): Ptr;
  duplicateClip(source: Ptr, name: Ptr, depth: number, initObject: Addr): Ptr;
  /** Moves a clip to another SWF depth, or exchanges it with `other` (0: none). */
  swapDepths(clip: Ptr, depth: number, other: Ptr): void;
  /** SWF depth of a clip, and its child at one (the clip itself for what scripts can't see; 0 for none). Borrowed. */
  clipDepth(clip: Ptr): number;
  childAtDepth(clip: Ptr, depth: number): Ptr;
  nextHighestDepth(clip: Ptr): number;
  bytesTotal(clip: Ptr): number;

  toggleQuality(): void;
  stopSounds(): void;
  endDrag(): void;
  startDrag(target: Addr, lockCenter: boolean, bounds: { x1: number; y1: number; x2: number; y2: number } | null): void;
  cloneSprite(source: Addr, newName: Ptr, depth: number): void;
  removeSprite(target: Addr): void;
  /** GetURL and GetURL2; `method` 0 none, 1 GET, 2 POST. */
  getUrl(url: string, target: Addr, method: number, loadTarget: boolean, loadVariables: boolean): void;
  /** Loads a text for an object (slot, borrowed): its `onData` gets it after the frame, undefined when there is no such file. */
  loadText(url: string, target: Addr): void;
  /** Display property by number (opcodes.md §10). */
  getDisplayProperty(target: Ptr, index: number, out: Addr): void;
  setDisplayProperty(target: Ptr, index: number, value: Addr): void;
}
