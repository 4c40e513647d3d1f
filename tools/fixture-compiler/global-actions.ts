// SPDX-License-Identifier: AGPL-3.0-or-later
import type { AnyNode, Node } from "acorn";
import { type ActionName, DISPLAY_PROPERTIES } from "./actions.ts";
import type { CodeContext } from "./code-context.ts";
import { compileExpression } from "./expressions.ts";
import { constant } from "./instructions.ts";

/** A function of ActionScript that compilers write as an action instead of a call. */
export interface GlobalAction {
  /** Fewest and most arguments; a call with another number is an ordinary call. */
  arity: readonly [number, number];
  leavesValue: boolean;
  compile(context: CodeContext, args: readonly AnyNode[], call: Node): void;
}

/** Depth 0 of scripts is this depth in the display list. */
const SCRIPT_DEPTH_OFFSET = 16384;

enum LoadFlags {
  get = 1,
  post = 2,
  target = 0x40,
  variables = 0x80,
}

/** Pushes all arguments in source order, then runs one action. */
function simple(name: ActionName, argumentCount: number, leavesValue: boolean): GlobalAction {
  return {
    arity: [argumentCount, argumentCount],
    leavesValue,
    compile(context, args) {
      for (const argument of args) compileExpression(context, argument);
      context.out.action(name);
    },
  };
}

function goto(play: boolean): GlobalAction {
  return {
    arity: [1, 1],
    leavesValue: false,
    compile(context, [frame]) {
      const { out } = context;
      const value = literal(frame);
      if (typeof value === "number" && Number.isInteger(value) && value > 0) {
        out.action("GotoFrame", value - 1);
        if (play) out.action("Play");
      } else if (typeof value === "string") {
        out.action("GotoLabel", value);
        if (play) out.action("Play");
      } else {
        compileExpression(context, frame);
        out.action("GotoFrame2", play ? 1 : 0);
      }
    },
  };
}

/** Loads into a clip (`loadMovie`, `loadVariables`): url, target, optional send method. */
function load(flags: number): GlobalAction {
  return {
    arity: [2, 3],
    leavesValue: false,
    compile(context, [url, target, method]) {
      compileExpression(context, url);
      compileExpression(context, target);
      context.out.action("GetURL2", flags | methodFlag(method));
    },
  };
}

/** Loads into a level given by number. */
function loadLevel(flags: number): GlobalAction {
  return {
    arity: [2, 3],
    leavesValue: false,
    compile(context, [url, level, method], call) {
      const number = literal(level);
      if (typeof number !== "number") context.fail(call, "the level must be a number literal");
      const name = `_level${number}`;
      const address = literal(url);
      if (flags === 0 && method === undefined && typeof address === "string") {
        context.out.action("GetURL", address, name);
        return;
      }
      compileExpression(context, url);
      context.out.push(constant(name)).action("GetURL2", flags | methodFlag(method));
    },
  };
}

export const GLOBAL_ACTIONS: Readonly<Record<string, GlobalAction>> = {
  trace: simple("Trace", 1, false),
  getTimer: simple("GetTime", 0, true),
  play: simple("Play", 0, false),
  stop: simple("Stop", 0, false),
  nextFrame: simple("NextFrame", 0, false),
  prevFrame: simple("PreviousFrame", 0, false),
  gotoAndPlay: goto(true),
  gotoAndStop: goto(false),
  stopAllSounds: simple("StopSounds", 0, false),
  toggleHighQuality: simple("ToggleQuality", 0, false),
  call: simple("Call", 1, false),
  eval: simple("GetVariable", 1, true),
  set: simple("SetVariable", 2, false),
  Number: simple("ToNumber", 1, true),
  String: simple("ToString", 1, true),
  int: simple("ToInteger", 1, true),
  random: simple("RandomNumber", 1, true),
  length: simple("StringLength", 1, true),
  substring: simple("StringExtract", 3, true),
  ord: simple("CharToAscii", 1, true),
  chr: simple("AsciiToChar", 1, true),
  mblength: simple("MBStringLength", 1, true),
  mbsubstring: simple("MBStringExtract", 3, true),
  mbord: simple("MBCharToAscii", 1, true),
  mbchr: simple("MBAsciiToChar", 1, true),
  targetPath: simple("TargetPath", 1, true),
  stopDrag: simple("EndDrag", 0, false),
  removeMovieClip: simple("RemoveSprite", 1, false),
  startDrag: {
    arity: [1, 6],
    leavesValue: false,
    compile(context, [target, lock, ...bounds], call) {
      if (bounds.length !== 0 && bounds.length !== 4) context.fail(call, "startDrag takes none or four bounds");
      for (const bound of bounds) compileExpression(context, bound);
      context.out.push(constant(bounds.length === 0 ? 0 : 1));
      if (lock === undefined) context.out.push(constant(0));
      else compileExpression(context, lock);
      compileExpression(context, target);
      context.out.action("StartDrag");
    },
  },
  duplicateMovieClip: {
    arity: [3, 3],
    leavesValue: false,
    compile(context, [source, name, depth]) {
      compileExpression(context, source);
      compileExpression(context, name);
      const value = literal(depth);
      if (typeof value === "number") context.out.push(constant(value + SCRIPT_DEPTH_OFFSET));
      else {
        compileExpression(context, depth);
        context.out.push(constant(SCRIPT_DEPTH_OFFSET)).action(context.version >= 5 ? "Add2" : "Add");
      }
      context.out.action("CloneSprite");
    },
  },
  getProperty: {
    arity: [2, 2],
    leavesValue: true,
    compile(context, [target, property], call) {
      compileExpression(context, target);
      context.out.push(constant(propertyIndex(context, property, call))).action("GetProperty");
    },
  },
  setProperty: {
    arity: [3, 3],
    leavesValue: false,
    compile(context, [target, property, value], call) {
      compileExpression(context, target);
      context.out.push(constant(propertyIndex(context, property, call)));
      compileExpression(context, value);
      context.out.action("SetProperty");
    },
  },
  getURL: {
    arity: [1, 3],
    leavesValue: false,
    compile(context, [url, window, method]) {
      compileUrl(context, url, window, method);
    },
  },
  fscommand: {
    arity: [1, 2],
    leavesValue: false,
    compile(context, [command, argument]) {
      const name = literal(command);
      const parameter = argument === undefined ? "" : literal(argument);
      if (typeof name === "string" && typeof parameter === "string") {
        context.out.action("GetURL", `FSCommand:${name}`, parameter);
        return;
      }
      context.out.push(constant("FSCommand:"));
      compileExpression(context, command);
      context.out.action(context.version >= 5 ? "Add2" : "StringAdd");
      if (argument === undefined) context.out.push(constant(""));
      else compileExpression(context, argument);
      context.out.action("GetURL2", 0);
    },
  },
  loadMovie: load(LoadFlags.target),
  loadVariables: load(LoadFlags.target | LoadFlags.variables),
  loadMovieNum: loadLevel(0),
  loadVariablesNum: loadLevel(LoadFlags.variables),
  unloadMovie: {
    arity: [1, 1],
    leavesValue: false,
    compile(context, [target]) {
      context.out.push(constant(""));
      compileExpression(context, target);
      context.out.action("GetURL2", LoadFlags.target);
    },
  },
};

function compileUrl(context: CodeContext, url: AnyNode, window: AnyNode | undefined, method: AnyNode | undefined): void {
  const address = literal(url);
  const target = window === undefined ? "" : literal(window);
  if (method === undefined && typeof address === "string" && typeof target === "string") {
    context.out.action("GetURL", address, target);
    return;
  }
  compileExpression(context, url);
  if (window === undefined) context.out.push(constant(""));
  else compileExpression(context, window);
  context.out.action("GetURL2", methodFlag(method));
}

function methodFlag(method: AnyNode | undefined): number {
  const name = method === undefined ? null : literal(method);
  if (typeof name !== "string") return 0;
  return name.toUpperCase() === "POST" ? LoadFlags.post : LoadFlags.get;
}

/** Number of a display property, given by its bare name as authors write it. */
function propertyIndex(context: CodeContext, property: AnyNode, call: Node): number {
  const index = property.type === "Identifier" ? DISPLAY_PROPERTIES[property.name] : undefined;
  return index ?? context.fail(call, "the second argument must be the bare name of a display property");
}

/** The value of a literal, undefined for any other expression. */
function literal(node: AnyNode): unknown {
  return node.type === "Literal" ? node.value : undefined;
}
