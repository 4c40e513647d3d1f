// SPDX-License-Identifier: AGPL-3.0-or-later
import type { AnyNode, CallExpression, Property } from "acorn";
import { CodeContext } from "./code-context.ts";
import type { FunctionInstruction } from "./instructions.ts";
import { scalar } from "./intrinsics.ts";
import { analyseScope } from "./scope-analysis.ts";
import { compileBody } from "./statements.ts";

/**
 * `__function({form: 2, name: "f", flags: 0x2a, registers: 4, parameters: {a: 1, b: 0}}, function () {…})` writes exactly
 * this header. The body's variables are named; registers are reached with `__reg` and `__setreg`. Without a name the
 * function stays on the stack.
 */
export function compileRawFunction(context: CodeContext, node: CallExpression, [header, body]: readonly AnyNode[]): void {
  if (header?.type !== "ObjectExpression" || body?.type !== "FunctionExpression") {
    context.fail(node, "__function takes an object literal and a function");
  }
  const fields = fieldsOf(context, header);
  const number = (name: string, otherwise: number): number => {
    const field = fields.get(name);
    return field === undefined ? otherwise : Number(scalar(context, field));
  };
  const parameters = fields.get("parameters");
  const name = fields.get("name");
  const inner = new CodeContext(context.options, analyseScope(body), context, false);
  compileBody(inner, body.body.body);
  const definition: FunctionInstruction = {
    kind: "function",
    form: number("form", 2) === 1 ? 1 : 2,
    name: name === undefined ? "" : String(scalar(context, name)),
    parameters:
      parameters === undefined
        ? []
        : [...fieldsOf(context, parameters)].map(([parameter, register]) => ({
            name: parameter,
            register: Number(scalar(context, register)),
          })),
    registerCount: number("registers", 0),
    flags: number("flags", 0),
    body: inner.out.instructions,
  };
  context.out.add(definition);
}

function fieldsOf(context: CodeContext, node: AnyNode): Map<string, AnyNode> {
  if (node.type !== "ObjectExpression") context.fail(node, "an object literal is needed here");
  return new Map(
    node.properties
      .filter((property): property is Property => property.type === "Property")
      .map(({ key, value }) => [key.type === "Identifier" ? key.name : String(scalar(context, key)), value]),
  );
}
