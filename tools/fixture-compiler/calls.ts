// SPDX-License-Identifier: AGPL-3.0-or-later
import type { AnyNode, CallExpression, NewExpression } from "acorn";
import type { CodeContext } from "./code-context.ts";
import { compileArguments, compileExpression, compilePropertyName } from "./expressions.ts";
import { GLOBAL_ACTIONS } from "./global-actions.ts";
import { constant } from "./instructions.ts";
import { INTRINSICS } from "./intrinsics.ts";

/** A call whose value is wanted on the stack. */
export function compileCall(context: CodeContext, node: CallExpression): void {
  if (compileBuiltIn(context, node, true)) return;
  compilePlainCall(context, node);
}

/** A call whose value is not wanted. */
export function compileCallEffect(context: CodeContext, node: CallExpression): void {
  if (compileBuiltIn(context, node, false)) return;
  compilePlainCall(context, node);
  context.out.action("Pop");
}

/** Calls that are actions (`trace`, `stop` …) or intrinsics of this compiler; false when the call is neither. */
function compileBuiltIn(context: CodeContext, node: CallExpression, wantsValue: boolean): boolean {
  if (node.callee.type !== "Identifier") return false;
  const { name } = node.callee;
  const args = node.arguments as AnyNode[];
  const intrinsic = Object.hasOwn(INTRINSICS, name) ? INTRINSICS[name] : null;
  if (intrinsic !== null) {
    // Raw code is trusted to leave the value that an expression around it needs.
    intrinsic.compile(context, node, args);
    if (intrinsic.leavesValue && !wantsValue) context.out.action("Pop");
    return true;
  }
  const action = Object.hasOwn(GLOBAL_ACTIONS, name) ? GLOBAL_ACTIONS[name] : null;
  if (action === null || context.declares(name)) return false;
  const [minimum, maximum] = action.arity;
  if (args.length < minimum || args.length > maximum) return false;
  action.compile(context, args, node);
  if (action.leavesValue && !wantsValue) context.out.action("Pop");
  if (!action.leavesValue && wantsValue) context.out.push(constant(undefined));
  return true;
}

function compilePlainCall(context: CodeContext, node: CallExpression): void {
  const { out } = context;
  const { callee } = node;
  compileArguments(context, node.arguments);
  if (callee.type === "MemberExpression") {
    compileExpression(context, callee.object);
    compilePropertyName(context, callee.property, callee.computed);
    out.action("CallMethod");
  } else if (callee.type === "Identifier" && !context.registers.has(callee.name)) {
    out.push(constant(callee.name)).action("CallFunction");
  } else {
    // A function value is called as the method without a name; `super(...)` is such a call as well.
    compileExpression(context, callee);
    out.push(constant(undefined)).action("CallMethod");
  }
}

export function compileNew(context: CodeContext, node: NewExpression): void {
  const { out } = context;
  const { callee } = node;
  compileArguments(context, node.arguments);
  if (callee.type === "MemberExpression") {
    compileExpression(context, callee.object);
    compilePropertyName(context, callee.property, callee.computed);
    out.action("NewMethod");
  } else if (callee.type === "Identifier" && !context.registers.has(callee.name)) {
    out.push(constant(callee.name)).action("NewObject");
  } else {
    compileExpression(context, callee);
    out.push(constant(undefined)).action("NewMethod");
  }
}
