// SPDX-License-Identifier: MIT

export { BlockKind, blockKindName } from "./heap/block-kind.ts";
export { BumpHeap } from "./heap/bump.ts";
export type { Heap, HeapBlock, HeapDiagnostics } from "./heap/heap.ts";
export { O1Heap } from "./heap/o1heap.ts";
export { type ChainOptions, O1HeapChain } from "./heap/o1heap-chain.ts";
export { createHeap, DEFAULT_HEAP, type HeapEntry, type HeapOption, heapList, resolveHeapSpec } from "./heap/registry.ts";
export { SegregatedHeap } from "./heap/segregated.ts";
export { type HeapSpec, parseBytes, parseHeapSpec } from "./heap/spec.ts";
export { allocateZeroed } from "./heap/zeroed.ts";
export { AddressSpace, DEFAULT_RESERVE_BYTES, type Ptr } from "./memory/address-space.ts";
