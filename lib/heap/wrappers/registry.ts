// SPDX-License-Identifier: MIT
import type { AddressSpace } from "../../memory/address-space.ts";
import type { Heap } from "../heap.ts";
import { type HeapOption, OptionValues } from "../options.ts";
import { parseBytes, parseCount, type WrapperSpec } from "../spec.ts";
import { FailHeap } from "./fail.ts";
import { DEFAULT_GUARD_OPTIONS, GuardHeap } from "./guard.ts";
import { LimitHeap } from "./limit.ts";
import { ProfileHeap } from "./profile.ts";
import { RecordHeap } from "./record.ts";
import { TrackHeap } from "./track.ts";

/** One wrapper of the registry. */
export interface WrapperEntry {
  name: string;
  /** One line on what it is for. */
  purpose: string;
  /** What stands after `=`, e.g. `N`; undefined for a wrapper without a value. */
  value: string | undefined;
  options: readonly HeapOption[];
  create(inner: Heap, memory: AddressSpace, spec: WrapperSpec): Heap;
}

/** All wrappers, by name. They stack in any order. */
export const WRAPPERS: readonly WrapperEntry[] = [
  {
    name: "fail",
    purpose: "the N-th allocation fails: shows that running out of memory is survived anywhere",
    value: "N",
    options: [],
    create: (inner, _memory, spec) => new FailHeap(inner, parseCount("fail", spec.value!, 1)),
  },
  {
    name: "guard",
    purpose: "red zones, fill, wipe and quarantine: finds overruns, use after free, double frees, foreign pointers",
    value: undefined,
    options: [
      { name: "redzone", help: "bytes on either side of a block, a multiple of 16", fallback: "16" },
      { name: "quarantine", help: "bytes of freed blocks that are kept and watched", fallback: "1M" },
    ],
    create(inner, memory, { options }) {
      const values = new OptionValues(options);
      return new GuardHeap(inner, memory, {
        redZoneBytes: Math.ceil(values.bytes("redzone", DEFAULT_GUARD_OPTIONS.redZoneBytes) / 16) * 16,
        quarantineBytes: values.bytes("quarantine", DEFAULT_GUARD_OPTIONS.quarantineBytes),
      });
    },
  },
  {
    name: "limit",
    purpose: "refuses what would bring all live blocks over a number of bytes",
    value: "BYTES",
    options: [],
    create: (inner, _memory, spec) => new LimitHeap(inner, parseBytes("limit", spec.value!)),
  },
  {
    name: "profile",
    purpose: "histograms of sizes and lifetimes, time of each kind of operation",
    value: undefined,
    options: [],
    create: (inner) => new ProfileHeap(inner),
  },
  {
    name: "record",
    purpose: "records every operation as a compact trace for `heap replay`",
    value: undefined,
    options: [],
    create: (inner) => new RecordHeap(inner),
  },
  {
    name: "track",
    purpose: "live count, bytes and peaks by kind and by ActionScript function; leak report",
    value: undefined,
    options: [],
    create: (inner) => new TrackHeap(inner),
  },
];
