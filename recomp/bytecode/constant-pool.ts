// SPDX-License-Identifier: AGPL-3.0-or-later
import type { PlainBlock } from "./basic-blocks.ts";
import type { DefineFunctionInstruction, Instruction, PushValue } from "./instruction.ts";
import { enclosing } from "./regions.ts";

/**
 * A constant pool as far as it is known beforehand: its strings, or null where only the running movie knows it. A script begins with the pool that the script
 * before it left behind, a function with the one that was current where it was defined.
 */
export type KnownPool = readonly string[] | null;

/** The pool after `instruction`, when `pool` was current before it. Calls don't change it: every activation has its own. */
export function poolAfter(pool: KnownPool, instruction: Instruction): KnownPool {
  return instruction.name === "ConstantPool" ? instruction.strings : pool;
}

/**
 * The string that a constant operand pushes.
 *
 * @returns undefined when the pool is known and has no such entry (players push the value undefined), null when the pool is not known
 */
export function constantValue(value: Extract<PushValue, { kind: "constant" }>, pool: KnownPool): string | undefined | null {
  return pool === null ? null : pool[value.index];
}

export interface PoolAnalysis {
  /** By block id. */
  atEntry: KnownPool[];
  /** Pool that a function keeps, by its definition; null for those that are not here. */
  ofFunctions: Map<DefineFunctionInstruction, KnownPool>;
}

/** Finds the constant pools of a code unit whose entry has the pool `inherited`. */
export function resolveConstantPools(blocks: readonly PlainBlock[], inherited: KnownPool): PoolAnalysis {
  const unvisited = Symbol("unvisited");
  const atEntry: (KnownPool | typeof unvisited)[] = blocks.map(() => unvisited);
  const changedIn = regionsWithPools(blocks);
  const pending: number[] = [];
  const flow = (target: number | null, pool: KnownPool): void => {
    if (target === null) {
      return;
    }
    const before = atEntry[target];
    const after = before === unvisited || before === pool ? pool : null;
    if (after !== before) {
      atEntry[target] = after;
      pending.push(target);
    }
  };
  if (blocks.length > 0) {
    flow(0, inherited);
  }
  while (pending.length > 0) {
    const block = blocks[pending.pop()!];
    const pool = block.instructions.reduce(poolAfter, atEntry[block.id] as KnownPool);
    const { terminator } = block;
    if (terminator.kind !== "try") {
      for (const successor of block.successors) flow(successor, pool);
      continue;
    }
    flow(terminator.body.target, pool);
    // An exception may come before or after a ConstantPool of the clause that it leaves.
    const isTryChanged = changedIn.has(terminator.region.id);
    const isCatchChanged = terminator.catchRegion !== null && changedIn.has(terminator.catchRegion.id);
    flow(terminator.catchBody?.target ?? null, isTryChanged ? null : pool);
    flow(terminator.finallyBody?.target ?? null, isTryChanged || isCatchChanged ? null : pool);
  }
  const known = atEntry.map((pool) => (pool === unvisited ? null : pool));
  return { atEntry: known, ofFunctions: poolsOfFunctions(blocks, known) };
}

function regionsWithPools(blocks: readonly PlainBlock[]): Set<number> {
  const ids = new Set<number>();
  for (const { region, instructions } of blocks) {
    if (region !== null && instructions.some(({ name }) => name === "ConstantPool")) {
      for (const { id } of enclosing(region)) ids.add(id);
    }
  }
  return ids;
}

function poolsOfFunctions(blocks: readonly PlainBlock[], atEntry: readonly KnownPool[]): PoolAnalysis["ofFunctions"] {
  const pools: PoolAnalysis["ofFunctions"] = new Map();
  for (const block of blocks) {
    let pool = atEntry[block.id];
    for (const instruction of block.instructions) {
      if (instruction.name === "DefineFunction" || instruction.name === "DefineFunction2") {
        pools.set(instruction, pool);
      }
      pool = poolAfter(pool, instruction);
    }
  }
  return pools;
}
