// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AddressSpace } from "../../lib/index.ts";
import { OutOfMemoryError } from "../../runtime/index.ts";
import { engine } from "../engine.ts";

/**
 * Runs the fixtures below the given folders, at -O0 and -O2, with every check that there is, then some of them with each of their
 * requests for memory refused in turn, and ends at the first finding: exit code 1 and one line that says what noticed. The
 * child process of `mutation-check`.
 *
 * Arguments: a file with the output that every fixture had without a mutation (written when it is missing), then the folders.
 */
const FRAMES = 6;
/** Of the requests while a player starts up, each so many-th is refused. */
const START_UP_STEP = 40;
/** Movies of the first folder that are run with requests refused. */
const SWEPT = ["conversions.swf", "exceptions-in-flight.swf", "iteration.swf", "clip-removal.swf"];
/** What every URL gives: a text for those who load one, and no movie. */
const LOADED = new TextEncoder().encode("loaded=text");

function moviesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) return moviesBelow(path);
    return entry.endsWith(".swf") ? [path] : [];
  });
}

function notice(how: string, movie: string): never {
  process.stdout.write(`${how} (${movie})\n`);
  process.exit(1);
}

const memory = new AddressSpace(256 << 20);

/** Output of a movie; ends the process when a check fails. */
function play(path: string, name: string, optimise: 0 | 2): string[] {
  memory.recycle();
  const lines: string[] = [];
  const movie = engine.compileMovie(readFileSync(path), { name, optimise });
  const heap = engine.createHeap("o1heap-chain", memory);
  const player = engine.createPlayer(movie, {
    memory,
    heap,
    onTrace: (line) => lines.push(line),
    readFile: () => LOADED,
  });
  for (let frame = 0; frame < FRAMES; frame++) {
    player.runFrame();
    if (player.audit().length > 0) notice("audit", name);
  }
  // What has been loaded arrives, and timers fire.
  player.advance(300);
  if (player.audit().length > 0) notice("audit", name);
  if (player.leaks().length > 0) notice("leak report", name);
  if (player.dispose() !== 0) notice("blocks after dispose", name);
  if (heap.checkInvariants().length > 0) notice("heap check", name);
  return lines;
}

/** Refuses each request of a movie in turn: whatever that cuts short, nothing may be left when the player is disposed of. */
function sweep(path: string, name: string): void {
  const movie = engine.compileMovie(readFileSync(path), { name, optimise: 2 });
  for (let request = 1, ranOut = true, step = START_UP_STEP; ranOut; request += step) {
    memory.recycle();
    const heap = engine.createHeap(`fail=${request}+o1heap:max=8M`, memory);
    ranOut = false;
    let player: ReturnType<typeof engine.createPlayer> | null = null;
    try {
      player = engine.createPlayer(movie, { memory, heap, onTrace: () => {}, readFile: () => LOADED });
      for (let frame = 0; frame < FRAMES; frame++) player.runFrame();
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      ranOut = true;
    }
    step = player === null ? START_UP_STEP : 1;
    if (player !== null && player.dispose() !== 0) notice(`blocks after dispose, request ${request} refused`, name);
    if (heap.checkInvariants().length > 0) notice(`heap check, request ${request} refused`, name);
  }
}

const [baselineFile, ...folders] = process.argv.slice(2);
const baseline = existsSync(baselineFile) ? (JSON.parse(readFileSync(baselineFile, "utf8")) as Record<string, string[]>) : null;
const outputs: Record<string, string[]> = {};
for (const folder of folders) {
  for (const path of moviesBelow(folder)) {
    const name = join(basename(folder), path.slice(folder.length + 1));
    for (const optimise of [2, 0] as const) {
      const key = `${name} -O${optimise}`;
      try {
        outputs[key] = play(path, name, optimise);
      } catch (error) {
        notice(`exception: ${error instanceof Error ? error.message.split("\n")[0].slice(0, 80) : String(error)}`, name);
      }
      if (baseline !== null && outputs[key].join("\n") !== baseline[key].join("\n")) notice("output", name);
    }
  }
}
const [swept] = folders;
for (const name of SWEPT) sweep(join(swept, name), name);
if (baseline === null) writeFileSync(baselineFile, JSON.stringify(outputs));
