// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Edge, Region, Terminator } from "./code-unit.ts";
import { landings, type ReachableCode, type Transfer } from "./explore.ts";
import type { Instruction, TryInstruction, WithInstruction } from "./instruction.ts";
import type { Landing } from "./regions.ts";

/** A basic block before the analyses that need the whole graph. */
export interface PlainBlock {
  id: number;
  offset: number;
  region: Region | null;
  instructions: readonly Instruction[];
  terminator: Terminator;
  predecessors: number[];
  successors: number[];
}

interface Draft {
  place: Landing;
  instructions: Instruction[];
  transfer: Transfer | null;
  /** Drafts that control may go to, those first that should follow closely. */
  targets: Draft[];
  id: number;
}

/** Cuts reachable code into basic blocks, numbered in reverse postorder from the entry. */
export function buildBlocks(code: ReachableCode): PlainBlock[] {
  const drafts = new DraftTable(code);
  const ordered = reversePostorder(drafts.entry);
  for (const [id, draft] of ordered.entries()) {
    draft.id = id;
  }
  const edge = (landing: Landing): Edge => ({ target: drafts.at(landing)?.id ?? null, exits: landing.exits });
  const blocks = ordered.map(({ id, place, instructions, transfer, targets }): PlainBlock => {
    const terminator = terminatorOf(transfer, instructions[instructions.length - 1], edge);
    const successors = [...new Set(targets.map((target) => target.id))];
    return { id, offset: place.offset, region: place.region, instructions, terminator, predecessors: [], successors };
  });
  for (const block of blocks) {
    for (const successor of block.successors) {
      blocks[successor].predecessors.push(block.id);
    }
  }
  return blocks;
}

class DraftTable {
  readonly entry: Draft | undefined;
  private readonly byRegion = new Map<Region | null, Map<number, Draft>>();

  constructor(code: ReachableCode) {
    const drafts: Draft[] = [];
    for (const place of code.leaders) {
      if (code.instructionAt(place) === undefined) {
        continue;
      }
      let inRegion = this.byRegion.get(place.region);
      if (inRegion === undefined) {
        inRegion = new Map();
        this.byRegion.set(place.region, inRegion);
      }
      const draft: Draft = { place, instructions: [], transfer: null, targets: [], id: -1 };
      inRegion.set(place.offset, draft);
      drafts.push(draft);
    }
    for (const draft of drafts) {
      this.fill(draft, code);
    }
    this.entry = drafts[0];
  }

  at({ offset, region }: Landing): Draft | undefined {
    return this.byRegion.get(region)?.get(offset);
  }

  private fill(draft: Draft, code: ReachableCode): void {
    let at = draft.place;
    for (;;) {
      const instruction = code.instructionAt(at);
      if (instruction === undefined) {
        break;
      }
      draft.instructions.push(instruction);
      draft.transfer = code.transfer(instruction, at.region);
      if (draft.transfer.kind !== "next") {
        break;
      }
      const { to } = draft.transfer;
      if (to.exits.length > 0 || !code.isInside(to.offset) || code.isLeader(to)) {
        break;
      }
      at = to;
    }
    for (const landing of draft.transfer === null ? [] : landings(draft.transfer)) {
      const target = this.at(landing);
      if (target !== undefined) {
        draft.targets.push(target);
      }
    }
  }
}

/** Every draft reachable from the entry, each before its targets except along backward edges. */
function reversePostorder(entry: Draft | undefined): Draft[] {
  if (entry === undefined) {
    return [];
  }
  const postorder: Draft[] = [];
  const visited = new Set<Draft>([entry]);
  const stack: { draft: Draft; next: number }[] = [{ draft: entry, next: entry.targets.length }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (top.next === 0) {
      postorder.push(top.draft);
      stack.pop();
      continue;
    }
    const target = top.draft.targets[--top.next];
    if (!visited.has(target)) {
      visited.add(target);
      stack.push({ draft: target, next: target.targets.length });
    }
  }
  return postorder.reverse();
}

function terminatorOf(transfer: Transfer | null, last: Instruction, edge: (landing: Landing) => Edge): Terminator {
  if (transfer === null) {
    return { kind: "jump", instruction: null, edge: { target: null, exits: [] } };
  }
  switch (transfer.kind) {
    case "next":
      return { kind: "jump", instruction: null, edge: edge(transfer.to) };
    case "jump":
      return { kind: "jump", instruction: last, edge: edge(transfer.to) };
    case "branch":
      return { kind: "branch", instruction: last, whenTrue: edge(transfer.whenTrue), whenFalse: edge(transfer.whenFalse) };
    case "wait":
      return { kind: "wait", instruction: last, loaded: edge(transfer.loaded), notLoaded: edge(transfer.notLoaded) };
    case "with":
      return {
        kind: "with",
        instruction: last as WithInstruction,
        region: transfer.region,
        body: edge(transfer.body),
        skipped: edge(transfer.skipped),
      };
    case "try":
      return {
        kind: "try",
        instruction: last as TryInstruction,
        region: transfer.region,
        body: edge(transfer.body),
        catchRegion: transfer.catchRegion,
        catchBody: transfer.catchBody && edge(transfer.catchBody),
        finallyRegion: transfer.finallyRegion,
        finallyBody: transfer.finallyBody && edge(transfer.finallyBody),
      };
    default:
      return { kind: transfer.kind, instruction: last };
  }
}
