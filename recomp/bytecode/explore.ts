// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Region } from "./code-unit.ts";
import { type Code, decodeInstruction } from "./decode.ts";
import type { CodeRange, Instruction } from "./instruction.ts";
import { contains, type Landing, NO_EXITS, RegionTable } from "./regions.ts";

/**
 * How much decoding a script may cost, in bytes of actions. Code in which jumps lead into the middle of actions can make any number of different
 * instructions from the same bytes; real code needs its own length.
 */
export interface DecodingBudget {
  bytesLeft: number;
}

/** A budget that no honest script of this length exhausts. */
export function decodingBudget(codeBytes: number): DecodingBudget {
  return { bytesLeft: codeBytes * 16 + 0x10000 };
}

/** Jumps to jumps are followed this far; a cycle of them never lands. */
const MAX_JUMP_HOPS = 16;

/** How an instruction passes control on. Landings outside of the code's range mean its end. */
export type Transfer =
  | { kind: "next"; to: Landing }
  | { kind: "jump"; to: Landing }
  | { kind: "branch"; whenTrue: Landing; whenFalse: Landing }
  | { kind: "wait"; loaded: Landing; notLoaded: Landing }
  | { kind: "with"; region: Region; body: Landing; skipped: Landing }
  | {
      kind: "try";
      region: Region;
      body: Landing;
      catchRegion: Region | null;
      catchBody: Landing | null;
      finallyRegion: Region | null;
      finallyBody: Landing | null;
    }
  | { kind: "return" | "end" | "throw" };

/** The instructions of a code unit that control can reach, with the region in which it reaches them. */
export class ReachableCode {
  readonly regions = new RegionTable();
  readonly problems: string[] = [];
  /** Places where a block begins, in order of discovery; the first is the entry. */
  readonly leaders: Landing[] = [];
  private readonly code: Code;
  private readonly range: CodeRange;
  private readonly budget: DecodingBudget;
  /** By region id + 1, then by offset. */
  private readonly instructions: Map<number, Instruction>[] = [];
  private readonly leaderOffsets: Set<number>[] = [];

  /** Explores `range` of `code` from its start. */
  constructor(code: Code, range: CodeRange, budget: DecodingBudget) {
    this.code = code;
    this.range = range;
    this.budget = budget;
    this.addLeader({ offset: range.start, region: null, exits: NO_EXITS });
    for (let i = 0; i < this.leaders.length; i++) {
      this.scan(this.leaders[i]);
    }
  }

  /** True when control that lands there goes on, false when the code unit ends. */
  isInside(offset: number): boolean {
    // Only the upper end of a function's code bounds it: a jump to before it decodes what stands there.
    return offset >= 0 && offset < this.range.end;
  }

  /** True when going on to `offset` stays in `region`. */
  continues(offset: number, region: Region | null): boolean {
    return this.isInside(offset) && (region === null || contains(region.range, offset));
  }

  isLeader(offset: number, region: Region | null): boolean {
    return this.leaderOffsets[slot(region)]?.has(offset) ?? false;
  }

  /** The instruction at a place that has been reached; undefined where exploration was given up. */
  instructionAt(offset: number, region: Region | null): Instruction | undefined {
    return this.instructions[slot(region)]?.get(offset);
  }

  /** Where `instruction`, executed in `region`, passes control; null for one that just goes on to the next. */
  transfer(instruction: Instruction, region: Region | null): Transfer | null {
    const next = instruction.nextOffset;
    switch (instruction.name) {
      case "End":
        return { kind: "end" };
      case "Return":
        return { kind: "return" };
      case "Throw":
        return { kind: "throw" };
      case "Jump":
        return { kind: "jump", to: this.landJump(instruction.target, region) };
      case "If":
        return {
          kind: "branch",
          whenTrue: this.landJump(instruction.target, region),
          whenFalse: this.regions.land(next, region),
        };
      case "WaitForFrame":
      case "WaitForFrame2":
        return {
          kind: "wait",
          loaded: this.regions.land(next, region),
          notLoaded: this.regions.land(this.offsetAfter(next, instruction.skip), region),
        };
      case "With": {
        const body = this.regions.enter("with", instruction, instruction.body, region);
        return {
          kind: "with",
          region: body,
          body: this.regions.land(instruction.body.start, body),
          skipped: this.regions.land(instruction.body.end, region),
        };
      }
      case "Try": {
        const { tryBody, catchBody, finallyBody } = instruction;
        const tryRegion = this.regions.enter("try", instruction, tryBody, region);
        const catchRegion = catchBody && this.regions.enter("catch", instruction, catchBody, region);
        const finallyRegion = finallyBody && this.regions.enter("finally", instruction, finallyBody, region);
        return {
          kind: "try",
          region: tryRegion,
          body: this.regions.land(tryBody.start, tryRegion),
          catchRegion,
          catchBody: catchBody && this.regions.land(catchBody.start, catchRegion),
          finallyRegion,
          finallyBody: finallyBody && this.regions.land(finallyBody.start, finallyRegion),
        };
      }
      default:
        return null;
    }
  }

  /**
   * Where a taken jump lands. Players look at the range of a With body only after the action that stands at the target, so a jump out of it
   * to a Jump that leads back stays inside (measured on Flash Player).
   */
  private landJump(target: number, region: Region | null): Landing {
    const direct = this.regions.land(target, region);
    if (direct.exits.length === 0 || direct.exits.some((exit) => exit.region.kind !== "with")) {
      return direct;
    }
    let at = target;
    for (let hops = 0; hops < MAX_JUMP_HOPS && this.isInside(at); hops++) {
      const instruction = decodeInstruction(this.code, at, this.range.end);
      if (instruction.name !== "Jump") {
        break;
      }
      at = instruction.target;
      const onward = this.regions.land(at, region);
      if (onward.exits.length < direct.exits.length) {
        return onward;
      }
    }
    return direct;
  }

  private scan({ offset, region }: Landing): void {
    const known = (this.instructions[slot(region)] ??= new Map());
    while (!known.has(offset)) {
      const instruction = this.decode(offset);
      if (instruction === null) {
        return;
      }
      known.set(offset, instruction);
      const transfer = this.transfer(instruction, region);
      if (transfer !== null) {
        for (const landing of landings(transfer)) {
          this.addLeader(landing);
        }
        return;
      }
      offset = instruction.nextOffset;
      if (!this.continues(offset, region)) {
        this.addLeader(this.regions.land(offset, region));
        return;
      }
      if (known.has(offset)) {
        // Two ways meet here.
        this.addLeader({ offset, region, exits: NO_EXITS });
        return;
      }
    }
  }

  private decode(offset: number): Instruction | null {
    if (this.budget.bytesLeft <= 0) {
      if (this.problems.length === 0) {
        this.problems.push(`byte ${offset}: too much overlapping code; control that gets here ends`);
      }
      return null;
    }
    const instruction = decodeInstruction(this.code, offset, this.range.end);
    const bodyless = "body" in instruction ? instruction.body.start : instruction.nextOffset;
    this.budget.bytesLeft -= bodyless - offset;
    return instruction;
  }

  /** The offset after `count` whole actions from `offset` on. */
  private offsetAfter(offset: number, count: number): number {
    while (count-- > 0 && this.isInside(offset)) {
      offset = decodeInstruction(this.code, offset, this.range.end).nextOffset;
    }
    return offset;
  }

  private addLeader(landing: Landing): void {
    if (!this.isInside(landing.offset) || this.isLeader(landing.offset, landing.region)) {
      return;
    }
    const offsets = (this.leaderOffsets[slot(landing.region)] ??= new Set());
    offsets.add(landing.offset);
    this.leaders.push(landing);
  }
}

function slot(region: Region | null): number {
  return region === null ? 0 : region.id + 1;
}

/** All places that a transfer may lead to, the one first that best follows in a listing. */
export function landings(transfer: Transfer): Landing[] {
  switch (transfer.kind) {
    case "next":
    case "jump":
      return [transfer.to];
    case "branch":
      return [transfer.whenFalse, transfer.whenTrue];
    case "wait":
      return [transfer.loaded, transfer.notLoaded];
    case "with":
      return [transfer.body, transfer.skipped];
    case "try":
      return [transfer.body, transfer.catchBody, transfer.finallyBody].filter((landing) => landing !== null);
    default:
      return [];
  }
}
