// SPDX-License-Identifier: MIT
import { callFunction } from "../../calls/call.ts";
import { releaseResult } from "../../calls/construct.ts";
import { closeFrame, openFrame } from "../../calls/frames.ts";
import { getMember, setMember } from "../../calls/member.ts";
import { TAG_OBJECT } from "../../layout/value.ts";
import type { NativeFunction } from "../../machine/machine.ts";
import { NAME } from "../../strings/known-names.ts";
import { payloadOf, tagOf } from "../../values/slots.ts";
import type { ClassTable } from "../declare.ts";
import { argument } from "../native-call.ts";
import {
  above,
  after,
  allOf,
  anyOf,
  atLeast,
  atMost,
  below,
  created,
  type Expression,
  equal,
  evaluate,
  field,
  instanceOf,
  literal,
  local,
  localField,
  maximum,
  methodResult,
  minimum,
  minus,
  not,
  plus,
  run,
  type Statement,
  scriptedAccessor,
  scriptedMethod,
  setField,
  setLocal,
  setLocalField,
  thisValue,
  times,
  when,
} from "../script-expression.ts";

/** flash.geom.Rectangle, written in ActionScript by Flash Player: sides are kept as they are given. */

type Axis = "x" | "y";
const EXTENT = { x: "width", y: "height" } as const;
const FIELDS = [NAME.x, NAME.y, NAME.width, NAME.height];

const construct: NativeFunction = (vm, _fn, self, args, argc) => {
  if (argc > 0) {
    for (let i = 0; i < FIELDS.length; i++) setMember(vm, self, FIELDS[i], argument(vm, args, argc, i));
    return;
  }
  const window = openFrame(vm, 1);
  getMember(vm, self, NAME.setEmpty, window);
  if (tagOf(vm, window) === TAG_OBJECT) callFunction(vm, payloadOf(vm, window), self, 0, 0);
  releaseResult(vm);
  closeFrame(vm, window);
};

const asText: Expression = plus(
  literal("(x="),
  field("x"),
  literal(", y="),
  field("y"),
  literal(", w="),
  field("width"),
  literal(", h="),
  field("height"),
  literal(")"),
);

/** The far side along an axis: `this.x + this.width`. */
function end(axis: Axis): Expression {
  return plus(field(axis), field(EXTENT[axis]));
}

/** The same of a parameter. */
function endOf(index: number, axis: Axis): Expression {
  return plus(localField(index, axis), localField(index, EXTENT[axis]));
}

/** Moves the near side to a value; the far side stays. */
function moveStart(axis: Axis, value: Expression): Statement[] {
  return [setField(EXTENT[axis], plus(field(EXTENT[axis]), minus(field(axis), value))), setField(axis, value)];
}

function moveEnd(axis: Axis, value: Expression): Statement {
  return setField(EXTENT[axis], minus(value, field(axis)));
}

/** Whether a coordinate lies within: the near side counts, the far one does not. */
function inside(value: Expression, axis: Axis): Expression {
  return allOf(atLeast(value, field(axis)), below(value, end(axis)));
}

/** Enlarges both sides by a value. */
function inflateBy(axis: Axis, value: Expression): Statement[] {
  return [setField(axis, minus(field(axis), value)), setField(EXTENT[axis], plus(field(EXTENT[axis]), times(literal(2), value)))];
}

/** The part of an axis of rectangle `local(1)` that is in this one and in the parameter. */
function overlap(axis: Axis): Statement[] {
  return [
    setLocalField(1, axis, maximum(field(axis), localField(0, axis))),
    setLocalField(1, EXTENT[axis], minus(minimum(end(axis), endOf(0, axis)), localField(1, axis))),
  ];
}

function spanStart(axis: Axis): Expression {
  return minimum(field(axis), localField(0, axis));
}

function span(axis: Axis): Expression {
  return minus(maximum(end(axis), endOf(0, axis)), spanStart(axis));
}

/** Whether the rectangle has an inside: NaN makes none. */
const encloses: Expression = allOf(above(field("width"), literal(0)), above(field("height"), literal(0)));

/** Locals after the parameter: far sides of this rectangle, then of the parameter. */
const FAR_SIDES = { x: [1, 3], y: [2, 4] } as const;

/** The parameter's span along an axis is within this one's. */
function spansOver(axis: Axis): Expression {
  const [own, given] = FAR_SIDES[axis];
  return allOf(above(local(given), field(axis)), atMost(local(given), local(own)));
}

function startsWithin(axis: Axis): Expression {
  return allOf(atLeast(localField(0, axis), field(axis)), below(localField(0, axis), local(FAR_SIDES[axis][0])));
}

export const rectangleClass: ClassTable = {
  name: "Rectangle",
  construct,
  flags: 0,
  prototype: [
    scriptedMethod("toString", 0, asText),
    scriptedMethod(
      "equals",
      1,
      allOf(
        instanceOf(local(0), "Rectangle"),
        equal(localField(0, "x"), field("x")),
        equal(localField(0, "y"), field("y")),
        equal(localField(0, "width"), field("width")),
        equal(localField(0, "height"), field("height")),
      ),
    ),
    scriptedMethod("union", 1, created("Rectangle", spanStart("x"), spanStart("y"), span("x"), span("y"))),
    scriptedMethod(
      "intersects",
      1,
      after([setLocal(1, methodResult(thisValue, "intersection", local(0)))], not(methodResult(local(1), "isEmpty"))),
      1,
    ),
    scriptedMethod(
      "intersection",
      1,
      after(
        [
          setLocal(1, created("Rectangle")),
          ...overlap("x"),
          ...overlap("y"),
          when(
            anyOf(not(above(localField(1, "width"), literal(0))), not(above(localField(1, "height"), literal(0)))),
            evaluate(methodResult(local(1), "setEmpty")),
          ),
        ],
        local(1),
      ),
      1,
    ),
    scriptedMethod(
      "containsRectangle",
      1,
      after(
        [setLocal(1, end("x")), setLocal(2, end("y")), setLocal(3, endOf(0, "x")), setLocal(4, endOf(0, "y"))],
        allOf(startsWithin("x"), startsWithin("y"), spansOver("x"), spansOver("y")),
      ),
      4,
    ),
    scriptedMethod("containsPoint", 1, allOf(inside(localField(0, "x"), "x"), inside(localField(0, "y"), "y"))),
    scriptedMethod("contains", 2, allOf(inside(local(0), "x"), inside(local(1), "y"))),
    scriptedMethod(
      "offsetPoint",
      1,
      run(setField("x", plus(field("x"), localField(0, "x"))), setField("y", plus(field("y"), localField(0, "y")))),
    ),
    scriptedMethod("offset", 2, run(setField("x", plus(field("x"), local(0))), setField("y", plus(field("y"), local(1))))),
    scriptedMethod("inflatePoint", 1, run(...inflateBy("x", localField(0, "x")), ...inflateBy("y", localField(0, "y")))),
    scriptedMethod("inflate", 2, run(...inflateBy("x", local(0)), ...inflateBy("y", local(1)))),
    scriptedAccessor(
      "size",
      created("Point", field("width"), field("height")),
      setField("width", localField(0, "x")),
      setField("height", localField(0, "y")),
    ),
    scriptedAccessor(
      "bottomRight",
      created("Point", end("x"), end("y")),
      moveEnd("x", localField(0, "x")),
      moveEnd("y", localField(0, "y")),
    ),
    scriptedAccessor(
      "topLeft",
      created("Point", field("x"), field("y")),
      ...moveStart("x", localField(0, "x")),
      ...moveStart("y", localField(0, "y")),
    ),
    scriptedAccessor("bottom", end("y"), moveEnd("y", local(0))),
    scriptedAccessor("top", field("y"), ...moveStart("y", local(0))),
    scriptedAccessor("right", end("x"), moveEnd("x", local(0))),
    scriptedAccessor("left", field("x"), ...moveStart("x", local(0))),
    scriptedMethod("isEmpty", 0, not(encloses)),
    scriptedMethod("setEmpty", 0, run(...(["x", "y", "width", "height"] as const).map((name) => setField(name, literal(0))))),
    scriptedMethod("clone", 0, created("Rectangle", field("x"), field("y"), field("width"), field("height"))),
  ],
};
