// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import { type Addr, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { allocate } from "../memory/blocks.ts";

/**
 * The frame stack: windows of value slots for registers, arguments and temporaries, last in first out, in chunks taken
 * from the heap. Every slot between the bottom and `vm.frameTop` holds a valid value at all times, so that an exception
 * can release whatever lies above the catching frame.
 *
 * A chunk that is left is kept for a while: calls go back and forth over its edge.
 *
 * Chunk: word 0 the chunk below (0 for the first), word 1 `frameTop` as it was there, words 2-3 unused, then slots.
 */
const CHUNK_BYTES = 65_536 - 16;
const CHUNK_HEADER_BYTES = 16;

/** Takes the first chunk. */
export function createFrameStack(vm: Machine): void {
  pushChunk(vm, CHUNK_BYTES);
}

/** Frees the frame stack, releasing what it still holds. */
export function destroyFrameStack(vm: Machine): void {
  while (vm.frameChunk !== 0) {
    const chunk = vm.frameChunk;
    closeFrame(vm, chunk + CHUNK_HEADER_BYTES);
    // The first chunk stays.
    if (vm.frameChunk === chunk) popChunk(vm);
  }
  vm.chunks.trim();
}

/** Starts a chunk with room for a frame of `bytes`. */
export function pushChunk(vm: Machine, bytes: number): void {
  const chunk = vm.chunks.take(bytes) || allocate(vm, bytes, BlockKind.FrameStack);
  vm.I32[chunk >> 2] = vm.frameChunk;
  vm.I32[(chunk >> 2) + 1] = vm.frameTop;
  vm.I32[(chunk >> 2) + 2] = vm.frameLimit;
  vm.frameChunk = chunk;
  vm.frameTop = chunk + CHUNK_HEADER_BYTES;
  vm.frameLimit = chunk + bytes;
}

/** Goes back to the chunk below, which is then as it was left. */
export function popChunk(vm: Machine): void {
  const chunk = vm.frameChunk;
  vm.frameChunk = vm.I32[chunk >> 2];
  vm.frameTop = vm.I32[(chunk >> 2) + 1];
  vm.frameLimit = vm.I32[(chunk >> 2) + 2];
  vm.chunks.give(chunk);
}

/**
 * Opens a window of `slots` undefined slots on top of the stack.
 * @throws OutOfMemoryError when a new chunk is needed and the heap has none
 */
export function openFrame(vm: Machine, slots: number): Addr {
  return vm.windows.open(slots);
}

/** Closes the window at `base` and all above it, releasing what their slots hold. */
export function closeFrame(vm: Machine, base: Addr): void {
  vm.windows.close(base);
}

/** `openFrame` and `closeFrame`, made for the machine: see `Reclaimer`. */
export interface FrameWindows {
  open(slots: number): Addr;
  close(base: Addr): void;
}

export function createWindows(vm: Machine): FrameWindows {
  const { I32 } = vm;
  const { clearSlots } = vm.reclaimer;

  function open(slots: number): Addr {
    const bytes = slots * 8;
    if (vm.frameTop + bytes > vm.frameLimit) pushChunk(vm, Math.max(CHUNK_BYTES, bytes + CHUNK_HEADER_BYTES));
    const base = vm.frameTop;
    for (let at = base >> 2, end = (base + bytes) >> 2; at < end; at += 2) {
      I32[at] = 0;
      I32[at + 1] = TAG_UNDEFINED;
    }
    vm.frameTop = base + bytes;
    return base;
  }

  function close(base: Addr): void {
    while (base < vm.frameChunk || base > vm.frameLimit) {
      clearSlots(vm.frameChunk + CHUNK_HEADER_BYTES, vm.frameTop);
      popChunk(vm);
    }
    const top = vm.frameTop;
    vm.frameTop = base;
    clearSlots(base, top);
    if (base === vm.frameChunk + CHUNK_HEADER_BYTES && I32[vm.frameChunk >> 2] !== 0) popChunk(vm);
  }

  return { open, close };
}
