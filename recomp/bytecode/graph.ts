// SPDX-License-Identifier: AGPL-3.0-or-later

/** A natural loop: its header dominates every block in it. */
export interface Loop {
  /** Index in `GraphAnalysis.loops`. */
  id: number;
  header: number;
  /** Blocks with an edge back to the header. */
  latches: readonly number[];
  /** Id of the loop around it, null for an outermost one. */
  parent: number | null;
  /** 1 for an outermost loop. */
  depth: number;
}

export interface GraphAnalysis {
  /** Immediate dominator by block; the entry's is itself. */
  immediateDominator: Int32Array;
  /** Innermost first for any nest: a loop comes after the loops inside it. */
  loops: readonly Loop[];
  /** Id of the innermost loop around a block (a header is in its own loop), -1 for none. */
  innermostLoop: Int32Array;
  /** Edges that go backwards to a block that does not dominate their source: cycles with more than one entry. */
  irreducibleEdges: readonly { from: number; to: number }[];
}

/**
 * Dominators (Cooper, Harvey, Kennedy) and loop nesting (Havlak's collapsing of inner loops) of a graph whose nodes are numbered in
 * reverse postorder from the entry 0 and are all reachable. Near linear in nodes and edges for the graphs that code makes.
 */
export function analyzeGraph(
  successors: readonly (readonly number[])[],
  predecessors: readonly (readonly number[])[],
): GraphAnalysis {
  const immediateDominator = computeDominators(predecessors);
  const latchesByHeader = new Map<number, number[]>();
  const irreducibleEdges: { from: number; to: number }[] = [];
  const isDominatedBy = dominanceTest(immediateDominator);
  successors.forEach((targets, from) => {
    for (const to of targets) {
      if (to > from) {
        continue;
      }
      if (!isDominatedBy(from, to)) {
        irreducibleEdges.push({ from, to });
        continue;
      }
      const latches = latchesByHeader.get(to);
      if (latches === undefined) {
        latchesByHeader.set(to, [from]);
      } else {
        latches.push(from);
      }
    }
  });
  return { immediateDominator, irreducibleEdges, ...findLoops(predecessors, latchesByHeader) };
}

function computeDominators(predecessors: readonly (readonly number[])[]): Int32Array {
  const dominator = new Int32Array(predecessors.length).fill(-1);
  if (predecessors.length === 0) {
    return dominator;
  }
  dominator[0] = 0;
  const intersect = (a: number, b: number): number => {
    while (a !== b) {
      if (a > b) a = dominator[a];
      else b = dominator[b];
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let node = 1; node < predecessors.length; node++) {
      let candidate = -1;
      const sources = predecessors[node];
      // From the last to the first: many exits of one long chain then meet step by step instead of each climbing the whole chain.
      for (let i = sources.length - 1; i >= 0; i--) {
        if (dominator[sources[i]] >= 0) {
          candidate = candidate < 0 ? sources[i] : intersect(sources[i], candidate);
        }
      }
      if (candidate !== dominator[node]) {
        dominator[node] = candidate;
        changed = true;
      }
    }
  }
  return dominator;
}

/** Answers `a` dominates `b` in constant time, from entry and exit times of a walk over the dominator tree. */
function dominanceTest(dominator: Int32Array): (node: number, by: number) => boolean {
  const count = dominator.length;
  // A dominator has a smaller number than what it dominates, so sizes of subtrees add up from the end, and places are dealt out from the start.
  const size = new Int32Array(count).fill(1);
  for (let node = count - 1; node > 0; node--) {
    size[dominator[node]] += size[node];
  }
  const place = new Int32Array(count);
  const nextFree = new Int32Array(count);
  nextFree[0] = 1;
  for (let node = 1; node < count; node++) {
    const parent = dominator[node];
    place[node] = nextFree[parent];
    nextFree[parent] += size[node];
    nextFree[node] = place[node] + 1;
  }
  return (node, by) => place[node] >= place[by] && place[node] < place[by] + size[by];
}

function findLoops(
  predecessors: readonly (readonly number[])[],
  latchesByHeader: ReadonlyMap<number, readonly number[]>,
): Pick<GraphAnalysis, "loops" | "innermostLoop"> {
  const count = predecessors.length;
  const innermostLoop = new Int32Array(count).fill(-1);
  // Union-find: a loop that has been found is represented by its header.
  const representative = Int32Array.from({ length: count }, (_, node) => node);
  const find = (node: number): number => {
    let root = node;
    while (representative[root] !== root) root = representative[root];
    while (representative[node] !== root) {
      const next = representative[node];
      representative[node] = root;
      node = next;
    }
    return root;
  };
  const loops: { id: number; header: number; latches: readonly number[]; parent: number | null; depth: number }[] = [];
  const loopOfHeader = new Int32Array(count).fill(-1);
  // Headers with higher numbers are never outside of those with lower ones.
  const headers = [...latchesByHeader.keys()].sort((a, b) => b - a);
  for (const header of headers) {
    const latches = latchesByHeader.get(header)!;
    const loop = { id: loops.length, header, latches, parent: null, depth: 0 };
    loops.push(loop);
    loopOfHeader[header] = loop.id;
    const pending = latches.map(find).filter((node) => node !== header);
    innermostLoop[header] = innermostLoop[header] < 0 ? loop.id : innermostLoop[header];
    while (pending.length > 0) {
      const node = find(pending.pop()!);
      if (node === header) {
        continue;
      }
      if (loopOfHeader[node] >= 0) {
        loops[loopOfHeader[node]].parent = loop.id;
      } else {
        innermostLoop[node] = loop.id;
      }
      representative[node] = header;
      for (const source of predecessors[node]) {
        const outer = find(source);
        if (outer !== header) pending.push(outer);
      }
    }
  }
  for (let id = loops.length - 1; id >= 0; id--) {
    const { parent } = loops[id];
    loops[id].depth = parent === null ? 1 : loops[parent].depth + 1;
  }
  return { loops, innermostLoop };
}
