// SPDX-License-Identifier: AGPL-3.0-or-later
import type { AnyNode, ForInStatement, ForStatement, Statement, TryStatement, VariableDeclaration } from "acorn";
import type { CodeContext } from "./code-context.ts";
import { compileEffect, compileExpression } from "./expressions.ts";
import { compileFunctionDeclaration } from "./functions.ts";
import { constant, Label, type TryInstruction } from "./instructions.ts";
import { breakTarget, continueTarget, drainNames, leaveTo, withTarget } from "./jump-targets.ts";
import { storeFromRegister } from "./references.ts";
import { compileSwitch } from "./switch.ts";

/** Compiles the statements of a function or action block; its function declarations are defined first. */
export function compileBody(context: CodeContext, body: readonly AnyNode[]): void {
  for (const declaration of context.scope.functions) compileFunctionDeclaration(context, declaration);
  for (const statement of body) {
    if (statement.type !== "FunctionDeclaration") compileStatement(context, statement as Statement);
  }
}

const NO_LABELS: ReadonlySet<string> = new Set();

/** Compiles a statement; `labels` are those that stand directly before it. */
export function compileStatement(context: CodeContext, node: Statement, labels = NO_LABELS): void {
  const { out } = context;
  switch (node.type) {
    case "EmptyStatement":
      return;
    case "ExpressionStatement":
      compileEffect(context, node.expression);
      return;
    case "BlockStatement":
      compileBlock(context, node.body, labels);
      return;
    case "VariableDeclaration":
      compileVariables(context, node);
      return;
    case "FunctionDeclaration":
      compileFunctionDeclaration(context, node);
      return;
    case "IfStatement": {
      const otherwise = new Label("otherwise");
      compileExpression(context, node.test);
      out.action("Not").branchIf(otherwise);
      compileStatement(context, node.consequent);
      if (node.alternate) {
        const end = new Label("end");
        out.jump(end).place(otherwise);
        compileStatement(context, node.alternate);
        out.place(end);
      } else out.place(otherwise);
      return;
    }
    case "LabeledStatement":
      compileStatement(context, node.body, new Set([...labels, node.label.name]));
      return;
    case "WhileStatement": {
      const start = new Label("start");
      out.place(start);
      withTarget(context, { labels, continueLabel: start }, (end) => {
        compileExpression(context, node.test);
        out.action("Not").branchIf(end);
        compileStatement(context, node.body);
        out.jump(start).place(end);
      });
      return;
    }
    case "DoWhileStatement": {
      const start = new Label("start");
      const test = new Label("test");
      withTarget(context, { labels, continueLabel: test }, (end) => {
        out.place(start);
        compileStatement(context, node.body);
        out.place(test);
        compileExpression(context, node.test);
        out.branchIf(start).place(end);
      });
      return;
    }
    case "ForStatement":
      compileFor(context, node, labels);
      return;
    case "ForInStatement":
      compileForIn(context, node, labels);
      return;
    case "SwitchStatement":
      compileSwitch(context, node, labels);
      return;
    case "BreakStatement": {
      const target = breakTarget(context, node);
      leaveTo(context, target);
      target.breakUsed = true;
      out.jump(target.breakLabel);
      return;
    }
    case "ContinueStatement": {
      const target = continueTarget(context, node);
      leaveTo(context, target);
      out.jump(target.continueLabel);
      return;
    }
    case "ReturnStatement":
      leaveTo(context, null);
      if (node.argument) compileExpression(context, node.argument);
      else out.push(constant(undefined));
      out.action("Return");
      return;
    case "ThrowStatement":
      compileExpression(context, node.argument);
      out.action("Throw");
      return;
    case "TryStatement":
      compileTry(context, node);
      return;
    case "WithStatement": {
      const end = new Label("with end");
      compileExpression(context, node.object);
      out.add({ kind: "with", end });
      compileStatement(context, node.body);
      out.place(end);
      return;
    }
    default:
      context.fail(node, `${node.type} is not ActionScript 1`);
  }
}

function compileBlock(context: CodeContext, body: readonly Statement[], labels: ReadonlySet<string>): void {
  if (labels.size === 0) {
    for (const statement of body) compileStatement(context, statement);
    return;
  }
  withTarget(context, { labels, breakable: false, continueLabel: null }, (end) => {
    for (const statement of body) compileStatement(context, statement);
    context.out.place(end);
  });
}

function compileVariables(context: CodeContext, node: VariableDeclaration): void {
  const { out } = context;
  if (node.kind !== "var") context.fail(node, `${node.kind} is not ActionScript 1`);
  for (const { id, init } of node.declarations) {
    if (id.type !== "Identifier") context.fail(id, "only plain names can be declared");
    const index = context.registers.get(id.name);
    if (index !== undefined) {
      // Registers start out undefined, and a second `var x;` must not reset the variable.
      if (!init) continue;
      compileExpression(context, init);
      out.action("StoreRegister", index).action("Pop");
      continue;
    }
    if (!init && context.version < 5) continue;
    out.push(constant(id.name));
    if (init) compileExpression(context, init);
    if (!init) out.action("DefineLocal2");
    else out.action(context.version < 5 ? "SetVariable" : "DefineLocal");
  }
}

function compileFor(context: CodeContext, node: ForStatement, labels: ReadonlySet<string>): void {
  const { out } = context;
  const start = new Label("start");
  const step = new Label("step");
  if (node.init?.type === "VariableDeclaration") compileVariables(context, node.init);
  else if (node.init) compileEffect(context, node.init);
  out.place(start);
  withTarget(context, { labels, continueLabel: step }, (end) => {
    if (node.test) {
      compileExpression(context, node.test);
      out.action("Not").branchIf(end);
    }
    compileStatement(context, node.body);
    out.place(step);
    if (node.update) compileEffect(context, node.update);
    out.jump(start).place(end);
  });
}

function compileForIn(context: CodeContext, node: ForInStatement, labels: ReadonlySet<string>): void {
  const { out } = context;
  const declares = node.left.type === "VariableDeclaration";
  const variable: AnyNode = node.left.type === "VariableDeclaration" ? (node.left.declarations[0].id as AnyNode) : node.left;
  const path = context.version < 6 ? pathOf(node.right) : null;
  if (path === null) {
    compileExpression(context, node.right);
    out.action("Enumerate2");
  } else out.push(constant(path)).action("Enumerate");

  const next = new Label("next name");
  const end = new Label("end");
  const current = context.temporary(0);
  out.place(next).action("StoreRegister", current).push(constant(null)).action("Equals2").branchIf(end);
  withTarget(context, { labels, continueLabel: next, holdsNames: true }, (broken, target) => {
    storeFromRegister(context, variable, current, declares);
    compileStatement(context, node.body);
    out.jump(next);
    if (target.breakUsed) {
      out.place(broken);
      drainNames(context);
    }
    out.place(end);
  });
}

/** `a.b.c` as text: SWF 5 enumerates an object that is named, not one that is on the stack. */
function pathOf(node: AnyNode): string | null {
  if (node.type === "Identifier") return node.name;
  if (node.type === "ThisExpression") return "this";
  if (node.type !== "MemberExpression" || node.computed || node.property.type !== "Identifier") return null;
  const object = pathOf(node.object);
  return object === null ? null : `${object}.${node.property.name}`;
}

function compileTry(context: CodeContext, node: TryStatement): void {
  const { out } = context;
  const tryEnd = new Label("try end");
  const catchEnd = new Label("catch end");
  const record: TryInstruction = {
    kind: "try",
    tryEnd,
    catch: null,
    finallyEnd: node.finalizer ? new Label("finally end") : null,
  };
  const { handler } = node;
  if (handler) {
    if (handler.param?.type !== "Identifier") context.fail(handler, "catch needs a plain name");
    const index = context.registers.get(handler.param.name);
    record.catch = { end: catchEnd, target: index === undefined ? { name: handler.param.name } : { register: index } };
  }
  out.add(record);
  compileBlock(context, node.block.body, NO_LABELS);
  if (handler) {
    out.jump(catchEnd).place(tryEnd);
    compileBlock(context, handler.body.body, NO_LABELS);
    out.place(catchEnd);
  } else out.place(tryEnd);
  if (node.finalizer && record.finallyEnd) {
    compileBlock(context, node.finalizer.body, NO_LABELS);
    out.place(record.finallyEnd);
  }
}
