// SPDX-License-Identifier: AGPL-3.0-or-later
import { type AnyNode, type Node, Parser, type Program } from "acorn";
import { FixtureError } from "./fixture-error.ts";

/** ActionScript 1 calls `super(...)` in ordinary functions, which ECMAScript reserves for class constructors. */
const ActionScriptParser = Parser.extend(
  (Base) =>
    class extends Base {
      get allowSuper(): boolean {
        return true;
      }
      get allowDirectSuper(): boolean {
        return true;
      }
    },
);

/**
 * Parses ActionScript 1, read as sloppy-mode ECMAScript. Positions carry line numbers counted from `firstLine`.
 * Throws FixtureError on a syntax error.
 */
export function parseActionScript(source: string, firstLine = 1): Program {
  try {
    const program = ActionScriptParser.parse(source, {
      ecmaVersion: 2015,
      sourceType: "script",
      allowReturnOutsideFunction: true,
      allowReserved: true,
      locations: true,
    });
    shiftLines(program, firstLine - 1);
    return program;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { loc } = error as SyntaxError & { loc?: { line: number } };
    throw new FixtureError(error.message, (loc?.line ?? 1) + firstLine - 1);
  }
}

function shiftLines(root: AnyNode, lines: number): void {
  if (lines === 0) return;
  walk(root, (node) => {
    if (node.loc) node.loc.start.line += lines;
  });
}

/** Line of a node in the fixture file. */
export function lineOf(node: Node): number {
  return node.loc?.start.line ?? 0;
}

/** Direct children of a node, in source order. */
export function childNodes(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (isNode(item)) children.push(item);
    }
  }
  return children;
}

/** Calls `visit` for the node and everything below it. */
export function walk(node: AnyNode, visit: (node: AnyNode) => void): void {
  visit(node);
  for (const child of childNodes(node)) walk(child, visit);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
