// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Command } from "commander";
import type { Heap } from "../../lib/heap/heap.ts";
import { AddressSpace } from "../../lib/memory/address-space.ts";
import { heapCommand } from "../heap/command.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import { directoryReader, movieUrl } from "./file-access.ts";
import type { ProgramContext } from "./program.ts";
import type { Terminal } from "./terminal.ts";

/**
 * `reswf heap` with its subcommands.
 * @param configure sets up a command's help and error output
 */
export function createHeapCommand(context: ProgramContext, configure: (command: Command, terminal: Terminal) => void): Command {
  const command = heapCommand({
    write: (text) => context.terminal.out(text),
    runMovie: (path, makeHeap) => playMovieOn(context, path, makeHeap),
    translateError,
  });
  command.summary("list, measure and tune heaps").helpGroup("Checking:").helpCommand(false);
  for (const each of [command, ...command.commands]) {
    configure(each, context.terminal);
    each.helpOption("-h, --help", "print this help");
  }
  return command;
}

/** The command as help and documentation print it; it can't be run. */
export function heapCommandForHelp(): Command {
  const unusable = (): never => {
    throw new Error("this command is for help only");
  };
  return heapCommand({ write: unusable, runMovie: unusable, translateError: unusable });
}

/** Plays a movie as `reswf run` does without options, its trace output unheard. */
async function playMovieOn(context: ProgramContext, path: string, makeHeap: (memory: AddressSpace) => Heap): Promise<void> {
  const engine = await context.loadEngine();
  const { loadMovieFrom } = await import("./movie-source.ts");
  const { play } = await import("./playback.ts");
  const { movie, directory } = await loadMovieFrom(path, engine, 2);
  const memory = new AddressSpace();
  const player = engine.createPlayer(movie, {
    memory,
    heap: makeHeap(memory),
    clock: { mode: "virtual" },
    url: movieUrl(path),
    readFile: directoryReader(directory),
    compile: (bytes, url) => engine.compileMovie(bytes, { name: url, optimise: 2 }),
  });
  play(player, { clock: "virtual" });
}

/** A specification or trace that is wrong, and a file that can't be read, are the user's to mend. */
function translateError(error: unknown): unknown {
  const expected = error instanceof RangeError || (error instanceof Error && "code" in error && typeof error.code === "string");
  return expected && !(error instanceof CommandError) ? new CommandError(ExitCode.Usage, (error as Error).message) : error;
}
