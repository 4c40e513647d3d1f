// SPDX-License-Identifier: AGPL-3.0-or-later
import { Command, CommanderError, Option } from "commander";
import type { Engine } from "../engine.ts";
import { isOutOfMemory, isSwfError } from "../errors.ts";
import { CommandError, EXIT_CODE_MEANINGS, ExitCode } from "./exit-code.ts";
import { createHeapCommand } from "./heap-command.ts";
import { COMMANDS, type CommandRow, type OptionRow } from "./option-table.ts";
import { outOfMemoryText } from "./report.ts";
import { BrokenPipe, type Terminal } from "./terminal.ts";

/** What the command line is given to work with. */
export interface ProgramContext {
  terminal: Terminal;
  /** Loads the layers below; called only when a command runs, so that `reswf --help` answers at once. */
  loadEngine: () => Promise<Engine>;
}

/** What a command is given to work with. */
export interface CommandContext {
  terminal: Terminal;
  engine: Engine;
}

/**
 * A command's code: its arguments, and options as parsed from its row of the table, already validated. Loaded only when it
 * runs, as the engine is.
 */
type Handler = (context: CommandContext, ...parameters: unknown[]) => Promise<ExitCode>;

const HANDLERS: Readonly<Record<string, () => Promise<Handler>>> = {
  run: async () => (await import("./run.ts")).run as Handler,
  build: async () => (await import("./build.ts")).build as Handler,
  inspect: async () => (await import("./inspect.ts")).inspect as Handler,
  snapshot: async () => (await import("./snapshot.ts")).snapshot as Handler,
  "snapshot diff": async () => (await import("./snapshot.ts")).snapshotDiff as Handler,
  conformance: async () => (await import("./conformance.ts")).conformance as Handler,
};

/**
 * Runs one command line to its end.
 * @param argv the arguments after the program's name
 * @param version what `--version` prints
 * @returns the exit code; every message is already on the terminal, and flushed
 */
export async function runCommandLine(argv: readonly string[], version: string, context: ProgramContext): Promise<ExitCode> {
  const { terminal } = context;
  let exitCode: ExitCode = ExitCode.Done;
  try {
    try {
      const program = createProgram(version, context, (code) => {
        exitCode = code;
      });
      await program.parseAsync(withBareValues(argv), { from: "user" });
    } catch (error) {
      exitCode = reportError(error, terminal);
    }
    terminal.flush();
  } catch (error) {
    if (!(error instanceof BrokenPipe)) throw error;
  }
  return exitCode;
}

/** The whole command line as a Commander program. `onExit` receives the exit code of the command that ran. */
export function createProgram(version: string, context: ProgramContext, onExit: (code: ExitCode) => void): Command {
  const { terminal } = context;
  const program = new Command("reswf");
  configure(program, terminal);
  program
    .description("Recompiles Flash movies (SWF, ActionScript 1 and 2) to TypeScript and runs them headlessly.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print help; `reswf COMMAND --help` for one command")
    .helpCommand(false)
    .addHelpText("after", programFooter());
  const createRunnable = (row: CommandRow, path: string): Command => {
    const command = createCommand(row, terminal);
    // Commander adds itself as the last parameter.
    command.action(async (...parameters: unknown[]) => {
      const handler = await HANDLERS[path]!();
      onExit(await handler({ terminal, engine: await context.loadEngine() }, ...parameters.slice(0, -1)));
    });
    for (const each of row.subcommands ?? []) command.addCommand(createRunnable(each, `${path} ${each.name}`));
    return command.helpCommand(false);
  };
  for (const row of COMMANDS) {
    program.addCommand(createRunnable(row, row.name));
  }
  program.addCommand(createHeapCommand(context, configure));
  return program;
}

function createCommand(row: CommandRow, terminal: Terminal): Command {
  const command = new Command(row.name);
  configure(command, terminal);
  command.summary(row.summary).description(row.description).helpGroup(row.group).helpOption("-h, --help", "print this help");
  for (const argument of row.arguments) command.argument(`<${argument.name}>`, argument.description);
  for (const option of row.options) command.addOption(createOption(option));
  const width = Math.max(...row.examples.map(([example]) => example.length));
  const examples = row.examples.map(([example, what]) => `  ${example.padEnd(width)}  ${what}`);
  return command.addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
}

function createOption(row: OptionRow): Option {
  const option = new Option(row.flags, row.description).helpGroup(row.group);
  if (row.parse !== undefined) option.argParser(row.parse);
  if (row.choices !== undefined) option.choices(row.choices);
  if (row.defaultValue !== undefined) option.default(row.defaultValue);
  return option;
}

function configure(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 120 })
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      // Errors are printed once, by reportError; help that accompanies an error still comes here.
      writeErr: () => {},
      getOutHasColors: () => terminal.colour,
      getErrHasColors: () => false,
    });
}

function programFooter(): string {
  const codes = EXIT_CODE_MEANINGS.map(([code, meaning]) => `${code} ${meaning}`).join("; ");
  return `
Environment:
  RESWF_HEAP   heap specification used when --heap is not given
  NO_COLOR     no colour in the output

Exit codes: ${codes}

Examples:
  reswf run movie.swf                run a movie and print its trace output
  reswf build movie.swf -o movie/    recompile it to TypeScript
  reswf run movie/                   run what build wrote`;
}

/**
 * Gives options with an optional value their meaning when they stand alone: `--stats` becomes `--stats=text`. Without
 * this Commander would take the next argument, `reswf run --stats movie.swf`, for the value.
 */
export function withBareValues(argv: readonly string[]): string[] {
  const bareValues = new Map<string, string>();
  // The same flag may be without a value in another command.
  const command = COMMANDS.find(({ name }) => name === argv.find((argument) => !argument.startsWith("-")));
  for (const { flags, bareValue } of command?.options ?? [])
    if (bareValue !== undefined) bareValues.set(flags.split(" ")[0]!, bareValue);
  const end = argv.indexOf("--");
  return argv.map((argument, index) => {
    const value = end >= 0 && index > end ? undefined : bareValues.get(argument);
    return value === undefined ? argument : `${argument}=${value}`;
  });
}

/** Tells the user what went wrong, and says which exit code that is. */
function reportError(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof BrokenPipe) throw error;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.Done;
    const message = error.code === "commander.help" ? "missing command" : error.message.replace(/^error: /, "");
    return reportUsage(message, terminal);
  }
  if (error instanceof CommandError) {
    if (error.exitCode === ExitCode.Usage) return reportUsage(error.message, terminal);
    terminal.err(`reswf: ${error.message}\n`);
    return error.exitCode;
  }
  if (isSwfError(error)) {
    terminal.err(`reswf: ${error.message}\n`);
    return ExitCode.UnreadableMovie;
  }
  if (isOutOfMemory(error)) {
    terminal.err(outOfMemoryText(error.report));
    return ExitCode.OutOfMemory;
  }
  terminal.err(`reswf: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return ExitCode.InternalError;
}

function reportUsage(message: string, terminal: Terminal): ExitCode {
  terminal.err(`reswf: ${message}\nTry 'reswf --help'\n`);
  return ExitCode.Usage;
}
