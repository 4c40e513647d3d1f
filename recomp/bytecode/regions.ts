// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Region, RegionExit } from "./code-unit.ts";
import type { CodeRange, TryInstruction, WithInstruction } from "./instruction.ts";

/** Where a transfer of control really leads. */
export interface Landing {
  offset: number;
  region: Region | null;
  exits: RegionExit[];
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

  /**
   * Resolves a transfer of control from inside `region` to `offset`: regions that do not contain it are left. The end of a try or catch body is not the
   * start of what follows it in the file, but of the finally clause, or without one the end of the statement. So is a jump to the start
   * of the finally clause, which is how compilers end these bodies.
   */
  land(offset: number, region: Region | null): Landing {
    const exits: RegionExit[] = [];
    while (region !== null && !contains(region.range, offset)) {
      const isEnd = isEndOf(region, offset);
      exits.push({ region, isEnd });
      const { instruction, kind, parent } = region;
      region = parent;
      if (instruction.name !== "Try" || kind === "finally" || !isEnd) {
        continue;
      }
      offset = instruction.end;
      if (instruction.finallyBody !== null) {
        offset = instruction.finallyBody.start;
        region = this.enter("finally", instruction, instruction.finallyBody, parent);
      }
    }
    return { offset, region, exits };
  }
}

function isEndOf({ kind, range, instruction }: Region, offset: number): boolean {
  if (offset === range.end) {
    return true;
  }
  // Without a finally clause the end of the statement is where it would be.
  return instruction.name === "Try" && kind !== "finally" && offset === (instruction.finallyBody?.start ?? instruction.end);
}

function contains(range: CodeRange, offset: number): boolean {
  return offset >= range.start && offset < range.end;
}

/** All regions from `region` outwards. */
export function enclosing(region: Region | null): Region[] {
  const regions: Region[] = [];
  for (let at = region; at !== null; at = at.parent) {
    regions.push(at);
  }
  return regions;
}
