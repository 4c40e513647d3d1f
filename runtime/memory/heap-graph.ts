// SPDX-License-Identifier: MIT
import { BlockKind, blockKindName } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { FIRST_REFERENCE } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import type { HeapGraph, HeapGraphEdge, HeapGraphNode } from "../player/player-api.ts";
import { stringToJs } from "../strings/heap-string.ts";
import { nameString } from "../strings/names.ts";
import { preview, type RootProvider, visitDescriptors, visitFold, visitMachineRoots } from "./audit.ts";
import { COUNTED_KINDS, visitEdges } from "./trace.ts";

/** Fields of records that hold others, by kind: how reports call them. */
const FIELDS: Partial<Record<number, readonly (readonly [name: string, word: number])[]>> = {
  [BlockKind.Function]: [
    ["scope", R.FUNCTION_SCOPE],
    ["home clip", R.FUNCTION_HOME],
  ],
  [BlockKind.Clip]: [["reference", R.CLIP_REFERENCE]],
  [BlockKind.ClipReference]: [
    ["path", R.REFERENCE_PATH],
    ["older reference", R.REFERENCE_OLDER],
  ],
  [BlockKind.Super]: [["this", R.SUPER_THIS_OFFSET >> 2]],
  [BlockKind.String]: [["owner of the characters", R.STRING_OWNER]],
  [BlockKind.Accessor]: [
    ["getter", R.ACCESSOR_GETTER],
    ["setter", R.ACCESSOR_SETTER],
    ["value", R.ACCESSOR_VALUE_OFFSET >> 2],
  ],
  [BlockKind.Scope]: [
    ["parent", R.SCOPE_PARENT],
    ["variables", R.SCOPE_VALUE_OFFSET >> 2],
  ],
};

const OBJECT_KINDS: ReadonlySet<number> = new Set([
  BlockKind.Object,
  BlockKind.Array,
  BlockKind.Function,
  BlockKind.Clip,
  BlockKind.Super,
]);

/**
 * Every live block of the heap with what it holds. Runs between scripts; allocates nothing in the linear memory. Blocks that
 * are not counted (shapes, stacks, side blocks of objects) are nodes too, so that sizes add up to the heap.
 */
export function heapGraph(vm: Machine, provider: RootProvider): HeapGraph {
  const nodes: HeapGraphNode[] = [];
  const indexOf = new Map<Ptr, number>();
  for (const { ptr, kind, sizeBytes } of vm.heap.blocks()) {
    if (COUNTED_KINDS.has(kind) && (vm.I32[(ptr >> 2) + R.META] & R.META_DEAD) !== 0) continue;
    indexOf.set(ptr, nodes.length);
    nodes.push({
      ptr,
      kind: blockKindName(kind),
      sizeBytes,
      preview: COUNTED_KINDS.has(kind) ? preview(vm, ptr) : "",
      edges: [],
    });
  }
  for (const [ptr, index] of indexOf) nodes[index].edges = edgesOf(vm, ptr, nodes[index].kind, indexOf);
  const toIndex = (ptr: Ptr): number => indexOf.get(ptr) ?? -1;
  const machineRoots = new Set<number>();
  visitMachineRoots(vm, (ptr) => machineRoots.add(toIndex(ptr)));
  const playerRoots = new Set([...provider.roots()].map(toIndex));
  machineRoots.delete(-1);
  playerRoots.delete(-1);
  return { nodes, playerRoots: [...playerRoots], machineRoots: [...machineRoots] };
}

function edgesOf(vm: Machine, ptr: Ptr, kind: string, indexOf: ReadonlyMap<Ptr, number>): HeapGraphEdge[] {
  const edges: HeapGraphEdge[] = [];
  const add = (target: Ptr, type: HeapGraphEdge["type"], name: string | number): void => {
    const to = indexOf.get(target);
    if (to !== undefined) edges.push({ type, name, to });
  };
  if (kind === DESCRIPTORS) visitDescriptors(vm, ptr, (target) => add(target, "internal", "name"));
  if (!COUNTED_NAMES.has(kind)) return edges;
  const names = edgeNames(vm, ptr);
  visitEdges(vm, ptr, (target) => {
    const { type, name } = names.get(target)?.pop() ?? { type: "internal", name: "reference" };
    add(target, type, name);
  });
  if (kind === STRING) visitFold(vm, ptr, (target) => add(target, "internal", "folded name"));
  addSideBlocks(vm, ptr, add);
  return edges;
}

const DESCRIPTORS = blockKindName(BlockKind.Descriptors);
const STRING = blockKindName(BlockKind.String);
const COUNTED_NAMES: ReadonlySet<string> = new Set([...COUNTED_KINDS].map(blockKindName));

/** Blocks that belong to one record alone, and its shape. */
function addSideBlocks(vm: Machine, ptr: Ptr, add: (target: Ptr, type: "internal", name: string) => void): void {
  const word = ptr >> 2;
  const kind = vm.I32[word + R.META] & R.META_KIND_MASK;
  if (!OBJECT_KINDS.has(kind)) return;
  add(vm.I32[word + R.OBJECT_SHAPE], "internal", "shape");
  // Inline slots are no block of their own: no node has their address.
  add(vm.I32[word + R.OBJECT_SLOTS], "internal", "slots");
  if (kind === BlockKind.Array) add(vm.I32[word + R.ARRAY_ELEMENTS] - R.ELEMENTS_HEADER_BYTES, "internal", "elements");
}

type EdgeName = Pick<HeapGraphEdge, "type" | "name">;

/** How a record calls what it holds, by address: as many names as it holds the target under. */
function edgeNames(vm: Machine, ptr: Ptr): Map<Ptr, EdgeName[]> {
  const { I32 } = vm;
  const word = ptr >> 2;
  const kind = I32[word + R.META] & R.META_KIND_MASK;
  const names = new Map<Ptr, EdgeName[]>();
  const note = (target: Ptr, name: EdgeName): void => {
    const known = names.get(target);
    if (known === undefined) names.set(target, [name]);
    else known.push(name);
  };
  for (const [name, field] of FIELDS[kind] ?? []) note(I32[word + field], { type: "internal", name });
  if (!OBJECT_KINDS.has(kind)) return names;
  const shape = I32[word + R.OBJECT_SHAPE] >> 2;
  const descriptors = I32[shape + R.SHAPE_DESCRIPTORS] >> 2;
  const slots = I32[word + R.OBJECT_SLOTS] >> 2;
  for (let i = 0; i < I32[shape + R.SHAPE_COUNT]; i++) {
    if (I32[slots + i * 2 + 1] < FIRST_REFERENCE) continue;
    const id = I32[descriptors + (R.DESCRIPTORS_ENTRIES_OFFSET >> 2) + i * 4 + R.ENTRY_NAME];
    if (id === R.NO_NAME) continue;
    note(I32[slots + i * 2], { type: "property", name: stringToJs(vm, nameString(vm, id)).replace("\0", "#") });
  }
  if (kind !== BlockKind.Array) return names;
  const elements = I32[word + R.ARRAY_ELEMENTS] >> 2;
  for (let i = 0; i < I32[word + R.ARRAY_COUNT]; i++) {
    if (I32[elements + i * 2 + 1] >= FIRST_REFERENCE) note(I32[elements + i * 2], { type: "element", name: i });
  }
  return names;
}
