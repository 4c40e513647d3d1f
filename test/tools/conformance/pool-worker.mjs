// SPDX-License-Identifier: AGPL-3.0-or-later
// A worker that ends in the way its task asks for.
import { parentPort } from "node:worker_threads";

parentPort.on("message", (task) => {
  if (task === "hang") for (;;);
  if (task === "throw") throw new Error("thrown by the task");
  if (task === "exit") process.exit(7);
  if (task === "memory") {
    const hold = [];
    for (;;) hold.push(new Array(100_000).fill(0.5));
  }
  parentPort.postMessage(`done ${task}`);
});
parentPort.postMessage("ready");
