// SPDX-License-Identifier: AGPL-3.0-or-later
import { Worker, type WorkerOptions } from "node:worker_threads";

/** How a task ended that returned no result of its own. */
export type TaskFailure = { failure: "timeout" | "memory" | "crash"; message: string; ms: number };

export interface PoolOptions<Task, Result> {
  /** Module of the worker: posts `"ready"` once, then one result for every task it is sent. */
  worker: URL;
  workerOptions?: WorkerOptions;
  jobs: number;
  /** Wall time that a task may take; its worker is ended then. */
  timeLimitMs: number;
  /** Called once a task, in the order in which they finish. */
  onResult: (task: Task, result: Result | TaskFailure) => void;
}

/**
 * Runs tasks in worker threads, one at a time in each. A task that hangs, exhausts the thread's memory or brings it down costs
 * its own worker only: a fresh one takes over with the next task. A task's time counts from when a worker that is ready gets it.
 * @returns resolves when every task has ended
 * @throws Error when a worker can't even start
 */
export async function runPool<Task, Result>(tasks: readonly Task[], options: PoolOptions<Task, Result>): Promise<void> {
  let next = 0;
  const take = (): Task | undefined => tasks[next++];
  const lanes = Array.from({ length: Math.min(options.jobs, tasks.length) }, () => runLane(take, options));
  await Promise.all(lanes);
}

/** One worker's place in the pool: works until no task is left, replacing its worker whenever a task ends it. */
async function runLane<Task, Result>(take: () => Task | undefined, options: PoolOptions<Task, Result>): Promise<void> {
  let worker: Worker | null = null;
  for (let task = take(); task !== undefined; task = take()) {
    worker ??= await startWorker(options);
    const result = await runTask<Task, Result>(worker, task, options.timeLimitMs);
    if (isTaskFailure(result)) {
      await worker.terminate();
      worker = null;
    }
    options.onResult(task, result);
  }
  await worker?.terminate();
}

/** Whether the pool, rather than the worker, says how a task ended. */
export function isTaskFailure(result: unknown): result is TaskFailure {
  return typeof result === "object" && result !== null && "failure" in result;
}

function startWorker<Task, Result>(options: PoolOptions<Task, Result>): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(options.worker, options.workerOptions);
    worker.once("error", reject);
    worker.once("message", () => {
      worker.off("error", reject);
      resolve(worker);
    });
  });
}

function runTask<Task, Result>(worker: Worker, task: Task, timeLimitMs: number): Promise<Result | TaskFailure> {
  return new Promise((resolve) => {
    const started = performance.now();
    const end = (result: Result | TaskFailure) => {
      clearTimeout(timer);
      worker.off("message", end).off("error", onError).off("exit", onExit);
      // A worker that is being ended may still fail; without a listener that would end the whole process.
      if (isTaskFailure(result)) worker.on("error", () => {});
      resolve(result);
    };
    const fail = (failure: TaskFailure["failure"], message: string) => end({ failure, message, ms: performance.now() - started });
    const onError = (error: Error & { code?: string }) =>
      fail(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "memory" : "crash", error.stack ?? error.message);
    const onExit = (code: number) => fail("crash", `worker ended with code ${code}`);
    const timer = setTimeout(() => fail("timeout", `still running after ${timeLimitMs / 1000} s`), timeLimitMs);
    worker.on("message", end).on("error", onError).on("exit", onExit);
    worker.postMessage(task);
  });
}
