// SPDX-License-Identifier: AGPL-3.0-or-later
import type { AnyNode, CallExpression } from "acorn";
import { type ActionName, isActionName } from "./actions.ts";
import { encodeText, encodingOf } from "./byte-writer.ts";
import type { CodeContext } from "./code-context.ts";
import { compileExpression } from "./expressions.ts";
import { constant, Label, register } from "./instructions.ts";
import { compileRawFunction } from "./raw-functions.ts";

/** Ways to write code that no compiler would write, and actions that ActionScript 1 has no syntax for. */
export interface Intrinsic {
  /** True when a value is always left on the stack; raw code leaves what it leaves. */
  leavesValue: boolean;
  compile(context: CodeContext, node: CallExpression, args: readonly AnyNode[]): void;
}

export const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  /** `__asm("Opcode", operands…)`: one action. Jump and If take a `__label` name or a raw offset. */
  __asm: {
    leavesValue: false,
    compile(context, node, [name, ...operands]) {
      const action = text(context, name);
      if (!isActionName(action)) return context.fail(node, `there is no action ${action}`);
      const values = operands.map((operand) => scalar(context, operand));
      if (action === "Jump" || action === "If") branch(context, action, values[0]);
      else context.out.action(action, ...values);
    },
  },
  /** `__bytes(0x96, "text", …)`: raw bytes; strings are written without terminator. */
  __bytes: {
    leavesValue: false,
    compile(context, _node, args) {
      const bytes = args.flatMap((argument) => {
        const value = scalar(context, argument);
        return typeof value === "string" ? [...encodeText(value, encodingOf(context.version))] : [value & 0xff];
      });
      context.out.add({ kind: "raw", bytes: Uint8Array.from(bytes) });
    },
  },
  /** `__push(a, b, …)`: leaves the values on the stack, the last on top. */
  __push: {
    leavesValue: false,
    compile(context, _node, args) {
      for (const argument of args) compileExpression(context, argument);
    },
  },
  /** `__label("name")`: a place that `__asm("Jump", "name")` can name. */
  __label: {
    leavesValue: false,
    compile(context, _node, [name]) {
      context.out.place(namedLabel(context, text(context, name)));
    },
  },
  /** `__reg(n)`: value of register n. */
  __reg: {
    leavesValue: true,
    compile(context, _node, [index]) {
      context.out.push(register(Number(scalar(context, index))));
    },
  },
  /** `__setreg(n, value)`: stores into register n; its value is the value stored. */
  __setreg: {
    leavesValue: true,
    compile(context, _node, [index, value]) {
      compileExpression(context, value);
      context.out.action("StoreRegister", Number(scalar(context, index)));
    },
  },
  /** `__float(1.5)`: a number pushed as 32-bit float. */
  __float: {
    leavesValue: true,
    compile(context, _node, [value]) {
      context.out.push({ type: "float", value: Number(scalar(context, value)) });
    },
  },
  /** `__setTarget(path)`: SetTarget with a literal, SetTarget2 with an expression. */
  __setTarget: {
    leavesValue: false,
    compile(context, _node, [path]) {
      if (path.type === "Literal" && typeof path.value === "string") {
        context.out.action("SetTarget", path.value);
        return;
      }
      compileExpression(context, path);
      context.out.action("SetTarget2");
    },
  },
  /** `__extends(Sub, Super)`: what ActionScript 2 writes for `class Sub extends Super`. */
  __extends: {
    leavesValue: false,
    compile(context, _node, [sub, base]) {
      compileExpression(context, sub);
      compileExpression(context, base);
      context.out.action("Extends");
    },
  },
  /** `__implements(Class, Interface…)`: what ActionScript 2 writes for `class Class implements Interface`. */
  __implements: {
    leavesValue: false,
    compile(context, _node, [implementer, ...interfaces]) {
      for (const each of interfaces.toReversed()) compileExpression(context, each);
      context.out.push(constant(interfaces.length));
      compileExpression(context, implementer);
      context.out.action("ImplementsOp");
    },
  },
  /** `__cast(Class, value)`: ActionScript 2's `Class(value)`. */
  __cast: {
    leavesValue: true,
    compile(context, _node, [type, value]) {
      compileExpression(context, type);
      compileExpression(context, value);
      context.out.action("CastOp");
    },
  },
  /** `__function({form, name, flags, registers, parameters}, function () {…})`: see raw-functions.ts. */
  __function: {
    leavesValue: false,
    compile: compileRawFunction,
  },
};

function branch(context: CodeContext, name: Extract<ActionName, "Jump" | "If">, target: number | string): void {
  const destination = typeof target === "number" ? target : namedLabel(context, target);
  context.out.add({ kind: "branch", name, target: destination });
}

function namedLabel(context: CodeContext, name: string): Label {
  const label = context.namedLabels.get(name) ?? new Label(name);
  context.namedLabels.set(name, label);
  return label;
}

/** A literal number or string, negative numbers included. */
export function scalar(context: CodeContext, node: AnyNode): number | string {
  if (node.type === "UnaryExpression" && node.operator === "-") return -Number(scalar(context, node.argument));
  if (node.type === "Literal" && (typeof node.value === "number" || typeof node.value === "string")) return node.value;
  context.fail(node, "a literal number or string is needed here");
}

function text(context: CodeContext, node: AnyNode): string {
  const value = scalar(context, node);
  return typeof value === "string" ? value : context.fail(node, "a literal string is needed here");
}
