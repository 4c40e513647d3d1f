// SPDX-License-Identifier: MIT
import type { AddressSpace } from "../memory/address-space.ts";
import type { Heap } from "./heap.ts";
import { HEAPS, type HeapEntry } from "./heap-table.ts";
import { checkOptionNames, OptionValues } from "./options.ts";
import { type HeapSpec, heapSpecText, parseHeapSpec, type WrapperSpec } from "./spec.ts";
import { WRAPPERS, type WrapperEntry } from "./wrappers/registry.ts";

/** The heaps that there are, the default first. */
export function heapList(): readonly HeapEntry[] {
  return HEAPS;
}

/** The wrappers that there are. */
export function wrapperList(): readonly WrapperEntry[] {
  return WRAPPERS;
}

/** What applies when neither a flag nor the environment says otherwise. */
export const DEFAULT_HEAP: string = HEAPS[0].name;

function findHeap(name: string): HeapEntry {
  const entry = HEAPS.find((heap) => heap.name === name);
  if (entry !== undefined) return entry;
  if (WRAPPERS.some((wrapper) => wrapper.name === name)) {
    throw new RangeError(`${name} wraps a heap: write ${name}+NAME, where NAME is one of ${names(HEAPS)}`);
  }
  throw new RangeError(`unknown heap ${JSON.stringify(name)}; there are: ${names(HEAPS)}`);
}

function findWrapper(spec: WrapperSpec): WrapperEntry {
  const entry = WRAPPERS.find((wrapper) => wrapper.name === spec.name);
  if (entry === undefined) {
    throw new RangeError(`unknown heap wrapper ${JSON.stringify(spec.name)}; there are: ${names(WRAPPERS)}`);
  }
  if (entry.value !== undefined && !spec.value) {
    throw new RangeError(`heap wrapper ${entry.name} needs a value: write ${entry.name}=${entry.value}`);
  }
  if (entry.value === undefined && spec.value !== undefined) throw new RangeError(`heap wrapper ${entry.name} takes no value`);
  return entry;
}

function names(entries: readonly { name: string }[]): string {
  return entries.map((entry) => entry.name).join(", ");
}

/** Parses a specification and checks its names and keys. */
function checkedSpec(text: string): HeapSpec {
  const spec = parseHeapSpec(text);
  checkOptionNames(`heap ${spec.name}`, findHeap(spec.name).options, spec.options.keys());
  for (const wrapper of spec.wrappers) {
    checkOptionNames(`heap wrapper ${wrapper.name}`, findWrapper(wrapper).options, wrapper.options.keys());
  }
  return spec;
}

/**
 * Makes a heap from a specification `WRAPPER+…+NAME:key=value,…`, e.g. `guard+track+o1heap-chain:initial=32M`. The first
 * wrapper is the outermost.
 * @throws RangeError with a one-line message when a name, key or value is unknown or the memory has no room
 */
export function createHeap(spec: string, memory: AddressSpace): Heap {
  const { name, options, wrappers } = checkedSpec(spec);
  const base = findHeap(name).create(memory, new OptionValues(options));
  return wrappers.reduceRight((inner, wrapper) => findWrapper(wrapper).create(inner, memory, wrapper), base);
}

/** A variable of the environment that sets an option where the specification does not. */
export function optionVariable(option: string, wrapper?: string): string {
  const parts = wrapper === undefined ? [option] : [wrapper, option];
  return `RESWF_HEAP_${parts.join("_").toUpperCase().replaceAll("-", "_")}`;
}

/**
 * The heap specification that applies: the flag's, else the environment's `RESWF_HEAP`, else the default. Options that it
 * does not name are taken from `RESWF_HEAP_INITIAL`, `RESWF_HEAP_MAX`, `RESWF_HEAP_GUARD_QUARANTINE` and so on, where the
 * heap or wrapper has such an option.
 * @throws RangeError with a one-line message when a name or key is unknown
 */
export function resolveHeapSpec(flag: string | undefined, environment: Readonly<Record<string, string | undefined>>): string {
  const spec = checkedSpec(flag ?? (environment.RESWF_HEAP || DEFAULT_HEAP));
  const complete = (entry: HeapEntry | WrapperEntry, options: Map<string, string>, wrapper?: string): void => {
    for (const { name } of entry.options) {
      const value = environment[optionVariable(name, wrapper)];
      if (value !== undefined && value !== "" && !options.has(name)) options.set(name, value);
    }
  };
  complete(findHeap(spec.name), spec.options);
  for (const wrapper of spec.wrappers) complete(findWrapper(wrapper), wrapper.options, wrapper.name);
  return heapSpecText(spec);
}
