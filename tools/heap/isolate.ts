// SPDX-License-Identifier: AGPL-3.0-or-later
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { AddressSpace } from "../../lib/memory/address-space.ts";
import { type Measurement, measure, shortestTimes } from "./measure.ts";
import type { Workload } from "./workloads.ts";

/** What to do in an isolate of its own, where V8 compiles the replay for one heap only. */
export type IsolateTask =
  | { task: "measure"; spec: string; workload: Workload; rounds: number }
  | { task: "histogram"; spec: string; workload: Workload; rounds: number };

interface TaskResults {
  measure: Measurement;
  histogram: number[];
}

/** Runs a task in a worker thread of its own. @throws what the task threw */
export function inIsolate<T extends IsolateTask>(task: T): Promise<TaskResults[T["task"]]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

/** Operations by the time they took: entry n counts those below 2^n ns that are not below 2^(n-1). */
export function histogramOf(nanoseconds: ArrayLike<number>): number[] {
  const counts: number[] = new Array(32).fill(0);
  for (let i = 0; i < nanoseconds.length; i++) counts[32 - Math.clz32(nanoseconds[i])]++;
  return counts;
}

function runTask(task: IsolateTask): Measurement | number[] {
  if (task.task === "measure") return measure(task.spec, task.workload, task.rounds);
  return histogramOf(shortestTimes(new AddressSpace(), task.spec, task.workload, task.rounds));
}

if (!isMainThread && (workerData as IsolateTask | null)?.task !== undefined) {
  parentPort?.postMessage(runTask(workerData as IsolateTask));
}
