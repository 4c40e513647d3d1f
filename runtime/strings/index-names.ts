// SPDX-License-Identifier: MIT
import type { Machine } from "../machine/machine.ts";
import { release } from "../memory/release.ts";
import { stringFromLatin1 } from "./heap-string.ts";
import { findLatin1Name, internJs, internString, type NameId } from "./names.ts";

/** Writes a non-negative int32 in decimal at `address`, which needs 10 bytes; returns the number of digits. */
export function writeIndex(vm: Machine, index: number, address: number): number {
  let digits = 1;
  for (let limit = 10; digits < 10 && index >= limit; limit *= 10) digits++;
  for (let at = address + digits - 1; at >= address; at--) {
    const quotient = (index / 10) | 0;
    vm.U8[at] = 48 + index - quotient * 10;
    index = quotient;
  }
  return digits;
}

/** Name of an array index; the caller becomes a holder. Negative ones are names like any other. */
export function internLatin1Index(vm: Machine, index: number): NameId {
  if (index < 0) return internJs(vm, String(index));
  const length = writeIndex(vm, index, vm.textScratch);
  const s = stringFromLatin1(vm, vm.textScratch, length);
  const name = internString(vm, s);
  release(vm, s);
  return name;
}

/** Name of an array index if anybody holds it, else 0; negative ones have none. */
export function findIndexName(vm: Machine, index: number): NameId {
  if (index < 0) return 0;
  return findLatin1Name(vm, vm.textScratch, writeIndex(vm, index, vm.textScratch));
}
