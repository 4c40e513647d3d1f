// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CodeUnit } from "../../bytecode/code-unit.ts";

/** For each block the registers whose value may still be read when the block has ended. */
export function liveRegisters(unit: CodeUnit): readonly ReadonlySet<number>[] {
  const { blocks } = unit;
  const reads = blocks.map(() => new Set<number>());
  const writes = blocks.map(() => new Set<number>());
  for (const { id, instructions } of blocks) {
    for (const instruction of instructions) {
      if (instruction.name === "StoreRegister") writes[id].add(instruction.register);
      if (instruction.name !== "Push") continue;
      for (const value of instruction.values)
        if (value.kind === "register" && !writes[id].has(value.register)) reads[id].add(value.register);
    }
  }
  const liveOut = blocks.map(() => new Set<number>());
  for (let changed = true; changed; ) {
    changed = false;
    // From the end: most of what is live is known after one round.
    for (let id = blocks.length - 1; id >= 0; id--) {
      const out = liveOut[id];
      const before = out.size;
      for (const successor of blocks[id].successors) {
        for (const register of reads[successor]) out.add(register);
        for (const register of liveOut[successor]) if (!writes[successor].has(register)) out.add(register);
      }
      changed ||= out.size > before;
    }
  }
  return liveOut;
}
