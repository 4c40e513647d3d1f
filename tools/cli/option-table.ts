// SPDX-License-Identifier: AGPL-3.0-or-later
import { InvalidArgumentError } from "commander";
import { parseSize } from "./units.ts";

/**
 * The command line as data. One row an option: parsing, `--help` and `docs/command-line.md` are all made from these
 * tables, so they cannot disagree.
 */
export interface OptionRow {
  /** Commander's notation: `--frames <n>`, `-O <level>`, `--stats [format]`. */
  flags: string;
  description: string;
  /** Heading that `--help` lists the option under. */
  group: string;
  /** Turns the text into a value. @throws InvalidArgumentError */
  parse?: (text: string) => unknown;
  choices?: readonly string[];
  defaultValue?: unknown;
  /** What an option with an optional value means without `=VALUE`. */
  bareValue?: string;
}

export interface CommandRow {
  name: string;
  /** Positional arguments in Commander's notation. */
  arguments: readonly { name: string; description: string }[];
  summary: string;
  description: string;
  group: string;
  options: readonly OptionRow[];
  subcommands?: readonly CommandRow[];
  examples: readonly (readonly [command: string, what: string])[];
}

function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < minimum || value > maximum) {
      throw new InvalidArgumentError(
        maximum === Number.MAX_SAFE_INTEGER
          ? `It must be a whole number, ${minimum} or more.`
          : `It must be a whole number from ${minimum} to ${maximum}.`,
      );
    }
    return value;
  };
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || value === Number.POSITIVE_INFINITY) {
    throw new InvalidArgumentError("It must be a number of seconds, 0 or more.");
  }
  return value;
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === null || bytes < 4096 || bytes > 0x7fffffc0) {
    throw new InvalidArgumentError("It must be a size from 4K to 2G, e.g. 256M.");
  }
  return bytes;
}

/** A size that may reach 2G exactly: the address space ends 64 bytes below it. */
function memorySize(text: string): number {
  return parseSize(text) === 0x80000000 ? 0x7fffffc0 : size(text);
}

const heapOption: OptionRow = {
  flags: "--heap <spec>",
  description: "heap to run on, NAME[:key=value,…], e.g. o1heap-chain:initial=32M (else RESWF_HEAP, else o1heap-chain)",
  group: "Memory:",
};

const optimiseOption: OptionRow = {
  flags: "-O <level>",
  description: "optimisation level: 0 literal translation … 2 fastest",
  group: "Recompiler:",
  choices: ["0", "1", "2"],
  defaultValue: "2",
};

const auditOption: OptionRow = {
  flags: "--audit [when]",
  description:
    "recompute every reference count after every frame, with =every after every script; a difference is an internal error",
  group: "Memory:",
  choices: ["frame", "every"],
  bareValue: "frame",
};

const memoryOption: OptionRow = {
  flags: "--max-memory <size>",
  description: "address space reserved for all heaps, up to 2G",
  group: "Memory:",
  parse: memorySize,
};

const movieArgument = { name: "movie", description: "MOVIE.swf" };

const runCommand: CommandRow = {
  name: "run",
  arguments: [{ name: "movie", description: "MOVIE.swf, or a folder that `build` wrote" }],
  summary: "run a movie and print its trace output",
  description:
    "Runs a movie headlessly. Its trace output goes to standard output, everything else to standard error. Without --frames, " +
    'a run ends at fscommand("quit"), when nothing could run script any more, or after 10 s of virtual time.',
  group: "Movies:",
  options: [
    { flags: "--frames <n>", description: "run N frames, then stop", group: "Time:", parse: wholeNumber(0) },
    { flags: "--seconds <s>", description: "run S seconds of movie time, then stop", group: "Time:", parse: seconds },
    { flags: "--until-quit", description: 'run until fscommand("quit"), however long', group: "Time:" },
    {
      flags: "--clock <mode>",
      description: "virtual: time advances by frames, every run is the same; real: follow the host's clock",
      group: "Time:",
      choices: ["virtual", "real"],
      defaultValue: "virtual",
    },
    {
      flags: "--seed <n>",
      description: "seed of random numbers",
      group: "Time:",
      parse: wholeNumber(0, 0xffffffff),
      defaultValue: 0,
    },
    heapOption,
    memoryOption,
    {
      flags: "--release-limit <n>",
      description: "records freed at once when something large is dropped; the rest waits for the next frames",
      group: "Memory:",
      parse: wholeNumber(1),
    },
    {
      flags: "--stats [format]",
      description: "print heap statistics at the end; =json makes them the last line of standard error",
      group: "Memory:",
      choices: ["text", "json"],
      bareValue: "text",
    },
    {
      flags: "--leaks [format]",
      description: "collect cycles at the end and report what is still alive, who holds it and where; exit 5 if anything is",
      group: "Memory:",
      choices: ["text", "json"],
      bareValue: "text",
    },
    auditOption,
    optimiseOption,
    { flags: "--base <dir>", description: "folder of the files that the movie may load (default: the movie's)", group: "Host:" },
    { flags: "--cache <dir>", description: "keep recompiled movies in a folder, by content", group: "Host:" },
    { flags: "--profile <file>", description: "write a CPU profile for Chrome DevTools", group: "Host:" },
  ],
  examples: [
    ["reswf run movie.swf", "run to the end"],
    ["reswf run movie.swf --frames 100 --stats", "100 frames, then heap statistics"],
    ["reswf run movie.swf --heap o1heap:max=4M --leaks", "in 4 MiB, and prove that nothing leaked"],
  ],
};

const buildCommand: CommandRow = {
  name: "build",
  arguments: [movieArgument],
  summary: "recompile a movie to a folder of TypeScript",
  description: "Writes a folder of TypeScript that type-checks under strict, and that `reswf run` accepts.",
  group: "Movies:",
  options: [
    { flags: "-o, --output <dir>", description: "folder to write (made if missing)", group: "Recompiler:" },
    optimiseOption,
  ],
  examples: [["reswf build movie.swf -o movie/", "then: reswf run movie/"]],
};

const inspectCommand: CommandRow = {
  name: "inspect",
  arguments: [movieArgument],
  summary: "print a movie's header and tags",
  description: "Prints the header and the tags of a movie, with --actions its disassembled code too.",
  group: "Movies:",
  options: [{ flags: "--actions", description: "disassemble every action block", group: "Recompiler:" }],
  examples: [["reswf inspect movie.swf --actions", "header, tags and bytecode"]],
};

const snapshotCommand: CommandRow = {
  name: "snapshot",
  arguments: [{ name: "movie", description: "MOVIE.swf, or a folder that `build` wrote" }],
  summary: "write the heap of a running movie for Chrome DevTools",
  description:
    "Plays a movie, collects cycles, and writes every live block with what holds it as a .heapsnapshot, which the Memory panel " +
    "of Chrome DevTools opens. Trace output is not printed.",
  group: "Checking:",
  options: [
    {
      flags: "--at-frame <n>",
      description: "take it when N frames have run",
      group: "Time:",
      parse: wholeNumber(1),
      defaultValue: 1,
    },
    { flags: "-o, --output <file>", description: "file to write (default: MOVIE.frame-N.heapsnapshot)", group: "Report:" },
    heapOption,
    memoryOption,
    optimiseOption,
  ],
  subcommands: [
    {
      name: "diff",
      arguments: [
        { name: "before", description: "BEFORE.heapsnapshot" },
        { name: "after", description: "AFTER.heapsnapshot" },
      ],
      summary: "compare two snapshots: blocks and bytes by kind",
      description: "Prints blocks and bytes of every kind that differs between two snapshots, largest growth first.",
      group: "Checking:",
      options: [],
      examples: [["reswf snapshot diff a.heapsnapshot b.heapsnapshot", "what came and what went"]],
    },
  ],
  examples: [["reswf snapshot movie.swf --at-frame 100 -o a.heapsnapshot", "the heap after 100 frames"]],
};

const conformanceCommand: CommandRow = {
  name: "conformance",
  arguments: [{ name: "dir", description: "corpus: a folder with a manifest.json" }],
  summary: "run a corpus of movies and compare their output",
  description:
    "Runs every movie of a corpus by the rules in its manifest and compares what it prints with what was recorded. " +
    "Exits 0 whatever the pass rate; a missing folder is reported and skipped.",
  group: "Checking:",
  options: [
    { flags: "--suite <name>", description: "only this suite", group: "Selection:" },
    { flags: "--tier <name>", description: "only this tier", group: "Selection:" },
    { flags: "--filter <text>", description: "only tests whose name contains TEXT", group: "Selection:" },
    { flags: "--json", description: "print one JSON object instead of the tables", group: "Report:" },
    { flags: "--list-failures", description: "list every failure, not only the first of each kind", group: "Report:" },
    { flags: "--show <name>", description: "run one test and print expected and actual output side by side", group: "Report:" },
    {
      flags: "--jobs <n>",
      description: "worker threads (default: one a processor)",
      group: "Limits:",
      parse: wholeNumber(1, 256),
    },
    { flags: "--time-limit <s>", description: "seconds a test may take", group: "Limits:", parse: seconds, defaultValue: 15 },
    { ...memoryOption, group: "Limits:", description: "address space of a test, up to 2G", defaultValue: 512 * 1024 * 1024 },
    heapOption,
    auditOption,
    { flags: "--leaks", description: "count what is still alive after each test", group: "Memory:" },
    optimiseOption,
  ],
  examples: [
    ["reswf conformance corpus/", "everything, with a table at the end"],
    ["reswf conformance corpus/ --suite swfdec --tier core --json", "one tier, for machines"],
    ["reswf conformance corpus/ --show trace-5", "one test in detail"],
  ],
};

/** Every command with a row here; `heap` brings its own subcommands (tools/heap). */
export const COMMANDS: readonly CommandRow[] = [runCommand, buildCommand, inspectCommand, snapshotCommand, conformanceCommand];

export interface RunOptions {
  frames?: number;
  seconds?: number;
  untilQuit?: boolean;
  clock: "virtual" | "real";
  seed: number;
  heap?: string;
  maxMemory?: number;
  releaseLimit?: number;
  stats?: "text" | "json";
  leaks?: "text" | "json";
  audit?: "frame" | "every";
  O: "0" | "1" | "2";
  base?: string;
  cache?: string;
  profile?: string;
}

export interface BuildOptions {
  output?: string;
  O: "0" | "1" | "2";
}

export interface InspectOptions {
  actions?: boolean;
}

export interface SnapshotOptions {
  atFrame: number;
  output?: string;
  heap?: string;
  maxMemory?: number;
  O: "0" | "1" | "2";
}

export interface ConformanceOptions {
  suite?: string;
  tier?: string;
  filter?: string;
  json?: boolean;
  listFailures?: boolean;
  show?: string;
  jobs?: number;
  timeLimit: number;
  maxMemory: number;
  heap?: string;
  audit?: "frame" | "every";
  leaks?: boolean;
  O: "0" | "1" | "2";
}
