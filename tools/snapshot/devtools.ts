// SPDX-License-Identifier: AGPL-3.0-or-later
import type { HeapGraph, HeapGraphNode } from "../../runtime/player/player-api.ts";

/**
 * The `.heapsnapshot` format of V8, which Chrome DevTools reads: flat number arrays, described by `meta`. Nodes stand in the
 * order of their edges; an edge's `to_node` is an offset into `nodes`, a multiple of the number of node fields.
 */
export interface HeapSnapshot {
  snapshot: {
    meta: {
      node_fields: readonly string[];
      node_types: readonly (string | readonly string[])[];
      edge_fields: readonly string[];
      edge_types: readonly (string | readonly string[])[];
      trace_function_info_fields: readonly string[];
      trace_node_fields: readonly string[];
      sample_fields: readonly string[];
      location_fields: readonly string[];
    };
    node_count: number;
    edge_count: number;
    trace_function_count: number;
  };
  nodes: number[];
  edges: number[];
  trace_function_infos: number[];
  trace_tree: number[];
  samples: number[];
  locations: number[];
  strings: string[];
}

const NODE_TYPES = ["hidden", "array", "string", "object", "code", "closure", "regexp", "number", "native", "synthetic"] as const;
const EDGE_TYPES = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"] as const;
type NodeType = (typeof NODE_TYPES)[number];
type EdgeType = (typeof EDGE_TYPES)[number];

const META: HeapSnapshot["snapshot"]["meta"] = {
  node_fields: ["type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness"],
  node_types: [NODE_TYPES, "string", "number", "number", "number", "number", "number"],
  edge_fields: ["type", "name_or_index", "to_node"],
  edge_types: [EDGE_TYPES, "string_or_number", "node"],
  trace_function_info_fields: [],
  trace_node_fields: [],
  sample_fields: [],
  location_fields: [],
};
const NODE_FIELDS = META.node_fields.length;

/** How DevTools shows blocks of a kind; every other kind is `hidden`: the runtime's own structures. */
const TYPES: Readonly<Record<string, NodeType>> = {
  object: "object",
  array: "object",
  function: "closure",
  clip: "object",
  super: "object",
  scope: "object",
  accessor: "object",
  "native data": "native",
  "clip reference": "native",
  enumeration: "native",
  string: "string",
};

/** Nodes that stand for no block: DevTools starts at the first and looks for the second by its name. */
const SYNTHETIC = ["", "(GC roots)", "(Machine)", "(Runtime structures)"] as const;

/** The graph as DevTools wants it. What the player holds hangs on the root itself, so that distances count from there. */
export function toHeapSnapshot({ nodes, playerRoots, machineRoots }: HeapGraph): HeapSnapshot {
  const writer = new SnapshotWriter();
  const isHeld = new Uint8Array(nodes.length);
  for (const { edges } of nodes) for (const { to } of edges) isHeld[to] = 1;
  for (const index of [...playerRoots, ...machineRoots]) isHeld[index] = 1;
  const others = nodes.flatMap((_, index) => (isHeld[index] === 1 ? [] : [index]));
  const first = SYNTHETIC.length;

  const groups: readonly (readonly number[])[] = [
    [1, ...playerRoots.map((index) => index + first)],
    [2, 3],
    machineRoots.map((index) => index + first),
    others.map((index) => index + first),
  ];
  groups.forEach((targets, i) => {
    writer.node("synthetic", SYNTHETIC[i], 2 * i + 1, 0, targets.length);
    for (const [k, target] of targets.entries()) writer.edge("element", k + 1, target);
  });
  for (const node of nodes) {
    // Addresses are multiples of 16: these ids are odd, as DevTools expects, and no synthetic node's.
    writer.node(TYPES[node.kind] ?? "hidden", nameOf(node), node.ptr + 1, node.sizeBytes, node.edges.length);
    for (const { type, name, to } of node.edges) writer.edge(type, name, to + first);
  }
  return writer.finish();
}

/** Strings and functions go by what they are, everything else by its kind: DevTools groups by this. */
function nameOf({ kind, preview }: HeapGraphNode): string {
  if (kind === "string") return JSON.parse(preview) as string;
  return kind === "function" && preview !== "" ? preview : kind;
}

class SnapshotWriter {
  private readonly nodes: number[] = [];
  private readonly edges: number[] = [];
  private readonly strings = new Map<string, number>();

  private text(value: string): number {
    let index = this.strings.get(value);
    if (index === undefined) this.strings.set(value, (index = this.strings.size));
    return index;
  }

  node(type: NodeType, name: string, id: number, sizeBytes: number, edgeCount: number): void {
    this.nodes.push(NODE_TYPES.indexOf(type), this.text(name), id, sizeBytes, edgeCount, 0, 0);
  }

  /** @param to index of the node, not its offset */
  edge(type: EdgeType, name: string | number, to: number): void {
    this.edges.push(EDGE_TYPES.indexOf(type), typeof name === "number" ? name : this.text(name), to * NODE_FIELDS);
  }

  finish(): HeapSnapshot {
    const { nodes, edges } = this;
    return {
      snapshot: {
        meta: META,
        node_count: nodes.length / NODE_FIELDS,
        edge_count: edges.length / META.edge_fields.length,
        trace_function_count: 0,
      },
      nodes,
      edges,
      trace_function_infos: [],
      trace_tree: [],
      samples: [],
      locations: [],
      strings: [...this.strings.keys()],
    };
  }
}
