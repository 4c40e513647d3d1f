// SPDX-License-Identifier: AGPL-3.0-or-later
import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BlockingWriter, BrokenPipe } from "../../../tools/cli/terminal.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reswf-terminal-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform === "win32")("BlockingWriter", () => {
  it("writes everything into a non-blocking pipe with a slow reader", async () => {
    const pipe = join(folder, "pipe");
    const copy = join(folder, "copy");
    execFileSync("mkfifo", [pipe]);
    // Read and write, so that opening does not wait for the reader.
    const descriptor = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const line = `${"é".repeat(50)}\n`;
    const text = line.repeat(5000);
    const reader = spawn("sh", ["-c", `sleep 0.1; head -c ${Buffer.byteLength(text)} "${pipe}" > "${copy}"`]);
    const ended = new Promise((resolve) => reader.on("close", resolve));
    const writer = new BlockingWriter(descriptor);
    for (let i = 0; i < 5000; i++) writer.write(line);
    writer.flush();
    await ended;
    closeSync(descriptor);
    expect(readFileSync(copy, "utf8")).toBe(text);
  });

  it("says when the reader has gone", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const descriptor = openSync(pipe, constants.O_WRONLY);
    closeSync(reader);
    const writer = new BlockingWriter(descriptor);
    expect(() => {
      writer.write("text");
      writer.flush();
    }).toThrow(BrokenPipe);
    closeSync(descriptor);
  });
});
