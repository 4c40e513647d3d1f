// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { callValue } from "../actions/members.ts";
import { unescapeText } from "../builtins/globals.ts";
import { releaseResult } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { getMember } from "../calls/member.ts";
import { resolveTarget } from "../calls/paths.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { toJsString } from "../conversion/to-string.ts";
import { DONT_DELETE, DONT_ENUM, INTERNAL } from "../layout/attributes.ts";
import { NATIVE_CLASS, NATIVE_COUNT, NATIVE_SLOTS_OFFSET } from "../layout/records.ts";
import type { Addr } from "../layout/value.ts";
import { allocateRecord } from "../memory/blocks.ts";
import { takeOwned } from "../memory/owned.ts";
import { release } from "../memory/release.ts";
import type { MovieDescription } from "../movie/description.ts";
import { removeProperty, shapeOf } from "../objects/object.ts";
import { defineProperty } from "../objects/properties.ts";
import { entryCount, entryFlags, entryName } from "../objects/shapes.ts";
import { stringFromJs } from "../strings/heap-string.ts";
import { holdJsName, internJs, releaseName } from "../strings/names.ts";
import { copyValue, setNumber, setString, setUndefined } from "../values/slots.ts";
import type { LoadedMovie } from "./loaded-movie.ts";
import type { MovieClip } from "./movie-clip.ts";
import type { PlayerCore } from "./player-core.ts";
import { ClipEventFlag } from "./timeline.ts";

const EMPTY_DESCRIPTION: MovieDescription = {
  format: 1,
  swfVersion: 8,
  frameRate: 12,
  stage: { xMin: 0, xMax: 0, yMin: 0, yMax: 0 },
  uncompressedBytes: 0,
  usesActionScript3: false,
  backgroundColor: null,
  scriptLimits: null,
  timeline: { declaredFrames: 1, frames: [{ tags: [] }], labels: [], scenes: [] },
  characters: {},
  warnings: [],
};

/** Where something is to be loaded: a clip that exists, or a level that may have to be made. */
type Target = { clip: MovieClip } | { level: number };

/** Loads that scripts ask for. They finish after the frame, when the player delivers them. */
export class Loader {
  private readonly core: PlayerCore;
  private readonly pending: (() => void)[] = [];
  /** Records that hold the objects for which texts are on their way. */
  private readonly receivers = new Set<Ptr>();

  constructor(core: PlayerCore) {
    this.core = core;
  }

  get isIdle(): boolean {
    return this.pending.length === 0;
  }

  /** Runs what has arrived, in the order of the requests; what these ask for waits for the next time. */
  deliver(): void {
    for (const run of this.pending.splice(0)) {
      run();
      this.core.drain();
    }
  }

  /** Bytes of a file, without a query part in the name; null when it is not to be had. */
  read(url: string): Uint8Array | null {
    return this.core.options.readFile?.(url.replace(/[?#].*$/, "")) ?? null;
  }

  /** Asks for something that ends in `run`, after the running frame. */
  schedule(run: () => void): void {
    this.pending.push(run);
  }

  /** Installs the movies that a movie imports from, with the names they export. Their init actions run in the importer. */
  importAssets(movie: LoadedMovie, depth = 0): void {
    if (depth > 8) return;
    for (const { tags } of movie.description.timeline.frames) {
      for (const tag of tags) if (tag.type === "import") this.importFrom(movie, tag.url, tag.assets, depth);
    }
  }

  private importFrom(movie: LoadedMovie, url: string, assets: readonly { id: number; name: string }[], depth: number): void {
    const source = this.loadMovie(url, depth);
    if (source === null) return;
    for (const { id, name } of assets) {
      const asset = source.exports.get(name);
      if (asset === undefined) continue;
      movie.imports.set(id, { id: asset.id, movie: asset.movie });
      movie.exports.set(name, asset);
    }
    movie.imported.push(source);
  }

  private loadMovie(url: string, depth: number): LoadedMovie | null {
    const { compile } = this.core.options;
    const bytes = this.read(url);
    if (bytes === null || compile === undefined) return null;
    try {
      const movie = this.core.install(compile(bytes, url), url);
      this.importAssets(movie, depth + 1);
      return movie;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "SwfError") throw error;
      this.core.warn(error.message);
      return null;
    }
  }

  /** What a target value names: a clip, `_levelN`, or nothing. */
  targetOf(target: Addr, start: MovieClip): Target | null {
    const { vm, stage } = this.core;
    const clip = stage.clipOf(objectOf(vm, target));
    if (clip !== null) return { clip };
    const text = toJsString(vm, target);
    const level = /^_level(\d*)/i.exec(text);
    if (level !== null) {
      const number = Number(level[1] || 0);
      const root = stage.levels.get(number);
      return root === undefined ? { level: number } : { clip: root };
    }
    const path = stringFromJs(vm, text);
    const found = stage.clipOf(resolveTarget(vm, start.object, path));
    release(vm, path);
    return found === null ? null : { clip: found };
  }

  /** loadMovie and loadMovieNum; an empty URL unloads. */
  loadMovieInto(url: string, target: Target): void {
    if (url === "") {
      if ("clip" in target) this.unload(target.clip);
      return;
    }
    this.schedule(() => {
      if ("clip" in target && target.clip.removed) return;
      const movie = this.loadMovie(url, 0);
      if ("level" in target) {
        if (movie === null) return;
        const root = this.core.createRoot(movie, target.level);
        this.core.runInitActions(root);
        return;
      }
      this.replaceContent(target.clip, movie, url);
    });
  }

  /** Makes a clip show another movie, or nothing: it keeps name, depth and parent, and loses its variables. */
  private replaceContent(clip: MovieClip, movie: LoadedMovie | null, url: string): void {
    this.core.timeline.queueEvent(clip, ClipEventFlag.Unload, "onUnload", true);
    this.core.drain();
    this.empty(clip);
    clip.movie = movie ?? { ...emptyMovie(), version: clip.version, url };
    clip.timeline = clip.movie.description.timeline;
    clip.unloaded = movie === null;
    clip.loadQueued = false;
    clip.currentFrame = 0;
    clip.playing = true;
    if (movie !== null) this.core.runInitActions(clip);
  }

  private unload(clip: MovieClip): void {
    if (clip.parent === null && clip.level > 0) {
      this.core.stage.destroy(clip);
      return;
    }
    this.replaceContent(clip, null, "");
    clip.currentFrame = 1;
    clip.loadQueued = true;
  }

  private empty(clip: MovieClip): void {
    const { vm, stage } = this.core;
    for (const child of [...clip.children.values()]) stage.destroy(child);
    const { object } = clip;
    for (let i = entryCount(vm, shapeOf(vm, object)) - 1; i >= 0; i--) {
      if (i >= entryCount(vm, shapeOf(vm, object)) || entryName(vm, shapeOf(vm, object), i) === 0) continue;
      if ((entryFlags(vm, shapeOf(vm, object), i) & (DONT_DELETE | INTERNAL)) === 0) removeProperty(vm, object, i);
    }
  }

  /** LoadVars and XML: hands the text to the object's `onData`, undefined when there is none. */
  loadText(url: string, target: Addr): void {
    const { vm } = this.core;
    const version = vm.version;
    const receiver = allocateRecord(vm, NATIVE_SLOTS_OFFSET + 8, BlockKind.NativeData);
    vm.I32[(receiver >> 2) + NATIVE_CLASS] = 0;
    vm.I32[(receiver >> 2) + NATIVE_COUNT] = 1;
    copyValue(vm, target, receiver + NATIVE_SLOTS_OFFSET);
    this.receivers.add(receiver);
    this.schedule(() => {
      const bytes = this.read(url);
      const root = this.core.stage.levels.get(0);
      if (root !== undefined)
        this.core.scripts.run(root, version, "swallow", () => {
          const window = openFrame(vm, 3);
          setUndefined(vm, window);
          if (bytes !== null) {
            this.setBytes(receiver + NATIVE_SLOTS_OFFSET, bytes.length);
            // A NUL ends the text.
            setString(vm, window, stringFromJs(vm, decodeText(bytes, version).replace(/\0.*$/s, "")));
          }
          const name = holdJsName(vm, window + 16, "onData");
          getMember(vm, receiver + NATIVE_SLOTS_OFFSET, name, window + 8);
          callValue(vm, window + 8, receiver + NATIVE_SLOTS_OFFSET, window, 1);
          releaseResult(vm);
          closeFrame(vm, window);
        });
      this.receivers.delete(receiver);
      release(vm, receiver);
    });
  }

  /** Tells an object how much of its text has come: all. */
  private setBytes(target: Addr, count: number): void {
    const { vm } = this.core;
    const object = objectOf(vm, target);
    if (object === 0) return;
    const window = openFrame(vm, 1);
    setNumber(vm, window, count);
    for (const text of ["_bytesLoaded", "_bytesTotal"]) {
      const name = internJs(vm, text);
      defineProperty(vm, object, name, window, DONT_ENUM | DONT_DELETE);
      releaseName(vm, name);
    }
    closeFrame(vm, window);
  }

  /** Forgets what is on its way. */
  clear(): void {
    this.pending.length = 0;
    for (const receiver of this.receivers) release(this.core.vm, takeOwned(receiver));
    this.receivers.clear();
  }

  /** Records that requests hold, for audits. */
  roots(): Iterable<Ptr> {
    return this.receivers;
  }

  /** loadVariables: sets what the file says on the clip, then `onData`. */
  loadVariablesInto(url: string, target: Target): void {
    this.schedule(() => {
      if (!("clip" in target) || target.clip.removed) return;
      const { clip } = target;
      const bytes = this.read(url);
      if (bytes === null) return;
      const { vm, stage, timeline } = this.core;
      vm.setVersion(clip.version);
      for (const [name, value] of decodeVariables(decodeText(bytes, clip.version), (text) => unescapeText(vm, text))) {
        if (clip.object !== 0) stage.setVariable(clip, name, value);
      }
      timeline.queueEvent(clip, ClipEventFlag.Data, "onData");
    });
  }
}

function emptyMovie(): LoadedMovie {
  return {
    description: EMPTY_DESCRIPTION,
    version: 8,
    url: "",
    code: [],
    exports: new Map(),
    imports: new Map(),
    imported: [],
    initialised: new Set(),
  };
}

/** Pairs of form-encoded text. */
export function decodeVariables(text: string, decode: (part: string) => string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of text.split("&")) {
    const equals = part.indexOf("=");
    if (part === "") continue;
    pairs.push(equals < 0 ? [decode(part), ""] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))]);
  }
  return pairs;
}

/** Text of a file: by its byte order mark, else UTF-8, or Latin-1 for SWF 5. */
export function decodeText(bytes: Uint8Array, version: number): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes.subarray(2));
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    let text = "";
    for (let i = 2; i + 1 < bytes.length; i += 2) text += String.fromCharCode((bytes[i] << 8) | bytes[i + 1]);
    return text;
  }
  if (version < 6) return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return new TextDecoder("utf-8").decode(bytes);
}
