// SPDX-License-Identifier: AGPL-3.0-or-later
import { parentPort, workerData } from "node:worker_threads";
import { AddressSpace } from "../../lib/memory/address-space.ts";
import { engine } from "../engine.ts";
import type { CorpusTest } from "./manifest.ts";
import { runTest, type TestSettings } from "./run-test.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  settings: TestSettings;
  /** Bytes of address space; every test has it to itself. */
  memoryBytes: number;
}

// One thread runs tests one after another, in one reservation of memory, until the pool ends it.
const { settings, memoryBytes } = workerData as WorkerSetup;
const memory = new AddressSpace(memoryBytes);
const port = parentPort!;
port.on("message", (test: CorpusTest) => port.postMessage(runTest(engine, memory, test, settings)));
port.postMessage("ready");
