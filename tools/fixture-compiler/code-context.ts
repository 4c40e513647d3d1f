// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Node } from "acorn";
import { FixtureError } from "./fixture-error.ts";
import { InstructionList, type Label } from "./instructions.ts";
import { lineOf } from "./parser.ts";
import type { ScopeAnalysis } from "./scope-analysis.ts";

export interface CodegenOptions {
  /** SWF version 4..10 or more: decides which actions exist. */
  version: number;
  /** Which action defines functions; by default DefineFunction up to SWF 6 and DefineFunction2 from SWF 7. */
  functionForm?: 1 | 2;
}

/** A statement that `break` or `continue` can name. */
export interface JumpTarget {
  labels: ReadonlySet<string>;
  /** True for loops and switch: what an unlabelled `break` means. */
  breakable: boolean;
  breakLabel: Label;
  continueLabel: Label | null;
  /** True for `for..in`, which keeps the names not visited yet on the stack. */
  holdsNames: boolean;
  breakUsed: boolean;
}

/** The highest register of DefineFunction2 that a variable may live in; beyond it variables become named. */
const LAST_REGISTER = 254;

/** State of the code generator for one function body or one action block. */
export class CodeContext {
  readonly out = new InstructionList();
  /** Registers of variables and preloaded names, by name. */
  readonly registers = new Map<string, number>();
  readonly jumpTargets: JumpTarget[] = [];
  /** Labels of `__label`, by name. */
  readonly namedLabels = new Map<string, Label>();
  private nextRegister = 1;
  private secondTemporary: number | null = null;

  constructor(
    readonly options: CodegenOptions,
    readonly scope: ScopeAnalysis,
    readonly parent: CodeContext | null,
    /** True inside DefineFunction2: registers are the function's own. */
    readonly ownRegisters: boolean,
  ) {}

  get version(): number {
    return this.options.version;
  }

  /** Size of the register file that the function needs. */
  get registerCount(): number {
    return this.nextRegister;
  }

  /** Takes a register of the function's own, or null where there is none to take. */
  allocateRegister(): number | null {
    if (!this.ownRegisters || this.nextRegister > LAST_REGISTER) return null;
    return this.nextRegister++;
  }

  /**
   * Register for a value that lives only between neighbouring actions. Outside DefineFunction2 these are the global
   * registers, which any called function may overwrite: never hold a temporary across code of the movie.
   */
  temporary(index: 0 | 1): number {
    if (index === 0 || !this.ownRegisters) return index;
    this.secondTemporary ??= this.allocateRegister();
    if (this.secondTemporary === null) throw new FixtureError("a function uses more than 254 registers");
    return this.secondTemporary;
  }

  /** True when the source declares the name in this function or one around it, so that no built-in action is meant. */
  declares(name: string): boolean {
    const { parameters, variables } = this.scope;
    return parameters.includes(name) || variables.includes(name) || (this.parent?.declares(name) ?? false);
  }

  fail(node: Node, message: string): never {
    throw new FixtureError(message, lineOf(node));
  }
}
