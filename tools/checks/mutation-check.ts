// SPDX-License-Identifier: AGPL-3.0-or-later
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * `npm run mutation-check`: would the tests notice a missing retain or release? Each call site of the runtime that counts a reference up
 * or down is switched off in turn, in a copy of the built program, and the fixtures are run with audit, leak report and
 * heap check. Prints a table in Markdown; exit code 1 when a site was not noticed.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
/** Statements of one line whose only effect is a count. */
const SITE =
  /^\s*((?:retain|release|retainValue|releaseValue|clearSlot|retainName|releaseName|releaseResult)\(vm, .*\);|(?:vm\.reclaimer\.)?release(?:References?|Slots|Properties)\(.*\);|(?:vm\.)?I32\[[\w.[\]> ]*>> 2\]\+\+;)$/;
/** A retain whose result is given away at once: without it the reference is a borrowed one. */
const RETAIN = /\bretain\(vm, ((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/;
/** A run that takes longer is taken for one that never ends. */
const TIMEOUT_MS = 60_000;

interface Site {
  file: string;
  line: number;
  text: string;
  /** The line without the retain or release. */
  mutated: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) return filesBelow(path);
    return path.endsWith(".js") ? [path] : [];
  });
}

function sitesIn(dist: string): Site[] {
  return filesBelow(join(dist, "runtime")).flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((text, line) => {
        if (SITE.test(text)) return [{ file, line, text: text.trim(), mutated: ";" }];
        const isCall = RETAIN.test(text) && !/^(export )?function /.test(text);
        return isCall ? [{ file, line, text: text.trim(), mutated: text.replace(RETAIN, "($1)") }] : [];
      }),
  );
}

/** Every `step`-th site, so that a check of some is spread over all rooms; only those whose `file:line` matches, where asked for. */
function main(step: number, only: RegExp): void {
  const folder = mkdtempSync(join(tmpdir(), "reswf-mutation-"));
  try {
    const dist = join(folder, "dist");
    cpSync(join(ROOT, "dist"), dist, { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const baseline = join(folder, "baseline.json");
    const run = (): string | null => {
      const runner = join(dist, "tools", "checks", "mutation-runner.js");
      const folders = ["refcount", "language", "builtins", "timeline"].map((name) => join(ROOT, "fixtures", name));
      const { status, stdout, signal } = spawnSync(process.execPath, [runner, baseline, ...folders], {
        encoding: "utf8",
        timeout: TIMEOUT_MS,
      });
      if (signal !== null) return "never ends";
      return status === 0 ? null : stdout.trim() || "crash";
    };
    // Once to record the output, once to see that a healthy program is not complained about.
    const healthy = run() ?? run();
    if (healthy !== null) throw new Error(`without a mutation: ${healthy}`);
    const placeOf = ({ file, line }: Site): string => `${relative(join(dist, "runtime"), file)}:${line + 1}`;
    const sites = sitesIn(dist).filter((site, index) => index % step === 0 && only.test(placeOf(site)));
    process.stdout.write("| site | call | noticed by |\n|---|---|---|\n");
    let missed = 0;
    for (const site of sites) {
      const { file, line, text, mutated } = site;
      const source = readFileSync(file, "utf8");
      const lines = source.split("\n");
      lines[line] = mutated;
      writeFileSync(file, lines.join("\n"));
      const noticed = run();
      writeFileSync(file, source);
      if (noticed === null) missed++;
      process.stdout.write(`| ${placeOf(site)} | \`${text.replace(/\|/g, "\\|")}\` | ${noticed ?? "**nothing**"} |\n`);
    }
    process.stdout.write(`\n${sites.length - missed} of ${sites.length} noticed\n`);
    process.exitCode = missed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main(Number(process.argv[2] ?? 1), new RegExp(process.argv[3] ?? ""));
