// SPDX-License-Identifier: AGPL-3.0-or-later
import { assemble, type PoolPolicy } from "./assembler.ts";
import { CodeContext, type CodegenOptions } from "./code-context.ts";
import { parseActionScript } from "./parser.ts";
import { analyseScope } from "./scope-analysis.ts";
import { compileBody } from "./statements.ts";

export interface ActionOptions extends CodegenOptions {
  pool?: PoolPolicy;
  /** Line number of the source's first line, for error messages. */
  firstLine?: number;
}

/**
 * Compiles ActionScript 1 source to the bytes of one action block, ready for DoAction, a clip event or a button.
 * Throws FixtureError, with the line, on source that this compiler or the SWF version cannot express.
 */
export function compileActions(source: string, options: ActionOptions): Uint8Array {
  const program = parseActionScript(source, options.firstLine);
  const context = new CodeContext(options, analyseScope(program), null, false);
  compileBody(context, program.body);
  return assemble(context.out.instructions, options);
}
