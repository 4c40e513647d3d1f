// SPDX-License-Identifier: AGPL-3.0-or-later
import type { AnyNode, FunctionDeclaration, Function as FunctionNode, Program } from "acorn";
import { childNodes } from "./parser.ts";

/** Names that DefineFunction2 can preload into registers, in the order in which it does. */
export const PRELOADED_NAMES = ["this", "arguments", "super", "_root", "_parent", "_global"] as const;
export type PreloadedName = (typeof PRELOADED_NAMES)[number];

/** What code generation has to know of a function's (or a whole action block's) variables. */
export interface ScopeAnalysis {
  parameters: readonly string[];
  /** Variables declared by `var`, function declarations and catch clauses; in order, without parameters. */
  variables: readonly string[];
  /** Function declarations to define first, in order. */
  functions: readonly FunctionDeclaration[];
  /** Preloadable names that the code itself mentions (not those of nested functions). */
  uses: ReadonlySet<PreloadedName>;
  /** Names that nested functions mention: as far as they are declared here, they must be findable in the scope chain. */
  captured: ReadonlySet<string>;
  /** True when names may be looked up at run time that the source does not show: `eval`, `set`, `with`, raw actions. */
  dynamic: boolean;
}

/** Calls that look up or write variables by computed name, or run actions the compiler knows nothing of. */
const DYNAMIC_CALLS = new Set(["eval", "set", "__asm", "__bytes", "__function"]);

/** Analyses a function or an action block, without descending into nested functions except for what they capture. */
export function analyseScope(root: FunctionNode | Program): ScopeAnalysis {
  const parameters = "params" in root ? root.params.map((parameter) => nameOf(parameter) ?? "") : [];
  const variables = new Set<string>();
  const functions: FunctionDeclaration[] = [];
  const uses = new Set<PreloadedName>();
  const captured = new Set<string>();
  let dynamic = false;

  const visit = (node: AnyNode): void => {
    if (node.type === "FunctionDeclaration" || node.type === "FunctionExpression") {
      if (node.type === "FunctionDeclaration" && node.id !== null) variables.add(node.id.name);
      const inner = analyseScope(node);
      dynamic ||= inner.dynamic;
      collectIdentifiers(node.body, captured);
      return;
    }
    if (node.type === "VariableDeclarator" || node.type === "CatchClause") {
      const name = nameOf(node.type === "CatchClause" ? node.param : node.id);
      if (name !== null) variables.add(name);
    }
    if (node.type === "WithStatement") dynamic = true;
    if (node.type === "CallExpression" && DYNAMIC_CALLS.has(nameOf(node.callee) ?? "")) dynamic = true;
    const used = node.type === "ThisExpression" ? "this" : node.type === "Super" ? "super" : nameOf(node);
    if (isPreloadedName(used)) uses.add(used);
    for (const child of referencedChildren(node)) visit(child);
  };

  for (const statement of statementsOf(root)) {
    if (statement.type === "FunctionDeclaration") functions.push(statement as FunctionDeclaration);
    visit(statement);
  }
  for (const parameter of parameters) variables.delete(parameter);
  return { parameters, variables: [...variables], functions, uses, captured, dynamic };
}

function statementsOf(root: FunctionNode | Program): readonly AnyNode[] {
  if (!("params" in root)) return root.body;
  return root.body.type === "BlockStatement" ? root.body.body : [];
}

function isPreloadedName(name: string | null): name is PreloadedName {
  return name !== null && (PRELOADED_NAMES as readonly string[]).includes(name);
}

function nameOf(node: AnyNode | null | undefined): string | null {
  return node?.type === "Identifier" ? node.name : null;
}

/** Children that are evaluated, leaving out property names that merely look like identifiers. */
function referencedChildren(node: AnyNode): AnyNode[] {
  if (node.type === "MemberExpression" && !node.computed) return [node.object as AnyNode];
  if (node.type === "Property" && !node.computed) return [node.value as AnyNode];
  if (node.type === "LabeledStatement") return [node.body as AnyNode];
  if (node.type === "BreakStatement" || node.type === "ContinueStatement") return [];
  return childNodes(node);
}

function collectIdentifiers(node: AnyNode, names: Set<string>): void {
  const name = nameOf(node);
  if (name !== null) names.add(name);
  for (const child of referencedChildren(node)) collectIdentifiers(child, names);
}
