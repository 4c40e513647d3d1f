// SPDX-License-Identifier: AGPL-3.0-or-later
import type { BreakStatement, ContinueStatement } from "acorn";
import type { CodeContext, JumpTarget } from "./code-context.ts";
import { constant, Label } from "./instructions.ts";

type LoopTarget = JumpTarget & { continueLabel: Label };

interface TargetOptions {
  labels: ReadonlySet<string>;
  continueLabel: Label | null;
  breakable?: boolean;
  holdsNames?: boolean;
}

/** Runs `compile` inside a statement that break and continue may name; `end` is the label that break jumps to. */
export function withTarget(
  context: CodeContext,
  options: TargetOptions,
  compile: (end: Label, target: JumpTarget) => void,
): void {
  const target: JumpTarget = {
    labels: options.labels,
    continueLabel: options.continueLabel,
    breakable: options.breakable ?? true,
    holdsNames: options.holdsNames ?? false,
    breakLabel: new Label("break"),
    breakUsed: false,
  };
  context.jumpTargets.push(target);
  compile(target.breakLabel, target);
  context.jumpTargets.pop();
}

export function breakTarget(context: CodeContext, node: BreakStatement): JumpTarget {
  const name = node.label?.name;
  const target = context.jumpTargets.findLast((each) => (name === undefined ? each.breakable : each.labels.has(name)));
  return target ?? context.fail(node, "break has no statement to leave");
}

export function continueTarget(context: CodeContext, node: ContinueStatement): LoopTarget {
  const name = node.label?.name;
  const target = context.jumpTargets.findLast(
    (each): each is LoopTarget => each.continueLabel !== null && (name === undefined || each.labels.has(name)),
  );
  return target ?? context.fail(node, "continue has no loop");
}

/** Takes the names of every `for..in` between here and `target` off the stack; null means leaving the function. */
export function leaveTo(context: CodeContext, target: JumpTarget | null): void {
  for (const each of context.jumpTargets.toReversed()) {
    if (each === target) return;
    if (each.holdsNames) drainNames(context);
  }
}

/** Pops the rest of an enumeration, terminator included. */
export function drainNames(context: CodeContext): void {
  const again = new Label("drain");
  context.out.place(again).push(constant(null)).action("Equals2").action("Not").branchIf(again);
}
