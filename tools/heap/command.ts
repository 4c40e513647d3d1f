// SPDX-License-Identifier: AGPL-3.0-or-later
import { Command, InvalidArgumentError } from "commander";
import type { BenchOptions, HeapCommandContext, MeasureOptions } from "./actions.ts";

const DEFAULT_SCALE = 0.5;
const DEFAULT_ROUNDS = 7;

/** The code is loaded only when one of the commands runs, so that `reswf --help` answers at once. */
const loadActions = () => import("./actions.ts");
type Actions = Awaited<ReturnType<typeof loadActions>>;

/** `reswf heap list | bench | record | replay | tune`. */
export function heapCommand(context: HeapCommandContext): Command {
  const run = async (use: (actions: Actions) => void | Promise<void>): Promise<void> => {
    try {
      await use(await loadActions());
    } catch (error) {
      throw context.translateError(error);
    }
  };
  const command = new Command("heap").description(
    "Tells about the heaps that a movie can run on, measures them, and helps to choose one.",
  );
  command
    .command("list")
    .description("every heap and wrapper, its purpose, its options and their environment variables")
    .action(() => run((actions) => actions.list(context)));
  measuring(command.command("bench"))
    .description("the same workloads on every heap")
    .option("--scale <x>", "size of the workloads; 1 is 2,000,000 operations each", positive, DEFAULT_SCALE)
    .option("--trace <files...>", "recorded traces to replay besides")
    .option("--histogram", "the worst single operation instead: a histogram of 10,000,000 operations (times --scale)")
    .action((options: BenchOptions) => run((actions) => actions.bench(context, options)));
  command
    .command("record")
    .description("plays a movie and writes a trace of all it asks of its heap")
    .argument("<movie>", "MOVIE.swf, or a folder that `build` wrote")
    .requiredOption("-o, --output <file>", "the trace")
    .option("--heap <spec>", "heap to play it on")
    .action((movie: string, options: { output: string; heap?: string }) =>
      run((actions) => actions.record(context, movie, options)),
    );
  measuring(command.command("replay"))
    .description("replays a trace on heaps")
    .argument("<trace>", "what `heap record` wrote")
    .action((trace: string, options: MeasureOptions) => run((actions) => actions.replayTrace(context, trace, options)));
  command
    .command("tune")
    .description("plays a movie or replays a trace over heaps and sizes, and says which configuration fits")
    .argument("<movie>", "a movie, or a trace that `heap record` wrote")
    .option("--json", "one JSON object instead of text")
    .action((path: string, options: { json?: boolean }) => run((actions) => actions.tune(context, path, options)));
  return command;
}

function measuring(command: Command): Command {
  return command
    .option("--heap <specs...>", "heaps to measure (default: all but the slow)")
    .option("--rounds <n>", "replays; the first ones warm up", positive, DEFAULT_ROUNDS)
    .option("--json", "JSON instead of a table");
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}
