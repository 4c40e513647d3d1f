// SPDX-License-Identifier: MIT

import type { Ptr } from "../../lib/memory/address-space.ts";
import { callFunction } from "../calls/call.ts";
import { releaseResult } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { DONT_ENUM } from "../layout/attributes.ts";
import { CALLEE_CONSTRUCTS, CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import { TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { takeOwned } from "../memory/owned.ts";
import { release, retain } from "../memory/release.ts";
import { defineProperty, getProperty, setProperty } from "../objects/properties.ts";
import { NAME } from "../strings/known-names.ts";
import { setObject, tagOf } from "../values/slots.ts";
import type { LoadedMovie } from "./loaded-movie.ts";
import type { MovieClip } from "./movie-clip.ts";
import type { ScriptRunner } from "./script-runner.ts";

/** Object.registerClass: constructors by linkage name, one table for each environment. */
export class ClassRegistry {
  private readonly vm: Machine;
  private readonly tables = { sensitive: new Map<string, Ptr>(), insensitive: new Map<string, Ptr>() };
  /** Set once, after the runner exists. */
  scripts!: ScriptRunner;

  constructor(vm: Machine) {
    this.vm = vm;
  }

  private table(version: number): Map<string, Ptr> {
    return version > 6 ? this.tables.sensitive : this.tables.insensitive;
  }

  private key(version: number, linkage: string): string {
    return version > 6 ? linkage : linkage.toLowerCase();
  }

  /** Registers a constructor (borrowed), or with 0 takes a registration back. */
  register(version: number, linkage: string, constructor: Ptr): void {
    const table = this.table(version);
    const key = this.key(version, linkage);
    const old = table.get(key);
    if (constructor === 0) table.delete(key);
    else {
      retain(this.vm, constructor);
      table.set(key, constructor);
    }
    if (old !== undefined) release(this.vm, takeOwned(old));
  }

  private find(version: number, linkage: string): Ptr {
    return this.table(version).get(this.key(version, linkage)) ?? 0;
  }

  /** Linkage name of a character, or null. */
  linkageOf(movie: LoadedMovie, characterId: number): string | null {
    for (const [name, { id }] of movie.exports) if (id === characterId) return name;
    return null;
  }

  /** Makes a clip an instance of the class registered for a linkage name: its prototype. False when there is none. */
  adopt(clip: MovieClip, linkage: string): boolean {
    const constructor = this.find(clip.version, linkage);
    if (constructor === 0 || clip.object === 0) return false;
    const { vm } = this;
    const window = openFrame(vm, 2);
    setObject(vm, window, retain(vm, constructor));
    getProperty(vm, constructor, NAME.prototype, window, window + 8);
    if (tagOf(vm, window + 8) === TAG_OBJECT) setProperty(vm, clip.object, NAME.__proto__, window + 8, vm.undefinedSlot);
    closeFrame(vm, window);
    return true;
  }

  /** Runs the registered constructor on a clip. */
  construct(clip: MovieClip, linkage: string): void {
    const constructor = this.find(clip.version, linkage);
    if (constructor === 0) return;
    const { vm } = this;
    this.scripts.run(clip, clip.version, "report", (self) => {
      const window = openFrame(vm, 1);
      setObject(vm, window, retain(vm, constructor));
      defineProperty(vm, clip.object, NAME.__constructor__, window, DONT_ENUM);
      vm.callee = CALLEE_CONSTRUCTS | (1 << CALLEE_DEPTH_SHIFT);
      callFunction(vm, constructor, self, 0, 0);
      vm.callee = 0;
      releaseResult(vm);
      closeFrame(vm, window);
    });
  }

  /** Constructors that the tables hold, for audits. */
  *roots(): Iterable<Ptr> {
    yield* this.tables.sensitive.values();
    yield* this.tables.insensitive.values();
  }

  clear(): void {
    for (const table of [this.tables.sensitive, this.tables.insensitive]) {
      for (const constructor of table.values()) release(this.vm, takeOwned(constructor));
      table.clear();
    }
  }
}
