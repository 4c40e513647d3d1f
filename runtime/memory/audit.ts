// SPDX-License-Identifier: MIT
import { BlockKind, blockKindName } from "../../lib/heap/block-kind.ts";
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";
import type { Miscount } from "../player/player-api.ts";
import { stringToJs } from "../strings/heap-string.ts";
import { knownNameTexts } from "../strings/known-names.ts";
import { nameString } from "../strings/names.ts";
import { visitFrameStack } from "./running.ts";
import { COUNTED_KINDS, type VisitEdge, visitEdges, visitSlots } from "./trace.ts";

/** Who outside of the machine holds records: the player. */
export interface RootProvider {
  /** Every record held, once for each count. */
  roots(): Iterable<Ptr>;
}

const PREVIEW_UNITS = 40;
const MAX_FINDINGS = 20;

/** Recomputes every reference count from the heap graph and the roots; what differs or is left at zero, the first 20. Runs between scripts. */
export function auditCounts(vm: Machine, provider: RootProvider): Miscount[] {
  const expected = new Map<Ptr, number>();
  const count: VisitEdge = (target) => {
    expected.set(target, (expected.get(target) ?? 0) + 1);
  };
  visitRoots(vm, provider, count);
  const records: Ptr[] = [];
  for (const { ptr, kind } of vm.heap.blocks()) {
    if (kind === BlockKind.Descriptors) visitDescriptors(vm, ptr, count);
    if (!COUNTED_KINDS.has(kind) || (vm.I32[(ptr >> 2) + R.META] & R.META_DEAD) !== 0) continue;
    records.push(ptr);
    visitEdges(vm, ptr, count);
    if (kind === BlockKind.String) visitFold(vm, ptr, count);
  }
  const findings: Miscount[] = [];
  for (const ptr of records) {
    const counted = vm.I32[(ptr >> 2) + R.REFCOUNT];
    const existing = expected.get(ptr) ?? 0;
    // What nobody counts any more should be gone.
    if ((counted !== existing || counted === 0) && findings.length < MAX_FINDINGS)
      findings.push({ kind: blockKindName(kindOf(vm, ptr)), ptr, counted, existing, preview: preview(vm, ptr) });
  }
  return findings;
}

function kindOf(vm: Machine, ptr: Ptr): number {
  return vm.I32[(ptr >> 2) + R.META] & R.META_KIND_MASK;
}

/** Names that an object's shape and the shapes of its instances hold. */
export function visitShapeNames(vm: Machine, ptr: Ptr, visit: VisitEdge): void {
  const kind = kindOf(vm, ptr);
  if (kind === BlockKind.Shape) {
    visitShapeTree(vm, ptr, visit);
    return;
  }
  const isObject =
    kind === BlockKind.Object ||
    kind === BlockKind.Array ||
    kind === BlockKind.Function ||
    kind === BlockKind.Clip ||
    kind === BlockKind.Super;
  if (!isObject) return;
  const descriptors = vm.I32[(vm.I32[(ptr >> 2) + R.OBJECT_SHAPE] >> 2) + R.SHAPE_DESCRIPTORS];
  if (descriptors !== 0) visitDescriptors(vm, descriptors, visit);
}

function visitShapeTree(vm: Machine, shape: Ptr, visit: VisitEdge): void {
  const descriptors = vm.I32[(shape >> 2) + R.SHAPE_DESCRIPTORS];
  if (descriptors !== 0) visitDescriptors(vm, descriptors, visit);
  let child = vm.I32[(shape >> 2) + R.SHAPE_FIRST_CHILD];
  for (; child !== 0; child = vm.I32[(child >> 2) + R.SHAPE_NEXT_SIBLING]) visitShapeTree(vm, child, visit);
}

/** The names of a descriptors block: it holds each one's string. */
export function visitDescriptors(vm: Machine, descriptors: Ptr, visit: VisitEdge): void {
  const word = descriptors >> 2;
  const count = vm.I32[word + R.DESCRIPTORS_COUNT];
  for (let i = 0; i < count; i++) {
    const name = vm.I32[word + (R.DESCRIPTORS_ENTRIES_OFFSET >> 2) + i * 4 + R.ENTRY_NAME];
    if (name !== R.NO_NAME) visit(nameString(vm, name));
  }
}

/** A name holds the name of its folded form. */
export function visitFold(vm: Machine, s: Ptr, visit: VisitEdge): void {
  const name = vm.I32[(s >> 2) + R.STRING_NAME];
  if (name === 0) return;
  const fold = vm.I32[(vm.nameTable >> 2) + name * R.NAME_ENTRY_WORDS + R.NAME_FOLD];
  if (fold !== name) visit(nameString(vm, fold));
}

/** Everything that holds records from outside of the heap graph, once for each count. */
export function visitRoots(vm: Machine, provider: RootProvider, visit: VisitEdge): void {
  for (const ptr of provider.roots()) visit(ptr);
  visitMachineRoots(vm, visit);
}

/** What the machine itself holds: results, stacks, realms, names. */
export function visitMachineRoots(vm: Machine, visit: VisitEdge): void {
  // The exception is no root: where this is asked, no code is left that might catch one.
  visitSlots(vm, vm.result, 1, visit);
  visitSlots(vm, vm.globalRegisters, 4, visit);
  visitSlots(vm, vm.operandStack, (vm.operandTop - vm.operandStack) >> 3, visit);
  visitFrameStack(vm, visit);
  for (const realm of [vm.realmCaseInsensitive, vm.realmCaseSensitive]) {
    if (realm === null) continue;
    const { global, objectPrototype, functionPrototype, arrayPrototype, globalScope } = realm;
    const { objectConstructor, functionConstructor, arrayConstructor } = realm;
    for (const ptr of [global, objectPrototype, functionPrototype, arrayPrototype, globalScope]) visit(ptr);
    for (const ptr of [objectConstructor, functionConstructor, arrayConstructor]) visit(ptr);
    for (const ptr of realm.prototypes.values()) visit(ptr);
  }
  for (const name of vm.pinnedNames) visit(nameString(vm, name));
  for (let name = 1; name <= knownNameTexts().length; name++) visit(nameString(vm, name));
  for (let unit = 0; unit < 256; unit++) visit(vm.I32[(vm.singleChars >> 2) + unit]);
  visit(vm.emptyString);
  if (vm.nullRoot !== 0) visitShapeTree(vm, vm.nullRoot, () => {});
}

/** A few words on what a record holds. */
export function preview(vm: Machine, ptr: Ptr): string {
  const kind = kindOf(vm, ptr);
  if (kind === BlockKind.String) {
    const text = stringToJs(vm, ptr);
    return JSON.stringify(text.length > PREVIEW_UNITS ? `${text.slice(0, PREVIEW_UNITS)}…` : text);
  }
  if (kind === BlockKind.Function) {
    const code = vm.I32[(ptr >> 2) + R.FUNCTION_CODE];
    if (code < 0) return `native ${vm.natives[~code].name}`;
    const name = vm.units[code]?.name ?? 0;
    return name === 0 ? "anonymous function" : `function ${stringToJs(vm, nameString(vm, name))}`;
  }
  if (kind !== BlockKind.Object && kind !== BlockKind.Array && kind !== BlockKind.Clip) return "";
  const names: string[] = [];
  const shape = vm.I32[(ptr >> 2) + R.OBJECT_SHAPE];
  const descriptors = vm.I32[(shape >> 2) + R.SHAPE_DESCRIPTORS] >> 2;
  const count = vm.I32[(shape >> 2) + R.SHAPE_COUNT];
  for (let i = 0; i < count && names.length < 6; i++) {
    const name = vm.I32[descriptors + (R.DESCRIPTORS_ENTRIES_OFFSET >> 2) + i * 4 + R.ENTRY_NAME];
    if (name !== R.NO_NAME) names.push(stringToJs(vm, nameString(vm, name)).replace("\0", "#"));
  }
  return `properties ${names.join(", ")}`;
}
