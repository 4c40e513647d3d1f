// SPDX-License-Identifier: MIT

import { closeFrame, openFrame } from "../../calls/frames.ts";
import { setMember } from "../../calls/member.ts";
import type { NativeFunction } from "../../machine/machine.ts";
import { NAME } from "../../strings/known-names.ts";
import { setNumber } from "../../values/slots.ts";
import type { ClassTable } from "../declare.ts";
import { argument } from "../native-call.ts";
import {
  above,
  after,
  allOf,
  applied,
  created,
  dividedBy,
  type Expression,
  equal,
  field,
  instanceOf,
  literal,
  local,
  localField,
  methodResult,
  minus,
  plus,
  run,
  scriptedAccessor,
  scriptedMethod,
  setField,
  setLocal,
  times,
  when,
} from "../script-expression.ts";

/** flash.geom.Point, written in ActionScript by Flash Player: values are kept as they are given. */

const construct: NativeFunction = (vm, _fn, self, args, argc) => {
  const window = openFrame(vm, 1);
  if (argc === 0) setNumber(vm, window, 0);
  setMember(vm, self, NAME.y, argc === 0 ? window : argument(vm, args, argc, 1));
  setMember(vm, self, NAME.x, argc === 0 ? window : argument(vm, args, argc, 0));
  closeFrame(vm, window);
};

const hypotenuse: Expression = applied(Math.sqrt, plus(times(field("x"), field("x")), times(field("y"), field("y"))));
const asText: Expression = plus(literal("(x="), field("x"), literal(", y="), field("y"), literal(")"));

/** `b + factor * (a - b)` of the parameters' coordinates. */
function between(axis: "x" | "y"): Expression {
  return plus(localField(1, axis), times(local(2), minus(localField(0, axis), localField(1, axis))));
}

export const pointClass: ClassTable = {
  name: "Point",
  construct,
  flags: 0,
  statics: [
    scriptedMethod("distance", 2, after([setLocal(2, methodResult(local(0), "subtract", local(1)))], localField(2, "length")), 1),
    scriptedMethod("interpolate", 3, created("Point", between("x"), between("y"))),
    scriptedMethod(
      "polar",
      2,
      created("Point", times(local(0), applied(Math.cos, local(1))), times(local(0), applied(Math.sin, local(1)))),
    ),
  ],
  prototype: [
    scriptedMethod("toString", 0, asText),
    scriptedMethod("subtract", 1, created("Point", minus(field("x"), localField(0, "x")), minus(field("y"), localField(0, "y")))),
    scriptedMethod("add", 1, created("Point", plus(field("x"), localField(0, "x")), plus(field("y"), localField(0, "y")))),
    scriptedMethod(
      "normalize",
      1,
      run(
        setLocal(1, field("length")),
        when(
          above(local(1), literal(0)),
          setLocal(2, dividedBy(local(0), local(1))),
          setField("x", times(field("x"), local(2))),
          setField("y", times(field("y"), local(2))),
        ),
      ),
      2,
    ),
    scriptedMethod("offset", 2, run(setField("x", plus(field("x"), local(0))), setField("y", plus(field("y"), local(1))))),
    scriptedAccessor("length", hypotenuse),
    scriptedMethod(
      "equals",
      1,
      allOf(instanceOf(local(0), "Point"), equal(localField(0, "x"), field("x")), equal(localField(0, "y"), field("y"))),
    ),
    scriptedMethod("clone", 0, created("Point", field("x"), field("y"))),
  ],
};
