// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import { callFunction } from "../calls/call.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { getMemberByString } from "../calls/member.ts";
import { objectOf } from "../conversion/to-primitive.ts";
import { CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import { NATIVE_COUNT, NATIVE_SLOTS_OFFSET } from "../layout/records.ts";
import { type Addr, TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocateRecord } from "../memory/blocks.ts";
import { takeOwned } from "../memory/owned.ts";
import { release, retain } from "../memory/release.ts";
import { methodDepth } from "../objects/properties.ts";
import { copyValue, payloadOf, setObject, setString, setUndefined, tagOf } from "../values/slots.ts";

/** Shortest interval, milliseconds. */
const MIN_INTERVAL_MS = 10;
/** Slots of a timer's record before its arguments: function or undefined, object, method name or undefined. */
const FUNCTION = 0;
const OBJECT = 1;
const METHOD = 2;
const FIRST_ARGUMENT = 3;

interface Timer {
  id: number;
  dueMs: number;
  intervalMs: number;
  once: boolean;
  /** NativeData record with everything the timer holds. */
  data: Ptr;
}

/** setInterval and setTimeout. What a timer calls is held in the heap. */
export class Timers {
  private readonly vm: Machine;
  private timers: Timer[] = [];
  /** Held while its call runs, which may remove the timer; 0 between calls. */
  private firing: Ptr = 0;
  private lastId = 0;

  constructor(vm: Machine) {
    this.vm = vm;
  }

  /** See `Host.addTimer`. */
  add(
    fn: Ptr,
    object: Addr,
    methodName: Ptr,
    args: Addr,
    argc: number,
    intervalMs: number,
    once: boolean,
    nowMs: number,
  ): number {
    const vm = this.vm;
    const count = FIRST_ARGUMENT + argc;
    const data = allocateRecord(vm, NATIVE_SLOTS_OFFSET + count * 8, BlockKind.NativeData);
    vm.I32[(data >> 2) + NATIVE_COUNT] = count;
    const slots = data + NATIVE_SLOTS_OFFSET;
    for (let i = 0; i < FIRST_ARGUMENT; i++) setUndefined(vm, slots + i * 8);
    if (fn !== 0) {
      setObject(vm, slots + FUNCTION * 8, retain(vm, fn));
    }
    if (object !== 0) copyValue(vm, object, slots + OBJECT * 8);
    if (methodName !== 0) {
      setString(vm, slots + METHOD * 8, retain(vm, methodName));
    }
    for (let i = 0; i < argc; i++) copyValue(vm, args + i * 8, slots + (FIRST_ARGUMENT + i) * 8);
    const interval = Math.max(MIN_INTERVAL_MS, intervalMs);
    this.timers.push({ id: ++this.lastId, dueMs: nowMs + interval, intervalMs: interval, once, data });
    return this.lastId;
  }

  remove(id: number): void {
    const index = this.timers.findIndex((timer) => timer.id === id);
    if (index < 0) return;
    const [timer] = this.timers.splice(index, 1);
    release(this.vm, takeOwned(timer.data));
  }

  clear(): void {
    for (const timer of this.timers) release(this.vm, takeOwned(timer.data));
    this.timers = [];
  }

  get isEmpty(): boolean {
    return this.timers.length === 0;
  }

  /** When the next timer is due, or Infinity. */
  get nextDueMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const timer of this.timers) if (timer.dueMs < next) next = timer.dueMs;
    return next;
  }

  /** Records that timers hold, for audits. */
  *roots(): Iterable<Ptr> {
    for (const timer of this.timers) yield timer.data;
    if (this.firing !== 0) yield this.firing;
  }

  /** Runs the timer that is due first, at or before `limitMs`; false when there is none. `run` wraps the call. */
  fireNext(limitMs: number, run: (call: () => void) => void, moveClock: (ms: number) => void): boolean {
    let due: Timer | null = null;
    for (const timer of this.timers) if (timer.dueMs <= limitMs && (due === null || timer.dueMs < due.dueMs)) due = timer;
    if (due === null) return false;
    moveClock(due.dueMs);
    const { data, id } = due;
    due.dueMs += due.intervalMs;
    retain(this.vm, data);
    this.firing = data;
    if (due.once) this.remove(id);
    run(() => this.call(data));
    this.firing = 0;
    release(this.vm, takeOwned(data));
    return true;
  }

  private call(data: Ptr): void {
    const vm = this.vm;
    const slots = data + NATIVE_SLOTS_OFFSET;
    const argc = vm.I32[(data >> 2) + NATIVE_COUNT] - FIRST_ARGUMENT;
    const args = slots + FIRST_ARGUMENT * 8;
    if (tagOf(vm, slots + FUNCTION * 8) === TAG_OBJECT) {
      callFunction(vm, payloadOf(vm, slots + FUNCTION * 8), vm.undefinedSlot, args, argc);
      return;
    }
    const self = slots + OBJECT * 8;
    if (objectOf(vm, self) === 0) return;
    const window = openFrame(vm, 1);
    getMemberByString(vm, self, payloadOf(vm, slots + METHOD * 8), window);
    vm.callee = methodDepth(vm, false) << CALLEE_DEPTH_SHIFT;
    if (tagOf(vm, window) === TAG_OBJECT) callFunction(vm, payloadOf(vm, window), self, args, argc);
    closeFrame(vm, window);
  }
}
