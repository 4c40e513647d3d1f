// SPDX-License-Identifier: MIT

import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Heap } from "../../lib/heap/heap.ts";
import type { AddressSpace } from "../../lib/memory/address-space.ts";
import { createOperandStack, destroyOperandStack } from "../actions/operand-stack.ts";
import { closeFrame, createFrameStack, destroyFrameStack } from "../calls/frames.ts";
import { allocate, freeBlock } from "../memory/blocks.ts";
import { collectAll } from "../memory/collector.ts";
import { takeOwned } from "../memory/owned.ts";
import { clearSlot, freeShapeTree, release, releaseDead } from "../memory/release.ts";
import { freeCaches } from "../objects/inline-cache.ts";
import { createStringConstants, releaseStringConstants } from "../strings/heap-string.ts";
import { createNameTable, freeNameTable, releaseKnownNames, releaseName } from "../strings/names.ts";
import { setUndefined } from "../values/slots.ts";
import type { Host } from "./host.ts";
import { Machine, NO_RELEASE_LIMIT } from "./machine.ts";
import type { Realm } from "./realm.ts";

/** Fixed slots of a machine, one block: result, exception, scratch ×2, undefined, four global registers; then 64 bytes of text. */
const FIXED_SLOTS = 9;
const TEXT_BYTES = 64;

/**
 * Makes a machine on a heap, without any environment yet: `setVersion` makes that through the host.
 * @throws OutOfMemoryError when the heap can't hold the machine's own tables
 */
export function createMachine(memory: AddressSpace, heap: Heap, host: Host): Machine {
  const vm = new Machine(memory, heap);
  vm.host = host;
  const fixed = allocate(vm, FIXED_SLOTS * 8 + TEXT_BYTES, BlockKind.FrameStack);
  for (let i = 0; i < FIXED_SLOTS; i++) setUndefined(vm, fixed + i * 8);
  vm.result = fixed;
  vm.exception = fixed + 8;
  vm.scratch = fixed + 16;
  vm.undefinedSlot = fixed + 32;
  vm.globalRegisters = fixed + 40;
  vm.textScratch = fixed + FIXED_SLOTS * 8;
  createStringConstants(vm);
  createNameTable(vm);
  createFrameStack(vm);
  createOperandStack(vm);
  return vm;
}

/**
 * Releases everything the machine holds and frees its own tables. The player has released its clips before.
 * @returns blocks still alive in the heap: 0 unless something leaked (or the heap is shared)
 */
export function destroyMachine(vm: Machine): number {
  vm.releaseLimit = NO_RELEASE_LIMIT;
  // An error may have left frames of code that does not run any more: functions that die are not theirs to keep.
  vm.frame = 0;
  releaseDead(vm);
  closeFrame(vm, bottomOfFrames(vm));
  for (let i = 0; i < 4; i++) clearSlot(vm, vm.globalRegisters + i * 8);
  clearSlot(vm, vm.result);
  clearSlot(vm, vm.exception);
  destroyOperandStack(vm);
  for (const realm of [vm.realmCaseInsensitive, vm.realmCaseSensitive]) if (realm !== null) releaseRealm(vm, realm);
  vm.realmCaseInsensitive = null;
  vm.realmCaseSensitive = null;
  collectAll(vm);
  destroyFrameStack(vm);
  freeCaches(vm);
  for (const name of vm.pinnedNames) releaseName(vm, name);
  vm.pinnedNames.length = 0;
  if (vm.nullRoot !== 0) freeShapeTree(vm, vm.nullRoot);
  vm.nullRoot = 0;
  releaseKnownNames(vm);
  releaseStringConstants(vm);
  freeNameTable(vm);
  vm.candidateList.free();
  vm.candidateRoom = 0;
  freeBlock(vm, vm.result);
  let live = 0;
  for (const _block of vm.heap.blocks()) live++;
  return live;
}

function bottomOfFrames(vm: Machine): number {
  let chunk = vm.frameChunk;
  while (vm.I32[chunk >> 2] !== 0) chunk = vm.I32[chunk >> 2];
  return chunk + 16;
}

function releaseRealm(vm: Machine, realm: Realm): void {
  for (const proto of realm.prototypes.values()) release(vm, takeOwned(proto));
  realm.prototypes.clear();
  for (const constructor of [realm.objectConstructor, realm.functionConstructor, realm.arrayConstructor])
    release(vm, takeOwned(constructor));
  release(vm, takeOwned(realm.globalScope));
  release(vm, takeOwned(realm.arrayPrototype));
  release(vm, takeOwned(realm.functionPrototype));
  release(vm, takeOwned(realm.objectPrototype));
  release(vm, takeOwned(realm.global));
}
