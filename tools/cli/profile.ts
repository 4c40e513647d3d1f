// SPDX-License-Identifier: AGPL-3.0-or-later
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";

/**
 * Starts V8's sampling profiler.
 * @param path file that the profile goes to, in the format of Chrome DevTools (`.cpuprofile`)
 * @returns stops the profiler and writes the file
 */
export function startProfile(path: string): () => void {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.start");
  return () => {
    // Answered before `post` returns, since the session belongs to this thread.
    session.post("Profiler.stop", (error, result) => {
      if (error !== null) throw error;
      writeFileSync(path, JSON.stringify(result.profile));
    });
    session.disconnect();
  };
}
