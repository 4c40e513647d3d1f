// SPDX-License-Identifier: AGPL-3.0-or-later
import { EXIT_CODE_MEANINGS } from "./exit-code.ts";
import { heapCommandForHelp } from "./heap-command.ts";
import { COMMANDS, type CommandRow } from "./option-table.ts";

/** `docs/command-line.md`, made from the same tables as `--help`. */
export function commandLineReference(): string {
  return `${[
    "# Command line",
    "",
    "Made from `tools/cli/option-table.ts`; `npx vitest run test/tools/cli/help.test.ts -u` brings it up to date.",
    "",
    ...COMMANDS.flatMap((row) => commandSection(row)),
    ...heapSection(),
    "## Exit codes",
    "",
    "| code | meaning |",
    "|---|---|",
    ...EXIT_CODE_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    "",
    "Standard output carries `trace` output, or what a command was asked to print, and nothing else. Notes, warnings, errors and",
    "statistics go to standard error.",
    "",
    "## Environment",
    "",
    "| variable | meaning |",
    "|---|---|",
    "| `RESWF_HEAP` | heap specification used when `--heap` is not given |",
    "| `NO_COLOR` | no colour in the output |",
  ].join("\n")}\n`;
}

function commandSection(row: CommandRow, prefix = "reswf"): string[] {
  const path = `${prefix} ${row.name}`;
  const names = row.arguments.map((argument) => argument.name.toUpperCase()).join(" ");
  return [
    `## \`${path} ${names}\``,
    "",
    row.description,
    "",
    ...row.arguments.map((argument) => `- \`${argument.name.toUpperCase()}\`: ${argument.description}`),
    "",
    ...(row.options.length > 0 ? ["| option | meaning | default |", "|---|---|---|"] : []),
    ...row.options.map((option) => {
      const choices = option.choices === undefined ? "" : ` (${option.choices.join(", ")})`;
      return `| \`${option.flags}\` | ${cell(option.description)}${choices} | ${option.defaultValue ?? ""} |`;
    }),
    "",
    "```sh",
    ...row.examples.map(([example, what]) => `${example}   # ${what}`),
    "```",
    "",
    ...(row.subcommands ?? []).flatMap((each) => commandSection(each, path)),
  ];
}

/** The subcommands of `heap`, which Commander holds (tools/heap/command.ts). */
function heapSection(): string[] {
  const command = heapCommandForHelp();
  return [
    "## `reswf heap`",
    "",
    command.description(),
    "",
    "| command | what it does | options |",
    "|---|---|---|",
    ...command.commands.map((sub) => {
      const names = sub.registeredArguments.map((argument) => ` ${argument.name().toUpperCase()}`).join("");
      const options = sub.options.map((option) => `\`${option.flags}\` ${cell(option.description)}`).join("; ");
      return `| \`reswf heap ${sub.name()}${names}\` | ${cell(sub.description())} | ${options} |`;
    }),
    "",
  ];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
