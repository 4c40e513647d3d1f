// SPDX-License-Identifier: AGPL-3.0-or-later
import type {
  AnyNode,
  AssignmentExpression,
  AssignmentOperator,
  BinaryOperator,
  MemberExpression,
  UnaryExpression,
  UpdateExpression,
} from "acorn";
import type { CodeContext } from "./code-context.ts";
import { binaryActions, compileExpression, compilePropertyName } from "./expressions.ts";
import { constant, register } from "./instructions.ts";

/** What can stand left of `=`. */
type Reference =
  | { kind: "register"; index: number }
  | { kind: "variable"; name: string }
  | { kind: "member"; node: MemberExpression };

function referenceOf(context: CodeContext, node: AnyNode): Reference {
  if (node.type === "MemberExpression") return { kind: "member", node };
  if (node.type !== "Identifier") context.fail(node, `${node.type} cannot be assigned to`);
  const index = context.registers.get(node.name);
  return index === undefined ? { kind: "variable", name: node.name } : { kind: "register", index };
}

export function compileAssignment(context: CodeContext, node: AssignmentExpression, wantsValue: boolean): void {
  const target = referenceOf(context, node.left);
  if (node.operator === "=") {
    beginStore(context, target);
    compileExpression(context, node.right);
  } else {
    beginReadAndStore(context, target);
    compileExpression(context, node.right);
    const actions = binaryActions(context, operatorOf(context, node));
    if (actions === null) context.fail(node, `SWF ${context.version} has no operator ${node.operator}`);
    for (const action of actions) context.out.action(action);
  }
  finishStore(context, target, wantsValue);
}

/** `++` and `--`, before or after their operand. */
export function compileUpdate(context: CodeContext, node: UpdateExpression, wantsValue: boolean): void {
  const { out } = context;
  const target = referenceOf(context, node.argument as AnyNode);
  const wantsOld = wantsValue && !node.prefix;
  // The old value of a variable goes below everything that the store needs; that of a member waits in a register,
  // because its object is evaluated once only.
  if (wantsOld && target.kind !== "member") compileExpression(context, node.argument);
  beginReadAndStore(context, target);
  if (wantsOld && target.kind === "member") out.action("StoreRegister", context.temporary(0));
  if (context.version >= 5) out.action(node.operator === "++" ? "Increment" : "Decrement");
  else out.push(constant(1)).action(node.operator === "++" ? "Add" : "Subtract");
  finishStore(context, target, wantsValue && node.prefix);
  if (wantsOld && target.kind === "member") out.push(register(context.temporary(0)));
}

/** `delete` of a variable or a property; anything else is evaluated and gives false. */
export function compileDelete(context: CodeContext, node: UnaryExpression): void {
  const { argument } = node;
  if (argument.type === "Identifier") {
    context.out.push(constant(argument.name)).action("Delete2");
  } else if (argument.type === "MemberExpression") {
    compileExpression(context, argument.object);
    compilePropertyName(context, argument.property, argument.computed);
    context.out.action("Delete");
  } else {
    context.fail(node, "delete needs a variable or a property");
  }
}

/** Assigns what a register holds; the stack is as before. `define` declares the variable (`var`). */
export function storeFromRegister(context: CodeContext, node: AnyNode, index: number, define: boolean): void {
  const target = referenceOf(context, node);
  beginStore(context, target);
  context.out.push(register(index));
  if (target.kind === "variable" && define) context.out.action("DefineLocal");
  else finishStore(context, target, false);
}

/** Pushes what has to lie below the new value. */
function beginStore(context: CodeContext, target: Reference): void {
  if (target.kind === "variable") context.out.push(constant(target.name));
  if (target.kind !== "member") return;
  compileExpression(context, target.node.object);
  compilePropertyName(context, target.node.property, target.node.computed);
}

/** As beginStore, and pushes the present value on top. Object and property expression are evaluated once. */
function beginReadAndStore(context: CodeContext, target: Reference): void {
  const { out } = context;
  beginStore(context, target);
  if (target.kind === "register") out.push(register(target.index));
  if (target.kind === "variable") out.push(constant(target.name)).action("GetVariable");
  if (target.kind !== "member") return;
  // object name -> object name object name
  const [object, name] = [context.temporary(0), context.temporary(1)];
  out.action("StoreRegister", name).action("Pop").action("StoreRegister", object);
  out.push(register(name), register(object), register(name)).action("GetMember");
}

/** Stores the value on top of the stack; leaves it there when it is wanted. */
function finishStore(context: CodeContext, target: Reference, wantsValue: boolean): void {
  const { out } = context;
  if (target.kind === "register") {
    out.action("StoreRegister", target.index);
    if (!wantsValue) out.action("Pop");
    return;
  }
  const readsBack = wantsValue && context.version < 5;
  if (wantsValue && !readsBack) out.action("StoreRegister", context.temporary(0));
  out.action(target.kind === "variable" ? "SetVariable" : "SetMember");
  if (readsBack && target.kind === "variable") out.push(constant(target.name)).action("GetVariable");
  else if (wantsValue) out.push(register(context.temporary(0)));
}

function operatorOf(context: CodeContext, node: AssignmentExpression): BinaryOperator {
  const operators: Partial<Record<AssignmentOperator, BinaryOperator>> = {
    "+=": "+",
    "-=": "-",
    "*=": "*",
    "/=": "/",
    "%=": "%",
    "<<=": "<<",
    ">>=": ">>",
    ">>>=": ">>>",
    "|=": "|",
    "^=": "^",
    "&=": "&",
  };
  return operators[node.operator] ?? context.fail(node, `${node.operator} is not ActionScript 1`);
}
