// SPDX-License-Identifier: MIT
import type { Character, ClipEvent, Rectangle, Timeline } from "../movie/description.ts";
import { DisplayObject, transformRectangle, unionRectangles } from "./display-object.ts";
import type { LoadedMovie } from "./loaded-movie.ts";

const EMPTY_TIMELINE: Timeline = { declaredFrames: 1, frames: [{ tags: [] }], labels: [], scenes: [] };

/** A movie clip: a timeline with a display list. */
export class MovieClip extends DisplayObject {
  /** Movie whose dictionary and version apply. */
  movie: LoadedMovie;
  timeline: Timeline;
  /** Counts from 1; 0 before its first frame ran. */
  currentFrame = 0;
  playing = true;
  /** Children by SWF depth. */
  readonly children = new Map<number, DisplayObject>();
  clipEvents: readonly ClipEvent[] = [];
  /** Level number of a root, -1 for clips that have a parent. */
  level = -1;
  lockRoot = false;
  /** Made by attachMovie and the like, not by a timeline. */
  createdByScript = false;
  /** Its load event has been queued. */
  loadQueued = false;
  /** Drawn by script: bounds of what was drawn, twips. */
  drawnBounds: Rectangle | null = null;
  /** Nothing is loaded: methods see an empty clip. */
  unloaded = false;

  constructor(handle: number, character: Character | null, characterId: number, movie: LoadedMovie) {
    super(handle, character, characterId);
    this.movie = movie;
    this.timeline = character?.type === "sprite" ? character.timeline : EMPTY_TIMELINE;
  }

  get version(): number {
    return this.movie.version;
  }

  get totalFrames(): number {
    return this.timeline.declaredFrames;
  }

  get framesLoaded(): number {
    return this.unloaded ? 0 : Math.max(this.timeline.frames.length, Math.min(1, this.timeline.declaredFrames));
  }

  /** Children from the lowest depth to the highest. */
  childrenByDepth(): DisplayObject[] {
    return [...this.children.values()].sort((a, b) => a.depth - b.depth);
  }

  override localBounds(): Rectangle | null {
    let bounds = this.drawnBounds;
    for (const child of this.children.values()) {
      const inner = child.localBounds();
      if (inner !== null) bounds = unionRectangles(bounds, transformRectangle(inner, child.matrix));
    }
    return bounds;
  }

  /** Frame of a label, without case; 0 when there is none. */
  frameOfLabel(label: string): number {
    const folded = label.toLowerCase();
    return this.timeline.labels.find(({ name }) => name.toLowerCase() === folded)?.frame ?? 0;
  }

  /** Root of its level: the topmost clip. */
  get levelRoot(): MovieClip {
    let at: MovieClip = this;
    while (at.parent !== null) at = at.parent;
    return at;
  }

  /** `_root`: the nearest clip around it with `_lockroot`, or the root of its level. */
  get root(): MovieClip {
    let at: MovieClip = this;
    while (at.parent !== null && !at.lockRoot) at = at.parent;
    return at;
  }
}
