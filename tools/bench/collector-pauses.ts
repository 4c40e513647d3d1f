// SPDX-License-Identifier: AGPL-3.0-or-later
import { openSync, readSync } from "node:fs";
import { AddressSpace } from "../../lib/index.ts";
import { CycleCollector } from "../../runtime/memory/collector.ts";
import { engine } from "../engine.ts";
import { compileFixture } from "../fixture-compiler/index.ts";

/**
 * `npm run bench:collector`: how long slices of the cycle collector take, and their share of the run, over a live set of 200,000 objects
 * in families that point both ways, while families come and go. Prints a histogram, twice where the system tells (Linux): of
 * wall time, and of that without the time in which the thread was ready to run and had no processor. V8's compiler threads
 * take those away, for a scheduler's 4 ms at a time. What the host of a virtual machine takes away is only told in hundredths of a
 * second, so that slices during which it took something are counted apart.
 */
const LIVE_FAMILIES = 40_000;
const FAMILIES = 400_000;
const PROGRAM = `
function Item(parent, v) { this.parent = parent; this.v = v; this.kids = []; }
function family(v) { var p = new Item(null, v); for (var i = 0; i < 4; i++) p.kids.push(new Item(p, v + i)); return p; }
var live = []; for (var i = 0; i < ${FAMILIES}; i++) live[i % ${LIVE_FAMILIES}] = family(i);
trace(live.length);`;

/** Time for which this thread has waited for a processor, in ms; null where the system does not tell. */
function waitingClock(): (() => number) | null {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
    const buffer = Buffer.alloc(64);
    // Nanoseconds run, nanoseconds waited, time slices.
    return () => Number(buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0)).split(" ")[1]) / 1e6;
  } catch {
    return null;
  }
}

/** Hundredths of a second in which the host of this virtual machine had taken a processor; 0 where the system does not tell. */
function stolenClock(): () => number {
  try {
    const file = openSync("/proc/stat", "r");
    const buffer = Buffer.alloc(128);
    // "cpu", user, nice, system, idle, iowait, irq, softirq, steal.
    return () => Number(buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0)).split(/\s+/)[8]);
  } catch {
    return () => 0;
  }
}

const pauses: number[] = [];
const ownPauses: number[] = [];
/** Slices during which the host took a processor, in ms. */
const stolenPauses: number[] = [];
const waited = waitingClock();
const stolen = stolenClock();
const slice = CycleCollector.prototype.slice;
CycleCollector.prototype.slice = function (this: CycleCollector): void {
  const stolenBefore = stolen();
  const waitedBefore = waited?.() ?? 0;
  const start = performance.now();
  slice.call(this);
  const wall = performance.now() - start;
  pauses.push(wall);
  if (waited === null) return;
  const own = Math.max(0, wall - (waited() - waitedBefore));
  (stolen() > stolenBefore ? stolenPauses : ownPauses).push(own);
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
process.stdout.write(`first ${pauses[0].toFixed(2)} ms, peak heap ${(heap.diagnostics().peakAllocated / 1e6).toFixed(1)} MB\n`);
histogram("wall time", pauses);
if (waited !== null) {
  histogram("without waiting for a processor", ownPauses);
  const longest = stolenPauses.length === 0 ? "" : `, longest ${Math.max(...stolenPauses).toFixed(2)} ms`;
  process.stdout.write(`\nwhile the host took a processor: ${stolenPauses.length} slices${longest}\n`);
}

function histogram(title: string, times: readonly number[]): void {
  process.stdout.write(`\n${title}: longest ${Math.max(...times).toFixed(2)} ms\n`);
  for (const limit of [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64]) {
    const count = times.filter((time) => time <= limit && time > limit / 2 + (limit === 0.25 ? -1 : 0)).length;
    process.stdout.write(`up to ${String(limit).padStart(5)} ms  ${String(count).padStart(6)}\n`);
  }
}
