// SPDX-License-Identifier: MIT
import { isInstanceOf } from "../actions/members.ts";
import { callFunction } from "../calls/call.ts";
import { construct } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { getMember, setMember } from "../calls/member.ts";
import { add, less, looseEquals } from "../conversion/operators.ts";
import { toBoolean } from "../conversion/to-boolean.ts";
import { toNumber } from "../conversion/to-number.ts";
import { type Addr, TAG_OBJECT } from "../layout/value.ts";
import type { Machine, NativeFunction } from "../machine/machine.ts";
import { getStored } from "../objects/properties.ts";
import { type KnownName, NAME } from "../strings/known-names.ts";
import { copyValue, moveResult, moveValue, payloadOf, setBoolean, setNumber, setUndefined, tagOf } from "../values/slots.ts";
import { type Member, setConstant } from "./declare.ts";

/**
 * Flash Player wrote some of its classes in ActionScript. Their methods are declared here as ActionScript expressions: which
 * operand is converted when, and what strings and undefined make of an operator, comes out as it does there.
 *
 * An expression writes its value to the dead slot `out`. `locals` is the method's window: its parameters, then its local
 * variables. Expressions are made once, when the tables are loaded; evaluating one makes no garbage.
 */
export type Expression = (vm: Machine, self: Addr, locals: Addr, out: Addr) => void;

/** `this.name` */
export function field(name: KnownName): Expression {
  const id = NAME[name];
  return (vm, self, _locals, out) => void getMember(vm, self, id, out);
}

/** A parameter, counted from 0, or a local variable, counted on after the parameters. */
export function local(index: number): Expression {
  return (vm, _self, locals, out) => copyValue(vm, locals + index * 8, out);
}

/** A member of a parameter or local variable. */
export function localField(index: number, name: KnownName): Expression {
  const id = NAME[name];
  return (vm, _self, locals, out) => void getMember(vm, locals + index * 8, id, out);
}

export function literal(value: number | string | boolean | null | undefined): Expression {
  return (vm, _self, _locals, out) => setConstant(vm, out, value);
}

/** Evaluates two operands, left first, and combines them. */
function binary(
  left: Expression,
  right: Expression,
  combine: (vm: Machine, left: Addr, right: Addr, out: Addr) => void,
): Expression {
  return (vm, self, locals, out) => {
    const window = openFrame(vm, 2);
    left(vm, self, locals, window);
    right(vm, self, locals, window + 8);
    combine(vm, window, window + 8, out);
    closeFrame(vm, window);
  };
}

/** `left + right`; of several operands from the left. */
export function plus(first: Expression, ...rest: Expression[]): Expression {
  return rest.reduce((left, right) => binary(left, right, add), first);
}

function arithmetic(combine: (left: number, right: number) => number): (left: Expression, right: Expression) => Expression {
  return (left, right) =>
    binary(left, right, (vm, a, b, out) => {
      const first = toNumber(vm, a);
      setNumber(vm, out, combine(first, toNumber(vm, b)));
    });
}

export const minus = arithmetic((left, right) => left - right);
export const times = arithmetic((left, right) => left * right);
export const dividedBy = arithmetic((left, right) => left / right);
export const minimum = arithmetic(Math.min);
export const maximum = arithmetic(Math.max);

/** `left < right`: undefined where there is nothing to compare. */
export function below(left: Expression, right: Expression): Expression {
  return binary(left, right, less);
}

/** `left > right` */
export function above(left: Expression, right: Expression): Expression {
  return binary(left, right, (vm, a, b, out) => less(vm, b, a, out, true));
}

/** `left >= right`, which compilers write as the negation of `<`: true where there is nothing to compare. */
export function atLeast(left: Expression, right: Expression): Expression {
  return not(below(left, right));
}

/** `left <= right`: true where there is nothing to compare. */
export function atMost(left: Expression, right: Expression): Expression {
  return not(above(left, right));
}

/** `left == right` */
export function equal(left: Expression, right: Expression): Expression {
  return binary(left, right, (vm, a, b, out) => setBoolean(vm, out, looseEquals(vm, a, b)));
}

export function not(operand: Expression): Expression {
  return (vm, self, locals, out) => setBoolean(vm, out, !isTrue(vm, operand, self, locals));
}

function isTrue(vm: Machine, condition: Expression, self: Addr, locals: Addr): boolean {
  const window = openFrame(vm, 1);
  condition(vm, self, locals, window);
  const result = toBoolean(vm, window);
  closeFrame(vm, window);
  return result;
}

/** `first && second && …`: the first value that is false, or the last. */
export function allOf(...operands: Expression[]): Expression {
  return shortCircuit(operands, false);
}

/** `first || second || …`: the first value that is true, or the last. */
export function anyOf(...operands: Expression[]): Expression {
  return shortCircuit(operands, true);
}

function shortCircuit(operands: readonly Expression[], decisive: boolean): Expression {
  return (vm, self, locals, out) => {
    const window = openFrame(vm, 1);
    for (let i = 0; i < operands.length; i++) {
      operands[i](vm, self, locals, window);
      if (i === operands.length - 1 || toBoolean(vm, window) === decisive) break;
      closeFrame(vm, window);
      openFrame(vm, 1);
    }
    moveValue(vm, window, out);
    closeFrame(vm, window);
  };
}

/** A function of one number, such as `Math.sqrt`. */
export function applied(fn: (value: number) => number, operand: Expression): Expression {
  return (vm, self, locals, out) => {
    const window = openFrame(vm, 1);
    operand(vm, self, locals, window);
    setNumber(vm, out, fn(toNumber(vm, window)));
    closeFrame(vm, window);
  };
}

/** `new ClassName(…)` of a built-in class. */
export function created(className: string, ...args: Expression[]): Expression {
  return (vm, self, locals, out) => {
    const window = openFrame(vm, args.length);
    for (let i = 0; i < args.length; i++) args[i](vm, self, locals, window + i * 8);
    constructBuiltin(vm, className, window, args.length, out);
    closeFrame(vm, window);
  };
}

/** `if (condition) then; else otherwise;` as a value. */
export function choice(condition: Expression, then: Expression, otherwise: Expression): Expression {
  return (vm, self, locals, out) => {
    if (isTrue(vm, condition, self, locals)) then(vm, self, locals, out);
    else otherwise(vm, self, locals, out);
  };
}

/** `value instanceof ClassName` for a built-in class. */
export function instanceOf(value: Expression, className: string): Expression {
  return (vm, self, locals, out) => {
    const window = openFrame(vm, 2);
    value(vm, self, locals, window);
    constructorOf(vm, className, window + 8);
    setBoolean(vm, out, isInstanceOf(vm, window, window + 8));
    closeFrame(vm, window);
  };
}

/** `this.name(…)` as a value. */
export function methodResult(target: Expression, name: KnownName, ...args: Expression[]): Expression {
  const id = NAME[name];
  return (vm, self, locals, out) => {
    const window = openFrame(vm, 2 + args.length);
    target(vm, self, locals, window);
    for (let i = 0; i < args.length; i++) args[i](vm, self, locals, window + 16 + i * 8);
    getMember(vm, window, id, window + 8);
    if (tagOf(vm, window + 8) === TAG_OBJECT) {
      callFunction(vm, payloadOf(vm, window + 8), window, window + 16, args.length);
      moveResult(vm, out);
    } else setUndefined(vm, out);
    closeFrame(vm, window);
  };
}

/** `this` */
export const thisValue: Expression = (vm, self, _locals, out) => copyValue(vm, self, out);

/** What is run for its effect. */
export type Statement = (vm: Machine, self: Addr, locals: Addr) => void;

/** `this.name = value` */
export function setField(name: KnownName, value: Expression): Statement {
  const id = NAME[name];
  return (vm, self, locals) => {
    const window = openFrame(vm, 1);
    value(vm, self, locals, window);
    setMember(vm, self, id, window);
    closeFrame(vm, window);
  };
}

/** `x.name = value` of a parameter or local variable. */
export function setLocalField(index: number, name: KnownName, value: Expression): Statement {
  const id = NAME[name];
  return (vm, self, locals) => {
    const window = openFrame(vm, 1);
    value(vm, self, locals, window);
    setMember(vm, locals + index * 8, id, window);
    closeFrame(vm, window);
  };
}

/** `var x = value`: a local variable is written once. */
export function setLocal(index: number, value: Expression): Statement {
  return (vm, self, locals) => value(vm, self, locals, locals + index * 8);
}

/** `expression;` */
export function evaluate(expression: Expression): Statement {
  return (vm, self, locals) => {
    const window = openFrame(vm, 1);
    expression(vm, self, locals, window);
    closeFrame(vm, window);
  };
}

/** `if (condition) { … }` */
export function when(condition: Expression, ...statements: Statement[]): Statement {
  return (vm, self, locals) => {
    if (isTrue(vm, condition, self, locals)) for (const statement of statements) statement(vm, self, locals);
  };
}

/** The body of a method that runs statements and returns nothing. */
export function run(...statements: Statement[]): Expression {
  return (vm, self, locals) => {
    for (const statement of statements) statement(vm, self, locals);
  };
}

/** Statements, then the value of an expression. */
export function after(statements: readonly Statement[], value: Expression): Expression {
  return (vm, self, locals, out) => {
    for (const statement of statements) statement(vm, self, locals);
    value(vm, self, locals, out);
  };
}

/** A method of a class written in ActionScript: an enumerable member. */
export function scriptedMethod(name: string, parameterCount: number, body: Expression, localCount = 0): Member {
  return { name, method: scripted(parameterCount, body, localCount), flags: 0, scripted: true };
}

/** An accessor of such a class; `set` reads its value as parameter 0. */
export function scriptedAccessor(name: string, get: Expression, ...set: Statement[]): Member {
  const getter = scripted(0, get);
  return set.length === 0 ? { name, get: getter, flags: 0 } : { name, get: getter, set: scripted(1, run(...set)), flags: 0 };
}

/** The implementation of a method: `body` gives its result. `localCount` is the number of local variables besides the parameters. */
export function scripted(parameterCount: number, body: Expression, localCount = 0): NativeFunction {
  return (vm, _fn, self, args, argc) => {
    const window = openFrame(vm, 1 + parameterCount + localCount);
    for (let i = 0; i < parameterCount && i < argc; i++) copyValue(vm, args + i * 8, window + (i + 1) * 8);
    body(vm, self, window + 8, window);
    moveValue(vm, window, vm.result);
    closeFrame(vm, window);
  };
}

/**
 * `new` of a built-in class, found through the prototype that the environment keeps: scripts can take a class out of its
 * package, and hiding a package from older movies does not hide it from Flash Player's own code.
 * @param out dead slot: the new object
 */
export function constructBuiltin(vm: Machine, className: string, args: Addr, argc: number, out: Addr): void {
  const window = openFrame(vm, 1);
  constructorOf(vm, className, window);
  construct(vm, window, args, argc, out);
  closeFrame(vm, window);
}

/** Writes a built-in class's constructor to a dead slot. */
function constructorOf(vm: Machine, className: string, out: Addr): void {
  getStored(vm, vm.realm.prototypes.get(className) ?? vm.realm.objectPrototype, NAME.constructor, out);
}
