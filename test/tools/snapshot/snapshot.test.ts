// SPDX-License-Identifier: AGPL-3.0-or-later
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../../tools/cli/program.ts";
import { engine } from "../../../tools/engine.ts";
import { compileFixture } from "../../../tools/fixture-compiler/fixture-compiler.ts";
import type { HeapSnapshot } from "../../../tools/snapshot/devtools.ts";
import { play } from "../../runtime/support/play.ts";
import { memoryTerminal } from "../fake-engine.ts";

const SOURCE = `
  _root.keep = { list: ["first text", { inner: "second text" }], run: function () { return 1; } };
  _root.onEnterFrame = function () { _root.keep.list.push({ grown: true }); };`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reswf-snapshot-"));
  writeFileSync(join(folder, "movie.swf"), compileFixture(SOURCE, { version: 7 }));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function reswf(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const terminal = memoryTerminal();
  const exitCode = await runCommandLine(argv, "test", { terminal, loadEngine: async () => engine });
  return { exitCode, stdout: terminal.stdout, stderr: terminal.stderr };
}

async function snapshotAt(frame: number): Promise<string> {
  const file = join(folder, `${frame}.heapsnapshot`);
  const { exitCode, stderr } = await reswf("snapshot", join(folder, "movie.swf"), "--at-frame", `${frame}`, "-o", file);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return file;
}

interface Node {
  type: string;
  name: string;
  id: number;
  edges: { type: string; name: string | number; to: number }[];
}

/** Reads the flat arrays the way DevTools does. */
function decode({ snapshot: { meta }, nodes, edges, strings }: HeapSnapshot): Node[] {
  const nodeTypes = meta.node_types[0];
  const edgeTypes = meta.edge_types[0];
  let at = 0;
  return Array.from({ length: nodes.length / 7 }, (_, i) => {
    const [type, name, id, , edgeCount] = nodes.slice(i * 7, i * 7 + 7);
    const own = Array.from({ length: edgeCount }, () => {
      const [kind, label, to] = edges.slice(at, (at += 3));
      return { type: edgeTypes[kind], name: edgeTypes[kind] === "element" ? label : strings[label], to: to / 7 };
    });
    return { type: nodeTypes[type], name: strings[name], id, edges: own };
  });
}

describe("reswf snapshot", () => {
  it("writes arrays that fit their description", async () => {
    const value = JSON.parse(readFileSync(await snapshotAt(1), "utf8")) as HeapSnapshot;
    const { meta, node_count, edge_count } = value.snapshot;
    expect(meta.node_types.length).toBe(meta.node_fields.length);
    expect(meta.edge_types.length).toBe(meta.edge_fields.length);
    expect(value.nodes.length).toBe(node_count * meta.node_fields.length);
    expect(value.edges.length).toBe(edge_count * meta.edge_fields.length);
    const nodes = decode(value);
    expect(nodes.reduce((sum, { edges }) => sum + edges.length, 0)).toBe(edge_count);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(node_count);
    for (const { type, name, edges } of nodes) {
      expect([type, name]).not.toContain(undefined);
      for (const edge of edges) {
        expect(edge.name).toBeDefined();
        expect(Number.isInteger(edge.to) && edge.to >= 0 && edge.to < node_count).toBe(true);
      }
    }
  });

  it("reaches every node from the root, and data by the names that scripts use", async () => {
    const nodes = decode(JSON.parse(readFileSync(await snapshotAt(1), "utf8")) as HeapSnapshot);
    const reached = new Set([0]);
    for (const index of reached) for (const { to } of nodes[index].edges) reached.add(to);
    expect(reached.size).toBe(nodes.length);
    const follow = (from: Node | undefined, name: string | number): Node | undefined => {
      const edge = from?.edges.find((each) => each.name === name);
      return edge && nodes[edge.to];
    };
    const list = follow(
      follow(
        nodes.find((node) => node.name === "clip" && follow(node, "keep")),
        "keep",
      ),
      "list",
    );
    expect(list?.name).toBe("array");
    expect(follow(list, 0)).toMatchObject({ type: "string", name: "first text" });
    expect(follow(follow(list, 1), "inner")).toMatchObject({ type: "string", name: "second text" });
  });

  it("counts every live byte, and changes nothing", () => {
    const { player, heap } = play(SOURCE);
    // Dead records that the collector still lists are blocks, but no part of the graph.
    player.collect();
    const blocks = [...heap.blocks()];
    const { nodes } = player.heapGraph();
    const sum = (sizes: readonly { sizeBytes: number }[]): number => sizes.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    expect(sum(nodes)).toBe(sum(blocks));
    expect([...heap.blocks()].length).toBe(blocks.length);
    expect(player.audit()).toEqual([]);
    expect(player.dispose()).toBe(0);
  });
});

describe("reswf snapshot diff", () => {
  it("prints what grew, and nothing for the same snapshot", async () => {
    const [a, b] = [await snapshotAt(2), await snapshotAt(5)];
    const { exitCode, stdout } = await reswf("snapshot", "diff", a, b);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^object +\d+ +\d+ +\+3 /m);
    expect((await reswf("snapshot", "diff", a, a)).stdout).toBe("no difference\n");
  });

  it("refuses what is no snapshot", async () => {
    const other = join(folder, "other.json");
    writeFileSync(other, '{"nodes":[]}');
    expect(await reswf("snapshot", "diff", other, other)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("not a heap snapshot"),
    });
  });
});
