// SPDX-License-Identifier: MIT
import { BlockKind } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import { FIRST_REFERENCE } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";

/** Is told of one counted reference. */
export type VisitEdge = (target: Ptr) => void;

/** Visits the counted payloads of `count` value slots. */
export function visitSlots(vm: Machine, slots: number, count: number, visit: VisitEdge): void {
  const I32 = vm.I32;
  for (let word = slots >> 2, end = word + count * 2; word < end; word += 2)
    if (I32[word + 1] >= FIRST_REFERENCE) visit(I32[word]);
}

function visitProperties(vm: Machine, ptr: Ptr, visit: VisitEdge): void {
  const I32 = vm.I32;
  const shape = I32[(ptr >> 2) + R.OBJECT_SHAPE];
  visitSlots(vm, I32[(ptr >> 2) + R.OBJECT_SLOTS], I32[(shape >> 2) + R.SHAPE_COUNT], visit);
}

function visitWord(vm: Machine, ptr: Ptr, word: number, visit: VisitEdge): void {
  const target = vm.I32[(ptr >> 2) + word];
  if (target !== 0) visit(target);
}

/** What records of each kind hold a count of. Kinds without an entry hold nothing. */
const EDGES: Partial<Record<number, (vm: Machine, ptr: Ptr, visit: VisitEdge) => void>> = {
  [BlockKind.Object]: visitProperties,
  [BlockKind.Array]: (vm, ptr, visit) => {
    const count = vm.I32[(ptr >> 2) + R.ARRAY_COUNT];
    if (count > 0) visitSlots(vm, vm.I32[(ptr >> 2) + R.ARRAY_ELEMENTS], count, visit);
    visitProperties(vm, ptr, visit);
  },
  [BlockKind.Function]: (vm, ptr, visit) => {
    visitWord(vm, ptr, R.FUNCTION_SCOPE, visit);
    visitWord(vm, ptr, R.FUNCTION_HOME, visit);
    visitProperties(vm, ptr, visit);
  },
  [BlockKind.Clip]: (vm, ptr, visit) => {
    visitWord(vm, ptr, R.CLIP_REFERENCE, visit);
    visitProperties(vm, ptr, visit);
  },
  [BlockKind.ClipReference]: (vm, ptr, visit) => {
    visitWord(vm, ptr, R.REFERENCE_PATH, visit);
    visitWord(vm, ptr, R.REFERENCE_OLDER, visit);
  },
  [BlockKind.Super]: (vm, ptr, visit) => {
    visitSlots(vm, ptr + R.SUPER_THIS_OFFSET, 1, visit);
    visitProperties(vm, ptr, visit);
  },
  [BlockKind.String]: (vm, ptr, visit) => visitWord(vm, ptr, R.STRING_OWNER, visit),
  [BlockKind.Accessor]: (vm, ptr, visit) => {
    visitWord(vm, ptr, R.ACCESSOR_GETTER, visit);
    visitWord(vm, ptr, R.ACCESSOR_SETTER, visit);
    visitSlots(vm, ptr + R.ACCESSOR_VALUE_OFFSET, 1, visit);
  },
  [BlockKind.Scope]: (vm, ptr, visit) => {
    visitWord(vm, ptr, R.SCOPE_PARENT, visit);
    visitSlots(vm, ptr + R.SCOPE_VALUE_OFFSET, 1, visit);
  },
  [BlockKind.Enumeration]: (vm, ptr, visit) =>
    visitSlots(vm, ptr + R.ENUMERATION_SLOTS_OFFSET, vm.I32[(ptr >> 2) + R.ENUMERATION_COUNT], visit),
  [BlockKind.NativeData]: (vm, ptr, visit) =>
    visitSlots(vm, ptr + R.NATIVE_SLOTS_OFFSET, vm.I32[(ptr >> 2) + R.NATIVE_COUNT], visit),
};

/** Visits every counted reference that a record holds, each time it holds it. */
export function visitEdges(vm: Machine, ptr: Ptr, visit: VisitEdge): void {
  EDGES[vm.I32[(ptr >> 2) + R.META] & R.META_KIND_MASK]?.(vm, ptr, visit);
}

/** Kinds of records that carry a reference count which `visitEdges` and the roots account for completely. */
export const COUNTED_KINDS: ReadonlySet<number> = new Set([
  BlockKind.Object,
  BlockKind.Array,
  BlockKind.Function,
  BlockKind.Clip,
  BlockKind.ClipReference,
  BlockKind.Super,
  BlockKind.String,
  BlockKind.StringBuffer,
  BlockKind.Accessor,
  BlockKind.Scope,
  BlockKind.Enumeration,
  BlockKind.NativeData,
]);

/** Kinds that can be part of a cycle, as a bit mask over the kinds. */
export const CYCLE_KINDS =
  (1 << BlockKind.Object) |
  (1 << BlockKind.Array) |
  (1 << BlockKind.Function) |
  (1 << BlockKind.Scope) |
  (1 << BlockKind.Clip) |
  (1 << BlockKind.Super) |
  (1 << BlockKind.Accessor) |
  (1 << BlockKind.NativeData);

export function isKindIn(vm: Machine, ptr: Ptr, mask: number): boolean {
  return ((mask >> (vm.I32[(ptr >> 2) + R.META] & 31)) & 1) !== 0;
}
