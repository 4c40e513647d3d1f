// SPDX-License-Identifier: AGPL-3.0-or-later
import { buildBlocks } from "./basic-blocks.ts";
import type { CodeUnit } from "./code-unit.ts";
import { type KnownPool, resolveConstantPools } from "./constant-pool.ts";
import type { Code } from "./decode.ts";
import { type DecodingBudget, decodingBudget, ReachableCode } from "./explore.ts";
import { nameFunctions } from "./function-names.ts";
import { analyzeGraph } from "./graph.ts";
import type { DefineFunctionInstruction } from "./instruction.ts";

/** A function whose body is still to be analysed. */
interface PendingFunction {
  definition: DefineFunctionInstruction;
  parent: number;
  id: number;
  name: string;
  pool: KnownPool;
}

/**
 * Decodes a script and everything it defines: the script is unit 0, functions follow in the order in which they are found, nested ones
 * after those that hold them. Any bytes are accepted; what can't be followed is told in `problems`. Linear in the length of the code.
 *
 * @param code an action block, or any bytes with the SWF version that they are to be read by
 */
export function analyzeCode(code: Code): CodeUnit[] {
  const units: CodeUnit[] = [];
  const budget = decodingBudget(code.bytes.length);
  const pending: PendingFunction[] = [];
  let nextId = 1;
  const add = (origin: PendingFunction | null): void => {
    const { unit, definitions } = analyzeUnit(code, origin, budget);
    const functions = new Map<number, number>();
    for (const { definition, name, pool } of definitions) {
      if (functions.has(definition.offset)) {
        continue;
      }
      functions.set(definition.offset, nextId);
      pending.push({ definition, name, pool, parent: unit.id, id: nextId++ });
    }
    units.push({ ...unit, functions });
  };
  add(null);
  for (let i = 0; i < pending.length; i++) {
    add(pending[i]);
  }
  return units;
}

type Definition = Pick<PendingFunction, "definition" | "name" | "pool">;

function analyzeUnit(
  code: Code,
  origin: PendingFunction | null,
  budget: DecodingBudget,
): { unit: Omit<CodeUnit, "functions">; definitions: Definition[] } {
  const definition = origin?.definition ?? null;
  const range = definition?.body ?? { start: 0, end: code.bytes.length };
  const reachable = new ReachableCode(code, range, budget);
  const plain = buildBlocks(reachable);
  const { atEntry, ofFunctions } = resolveConstantPools(plain, origin?.pool ?? null);
  for (const block of plain) {
    block.poolAtEntry = atEntry[block.id];
  }
  const names = nameFunctions(plain);
  return {
    unit: {
      id: origin?.id ?? 0,
      kind: definition === null ? "script" : "function",
      parent: origin?.parent ?? null,
      definition,
      name: origin?.name ?? "",
      swfVersion: code.swfVersion,
      parameters: definition?.parameters ?? [],
      registerCount: definition?.registerCount ?? 0,
      flags: definition?.flags ?? 0,
      range,
      blocks: plain,
      regions: reachable.regions.regions,
      graph: analyzeGraph(
        plain.map(({ successors }) => successors),
        plain.map(({ predecessors }) => predecessors),
      ),
      problems: reachable.problems,
    },
    definitions: [...names].map(([found, name]) => ({ definition: found, name, pool: ofFunctions.get(found) ?? null })),
  };
}
