// SPDX-License-Identifier: AGPL-3.0-or-later
import { AddressSpace } from "../../lib/index.ts";
import { CycleCollector } from "../../runtime/memory/collector.ts";
import { engine } from "../engine.ts";
import { compileFixture } from "../fixture-compiler/index.ts";

/**
 * `npm run bench:collector`: how long slices of the cycle collector take, and their share of the run, over a live set of 200,000 objects
 * in families that point both ways, while families come and go. Prints a histogram.
 */
const LIVE_FAMILIES = 40_000;
const FAMILIES = 400_000;
const PROGRAM = `
function Item(parent, v) { this.parent = parent; this.v = v; this.kids = []; }
function family(v) { var p = new Item(null, v); for (var i = 0; i < 4; i++) p.kids.push(new Item(p, v + i)); return p; }
var live = []; for (var i = 0; i < ${FAMILIES}; i++) live[i % ${LIVE_FAMILIES}] = family(i);
trace(live.length);`;

const pauses: number[] = [];
const slice = CycleCollector.prototype.slice;
CycleCollector.prototype.slice = function (this: CycleCollector): void {
  const start = performance.now();
  slice.call(this);
  pauses.push(performance.now() - start);
};

const memory = new AddressSpace();
const heap = engine.createHeap("o1heap-chain", memory);
const movie = engine.compileMovie(compileFixture(PROGRAM, { version: 7 }), { name: "pauses", optimise: 2 });
const player = engine.createPlayer(movie, { memory, heap });
const start = performance.now();
player.runFrame();
const total = performance.now() - start;

const spent = pauses.reduce((sum, pause) => sum + pause, 0);
process.stdout.write(
  `${pauses.length} slices, ${spent.toFixed(0)} ms of ${total.toFixed(0)} ms: ${((100 * spent) / total).toFixed(0)} %\n`,
);
process.stdout.write(
  `longest ${Math.max(...pauses).toFixed(2)} ms, first ${pauses[0].toFixed(2)} ms, peak heap ${(heap.diagnostics().peakAllocated / 1e6).toFixed(1)} MB\n`,
);
for (const limit of [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64]) {
  const count = pauses.filter((pause) => pause <= limit && pause > limit / 2 + (limit === 0.25 ? -1 : 0)).length;
  process.stdout.write(`up to ${String(limit).padStart(5)} ms  ${String(count).padStart(6)}\n`);
}
