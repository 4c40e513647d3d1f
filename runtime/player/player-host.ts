// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { createRealm } from "../builtins/realm.ts";
import { setClip } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { resolveTarget } from "../calls/paths.ts";
import { toInt32 } from "../conversion/to-number.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { toJsString } from "../conversion/to-string.ts";
import { REFERENCE_PATH, REFERENCE_TARGET } from "../layout/records.ts";
import { type Addr, FIRST_TAG, TAG_BLOCK } from "../layout/value.ts";
import type { Host } from "../machine/host.ts";
import type { Machine } from "../machine/machine.ts";
import type { Owned } from "../memory/owned.ts";
import { release, retain } from "../memory/release.ts";
import { enumeratedName, enumerateNames, enumerationCount } from "../objects/enumerate.ts";
import { getEnumerated, setProperty } from "../objects/properties.ts";
import { stringFromJs, stringToJs } from "../strings/heap-string.ts";
import { holdName, type NameId, nameToJs } from "../strings/names.ts";
import { setObject, setTagged, setUndefined, tagOf } from "../values/slots.ts";
import { dotPath } from "./clip-object.ts";
import { DEPTH_BIAS, type DisplayObject } from "./display-object.ts";
import { DISPLAY_PROPERTIES, displayProperty } from "./display-properties.ts";
import { MovieClip } from "./movie-clip.ts";
import type { PlayerCore } from "./player-core.ts";

/** The player as the language core sees it. */
export class PlayerHost implements Host {
  private readonly core: PlayerCore;
  /** Set right after the machine is made. */
  vm!: Machine;
  private readonly quality = { value: "HIGH" };

  constructor(core: PlayerCore) {
    this.core = core;
  }

  createRealm(version: number): void {
    createRealm(this.vm, version);
  }

  flushInlineCaches(): void {
    this.core.flushInlineCaches();
  }

  clipObjectFreed(clip: Ptr): void {
    this.core.stage.forget(clip);
  }

  registerClass(linkage: Ptr, constructor: Ptr): void {
    this.core.classes.register(this.vm.version, stringToJs(this.vm, linkage), constructor);
  }

  trace(text: string): void {
    this.core.trace(text);
  }

  warn(text: string): void {
    this.core.warn(text);
  }

  private display(object: Ptr): DisplayObject | null {
    return this.core.stage.displayOf(object);
  }

  private clip(object: Ptr): MovieClip | null {
    return this.core.stage.clipOf(object);
  }

  getExotic(object: Ptr, name: NameId, out: Addr): boolean {
    const display = this.display(object);
    if (display === null || display.removed) return false;
    const { vm } = this;
    const text = nameToJs(vm, name);
    if (text.charCodeAt(0) === 95 && this.getSpecial(display, text, out)) return true;
    if (display instanceof MovieClip) {
      const child = this.core.stage.childByName(display, text);
      if (child !== null) {
        const scriptable = this.core.stage.scriptable(child);
        setClip(vm, out, scriptable === null ? 0 : scriptable.object);
        return true;
      }
    }
    const property = displayProperty(text);
    if (property === undefined) return false;
    property.get(this.context, display, out);
    return true;
  }

  private get context(): { vm: Machine; stage: PlayerCore["stage"]; quality: { value: string } } {
    return { vm: this.vm, stage: this.core.stage, quality: this.quality };
  }

  /** `_root`, `_parent`, `_global`, `_levelN`. */
  private getSpecial(display: DisplayObject, text: string, out: Addr): boolean {
    const { vm } = this;
    if (vm.version < 5) return false;
    const folded = vm.caseSensitive ? text : text.toLowerCase();
    if (folded === "_root") {
      setClip(vm, out, nearestClip(display)?.root.object ?? 0);
      return true;
    }
    if (folded === "_parent") {
      if (display.parent === null) setUndefined(vm, out);
      else setClip(vm, out, display.parent.object);
      return true;
    }
    if (folded === "_global" && vm.version >= 6) {
      setObject(vm, out, retain(vm, vm.realm.global));
      return true;
    }
    return this.levelNamed(folded, out);
  }

  private levelNamed(text: string, out: Addr): boolean {
    const folded = this.vm.caseSensitive ? text : text.toLowerCase();
    const match = /^_(?:level|flash)(-?\d+)/.exec(folded);
    if (match === null) return false;
    const root = this.core.stage.levels.get(Number(match[1]) | 0);
    if (root === undefined) return false;
    setClip(this.vm, out, root.object);
    return true;
  }

  hasExotic(object: Ptr, name: NameId): boolean {
    const display = this.display(object);
    if (display === null || display.removed) return false;
    const text = nameToJs(this.vm, name);
    if (displayProperty(text) !== undefined) return true;
    if (text.charCodeAt(0) === 95) {
      const folded = this.vm.caseSensitive ? text : text.toLowerCase();
      if (folded === "_root" || folded === "_parent" || folded === "_global") return true;
      const match = /^_(?:level|flash)(-?\d+)/.exec(folded);
      if (match !== null) return this.core.stage.levels.has(Number(match[1]) | 0);
    }
    return display instanceof MovieClip && this.core.stage.childByName(display, text) !== null;
  }

  setExotic(object: Ptr, name: NameId, value: Addr): boolean {
    const display = this.display(object);
    if (display === null || display.removed) return false;
    const property = displayProperty(nameToJs(this.vm, name));
    if (property === undefined) return false;
    property.set?.(this.context, display, value);
    return true;
  }

  exoticWritten(_object: Ptr, _name: NameId): void {}

  enumerateExotic(object: Ptr, visit: (name: Ptr) => void): void {
    const clip = this.clip(object);
    if (clip === null || clip.removed) return;
    for (const child of clip.childrenByDepth().reverse()) {
      if (child.name === "" || child.object === 0) continue;
      const name = stringFromJs(this.vm, child.name);
      visit(name);
      release(this.vm, name);
    }
  }

  resolveReference(reference: Ptr): Ptr {
    const { vm } = this;
    const target = vm.I32[(reference >> 2) + REFERENCE_TARGET];
    if (target !== 0) return target;
    return this.findPath(stringToJs(vm, vm.I32[(reference >> 2) + REFERENCE_PATH]));
  }

  /** The clip object that a full dot path names now, through display lists only. */
  private findPath(path: string): Ptr {
    const [first, ...names] = path.split(".");
    const match = /^_level(-?\d+)$/.exec(first);
    let clip = match === null ? undefined : this.core.stage.levels.get(Number(match[1]));
    for (const name of names) {
      const child = clip === undefined ? null : this.core.stage.childByName(clip, name);
      clip = child instanceof MovieClip ? child : undefined;
    }
    return clip?.object ?? 0;
  }

  isClipAlive(clip: Ptr): boolean {
    const display = this.display(clip);
    return display !== null && !display.removed;
  }

  clipPath(clip: Ptr): Owned {
    const display = this.display(clip);
    return stringFromJs(this.vm, display === null || display.removed ? "" : dotPath(display));
  }

  clipVersion(clip: Ptr): number {
    const display = this.display(clip);
    return display === null ? this.vm.version : (nearestClip(display)?.version ?? this.vm.version);
  }

  clipRoot(clip: Ptr): Ptr {
    const display = this.display(clip);
    return display === null ? 0 : (nearestClip(display)?.root.object ?? 0);
  }

  clipParent(clip: Ptr): Ptr {
    return this.display(clip)?.parent?.object ?? 0;
  }

  clipChild(clip: Ptr, name: NameId, out: Addr): boolean {
    const parent = this.clip(clip);
    const child = parent === null ? null : this.core.stage.childByName(parent, nameToJs(this.vm, name));
    if (child === null) return false;
    setClip(this.vm, out, this.core.stage.scriptable(child)?.object ?? 0);
    return true;
  }

  level(name: NameId, out: Addr): boolean {
    return this.levelNamed(nameToJs(this.vm, name), out);
  }

  isMovieClip(clip: Ptr): boolean {
    return this.clip(clip) !== null;
  }

  getTimer(): number {
    return Math.floor(this.core.clock.elapsedMs);
  }

  nowMs(): number {
    return this.core.clock.nowMs;
  }

  utcOffsetMinutes(): number {
    return this.core.clock.utcOffsetMinutes;
  }

  randomInteger(): number {
    return this.core.random.next();
  }

  addTimer(fn: Ptr, object: Addr, methodName: Ptr, args: Addr, argc: number, intervalMs: number, once: boolean): number {
    return this.core.timers.add(fn, object, methodName, args, argc, intervalMs, once, this.core.clock.scheduledMs);
  }

  removeTimer(id: number): void {
    this.core.timers.remove(id);
  }

  play(target: Ptr): void {
    const clip = this.clip(target);
    if (clip !== null) clip.playing = true;
  }

  stop(target: Ptr): void {
    const clip = this.clip(target);
    if (clip !== null) clip.playing = false;
  }

  nextFrame(target: Ptr): void {
    const clip = this.clip(target);
    if (clip !== null && clip.currentFrame < clip.totalFrames) this.core.timeline.goto(clip, clip.currentFrame + 1, false);
  }

  previousFrame(target: Ptr): void {
    const clip = this.clip(target);
    if (clip !== null && clip.currentFrame > 1) this.core.timeline.goto(clip, clip.currentFrame - 1, false);
  }

  gotoFrame(target: Ptr, frame: number, play: boolean): void {
    const clip = this.clip(target);
    if (clip !== null) this.core.timeline.goto(clip, frame, play);
  }

  gotoLabel(target: Ptr, label: string): void {
    const clip = this.clip(target);
    const frame = clip?.frameOfLabel(label) ?? 0;
    if (clip !== null && frame > 0) this.core.timeline.goto(clip, frame, false);
  }

  gotoValue(target: Ptr, value: Addr, bias: number, play: boolean): void {
    const found = this.frameOf(target, value, bias);
    if (found !== null) this.core.timeline.goto(found.clip, found.frame, play);
  }

  /** The clip and frame that a value names: an integer, a number as text, a label, or `path:frame`. */
  private frameOf(target: Ptr, value: Addr, bias: number): { clip: MovieClip; frame: number } | null {
    const { vm } = this;
    let clip = this.clip(target);
    if (clip === null) return null;
    if (tagOf(vm, value) < FIRST_TAG && Number.isInteger(vm.F64[value >> 3])) {
      const frame = toInt32(vm, value) + bias;
      return frame > 0 ? { clip, frame } : null;
    }
    let text = toJsString(vm, value);
    const colon = text.lastIndexOf(":");
    if (colon >= 0) {
      const path = stringFromJs(vm, text.slice(0, colon));
      clip = this.clip(resolveTarget(vm, target, path));
      release(vm, path);
      if (clip === null) return null;
      text = text.slice(colon + 1);
    }
    const frame = /^\s*[+-]?\d+$/.test(text) ? Number.parseInt(text, 10) : clip.frameOfLabel(text);
    return frame + bias > 0 && frame > 0 ? { clip, frame: frame + bias } : null;
  }

  callFrame(target: Ptr, value: Addr): void {
    const found = this.frameOf(target, value, 0);
    if (found === null) return;
    const { clip, frame } = found;
    for (const tag of clip.timeline.frames[frame - 1]?.tags ?? []) {
      if (tag.type === "action") this.core.runNested(clip, tag.code);
    }
  }

  framesLoaded(target: Ptr): number {
    return this.clip(target)?.framesLoaded ?? 0;
  }

  totalFrames(target: Ptr): number {
    return this.clip(target)?.totalFrames ?? 0;
  }

  attachMovie(parent: Ptr, linkage: Ptr, name: Ptr, depth: number, initObject: Addr): Ptr {
    const clip = this.clip(parent);
    if (clip === null) return 0;
    const made = this.core.clips.attach(clip, stringToJs(this.vm, linkage), stringToJs(this.vm, name), depth, (fresh) =>
      this.initialise(fresh, initObject),
    );
    return made?.object ?? 0;
  }

  createEmptyClip(parent: Ptr, name: Ptr, depth: number): Ptr {
    const clip = this.clip(parent);
    return clip === null ? 0 : this.core.clips.createEmpty(clip, stringToJs(this.vm, name), depth).object;
  }

  duplicateClip(source: Ptr, name: Ptr, depth: number, initObject: Addr): Ptr {
    const clip = this.clip(source);
    const made = clip === null ? null : this.core.clips.duplicate(clip, stringToJs(this.vm, name), depth);
    if (made === null) return 0;
    this.initialise(made, initObject);
    return made.object;
  }

  /** Copies the enumerable members of an init object to a new clip, oldest first. */
  private initialise(clip: MovieClip, initObject: Addr): void {
    const { vm } = this;
    const source = objectOf(vm, initObject);
    if (source === 0 || clip.object === 0) return;
    const window = openFrame(vm, 4);
    setClip(vm, window, clip.object);
    const names = enumerateNames(vm, source);
    setTagged(vm, window + 8, TAG_BLOCK, names);
    for (let i = enumerationCount(vm, names) - 1; i >= 0 && clip.object !== 0; i--) {
      const name = holdName(vm, window + 24, enumeratedName(vm, names, i));
      getEnumerated(vm, source, name, initObject, window + 16);
      setProperty(vm, clip.object, name, window + 16, window);
      closeFrame(vm, window + 16);
      openFrame(vm, 2);
    }
    closeFrame(vm, window);
  }

  swapDepths(target: Ptr, depth: number, other: Ptr): void {
    const clip = this.clip(target);
    const second = other === 0 ? null : this.clip(other);
    const parent = clip?.parent ?? null;
    if (clip === null || parent === null || (second !== null && second.parent !== parent)) return;
    const from = clip.depth;
    const to = second === null ? depth : second.depth;
    if (to < 0 || to > 2130706428 || to === from) return;
    const displaced = parent.children.get(to);
    parent.children.delete(from);
    clip.depth = to;
    parent.children.set(to, clip);
    clip.transformedByScript = true;
    if (displaced === undefined) return;
    displaced.depth = from;
    displaced.transformedByScript = true;
    parent.children.set(from, displaced);
  }

  clipDepth(clip: Ptr): number {
    const display = this.display(clip);
    return display === null ? 0 : display.depth;
  }

  childAtDepth(clip: Ptr, depth: number): Ptr {
    const child = this.clip(clip)?.children.get(depth);
    return child === undefined ? 0 : (this.core.stage.scriptable(child)?.object ?? 0);
  }

  nextHighestDepth(clip: Ptr): number {
    const found = this.clip(clip);
    return found === null ? 0 : this.core.clips.nextHighestDepth(found);
  }

  bytesTotal(clip: Ptr): number {
    const found = this.clip(clip);
    // An empty clip that a script made has nothing of its own.
    if (found === null || (found.character === null && found.movie === found.parent?.movie)) return 0;
    return found.movie.description.uncompressedBytes;
  }

  toggleQuality(): void {
    this.quality.value = this.quality.value === "HIGH" || this.quality.value === "BEST" ? "LOW" : "HIGH";
  }

  stopSounds(): void {}

  endDrag(): void {}

  startDrag(): void {}

  cloneSprite(source: Addr, newName: Ptr, depth: number): void {
    const clip = this.clip(objectOf(this.vm, source));
    if (clip !== null) this.core.clips.duplicate(clip, stringToJs(this.vm, newName), depth);
  }

  removeSprite(target: Addr): void {
    const clip = this.clip(objectOf(this.vm, target));
    if (clip !== null && clip.depth >= DEPTH_BIAS && clip.depth < 2130706416) this.core.timeline.remove(clip);
  }

  loadText(url: string, target: Addr): void {
    this.core.loader.loadText(url, target);
  }

  getUrl(url: string, target: Addr, method: number, loadTarget: boolean, loadVariables: boolean): void {
    this.core.navigate(url, target, method, loadTarget, loadVariables);
  }

  getDisplayProperty(target: Ptr, index: number, out: Addr): void {
    const display = this.display(target);
    if (display === null) setUndefined(this.vm, out);
    else DISPLAY_PROPERTIES[index].get(this.context, display, out);
  }

  setDisplayProperty(target: Ptr, index: number, value: Addr): void {
    const display = this.display(target);
    if (display !== null) DISPLAY_PROPERTIES[index].set?.(this.context, display, value);
  }
}

function nearestClip(display: DisplayObject): MovieClip | null {
  return display instanceof MovieClip ? display : display.parent;
}
