// SPDX-License-Identifier: AGPL-3.0-or-later

import type { CorpusTest } from "./manifest.ts";
import { isTaskFailure, runPool, type TaskFailure } from "./pool.ts";
import type { TestResult, TestSettings } from "./run-test.ts";
import type { TestOutcome } from "./summary.ts";
import type { WorkerSetup } from "./worker.ts";

export interface CorpusRunOptions {
  settings: TestSettings;
  jobs: number;
  /** Wall time a test may take. */
  timeLimitMs: number;
  /** Address space of a test, bytes. */
  memoryBytes: number;
  /** Called after each test. */
  onProgress?: (done: number, passed: number) => void;
}

/** Memory that V8 may take in a worker for what is not in the movie's heap: compiled code, the player's bookkeeping. */
const WORKER_HEAP_MEGABYTES = 768;

/** The worker's module lies beside this one, with this one's extension: `.js` when compiled. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

/**
 * Runs tests in worker threads.
 * @returns every test with its result, in the order given
 */
export async function runCorpus(tests: readonly CorpusTest[], options: CorpusRunOptions): Promise<TestOutcome[]> {
  const setup: WorkerSetup = { settings: options.settings, memoryBytes: options.memoryBytes };
  const results = new Map<CorpusTest, TestResult>();
  let passed = 0;
  await runPool<CorpusTest, TestResult>(tests, {
    worker: WORKER,
    workerOptions: { workerData: setup, resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MEGABYTES } },
    jobs: options.jobs,
    timeLimitMs: options.timeLimitMs,
    onResult(test, result) {
      const final = isTaskFailure(result) ? failedResult(result) : result;
      results.set(test, final);
      if (final.pass) passed++;
      options.onProgress?.(results.size, passed);
    },
  });
  return tests.map((test) => ({ test, result: results.get(test)! }));
}

function failedResult({ failure, message, ms }: TaskFailure): TestResult {
  return { pass: false, why: failure, ms, leaks: 0, difference: null, message };
}
