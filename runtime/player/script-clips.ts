// SPDX-License-Identifier: MIT
import { Priority } from "./action-queue.ts";
import { DEPTH_BIAS } from "./display-object.ts";
import { findCharacter, type LoadedMovie } from "./loaded-movie.ts";
import type { MovieClip } from "./movie-clip.ts";
import type { PlayerCore } from "./player-core.ts";

/** SWF depths that scripts may use. */
const MAX_DEPTH = 2130706428;

/** Clips that scripts make: attachMovie, createEmptyMovieClip, duplicateMovieClip. Depths are SWF depths. */
export class ScriptClips {
  private readonly core: PlayerCore;

  constructor(core: PlayerCore) {
    this.core = core;
  }

  /** Puts a new clip at a depth; what stood there is removed. */
  private place(parent: MovieClip, clip: MovieClip, name: string, depth: number): void {
    const { stage, timeline } = this.core;
    const old = parent.children.get(depth);
    if (old !== undefined) timeline.remove(old);
    clip.name = name;
    clip.createdByScript = true;
    stage.insert(parent, clip, depth);
    stage.attachObject(clip, clip.version);
  }

  /**
   * attachMovie. `initialise` copies the init object between the first frame's tags and the constructor.
   * @returns null when the linkage name is unknown or the depth out of range
   */
  attach(
    parent: MovieClip,
    linkage: string,
    name: string,
    depth: number,
    initialise: (clip: MovieClip) => void,
  ): MovieClip | null {
    if (depth < 0 || depth > MAX_DEPTH) return null;
    const found = this.findExport(parent.movie, linkage, parent.version);
    if (found === null || found.character.type !== "sprite") return null;
    const clip = this.core.stage.create(found.character, found.id, found.movie) as MovieClip;
    this.place(parent, clip, name, depth);
    const registered = this.core.classes.adopt(clip, linkage);
    this.begin(clip);
    initialise(clip);
    if (registered) this.core.classes.construct(clip, linkage);
    return clip;
  }

  private begin(clip: MovieClip): void {
    clip.loadQueued = true;
    this.core.timeline.queueEvent(clip, 1, "onLoad");
    this.core.timeline.runFrame(clip, 1);
  }

  private findExport(movie: LoadedMovie, linkage: string, version: number): ReturnType<typeof findCharacter> {
    const direct = movie.exports.get(linkage);
    if (direct !== undefined) return findCharacter(direct.movie, direct.id);
    if (version > 6) return null;
    const folded = linkage.toLowerCase();
    for (const [name, asset] of movie.exports) if (name.toLowerCase() === folded) return findCharacter(asset.movie, asset.id);
    return null;
  }

  createEmpty(parent: MovieClip, name: string, depth: number): MovieClip {
    const clip = this.core.stage.create(null, 0, parent.movie) as MovieClip;
    this.place(parent, clip, name, depth);
    this.begin(clip);
    return clip;
  }

  duplicate(source: MovieClip, name: string, depth: number): MovieClip | null {
    const { parent } = source;
    if (parent === null || depth < 0 || depth > MAX_DEPTH) return null;
    const clip = this.core.stage.create(source.character, source.characterId, source.movie) as MovieClip;
    clip.matrix = { ...source.matrix };
    clip.color = { ...source.color };
    clip.scaleX = source.scaleX;
    clip.scaleY = source.scaleY;
    clip.rotation = source.rotation;
    clip.clipEvents = source.clipEvents;
    clip.drawnBounds = source.drawnBounds;
    this.place(parent, clip, name, depth);
    const linkage = this.core.classes.linkageOf(source.movie, source.characterId);
    const registered = linkage !== null && this.core.classes.adopt(clip, linkage);
    this.core.timeline.announceCopy(clip);
    this.begin(clip);
    if (registered) this.core.stage.queue.add(Priority.Construct, clip, () => this.core.classes.construct(clip, linkage));
    return clip;
  }

  /** Next free AS depth above everything a script put on a clip. */
  nextHighestDepth(clip: MovieClip): number {
    let highest = -1;
    for (const child of clip.children.values()) highest = Math.max(highest, child.depth - DEPTH_BIAS);
    return Math.max(0, highest + 1);
  }
}
