// SPDX-License-Identifier: AGPL-3.0-or-later
import { DEFAULT_HEAP, heapList } from "../../lib/index.ts";
import { CommandError, ExitCode } from "./exit-code.ts";
import type { CommandContext } from "./program.ts";

/** `reswf heap list`. */
export async function heap({ terminal }: CommandContext, action: string): Promise<ExitCode> {
  if (action !== "list") throw new CommandError(ExitCode.Usage, `unknown action '${action}' of heap; there is: list`);
  for (const { name, purpose, options } of heapList()) {
    terminal.out(`${name}${name === DEFAULT_HEAP ? " (default)" : ""}\n  ${purpose}\n`);
    for (const option of options) {
      terminal.out(`  ${option.name.padEnd(8)} ${option.help}; RESWF_HEAP_${option.name.toUpperCase()}\n`);
    }
  }
  return ExitCode.Done;
}
