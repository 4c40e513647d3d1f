// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import { setClip } from "../calls/activation.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { CLIP_DISPLAY } from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import type { Character } from "../movie/description.ts";
import { setProperty } from "../objects/properties.ts";
import { stringFromJs } from "../strings/heap-string.ts";
import { internJs, releaseName } from "../strings/names.ts";
import { setString } from "../values/slots.ts";
import { ActionQueue } from "./action-queue.ts";
import { createClipObject, dropClipObject, renewReference } from "./clip-object.ts";
import { DisplayObject } from "./display-object.ts";
import type { LoadedMovie } from "./loaded-movie.ts";
import { MovieClip } from "./movie-clip.ts";

/** Classes whose prototype a display object's heap object gets, by what it is. */
const CLASS_OF: Partial<Record<string, string>> = { button: "Button", editText: "TextField", video: "Video" };

/** All display objects of a player, the levels, and the queue of actions. */
export class Stage {
  readonly vm: Machine;
  readonly queue = new ActionQueue();
  /** Display objects by handle; null once their heap object is gone. */
  private readonly displays: (DisplayObject | null)[] = [null];
  /** Roots by level number. */
  readonly levels = new Map<number, MovieClip>();
  /** Live clips in order of creation. */
  readonly liveClips: MovieClip[] = [];
  private lastInstanceNumber = 0;

  constructor(vm: Machine) {
    this.vm = vm;
  }

  /** A display object for a character of a movie, not on any list yet. */
  create(character: Character | null, characterId: number, movie: LoadedMovie): DisplayObject {
    const handle = this.displays.length;
    const display =
      character === null || character.type === "sprite"
        ? new MovieClip(handle, character, characterId, movie)
        : new DisplayObject(handle, character, characterId);
    this.displays.push(display);
    return display;
  }

  /** Name for an object that has none. */
  nextInstanceName(): string {
    return `instance${++this.lastInstanceNumber}`;
  }

  /** Gives a display object its heap object, if it is of a kind that scripts see. Its parent and name are set. */
  attachObject(display: DisplayObject, version: number): void {
    const { vm } = this;
    const className = display instanceof MovieClip ? "MovieClip" : CLASS_OF[display.character?.type ?? ""];
    if (className === undefined) return;
    vm.setVersion(version);
    createClipObject(vm, display, vm.realm.prototypes.get(className) ?? vm.realm.objectPrototype);
    if (display instanceof MovieClip) this.liveClips.push(display);
  }

  /** The display object behind a clip object of the heap. */
  displayOf(object: Ptr): DisplayObject | null {
    return object === 0 ? null : this.displays[this.vm.I32[(object >> 2) + CLIP_DISPLAY]];
  }

  /** The movie clip behind a clip object, null for buttons, text fields and what is gone. */
  clipOf(object: Ptr): MovieClip | null {
    const display = this.displayOf(object);
    return display instanceof MovieClip ? display : null;
  }

  /** A clip object's record is being freed. */
  forget(object: Ptr): void {
    this.displays[this.vm.I32[(object >> 2) + CLIP_DISPLAY]] = null;
  }

  /** Puts a display object on a clip's list at an SWF depth; what was there is the caller's to remove. */
  insert(parent: MovieClip, display: DisplayObject, depth: number): void {
    display.parent = parent;
    display.depth = depth;
    parent.children.set(depth, display);
  }

  rename(display: DisplayObject, name: string): void {
    display.name = name;
    this.renewReferences(display);
  }

  /** The path of a display object changed: it and everything below it get new soft references. */
  private renewReferences(display: DisplayObject): void {
    renewReference(this.vm, display);
    if (display instanceof MovieClip) for (const child of display.children.values()) this.renewReferences(child);
  }

  /** Child of a clip by name: lowest depth first, case as the running version has it. */
  childByName(clip: MovieClip, name: string): DisplayObject | null {
    const { caseSensitive } = this.vm;
    const wanted = caseSensitive ? name : name.toLowerCase();
    let found: DisplayObject | null = null;
    for (const child of clip.children.values()) {
      const own = caseSensitive ? child.name : child.name.toLowerCase();
      if (own === wanted && child.name !== "" && (found === null || child.depth < found.depth)) found = child;
    }
    return found;
  }

  /** Takes a display object and all below it off the stage for good: no unload events. Its heap object lives on while scripts refer to it. */
  destroy(display: DisplayObject): void {
    if (display.removed) return;
    display.removed = true;
    if (display instanceof MovieClip) {
      for (const child of [...display.children.values()]) this.destroy(child);
      display.children.clear();
      const index = this.liveClips.indexOf(display);
      if (index >= 0) this.liveClips.splice(index, 1);
      if (display.level >= 0 && this.levels.get(display.level) === display) this.levels.delete(display.level);
    }
    const { parent } = display;
    if (parent !== null && parent.children.get(display.depth) === display) parent.children.delete(display.depth);
    dropClipObject(this.vm, display);
  }

  /** The clip whose script object values refer to: the object itself, or the nearest clip around what has none. */
  scriptable(display: DisplayObject): DisplayObject | null {
    for (let at: DisplayObject | null = display; at !== null; at = at.parent) if (at.object !== 0) return at;
    return null;
  }

  /** Calls back with a frame window whose only slot holds the clip as a value. */
  withClipValue<T>(clip: DisplayObject, use: (slot: number) => T): T {
    const slot = openFrame(this.vm, 1);
    setClip(this.vm, slot, clip.object);
    const result = use(slot);
    closeFrame(this.vm, slot);
    return result;
  }

  /** Sets a string variable on a clip. */
  setVariable(clip: DisplayObject, name: string, text: string): void {
    const { vm } = this;
    const window = openFrame(vm, 2);
    setClip(vm, window, clip.object);
    setString(vm, window + 8, stringFromJs(vm, text));
    const id = internJs(vm, name);
    setProperty(vm, clip.object, id, window + 8, window);
    releaseName(vm, id);
    closeFrame(vm, window);
  }

  /** Removes everything and gives the heap objects back. */
  dispose(): void {
    this.queue.clear();
    for (const root of [...this.levels.values()]) this.destroy(root);
    for (const display of this.displays) if (display !== null && display.object !== 0) dropClipObject(this.vm, display);
  }

  /** Heap objects that the display lists hold, for audits. */
  *roots(): Iterable<Ptr> {
    for (const display of this.displays) if (display !== null && display.object !== 0) yield display.object;
  }
}
