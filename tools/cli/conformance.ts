// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { SingleBar } from "cli-progress";
import { AddressSpace } from "../../lib/memory/address-space.ts";
import { type CorpusTest, readManifest, selectTests } from "../conformance/manifest.ts";
import { failuresText, sideBySideText, tableText, totalsText } from "../conformance/report.ts";
import { type CorpusRunOptions, runCorpus } from "../conformance/run-corpus.ts";
import { summarise } from "../conformance/summary.ts";
import type { Engine, OptimisationLevel } from "../engine.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { ConformanceOptions } from "./option-table.ts";
import type { CommandContext } from "./program.ts";
import type { Terminal } from "./terminal.ts";

/** `reswf conformance DIR`. The pass rate never shows in the exit code: a corpus is a measure, not a gate. */
export async function conformance(context: CommandContext, corpus: string, options: ConformanceOptions): Promise<ExitCode> {
  const { terminal } = context;
  const manifest = readManifest(corpus);
  if (manifest === null) {
    terminal.err(`reswf: no corpus at ${corpus} (no manifest.json there): skipped\n`);
    if (options.json === true) terminal.out(`${JSON.stringify(summarise([]))}\n`);
    return ExitCode.Done;
  }
  const run: CorpusRunOptions = {
    settings: {
      corpus,
      heap: checkedHeap(context.engine, terminal, options.heap),
      optimise: Number(options.O) as OptimisationLevel,
      audit: options.audit ?? null,
      leaks: options.leaks === true,
      keepOutput: options.show !== undefined,
    },
    jobs: options.jobs ?? availableParallelism(),
    timeLimitMs: options.timeLimit * 1000,
    memoryBytes: options.maxMemory,
  };
  if (options.show !== undefined) return await show(terminal, corpus, namedTests(manifest.tests, options.show), run);

  const tests = selectTests(manifest, options);
  const outcomes = await runWithProgress(terminal, tests, run);
  const report = summarise(outcomes);
  if (options.json === true) {
    terminal.out(`${JSON.stringify(report)}\n`);
  } else {
    terminal.out(failuresText(outcomes, options.listFailures === true));
    if (report.total > 0) terminal.out(tableText(report, terminal.colour));
    terminal.out(totalsText(report, run.settings.leaks));
  }
  return ExitCode.Done;
}

/** The specification that applies, tried out once: a wrong one is a usage error here, not a crash in every test. */
function checkedHeap(engine: Engine, terminal: Terminal, flag: string | undefined): string {
  try {
    const spec = engine.resolveHeapSpec(flag, terminal.environment);
    engine.createHeap(spec, new AddressSpace());
    return spec;
  } catch (error) {
    throw new CommandError(ExitCode.Usage, (error as Error).message);
  }
}

function namedTests(tests: readonly CorpusTest[], name: string): CorpusTest[] {
  const named = tests.filter((test) => test.name === name || test.dir === name);
  if (named.length === 0) throw new CommandError(ExitCode.Usage, `no test named '${name}' in the corpus`);
  return named;
}

async function show(terminal: Terminal, corpus: string, tests: CorpusTest[], run: CorpusRunOptions): Promise<ExitCode> {
  for (const outcome of await runCorpus(tests, run)) {
    terminal.out(sideBySideText(outcome, readFileSync(join(corpus, outcome.test.dir, "expected.txt"), "utf8")));
  }
  return ExitCode.Done;
}

async function runWithProgress(terminal: Terminal, tests: CorpusTest[], run: CorpusRunOptions) {
  if (!terminal.interactive) return await runCorpus(tests, run);
  const bar = new SingleBar({
    format: "{bar} {value}/{total}  {passed} passed  {duration_formatted}",
    hideCursor: true,
    stream: process.stderr,
  });
  bar.start(tests.length, 0, { passed: 0 });
  try {
    return await runCorpus(tests, { ...run, onProgress: (done, passed) => bar.update(done, { passed }) });
  } finally {
    bar.stop();
  }
}
