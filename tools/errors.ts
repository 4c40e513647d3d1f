// SPDX-License-Identifier: AGPL-3.0-or-later
import type { OutOfMemoryReport } from "../runtime/player/player-api.ts";

/** What the tools read of an `OutOfMemoryError`. */
export interface OutOfMemoryLike extends Error {
  report: OutOfMemoryReport;
}

/** Whether an error is the runtime's trap for an exhausted heap. By name, so that it also works across realms. */
export function isOutOfMemory(error: unknown): error is OutOfMemoryLike {
  return error instanceof Error && error.name === "OutOfMemoryError" && "report" in error;
}

/** Whether an error says that bytes are not a readable SWF; its message names the movie and the byte offset. */
export function isSwfError(error: unknown): error is Error {
  return error instanceof Error && error.name === "SwfError";
}
