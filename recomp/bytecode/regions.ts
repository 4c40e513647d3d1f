// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Region } from "./code-unit.ts";
import type { CodeRange, TryInstruction, WithInstruction } from "./instruction.ts";

/** Where a transfer of control really leads. */
export interface Landing {
  offset: number;
  region: Region | null;
  exits: Region[];
}

/** The regions of a code unit, one for each action and clause in each surrounding region. */
export class RegionTable {
  readonly regions: Region[] = [];
  private readonly byKey = new Map<string, Region>();

  enter(kind: Region["kind"], instruction: WithInstruction | TryInstruction, range: CodeRange, parent: Region | null): Region {
    const key = `${kind} ${instruction.offset} ${parent?.id ?? -1}`;
    let region = this.byKey.get(key);
    if (region === undefined) {
      region = { id: this.regions.length, kind, instruction, range, parent };
      this.regions.push(region);
      this.byKey.set(key, region);
    }
    return region;
  }
}

/**
 * Resolves a transfer of control from inside `region` to `offset`: leaves the regions that do not contain it. The end of a try or catch
 * body is the end of the statement, not the start of the clause that follows in the file; so is the start of the finally clause, because leaving
 * the region runs it.
 */
export function land(offset: number, region: Region | null): Landing {
  const exits: Region[] = [];
  while (region !== null && !contains(region.range, offset)) {
    exits.push(region);
    offset = completionOf(region, offset);
    region = region.parent;
  }
  return { offset, region, exits };
}

function completionOf(region: Region, offset: number): number {
  const { instruction } = region;
  if (instruction.name !== "Try" || region.kind === "finally") {
    return offset;
  }
  const isCompletion = offset === region.range.end || offset === instruction.finallyBody?.start;
  return isCompletion ? instruction.end : offset;
}

function contains(range: CodeRange, offset: number): boolean {
  return offset >= range.start && offset < range.end;
}

/** All regions from `region` outwards: what is left when the code unit ends. */
export function enclosing(region: Region | null): Region[] {
  const regions: Region[] = [];
  for (let at = region; at !== null; at = at.parent) {
    regions.push(at);
  }
  return regions;
}
