// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { AddressSpace } from "../../../lib/index.ts";
import type { Player } from "../../../runtime/index.ts";
import { findSites, type Replay } from "../../../tools/cli/sites.ts";
import { engine, type OptimisationLevel } from "../../../tools/engine.ts";
import { compileFixture } from "../../../tools/fixture-compiler/index.ts";

/** The array is retained last by the function, and a fault in the trace raises its count once more. */
const SOURCE = `
function hold(o, list) { o.list = list; }
var held = [1, 2];
var owner = {};
hold(owner, held);
delete owner.list;
trace("fault");
`;

/** Address of what a property of that name holds. */
function blockIn(player: Player, property: string): number {
  const { nodes } = player.heapGraph();
  const edge = nodes.flatMap(({ edges }) => edges).find(({ name }) => name === property)!;
  return nodes[edge.to].ptr;
}

function run(optimise: OptimisationLevel, fault: (memory: AddressSpace, array: number) => void) {
  const swf = compileFixture(SOURCE, { version: 7 });
  const create = (positions: boolean, setup: { watch?: readonly number[]; onScriptEnd?: () => void } = {}): Player => {
    const memory = new AddressSpace();
    const heap = engine.createHeap("o1heap-chain", memory);
    const movie = engine.compileMovie(swf, { name: "sites", optimise, positions });
    const onTrace = (): void => fault(memory, blockIn(player, "held"));
    const player = engine.createPlayer(movie, { memory, heap, onTrace, ...setup });
    return player;
  };
  const player = create(false);
  player.runFrame();
  const [wrong] = player.audit();
  const sites = findSites([wrong.ptr], { after: "frame", frame: 1 }, (onScriptEnd): Replay => {
    const repeated = create(true, { watch: [wrong.ptr], onScriptEnd });
    return {
      player: repeated,
      play(atFrameEnd) {
        for (let frame = 0; frame < 3; frame++) {
          repeated.runFrame();
          atFrameEnd();
        }
      },
    };
  });
  return { wrong, sites: sites.get(wrong.ptr) };
}

it.each([0, 1, 2] as const)("names the actions that retained and released a block last, at -O%i", (optimise) => {
  const raised = run(optimise, (memory, array) => void memory.I32[array >> 2]++);
  expect(raised.wrong).toMatchObject({ kind: "array", counted: 2, existing: 1 });
  expect(raised.sites?.retain).toMatch(/^frame 1, action 0, byte [0-9a-f]+, Trace$/);
  expect(raised.sites?.release).toMatch(/^frame 1, action 0, byte [0-9a-f]+, \w+$/);
});

it("a leak names its kind, and who holds it", () => {
  const memory = new AddressSpace();
  const heap = engine.createHeap("o1heap", memory);
  const swf = compileFixture('var o = { list: ["text"] }; trace("fault"); delete o;', { version: 7 });
  const movie = engine.compileMovie(swf, { name: "leak", optimise: 2 });
  const onTrace = (): void => {
    const owner = player.heapGraph().nodes.find(({ edges }) => edges.some(({ name }) => name === "list"))!;
    memory.I32[owner.ptr >> 2]++;
  };
  const player = engine.createPlayer(movie, { memory, heap, onTrace });
  player.runFrame();
  const leaks = player.leaks();
  const object = leaks.find(({ kind }) => kind === "object")!;
  expect(object).toMatchObject({ referenceCount: 1, preview: expect.stringContaining("list"), referrers: [] });
  const array = leaks.find(({ kind }) => kind === "array")!;
  expect(array.referrers).toEqual([`property list of object at 0x${object.ptr.toString(16)}`]);
  expect(player.dispose()).toBeGreaterThan(0);
});
