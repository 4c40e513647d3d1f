// SPDX-License-Identifier: AGPL-3.0-or-later
import type { FunctionDeclaration, FunctionExpression, Function as FunctionNode } from "acorn";
import { FUNCTION_FLAGS } from "./actions.ts";
import { CodeContext } from "./code-context.ts";
import type { FunctionInstruction, FunctionParameter } from "./instructions.ts";
import { analyseScope, PRELOADED_NAMES, type PreloadedName, type ScopeAnalysis } from "./scope-analysis.ts";
import { compileBody } from "./statements.ts";

export function compileFunctionExpression(context: CodeContext, node: FunctionExpression): void {
  if (node.id) context.fail(node, "a function expression cannot have a name; use a function declaration");
  context.out.add(compileFunction(context, node, ""));
}

export function compileFunctionDeclaration(context: CodeContext, node: FunctionDeclaration): void {
  context.out.add(compileFunction(context, node, node.id.name));
}

const PRELOAD_FLAGS: Readonly<Record<PreloadedName, { preload: number; suppress: number }>> = {
  this: { preload: FUNCTION_FLAGS.preloadThis, suppress: FUNCTION_FLAGS.suppressThis },
  arguments: { preload: FUNCTION_FLAGS.preloadArguments, suppress: FUNCTION_FLAGS.suppressArguments },
  super: { preload: FUNCTION_FLAGS.preloadSuper, suppress: FUNCTION_FLAGS.suppressSuper },
  _root: { preload: FUNCTION_FLAGS.preloadRoot, suppress: 0 },
  _parent: { preload: FUNCTION_FLAGS.preloadParent, suppress: 0 },
  _global: { preload: FUNCTION_FLAGS.preloadGlobal, suppress: 0 },
};

function compileFunction(context: CodeContext, node: FunctionNode, name: string): FunctionInstruction {
  if (context.version < 5) context.fail(node, "SWF 4 has no functions");
  if (node.generator || node.async || node.body.type !== "BlockStatement") context.fail(node, "not an ActionScript 1 function");
  for (const parameter of node.params) {
    if (parameter.type !== "Identifier") context.fail(parameter, "a parameter must be a plain name");
  }
  const form = context.options.functionForm ?? (context.version >= 7 ? 2 : 1);
  const scope = analyseScope(node);
  const inner = new CodeContext(context.options, scope, context, form === 2);
  const flags = form === 2 ? preload(inner, scope) : 0;
  const parameters = scope.parameters.map((parameter): FunctionParameter => {
    const register = staysNamed(scope, parameter) ? null : inner.allocateRegister();
    if (register !== null) inner.registers.set(parameter, register);
    return { name: parameter, register: register ?? 0 };
  });
  for (const variable of scope.variables) {
    // A function declaration is stored by name by the very action that defines it.
    const declaresFunction = scope.functions.some((declaration) => declaration.id.name === variable);
    const register = declaresFunction || staysNamed(scope, variable) ? null : inner.allocateRegister();
    if (register !== null) inner.registers.set(variable, register);
  }
  compileBody(inner, node.body.body);
  const registerCount = form === 2 ? inner.registerCount : 0;
  return { kind: "function", form, name, parameters, registerCount, flags, body: inner.out.instructions };
}

/** Variables that other code finds by name live in the activation object instead of a register. */
function staysNamed(scope: ScopeAnalysis, name: string): boolean {
  return scope.dynamic || scope.captured.has(name);
}

/** Gives registers to the preloadable names that the function uses; returns the flags. */
function preload(inner: CodeContext, scope: ScopeAnalysis): number {
  let flags = 0;
  for (const name of PRELOADED_NAMES) {
    const { preload, suppress } = PRELOAD_FLAGS[name];
    const declared = scope.parameters.includes(name) || scope.variables.includes(name);
    // On a main timeline `_parent` is undefined and takes no register, which would shift `_global` by one.
    const shiftsGlobal = name === "_parent" && scope.uses.has("_global");
    if (scope.uses.has(name) && !declared && !shiftsGlobal) {
      inner.registers.set(name, inner.allocateRegister()!);
      flags |= preload;
    } else if (!scope.dynamic) flags |= suppress;
  }
  return flags;
}
