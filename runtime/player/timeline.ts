// SPDX-License-Identifier: MIT

import { closeFrame, openFrame } from "../calls/frames.ts";
import { TAG_OBJECT } from "../layout/value.ts";
import type { ControlTag, PlaceTag } from "../movie/description.ts";
import { findInChain } from "../objects/properties.ts";
import { internJs, releaseName } from "../strings/names.ts";
import { tagOf } from "../values/slots.ts";
import { Priority } from "./action-queue.ts";
import { DEPTH_BIAS, type DisplayObject, IDENTITY_COLOR, IDENTITY_MATRIX } from "./display-object.ts";
import { findCharacter, type LoadedMovie } from "./loaded-movie.ts";
import { MovieClip } from "./movie-clip.ts";
import type { ClassRegistry } from "./registered-classes.ts";
import type { ScriptRunner } from "./script-runner.ts";
import type { Stage } from "./stage.ts";

/** Clip event flags (player reference §4). */
export const ClipEventFlag = {
  Load: 1,
  EnterFrame: 2,
  Unload: 4,
  Data: 0x100,
  Initialize: 0x200,
  Construct: 0x40000,
} as const;

/** Advances timelines and carries out their tags. */
export class TimelinePlayer {
  private readonly stage: Stage;
  private readonly scripts: ScriptRunner;
  private readonly classes: ClassRegistry;
  private readonly warn: (text: string) => void;

  constructor(stage: Stage, scripts: ScriptRunner, classes: ClassRegistry, warn: (text: string) => void) {
    this.stage = stage;
    this.scripts = scripts;
    this.classes = classes;
    this.warn = warn;
  }

  /** One frame for one clip: load or enterFrame, then the next frame's tags if it plays. */
  advance(clip: MovieClip): void {
    const isNew = !clip.loadQueued;
    const isRoot = clip.parent === null;
    if (!isNew) this.queueEvent(clip, ClipEventFlag.EnterFrame, "onEnterFrame");
    else if (!isRoot) this.queueLoad(clip);
    this.advanceFrame(clip);
    // A root's own first frame may still say what its onLoad is.
    if (isNew && isRoot) this.queueLoad(clip);
  }

  private advanceFrame(clip: MovieClip): void {
    if (!clip.playing) return;
    const frames = clip.timeline.frames.length;
    if (clip.currentFrame < frames) this.runFrame(clip, clip.currentFrame + 1);
    else if (frames > 1 && clip.timeline.loops !== false) this.rewind(clip, 1, true);
  }

  /** Runs the tags of a frame that follows the current one. */
  runFrame(clip: MovieClip, frame: number): void {
    clip.currentFrame = frame;
    for (const tag of clip.timeline.frames[frame - 1]?.tags ?? []) this.runTag(clip, tag, true);
  }

  private runTag(clip: MovieClip, tag: ControlTag, withActions: boolean): void {
    switch (tag.type) {
      case "place":
        this.place(clip, tag.place);
        return;
      case "remove": {
        const child = clip.children.get(tag.depth);
        if (child !== undefined) this.remove(child);
        return;
      }
      case "action":
        if (withActions) this.queueCode(clip, tag.code);
        return;
      default:
        return;
    }
  }

  /** Queues an action block of the clip's movie. */
  queueCode(clip: MovieClip, code: number): void {
    const { movie } = clip;
    this.stage.queue.add(Priority.Normal, clip, () => this.scripts.runCode(clip, movie.version, movie.code[code]));
  }

  /** PlaceObject. */
  place(parent: MovieClip, place: PlaceTag): DisplayObject | null {
    const existing = parent.children.get(place.depth);
    if (place.move) {
      if (existing === undefined) return null;
      if (place.characterId !== null && !(existing instanceof MovieClip)) return this.replace(parent, existing, place);
      if (!existing.transformedByScript) applyPlacement(existing, place);
      return existing;
    }
    if (place.characterId === null) return null;
    if (existing !== undefined) {
      this.warn(`Failed to place object at depth ${place.depth}.`);
      return null;
    }
    return this.placeNew(parent, place, place.characterId);
  }

  private replace(parent: MovieClip, existing: DisplayObject, place: PlaceTag): DisplayObject | null {
    const definition = findCharacter(parent.movie, place.characterId!);
    if (definition === null) return existing;
    const display = this.stage.create(definition.character, definition.id, definition.movie);
    display.matrix = existing.matrix;
    display.color = existing.color;
    display.name = place.name ?? existing.name;
    this.stage.destroy(existing);
    this.stage.insert(parent, display, place.depth);
    applyPlacement(display, place);
    this.stage.attachObject(display, parent.version);
    if (display instanceof MovieClip) this.start(display, definition.movie);
    return display;
  }

  private placeNew(parent: MovieClip, place: PlaceTag, characterId: number): DisplayObject | null {
    const definition = findCharacter(parent.movie, characterId);
    if (definition === null) return null;
    const { character, movie } = definition;
    if (character.type === "sound" || character.type === "font" || character.type === "binary" || character.type === "unknown")
      return null;
    const display = this.stage.create(character, definition.id, movie);
    display.placeFrame = parent.currentFrame;
    applyPlacement(display, place);
    const isScriptable = display instanceof MovieClip || character.type === "button" || character.type === "editText";
    display.name = place.name ?? (isScriptable ? this.stage.nextInstanceName() : "");
    if (display instanceof MovieClip) display.clipEvents = place.clipEvents;
    this.stage.insert(parent, display, place.depth);
    this.stage.attachObject(display, movie.version);
    if (display instanceof MovieClip) this.start(display, movie);
    return display;
  }

  /** A new clip is on the list: initialize, construct, load, and its first frame. */
  private start(clip: MovieClip, movie: LoadedMovie): void {
    this.queueClipEvent(clip, ClipEventFlag.Initialize, Priority.Initialize);
    const linkage = this.classes.linkageOf(movie, clip.characterId);
    if (linkage !== null || clip.clipEvents.some(({ events }) => (events & ClipEventFlag.Construct) !== 0)) {
      this.stage.queue.add(Priority.Construct, clip, () => {
        const hasClass = linkage !== null && this.classes.adopt(clip, linkage);
        this.runClipEvent(clip, ClipEventFlag.Construct);
        if (hasClass) this.classes.construct(clip, linkage!);
      });
    }
    this.queueLoad(clip);
    this.runFrame(clip, 1);
  }

  /** A clip that a script has copied: its clip event `construct` runs at once, `initialize` is queued. */
  announceCopy(clip: MovieClip): void {
    this.queueClipEvent(clip, ClipEventFlag.Initialize, Priority.Initialize);
    if (clip.version >= 6) this.runClipEvent(clip, ClipEventFlag.Construct);
  }

  private queueLoad(clip: MovieClip): void {
    clip.loadQueued = true;
    this.queueEvent(clip, ClipEventFlag.Load, "onLoad");
  }

  /** Queues a clip event's code, then the handler method. */
  queueEvent(clip: MovieClip, flag: number, handler: string, evenIfRemoved = false): void {
    this.queueClipEvent(clip, flag, Priority.Normal, evenIfRemoved);
    if (clip.version < 6) return;
    this.stage.queue.add(Priority.Normal, clip, () => this.scripts.callHandler(clip, clip.version, handler), evenIfRemoved);
  }

  private queueClipEvent(clip: MovieClip, flag: number, priority: Priority, evenIfRemoved = false): void {
    for (const event of clip.clipEvents) {
      if ((event.events & flag) === 0) continue;
      this.stage.queue.add(priority, clip, () => this.runEventCode(clip, event.code), evenIfRemoved);
    }
  }

  private runClipEvent(clip: MovieClip, flag: number): void {
    for (const event of clip.clipEvents) if ((event.events & flag) !== 0) this.runEventCode(clip, event.code);
  }

  /** Code of a clip event belongs to the movie that placed the clip. */
  private runEventCode(clip: MovieClip, code: number): void {
    const { movie } = clip.parent ?? clip;
    this.scripts.runCode(clip, movie.version, movie.code[code]);
  }

  /** Removes a child as the timeline and removeMovieClip do: with unload events it stays until the next frame. */
  remove(display: DisplayObject): void {
    if (display.removed || display.pendingRemoval) return;
    if (!this.hasUnloadHandler(display)) {
      this.stage.destroy(display);
      return;
    }
    this.queueUnload(display);
    const { parent } = display;
    display.pendingRemoval = true;
    if (parent === null) return;
    if (parent.children.get(display.depth) === display) parent.children.delete(display.depth);
    const pending = -1 - display.depth;
    const older = parent.children.get(pending);
    if (older !== undefined) this.stage.destroy(older);
    display.depth = pending;
    parent.children.set(pending, display);
  }

  private queueUnload(display: DisplayObject): void {
    if (!(display instanceof MovieClip)) return;
    for (const child of display.childrenByDepth())
      if (this.hasUnloadHandler(child)) this.queueUnload(child);
      else this.stage.destroy(child);
    this.queueEvent(display, ClipEventFlag.Unload, "onUnload", true);
  }

  private hasUnloadHandler(display: DisplayObject): boolean {
    if (!(display instanceof MovieClip)) return false;
    if (display.clipEvents.some(({ events }) => (events & ClipEventFlag.Unload) !== 0)) return true;
    // Any value will do, also one that can't be called.
    if (display.version >= 6 && display.object !== 0 && this.hasMember(display, "onUnload", false)) return true;
    return [...display.children.values()].some((child) => this.hasUnloadHandler(child));
  }

  /** Whether a clip has a handler method that the player would call. */
  hasHandler(clip: MovieClip, name: string): boolean {
    return clip.version >= 6 && clip.object !== 0 && this.hasMember(clip, name, true);
  }

  private hasMember(clip: MovieClip, name: string, asMethod: boolean): boolean {
    const { vm } = this.stage;
    vm.setVersion(clip.version);
    const window = openFrame(vm, 1);
    const id = internJs(vm, name);
    const exists = findInChain(vm, clip.object, id, window, window);
    releaseName(vm, id);
    const found = exists && (!asMethod || tagOf(vm, window) === TAG_OBJECT);
    closeFrame(vm, window);
    return found;
  }

  /** Clips that were waiting for removal go now: start of a frame. */
  sweepPending(): void {
    for (const clip of [...this.stage.liveClips]) if (clip.pendingRemoval && !clip.removed) this.stage.destroy(clip);
  }

  /** Any goto: play state first, then the display list of the target frame. */
  goto(clip: MovieClip, frame: number, play: boolean): void {
    clip.playing = play;
    const target = Math.max(1, frame);
    const last = clip.timeline.frames.length;
    if (target === clip.currentFrame) return;
    if (target > last) {
      // Past the end: the last frame's display list, no scripts.
      this.seek(clip, last, false);
      return;
    }
    this.seek(clip, target, true);
  }

  private rewind(clip: MovieClip, frame: number, withActions: boolean): void {
    this.seek(clip, frame, withActions);
  }

  private seek(clip: MovieClip, target: number, withActions: boolean): void {
    if (target === clip.currentFrame) return;
    if (target > clip.currentFrame) {
      this.seekForward(clip, clip.currentFrame + 1, target, withActions);
      return;
    }
    this.seekBackward(clip, target, withActions);
  }

  /** Frames between: placements only, merged per depth; then the target frame with its actions. */
  private seekForward(clip: MovieClip, from: number, target: number, withActions: boolean): void {
    const { frames } = clip.timeline;
    const pending = new Map<number, PlaceTag>();
    for (let frame = from; frame < target; frame++) {
      clip.currentFrame = frame;
      for (const tag of frames[frame - 1].tags) this.mergeTag(clip, tag, pending, frame);
    }
    clip.currentFrame = target;
    for (const place of byDepth(pending)) this.place(clip, place);
    for (const tag of frames[target - 1].tags) this.runTag(clip, tag, withActions);
  }

  private mergeTag(clip: MovieClip, tag: ControlTag, pending: Map<number, PlaceTag>, _frame: number): void {
    if (tag.type === "remove") {
      if (!pending.delete(tag.depth)) {
        const child = clip.children.get(tag.depth);
        if (child !== undefined) this.remove(child);
      }
      return;
    }
    if (tag.type !== "place") return;
    const { place } = tag;
    const earlier = pending.get(place.depth);
    if (earlier === undefined) {
      pending.set(place.depth, place);
      return;
    }
    if (place.move) pending.set(place.depth, mergePlacements(earlier, place));
  }

  /** As if started again from frame 1: what survives keeps its instance. */
  private seekBackward(clip: MovieClip, target: number, withActions: boolean): void {
    const { frames } = clip.timeline;
    const wanted = new Map<number, PlaceTag>();
    for (let frame = 1; frame <= target; frame++) {
      for (const tag of frames[frame - 1].tags) {
        if (tag.type === "remove") wanted.delete(tag.depth);
        else if (tag.type === "place") {
          const { place } = tag;
          const earlier = wanted.get(place.depth);
          if (place.move && earlier !== undefined) wanted.set(place.depth, mergePlacements(earlier, place));
          else if (!place.move && earlier === undefined) wanted.set(place.depth, place);
        }
      }
    }
    for (const child of clip.childrenByDepth()) {
      if (child.depth < 0 || child.depth >= DEPTH_BIAS) continue;
      const place = wanted.get(child.depth);
      if (place === undefined || !survives(child, place)) this.remove(child);
    }
    clip.currentFrame = target;
    for (const place of byDepth(wanted)) {
      const existing = clip.children.get(place.depth);
      if (existing === undefined) this.placeNew(clip, place, place.characterId!);
      else if (!existing.transformedByScript) {
        existing.matrix = place.matrix ?? { ...IDENTITY_MATRIX };
        existing.color = place.colorTransform ?? { ...IDENTITY_COLOR };
        applyPlacement(existing, place);
      }
    }
    if (withActions) for (const tag of frames[target - 1].tags) if (tag.type === "action") this.queueCode(clip, tag.code);
  }
}

/** Whether a child stays when the timeline is rewound to a state in which `place` stands at its depth. */
function survives(child: DisplayObject, place: PlaceTag): boolean {
  if (child instanceof MovieClip) {
    if (child.createdByScript) return false;
    return place.characterId === child.characterId && (place.ratio ?? child.ratio) === child.ratio;
  }
  return place.characterId === child.characterId;
}

function byDepth(places: ReadonlyMap<number, PlaceTag>): PlaceTag[] {
  return [...places.values()];
}

/** A placement and a later modification of it as one. */
function mergePlacements(earlier: PlaceTag, later: PlaceTag): PlaceTag {
  return {
    ...earlier,
    move: earlier.move,
    characterId: later.characterId ?? earlier.characterId,
    matrix: later.matrix ?? earlier.matrix,
    colorTransform: later.colorTransform ?? earlier.colorTransform,
    ratio: later.ratio ?? earlier.ratio,
    name: later.name ?? earlier.name,
    clipDepth: later.clipDepth ?? earlier.clipDepth,
    visible: later.visible ?? earlier.visible,
    blendMode: later.blendMode ?? earlier.blendMode,
    cacheAsBitmap: later.cacheAsBitmap ?? earlier.cacheAsBitmap,
  };
}

/** Takes over what a placement says of how an object looks. */
function applyPlacement(display: DisplayObject, place: PlaceTag): void {
  if (place.matrix !== null) {
    display.matrix = { ...place.matrix };
    display.scaleX = null;
    display.scaleY = null;
    display.rotation = null;
  }
  if (place.colorTransform !== null) display.color = { ...place.colorTransform };
  if (place.ratio !== null) display.ratio = place.ratio;
  if (place.clipDepth !== null) display.clipDepth = place.clipDepth;
  if (place.visible !== null) display.visible = place.visible;
}
