// SPDX-License-Identifier: MIT

export { AdaptiveArray, AdaptiveArrayError, type AdaptiveArrayOptions } from "./heap/adaptive-array.ts";
export { BlockKind, blockKindName } from "./heap/block-kind.ts";
export { BufferPool, type BufferPoolOptions, type BufferPoolStatistics } from "./heap/buffer-pool.ts";
export { BumpHeap } from "./heap/bump.ts";
export { FallbackHeap } from "./heap/fallback.ts";
export { ThiNgMallocHeap } from "./heap/foreign/thi-ng-malloc.ts";
export type { Heap, HeapBlock, HeapDiagnostics } from "./heap/heap.ts";
export type { HeapEntry } from "./heap/heap-table.ts";
export { O1Heap } from "./heap/o1heap.ts";
export { type ArenaDiagnostics, type ChainOptions, O1HeapChain } from "./heap/o1heap-chain.ts";
export { O1HeapReserve } from "./heap/o1heap-reserve.ts";
export type { HeapOption } from "./heap/options.ts";
export { PoolsHeap, type PoolsOptions, type TypedPool, TypedPoolsHeap } from "./heap/pools.ts";
export {
  DEFAULT_PRESSURE_LIMITS,
  type GiveBack,
  MemoryPressure,
  type PressureLevel,
  type PressureLimits,
} from "./heap/pressure.ts";
export { createHeap, DEFAULT_HEAP, heapList, optionVariable, resolveHeapSpec, wrapperList } from "./heap/registry.ts";
export { DEFAULT_SCRATCH_ELEMENTS, ScratchBuffers, ScratchError } from "./heap/scratch.ts";
export { SegregatedHeap } from "./heap/segregated.ts";
export { type HeapSpec, heapSpecText, parseBytes, parseHeapSpec, type WrapperSpec } from "./heap/spec.ts";
export { TlsfHeap } from "./heap/tlsf.ts";
export { readTrace, type TraceEvent, TraceWriter } from "./heap/trace.ts";
export { FailHeap } from "./heap/wrappers/fail.ts";
export { faultText, GuardHeap, type GuardOptions, type HeapFault, HeapFaultError } from "./heap/wrappers/guard.ts";
export { LimitHeap } from "./heap/wrappers/limit.ts";
export { type OperationTime, ProfileHeap } from "./heap/wrappers/profile.ts";
export { RecordHeap } from "./heap/wrappers/record.ts";
export type { WrapperEntry } from "./heap/wrappers/registry.ts";
export { type LiveUsage, TrackHeap } from "./heap/wrappers/track.ts";
export {
  HeapWrapper,
  type SiteSource,
  setSiteSource,
  type WrapperTable,
  wrappersOf,
  wrapperTables,
} from "./heap/wrappers/wrapper.ts";
export { allocateZeroed } from "./heap/zeroed.ts";
export { AddressSpace, DEFAULT_RESERVE_BYTES, type Ptr } from "./memory/address-space.ts";
