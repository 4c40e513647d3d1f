// SPDX-License-Identifier: MIT
import type { AddressSpace, Ptr } from "../../memory/address-space.ts";
import { type BlockKind, blockKindName } from "../block-kind.ts";
import type { Heap, HeapBlock } from "../heap.ts";
import { HeapWrapper } from "./wrapper.ts";

export type FaultName = "overrun" | "underrun" | "use after free" | "double free" | "foreign pointer";

/** Misuse of a block. */
export interface HeapFault {
  fault: FaultName;
  ptr: Ptr;
  /** First byte that was changed, from the payload's start; for pointers, 0. */
  offset: number;
  /** Of the block concerned; null for a foreign pointer. */
  block: { sizeBytes: number; kind: number; site: string } | null;
}

/** Thrown by `GuardHeap` unless it is given another `onFault`. */
export class HeapFaultError extends Error {
  override readonly name = "HeapFaultError";
  readonly fault: HeapFault;

  constructor(fault: HeapFault) {
    super(faultText(fault));
    this.fault = fault;
  }
}

export interface GuardOptions {
  /** Bytes on either side of each block; a multiple of 16. */
  redZoneBytes: number;
  /** Freed blocks are kept, wiped and watched, until their sizes exceed this. */
  quarantineBytes: number;
  /** What to do about a fault; default: throw a `HeapFaultError`. */
  onFault?: (fault: HeapFault) => void;
}

export const DEFAULT_GUARD_OPTIONS: GuardOptions = { redZoneBytes: 16, quarantineBytes: 1 << 20 };

/** Bytes that stand out in a dump: around blocks, in fresh blocks, in freed ones. */
const RED = 0xfd;
const FRESH = 0xcd;
const WIPED = 0xdd;

interface GuardedBlock {
  ptr: Ptr;
  sizeBytes: number;
  kind: number;
  site: string;
}

/**
 * Finds misuse of blocks: writes before and past them, writes after they were freed, double frees and pointers that are no
 * block. Overruns are noticed when the block is freed, later writes when it leaves the quarantine, and both by
 * `checkInvariants`. `reallocate` always moves, so that stale addresses show.
 */
export class GuardHeap extends HeapWrapper {
  private readonly U8: Uint8Array;
  private readonly options: GuardOptions;
  private readonly live = new Map<Ptr, GuardedBlock>();
  /** Oldest first. */
  private readonly quarantine = new Map<Ptr, GuardedBlock>();
  private quarantined = 0;

  constructor(inner: Heap, memory: AddressSpace, options: Partial<GuardOptions> = {}) {
    super("guard", inner);
    this.U8 = memory.U8;
    this.options = { ...DEFAULT_GUARD_OPTIONS, ...options };
  }

  override allocate(sizeBytes: number, kind: BlockKind): Ptr {
    const { redZoneBytes } = this.options;
    let block = this.inner.allocate(sizeBytes + 2 * redZoneBytes, kind);
    // What is kept for watching must not make a program fail that would run without the guard.
    while (block === 0 && this.evictOldest()) block = this.inner.allocate(sizeBytes + 2 * redZoneBytes, kind);
    if (block === 0) return 0;
    const ptr = block + redZoneBytes;
    this.U8.fill(RED, block, ptr);
    this.U8.fill(FRESH, ptr, ptr + sizeBytes);
    this.U8.fill(RED, ptr + sizeBytes, ptr + sizeBytes + redZoneBytes);
    this.live.set(ptr, { ptr, sizeBytes, kind, site: this.site() });
    return ptr;
  }

  override free(ptr: Ptr): void {
    if (ptr === 0) return;
    const block = this.known(ptr);
    if (block === null) return;
    this.report(this.redZoneFaults(block));
    this.live.delete(ptr);
    this.U8.fill(WIPED, ptr, ptr + block.sizeBytes);
    this.quarantine.set(ptr, block);
    this.quarantined += block.sizeBytes;
    while (this.quarantined > this.options.quarantineBytes && this.evictOldest()) {}
  }

  override reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    if (ptr === 0) return this.allocate(sizeBytes, 0);
    const block = this.known(ptr);
    if (block === null) return 0;
    const moved = this.allocate(sizeBytes, block.kind as BlockKind);
    if (moved === 0) return 0;
    this.U8.copyWithin(moved, ptr, ptr + Math.min(sizeBytes, block.sizeBytes));
    this.free(ptr);
    return moved;
  }

  /** The live block at an address; null, after the fault is reported, when there is none. */
  private known(ptr: Ptr): GuardedBlock | null {
    const block = this.live.get(ptr);
    if (block !== undefined) return block;
    const freed = this.quarantine.get(ptr);
    if (freed !== undefined) this.report([{ fault: "double free", ptr, offset: 0, block: freed }]);
    else this.report([{ fault: "foreign pointer", ptr, offset: 0, block: null }]);
    return null;
  }

  /** Lets the block freed first go. @returns false when none is kept */
  private evictOldest(): boolean {
    for (const block of this.quarantine.values()) {
      this.quarantine.delete(block.ptr);
      this.quarantined -= block.sizeBytes;
      this.report(this.wipedFaults(block));
      this.inner.free(block.ptr - this.options.redZoneBytes);
      return true;
    }
    return false;
  }

  private redZoneFaults(block: GuardedBlock): HeapFault[] {
    const { redZoneBytes } = this.options;
    const end = block.ptr + block.sizeBytes;
    const before = this.firstOther(block.ptr - redZoneBytes, block.ptr, RED);
    const after = this.firstOther(end, end + redZoneBytes, RED);
    const faults: HeapFault[] = [];
    if (before >= 0) faults.push({ fault: "underrun", ptr: block.ptr, offset: before - block.ptr, block });
    if (after >= 0) faults.push({ fault: "overrun", ptr: block.ptr, offset: after - block.ptr, block });
    return faults;
  }

  private wipedFaults(block: GuardedBlock): HeapFault[] {
    const changed = this.firstOther(block.ptr, block.ptr + block.sizeBytes, WIPED);
    if (changed >= 0) return [{ fault: "use after free", ptr: block.ptr, offset: changed - block.ptr, block }];
    return this.redZoneFaults(block).map((fault) => ({ ...fault, fault: "use after free" }));
  }

  /** Address of the first byte in a range that is not as it was filled, -1 when all are. */
  private firstOther(start: Ptr, end: Ptr, filler: number): Ptr {
    for (let at = start; at < end; at++) if (this.U8[at] !== filler) return at;
    return -1;
  }

  private report(faults: readonly HeapFault[]): void {
    for (const fault of faults) {
      if (this.options.onFault === undefined) throw new HeapFaultError(fault);
      this.options.onFault(fault);
    }
  }

  override usableSize(ptr: Ptr): number {
    return this.live.get(ptr)?.sizeBytes ?? 0;
  }

  override kindOf(ptr: Ptr): number {
    return this.live.get(ptr)?.kind ?? 0;
  }

  override checkInvariants(): string[] {
    const faults: HeapFault[] = [];
    for (const block of this.live.values()) faults.push(...this.redZoneFaults(block));
    for (const block of this.quarantine.values()) faults.push(...this.wipedFaults(block));
    return [...faults.map(faultText), ...this.inner.checkInvariants()];
  }

  /** Live blocks in the order in which they were allocated; what is kept in quarantine is not among them. */
  override *blocks(): Iterable<HeapBlock> {
    for (const { ptr, kind, sizeBytes } of this.live.values()) yield { ptr, kind, sizeBytes };
  }
}

/** A fault in words: what happened to which block, and where that was allocated. */
export function faultText({ fault, ptr, offset, block }: HeapFault): string {
  const where = `0x${ptr.toString(16)}`;
  if (block === null) return `guard: ${fault}: ${where} is not a block`;
  const at = offset === 0 ? "" : ` at byte ${offset}`;
  const site = block.site === "" ? "" : `, allocated in ${block.site}`;
  return `guard: ${fault}${at} of a ${block.sizeBytes}-byte ${blockKindName(block.kind)} block at ${where}${site}`;
}
