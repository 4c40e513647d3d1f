// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Heap } from "../../lib/heap/heap.ts";
import { createHeap, heapList, resolveHeapSpec } from "../../lib/heap/registry.ts";
import { RecordHeap } from "../../lib/heap/wrappers/record.ts";
import type { AddressSpace } from "../../lib/memory/address-space.ts";
import { inIsolate } from "./isolate.ts";
import type { Measurement } from "./measure.ts";
import { heapListText, histogramTable, measurementTable } from "./tables.ts";
import { workloadFromTrace } from "./trace-workload.ts";
import { adviceText, advise } from "./tune.ts";
import { flashMix, syntheticWorkloads, type Workload } from "./workloads.ts";

/** What the `heap` commands need from the program around them. */
export interface HeapCommandContext {
  /** Writes to standard output. */
  write(text: string): void;
  /**
   * Plays a movie to its end on a heap that it makes over the player's memory.
   * @throws when the movie can't be read or the heap is exhausted
   */
  runMovie(path: string, makeHeap: (memory: AddressSpace) => Heap): Promise<void>;
  /** Makes an error into one that the program reports: a RangeError says that a specification or a trace is wrong. */
  translateError(error: unknown): unknown;
}

/** Heaps that the tables leave out unless they are named: hundreds of times slower than the others. */
const SLOW = new Set(["thi.ng"]);
/** What `tune` measures. */
const TUNED = ["o1heap-chain", "o1heap", "segregated", "pools", "system"];
const TUNING_ROUNDS = 7;
const HISTOGRAM_OPERATIONS = 10_000_000;
const HISTOGRAM_ROUNDS = 3;

export interface MeasureOptions {
  heap?: string[];
  json?: boolean;
  rounds: number;
}

export interface BenchOptions extends MeasureOptions {
  scale: number;
  trace?: string[];
  histogram?: boolean;
}

/** `reswf heap list`. */
export function list(context: HeapCommandContext): void {
  context.write(heapListText());
}

function specsOf(options: MeasureOptions): string[] {
  return (
    options.heap ??
    heapList()
      .map(({ name }) => name)
      .filter((name) => !SLOW.has(name))
  );
}

/** `reswf heap bench`. */
export async function bench(context: HeapCommandContext, options: BenchOptions): Promise<void> {
  const specs = specsOf(options).map((spec) => resolveHeapSpec(spec, {}));
  if (options.histogram === true) return histogram(context, specs, options);
  const workloads = [...syntheticWorkloads(options.scale), ...(options.trace ?? []).map(readWorkload)];
  await measureAll(context, specs, workloads, options);
}

async function histogram(context: HeapCommandContext, specs: readonly string[], options: BenchOptions): Promise<void> {
  const workload = flashMix(Math.round(HISTOGRAM_OPERATIONS * options.scale));
  const histograms: number[][] = [];
  for (const spec of specs) histograms.push(await inIsolate({ task: "histogram", spec, workload, rounds: HISTOGRAM_ROUNDS }));
  if (options.json === true)
    context.write(`${JSON.stringify(Object.fromEntries(specs.map((spec, i) => [spec, histograms[i]])))}\n`);
  else context.write(histogramTable(specs, histograms));
}

async function measureAll(
  context: HeapCommandContext,
  specs: readonly string[],
  workloads: readonly Workload[],
  { rounds, json }: MeasureOptions,
): Promise<void> {
  const measurements: Measurement[] = [];
  for (const workload of workloads) {
    for (const spec of specs) measurements.push(await inIsolate({ task: "measure", spec, workload, rounds }));
  }
  context.write(json === true ? `${JSON.stringify(measurements)}\n` : measurementTable(measurements));
}

function readWorkload(path: string): Workload {
  return workloadFromTrace(basename(path), readFileSync(path));
}

/** `reswf heap replay`. */
export async function replayTrace(context: HeapCommandContext, path: string, options: MeasureOptions): Promise<void> {
  const specs = specsOf(options).map((spec) => resolveHeapSpec(spec, {}));
  await measureAll(context, specs, [readWorkload(path)], options);
}

async function recordMovie(context: HeapCommandContext, movie: string, spec: string): Promise<Uint8Array> {
  let recorder: RecordHeap | null = null;
  await context.runMovie(movie, (memory) => {
    recorder = new RecordHeap(createHeap(spec, memory));
    return recorder;
  });
  return (recorder as RecordHeap | null)?.trace.finish() ?? new Uint8Array();
}

/** `reswf heap record`. */
export async function record(
  context: HeapCommandContext,
  movie: string,
  options: { output: string; heap?: string },
): Promise<void> {
  const trace = await recordMovie(context, movie, resolveHeapSpec(options.heap, {}));
  writeFileSync(options.output, trace);
  context.write(`${options.output}: ${trace.length} bytes\n`);
}

/** `reswf heap tune`. */
export async function tune(context: HeapCommandContext, path: string, options: { json?: boolean }): Promise<void> {
  const name = basename(path);
  const trace = isTrace(path) ? readFileSync(path) : await recordMovie(context, path, "o1heap-chain");
  const workload = workloadFromTrace(name, trace);
  const measurements: Measurement[] = [];
  for (const spec of TUNED) measurements.push(await inIsolate({ task: "measure", spec, workload, rounds: TUNING_ROUNDS }));
  const advice = advise(workload, measurements);
  context.write(options.json === true ? `${JSON.stringify(advice)}\n` : adviceText(advice));
}

/** Whether a file begins as a trace does; a folder or a movie does not. */
function isTrace(path: string): boolean {
  try {
    return readFileSync(path).subarray(0, 10).toString("latin1") === "reswf heap";
  } catch {
    return false;
  }
}
