// SPDX-License-Identifier: MIT
import { BlockKind, blockKindName } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import type { HeapGraph, HeapGraphEdge, Leak } from "../player/player-api.ts";
import { preview, type RootProvider, visitFold, visitRoots, visitShapeNames } from "./audit.ts";
import { collectAll } from "./collector.ts";
import { heapGraph } from "./heap-graph.ts";
import { COUNTED_KINDS, type VisitEdge, visitEdges } from "./trace.ts";

/** Longest chain of referrers that a report names. */
const MAX_REFERRERS = 8;

/** Blocks that no root holds after a complete collection. */
export function findLeaks(vm: Machine, provider: RootProvider): Leak[] {
  collectAll(vm);
  const reached = new Set<Ptr>();
  const work: Ptr[] = [];
  const reach: VisitEdge = (target) => {
    if (reached.has(target)) return;
    reached.add(target);
    work.push(target);
  };
  visitRoots(vm, provider, reach);
  for (let ptr = work.pop(); ptr !== undefined; ptr = work.pop()) {
    visitEdges(vm, ptr, reach);
    visitShapeNames(vm, ptr, reach);
    if (kindOf(vm, ptr) === BlockKind.String) visitFold(vm, ptr, reach);
  }
  const leaked: Ptr[] = [];
  for (const { ptr, kind } of vm.heap.blocks()) {
    if (!COUNTED_KINDS.has(kind) || reached.has(ptr) || (vm.I32[(ptr >> 2) + R.META] & R.META_DEAD) !== 0) continue;
    leaked.push(ptr);
  }
  if (leaked.length === 0) return [];
  const referrersOf = referrersIn(heapGraph(vm, provider));
  return leaked.map((ptr) => ({
    kind: blockKindName(kindOf(vm, ptr)),
    ptr,
    referenceCount: vm.I32[(ptr >> 2) + R.REFCOUNT],
    preview: preview(vm, ptr),
    referrers: chainTo(ptr, referrersOf),
  }));
}

function kindOf(vm: Machine, ptr: Ptr): number {
  return vm.I32[(ptr >> 2) + R.META] & R.META_KIND_MASK;
}

/** Who holds a block, by the block's address: one of them is enough. */
type Referrers = ReadonlyMap<Ptr, { ptr: Ptr; text: string }>;

function referrersIn({ nodes }: HeapGraph): Referrers {
  const referrers = new Map<Ptr, { ptr: Ptr; text: string }>();
  for (const { ptr, kind, edges } of nodes) {
    for (const { type, name, to } of edges) {
      const target = nodes[to].ptr;
      if (target !== ptr && !referrers.has(target))
        referrers.set(target, { ptr, text: `${edgeText(type, name)} of ${kind} at 0x${ptr.toString(16)}` });
    }
  }
  return referrers;
}

function edgeText(type: HeapGraphEdge["type"], name: string | number): string {
  if (type === "element") return `element ${name}`;
  return type === "property" ? `property ${name}` : String(name);
}

/** From the block outwards. Ends with a block that nothing in the heap holds, or where it comes round. */
function chainTo(ptr: Ptr, referrers: Referrers): string[] {
  const chain: string[] = [];
  const seen = new Set([ptr]);
  for (let at = referrers.get(ptr); at !== undefined && chain.length < MAX_REFERRERS; at = referrers.get(at.ptr)) {
    chain.push(at.text);
    if (seen.has(at.ptr)) break;
    seen.add(at.ptr);
  }
  return chain;
}
