// SPDX-License-Identifier: AGPL-3.0-or-later
import type { SwitchCase, SwitchStatement } from "acorn";
import type { CodeContext } from "./code-context.ts";
import { compileExpression } from "./expressions.ts";
import { Label, register } from "./instructions.ts";
import { withTarget } from "./jump-targets.ts";
import { compileStatement } from "./statements.ts";

/** A chain of comparisons that jump to the bodies, which follow in source order. */
export function compileSwitch(context: CodeContext, node: SwitchStatement, labels: ReadonlySet<string>): void {
  if (context.version < 5) context.fail(node, "SWF 4 has no switch");
  const bodies = node.cases.map(() => new Label("case"));
  withTarget(context, { labels, continueLabel: null }, (end) => {
    const defaultIndex = node.cases.findIndex((each) => each.test === null || each.test === undefined);
    const otherwise = defaultIndex < 0 ? end : bodies[defaultIndex];
    const constants = node.cases.every((each) => !each.test || each.test.type === "Literal");
    const own = context.allocateRegister();
    compileExpression(context, node.discriminant);
    if (own !== null || constants) compareInRegister(context, node.cases, bodies, otherwise, own ?? context.temporary(0));
    else compareOnStack(context, node.cases, bodies, otherwise);
    for (const [index, { consequent }] of node.cases.entries()) {
      context.out.place(bodies[index]);
      for (const statement of consequent) compileStatement(context, statement);
    }
    context.out.place(end);
  });
}

function compareInRegister(
  context: CodeContext,
  cases: readonly SwitchCase[],
  bodies: readonly Label[],
  otherwise: Label,
  index: number,
): void {
  const { out } = context;
  out.action("StoreRegister", index).action("Pop");
  for (const [position, { test }] of cases.entries()) {
    if (!test) continue;
    out.push(register(index));
    compileExpression(context, test);
    out.action(equality(context)).branchIf(bodies[position]);
  }
  out.jump(otherwise);
}

/** Case expressions may call functions, which would overwrite a global register: the value waits on the stack. */
function compareOnStack(context: CodeContext, cases: readonly SwitchCase[], bodies: readonly Label[], otherwise: Label): void {
  const { out } = context;
  const matched = cases.map(() => new Label("matched"));
  for (const [position, { test }] of cases.entries()) {
    if (!test) continue;
    out.action("PushDuplicate");
    compileExpression(context, test);
    out.action(equality(context)).branchIf(matched[position]);
  }
  out.action("Pop").jump(otherwise);
  for (const [position, { test }] of cases.entries()) {
    if (test) out.place(matched[position]).action("Pop").jump(bodies[position]);
  }
}

function equality(context: CodeContext): "StrictEquals" | "Equals2" {
  return context.version >= 6 ? "StrictEquals" : "Equals2";
}
