// SPDX-License-Identifier: MIT
import { toBoolean } from "../conversion/to-boolean.ts";
import { toNumber } from "../conversion/to-number.ts";
import { toJsString } from "../conversion/to-string.ts";
import { type Addr, TAG_NULL, TAG_UNDEFINED } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { stringFromJs } from "../strings/heap-string.ts";
import { setBoolean, setNull, setNumber, setString, setUndefined, tagOf } from "../values/slots.ts";
import { slashPath } from "./clip-object.ts";
import { type DisplayObject, transformRectangle } from "./display-object.ts";
import { MovieClip } from "./movie-clip.ts";
import type { Stage } from "./stage.ts";

/** Twips that an infinite coordinate becomes. */
const FARTHEST_TWIPS = -2147483648;

interface Context {
  vm: Machine;
  stage: Stage;
  quality: { value: string };
}

interface DisplayProperty {
  name: string;
  /** First SWF version with it as a number for GetProperty; read-only ones have no `set`. */
  get(context: Context, display: DisplayObject, out: Addr): void;
  set?(context: Context, display: DisplayObject, value: Addr): void;
}

/** A numeric property: undefined, null and NaN are ignored when set. */
function numeric(
  name: string,
  get: (display: DisplayObject) => number,
  set: (display: DisplayObject, value: number) => void,
): DisplayProperty {
  return {
    name,
    get: ({ vm }, display, out) => setNumber(vm, out, get(display)),
    set: ({ vm }, display, value) => {
      if (tagOf(vm, value) === TAG_UNDEFINED || tagOf(vm, value) === TAG_NULL) return;
      const number = toNumber(vm, value);
      if (Number.isNaN(number)) return;
      set(display, number);
      display.transformedByScript = true;
    },
  };
}

function toTwips(pixels: number): number {
  return Number.isFinite(pixels) ? Math.round(pixels * 20) : FARTHEST_TWIPS;
}

/** Scale and rotation as numbers: what scripts set, or what the matrix says. */
export function transformOf(display: DisplayObject): { scaleX: number; scaleY: number; rotation: number } {
  const { a, b, c, d } = display.matrix;
  if (display.scaleX === null) display.scaleX = Math.sqrt(a * a + b * b) * 100;
  if (display.scaleY === null) display.scaleY = Math.sqrt(c * c + d * d) * 100;
  if (display.rotation === null) display.rotation = (Math.atan2(b, a) * 180) / Math.PI;
  return { scaleX: display.scaleX, scaleY: display.scaleY, rotation: display.rotation };
}

function applyTransform(display: DisplayObject, change: { scaleX?: number; scaleY?: number; rotation?: number }): void {
  const before = transformOf(display);
  const { matrix } = display;
  const skew = Math.atan2(-matrix.c, matrix.d) - Math.atan2(matrix.b, matrix.a);
  const { scaleX, scaleY, rotation } = { ...before, ...change };
  const angle = (rotation * Math.PI) / 180;
  matrix.a = (scaleX / 100) * Math.cos(angle);
  matrix.b = (scaleX / 100) * Math.sin(angle);
  matrix.c = -(scaleY / 100) * Math.sin(angle + skew);
  matrix.d = (scaleY / 100) * Math.cos(angle + skew);
  display.scaleX = scaleX;
  display.scaleY = scaleY;
  display.rotation = rotation;
}

function size(display: DisplayObject, side: "x" | "y"): number {
  const bounds = display.localBounds();
  if (bounds === null) return 0;
  const outer = transformRectangle(bounds, display.matrix);
  return Math.round(side === "x" ? outer.xMax - outer.xMin : outer.yMax - outer.yMin) / 20;
}

function resize(display: DisplayObject, side: "x" | "y", value: number): void {
  const current = size(display, side);
  if (current === 0 || !Number.isFinite(value)) return;
  const { scaleX, scaleY } = transformOf(display);
  const factor = Math.abs(value / current);
  if (side === "x") applyTransform(display, { scaleX: scaleX * factor });
  else applyTransform(display, { scaleY: scaleY * factor });
}

function normaliseDegrees(degrees: number): number {
  const turned = degrees % 360;
  if (turned > 180) return turned - 360;
  return turned < -180 ? turned + 360 : turned;
}

function readOnlyText(name: string, get: (context: Context, display: DisplayObject) => string): DisplayProperty {
  return { name, get: (context, display, out) => setString(context.vm, out, stringFromJs(context.vm, get(context, display))) };
}

const QUALITIES = ["LOW", "MEDIUM", "HIGH", "BEST"];

/** Display properties in the order of their numbers (opcodes reference §10). */
export const DISPLAY_PROPERTIES: readonly DisplayProperty[] = [
  numeric(
    "_x",
    (display) => display.matrix.tx / 20,
    (display, value) => {
      display.matrix.tx = toTwips(value);
    },
  ),
  numeric(
    "_y",
    (display) => display.matrix.ty / 20,
    (display, value) => {
      display.matrix.ty = toTwips(value);
    },
  ),
  numeric(
    "_xscale",
    (display) => transformOf(display).scaleX,
    (display, value) => applyTransform(display, { scaleX: value }),
  ),
  numeric(
    "_yscale",
    (display) => transformOf(display).scaleY,
    (display, value) => applyTransform(display, { scaleY: value }),
  ),
  {
    name: "_currentframe",
    get: ({ vm }, display, out) =>
      display instanceof MovieClip ? setNumber(vm, out, display.currentFrame) : setUndefined(vm, out),
  },
  {
    name: "_totalframes",
    get: ({ vm }, display, out) =>
      display instanceof MovieClip ? setNumber(vm, out, display.totalFrames) : setUndefined(vm, out),
  },
  numeric(
    "_alpha",
    (display) => (display.color.alphaMultiplier / 256) * 100,
    (display, value) => {
      display.color.alphaMultiplier = Math.trunc(value * 2.56);
    },
  ),
  {
    name: "_visible",
    get: ({ vm }, display, out) => setBoolean(vm, out, display.visible),
    set: ({ vm }, display, value) => {
      const number = toNumber(vm, value);
      if (Number.isNaN(number)) return;
      display.visible = number !== 0;
      display.transformedByScript = true;
    },
  },
  numeric(
    "_width",
    (display) => size(display, "x"),
    (display, value) => resize(display, "x", value),
  ),
  numeric(
    "_height",
    (display) => size(display, "y"),
    (display, value) => resize(display, "y", value),
  ),
  numeric(
    "_rotation",
    (display) => transformOf(display).rotation,
    (display, value) => applyTransform(display, { rotation: normaliseDegrees(value) }),
  ),
  readOnlyText("_target", (_context, display) => slashPath(display)),
  {
    name: "_framesloaded",
    get: ({ vm }, display, out) =>
      display instanceof MovieClip ? setNumber(vm, out, display.framesLoaded) : setUndefined(vm, out),
  },
  {
    name: "_name",
    get: ({ vm }, display, out) => setString(vm, out, stringFromJs(vm, display.name)),
    set: ({ vm, stage }, display, value) => stage.rename(display, toJsString(vm, value)),
  },
  {
    name: "_droptarget",
    get: ({ vm }, _display, out) => (vm.version < 6 ? setUndefined(vm, out) : setString(vm, out, stringFromJs(vm, ""))),
  },
  readOnlyText("_url", (_context, display) => movieOf(display)?.url ?? ""),
  {
    name: "_highquality",
    get: ({ vm, quality }, _display, out) =>
      setNumber(vm, out, quality.value === "BEST" ? 2 : quality.value === "LOW" || quality.value === "MEDIUM" ? 0 : 1),
    set: ({ vm, quality }, _display, value) => {
      const number = toNumber(vm, value);
      if (!Number.isNaN(number)) quality.value = number > 1.5 ? "BEST" : number === 0 ? "LOW" : "HIGH";
    },
  },
  {
    name: "_focusrect",
    get: ({ vm }, display, out) => {
      if (!(display instanceof MovieClip) || display.parent !== null) setNull(vm, out);
      else if (vm.version < 6) setNumber(vm, out, 1);
      else setBoolean(vm, out, true);
    },
    set: ({ vm }, _display, value) => void toBoolean(vm, value),
  },
  {
    name: "_soundbuftime",
    get: ({ vm }, _display, out) => setNumber(vm, out, 5),
    set: ({ vm }, _display, value) => void toNumber(vm, value),
  },
  {
    name: "_quality",
    get: ({ vm, quality }, _display, out) => setString(vm, out, stringFromJs(vm, quality.value)),
    set: ({ vm, quality }, _display, value) => {
      const wanted = toJsString(vm, value).toUpperCase();
      if (QUALITIES.includes(wanted)) quality.value = wanted;
    },
  },
  { name: "_xmouse", get: ({ vm }, display, out) => setNumber(vm, out, -display.matrix.tx / 20 || 0) },
  { name: "_ymouse", get: ({ vm }, display, out) => setNumber(vm, out, -display.matrix.ty / 20 || 0) },
];

function movieOf(display: DisplayObject): { url: string } | null {
  for (let at: DisplayObject | null = display; at !== null; at = at.parent) if (at instanceof MovieClip) return at.movie;
  return null;
}

const BY_NAME = new Map(DISPLAY_PROPERTIES.map((property) => [property.name, property]));

/** A display property by name, whatever its case; undefined for other names. */
export function displayProperty(name: string): DisplayProperty | undefined {
  return name.charCodeAt(0) === 95 ? BY_NAME.get(name.toLowerCase()) : undefined;
}
