// SPDX-License-Identifier: AGPL-3.0-or-later
import type {
  AnyNode,
  BinaryExpression,
  BinaryOperator,
  Expression,
  LogicalExpression,
  Property,
  PropertyDefinition,
  SpreadElement,
  UnaryExpression,
} from "acorn";
import type { ActionName } from "./actions.ts";
import { compileCall, compileCallEffect, compileNew } from "./calls.ts";
import type { CodeContext } from "./code-context.ts";
import { compileFunctionExpression } from "./functions.ts";
import { constant, Label, register } from "./instructions.ts";
import { compileAssignment, compileDelete, compileUpdate } from "./references.ts";

/** Compiles an expression so that exactly its value is left on the stack. */
export function compileExpression(context: CodeContext, node: AnyNode): void {
  const { out } = context;
  switch (node.type) {
    case "Literal":
      compileLiteral(context, node);
      return;
    case "Identifier":
      compileName(context, node.name);
      return;
    case "ThisExpression":
      compileName(context, "this");
      return;
    case "Super":
      compileName(context, "super");
      return;
    case "FunctionExpression":
      compileFunctionExpression(context, node);
      return;
    case "ArrayExpression":
      compileArray(context, node.elements);
      return;
    case "ObjectExpression":
      compileObject(context, node.properties);
      return;
    case "UnaryExpression":
      compileUnary(context, node);
      return;
    case "UpdateExpression":
      compileUpdate(context, node, true);
      return;
    case "BinaryExpression":
      compileBinary(context, node);
      return;
    case "LogicalExpression":
      compileLogical(context, node);
      return;
    case "AssignmentExpression":
      compileAssignment(context, node, true);
      return;
    case "MemberExpression":
      compileExpression(context, node.object);
      compilePropertyName(context, node.property, node.computed);
      out.action("GetMember");
      return;
    case "ConditionalExpression": {
      const otherwise = new Label("otherwise");
      const end = new Label("end");
      compileExpression(context, node.test);
      out.action("Not").branchIf(otherwise);
      compileExpression(context, node.consequent);
      out.jump(end).place(otherwise);
      compileExpression(context, node.alternate);
      out.place(end);
      return;
    }
    case "SequenceExpression":
      for (const expression of node.expressions.slice(0, -1)) compileEffect(context, expression);
      compileExpression(context, node.expressions.at(-1)!);
      return;
    case "CallExpression":
      compileCall(context, node);
      return;
    case "NewExpression":
      compileNew(context, node);
      return;
    default:
      context.fail(node, `${node.type} is not ActionScript 1`);
  }
}

/** Compiles an expression for its side effects: the stack is as before. */
export function compileEffect(context: CodeContext, node: Expression): void {
  switch (node.type) {
    case "AssignmentExpression":
      compileAssignment(context, node, false);
      return;
    case "UpdateExpression":
      compileUpdate(context, node, false);
      return;
    case "CallExpression":
      compileCallEffect(context, node);
      return;
    case "SequenceExpression":
      for (const expression of node.expressions) compileEffect(context, expression);
      return;
    default:
      compileExpression(context, node);
      context.out.action("Pop");
  }
}

/** Pushes a property name: `.name` as a string, `[expression]` as its value. */
export function compilePropertyName(context: CodeContext, property: AnyNode, computed: boolean): void {
  if (!computed && property.type === "Identifier") context.out.push(constant(property.name));
  else compileExpression(context, property);
}

/** Pushes the value of a variable or of one of the names that the player provides. */
export function compileName(context: CodeContext, name: string): void {
  const index = context.registers.get(name);
  if (index !== undefined) context.out.push(register(index));
  else if (name === "undefined" && context.version >= 5) context.out.push(constant(undefined));
  else context.out.push(constant(name)).action("GetVariable");
}

function compileLiteral(context: CodeContext, node: Extract<AnyNode, { type: "Literal" }>): void {
  const { value } = node;
  if (value instanceof RegExp || typeof value === "bigint") context.fail(node, "ActionScript 1 has no such literal");
  if (context.version < 5 && typeof value === "boolean") context.out.push(constant(value ? 1 : 0));
  else context.out.push(constant(value));
}

function compileArray(context: CodeContext, elements: readonly (Expression | SpreadElement | null)[]): void {
  // InitArray pops element 0 first, so the last element is pushed first.
  for (const element of elements.toReversed()) {
    if (element === null) context.out.push(constant(undefined));
    else compileExpression(context, element);
  }
  context.out.push(constant(elements.length)).action("InitArray");
}

function compileObject(context: CodeContext, properties: readonly (Property | SpreadElement | PropertyDefinition)[]): void {
  for (const property of properties) {
    if (property.type !== "Property" || property.kind !== "init" || property.computed) {
      context.fail(property, "only `name: value` pairs are ActionScript 1");
    }
    compilePropertyName(context, property.key, false);
    compileExpression(context, property.value);
  }
  context.out.push(constant(properties.length)).action("InitObject");
}

function compileUnary(context: CodeContext, node: UnaryExpression): void {
  const { out } = context;
  const { argument, operator } = node;
  switch (operator) {
    case "-":
      if (argument.type === "Literal" && typeof argument.value === "number") {
        out.push(constant(-argument.value));
        return;
      }
      out.push(constant(0));
      compileExpression(context, argument);
      out.action("Subtract");
      return;
    case "+":
      compileExpression(context, argument);
      out.action("ToNumber");
      return;
    case "!":
      compileExpression(context, argument);
      out.action("Not");
      return;
    case "~":
      compileExpression(context, argument);
      out.push(constant(-1)).action("BitXor");
      return;
    case "typeof":
      compileExpression(context, argument);
      out.action("TypeOf");
      return;
    case "void":
      compileEffect(context, argument);
      out.push(constant(undefined));
      return;
    case "delete":
      compileDelete(context, node);
      return;
  }
}

/** Actions of the operators that take their operands in source order. */
const BINARY_ACTIONS: Partial<Record<BinaryOperator, readonly ActionName[]>> = {
  "+": ["Add2"],
  "-": ["Subtract"],
  "*": ["Multiply"],
  "/": ["Divide"],
  "%": ["Modulo"],
  "&": ["BitAnd"],
  "|": ["BitOr"],
  "^": ["BitXor"],
  "<<": ["BitLShift"],
  ">>": ["BitRShift"],
  ">>>": ["BitURShift"],
  "==": ["Equals2"],
  "!=": ["Equals2", "Not"],
  "===": ["StrictEquals"],
  "!==": ["StrictEquals", "Not"],
  "<": ["Less2"],
  ">=": ["Less2", "Not"],
  ">": ["Greater"],
  "<=": ["Greater", "Not"],
  instanceof: ["InstanceOf"],
};

/** SWF 5 has no Greater: the operands are swapped on the stack after both were evaluated. */
const SWF5_ACTIONS: Partial<Record<BinaryOperator, readonly ActionName[]>> = {
  ">": ["StackSwap", "Less2"],
  "<=": ["StackSwap", "Less2", "Not"],
};

const SWF4_ACTIONS: Partial<Record<BinaryOperator, readonly ActionName[]>> = {
  "+": ["Add"],
  "-": ["Subtract"],
  "*": ["Multiply"],
  "/": ["Divide"],
  "==": ["Equals"],
  "!=": ["Equals", "Not"],
  "<": ["Less"],
  ">=": ["Less", "Not"],
};

/** SWF 4 authors wrote `eq` and `add`; here a string literal as operand asks for the string action. */
const SWF4_STRING_ACTIONS: Partial<Record<BinaryOperator, readonly ActionName[]>> = {
  "+": ["StringAdd"],
  "==": ["StringEquals"],
  "!=": ["StringEquals", "Not"],
  "<": ["StringLess"],
};

/** Actions of a binary operator applied to the two values on the stack, or null where this version has none. */
export function binaryActions(context: CodeContext, operator: BinaryOperator, textual = false): readonly ActionName[] | null {
  if (context.version < 5) return (textual ? SWF4_STRING_ACTIONS[operator] : undefined) ?? SWF4_ACTIONS[operator] ?? null;
  return (context.version === 5 ? SWF5_ACTIONS[operator] : undefined) ?? BINARY_ACTIONS[operator] ?? null;
}

function compileBinary(context: CodeContext, node: BinaryExpression): void {
  const { left, right } = node;
  if (left.type === "PrivateIdentifier") context.fail(node, "private names are not ActionScript 1");
  if (context.version < 5 && (node.operator === ">" || node.operator === "<=")) {
    compileExpression(context, right);
    compileExpression(context, left);
    context.out.action("Less");
    if (node.operator === "<=") context.out.action("Not");
    return;
  }
  const textual = isText(left) || isText(right);
  const actions = binaryActions(context, node.operator, textual);
  if (actions === null) context.fail(node, `SWF ${context.version} has no operator ${node.operator}`);
  compileExpression(context, left);
  compileExpression(context, right);
  for (const action of actions) context.out.action(action);
}

function isText(node: AnyNode): boolean {
  if (node.type === "BinaryExpression" && node.operator === "+") return isText(node.left) || isText(node.right);
  return node.type === "Literal" && typeof node.value === "string";
}

function compileLogical(context: CodeContext, node: LogicalExpression): void {
  if (node.operator === "??") context.fail(node, "?? is not ActionScript 1");
  const { out } = context;
  compileExpression(context, node.left);
  if (context.version < 5) {
    // SWF 4 cannot duplicate a value; its compilers evaluated both sides.
    compileExpression(context, node.right);
    out.action(node.operator === "&&" ? "And" : "Or");
    return;
  }
  const end = new Label("end");
  out.action("PushDuplicate");
  if (node.operator === "&&") out.action("Not");
  out.branchIf(end).action("Pop");
  compileExpression(context, node.right);
  out.place(end);
}

/** Pushes call arguments so that the first is popped first, then their count. */
export function compileArguments(context: CodeContext, args: readonly (Expression | SpreadElement)[]): void {
  for (const argument of args.toReversed()) compileExpression(context, argument);
  context.out.push(constant(args.length));
}
