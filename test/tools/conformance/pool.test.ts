// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, it } from "vitest";
import { runPool, type TaskFailure } from "../../../tools/conformance/pool.ts";

const worker = new URL("./pool-worker.mjs", import.meta.url);

async function results(tasks: string[], jobs = 1): Promise<Record<string, string>> {
  const byTask: Record<string, string> = {};
  await runPool<string, string>(tasks, {
    worker,
    workerOptions: { resourceLimits: { maxOldGenerationSizeMb: 32 }, stderr: true },
    jobs,
    timeLimitMs: 400,
    onResult(task, result: string | TaskFailure) {
      byTask[task] = typeof result === "string" ? result : result.failure;
    },
  });
  return byTask;
}

it("runs every task, with more tasks than workers and the other way round", async () => {
  expect(await results(["a", "b", "c"], 2)).toEqual({ a: "done a", b: "done b", c: "done c" });
  expect(await results(["a"], 4)).toEqual({ a: "done a" });
  expect(await results([], 4)).toEqual({});
});

it("ends a task at its time limit and goes on with the next", async () => {
  expect(await results(["hang", "a"])).toEqual({ hang: "timeout", a: "done a" });
});

it("survives tasks that throw, exit, or exhaust the worker's memory", async () => {
  expect(await results(["throw", "a", "exit", "b"])).toEqual({ throw: "crash", a: "done a", exit: "crash", b: "done b" });
});

it("tells exhausted memory from a crash", async () => {
  const byTask: Record<string, string> = {};
  await runPool<string, string>(["memory", "a"], {
    worker,
    workerOptions: { resourceLimits: { maxOldGenerationSizeMb: 16 }, stderr: true },
    jobs: 1,
    timeLimitMs: 20_000,
    onResult: (task, result) => {
      byTask[task] = typeof result === "string" ? result : result.failure;
    },
  });
  expect(byTask).toEqual({ memory: "memory", a: "done a" });
});
