// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import type { Character, ColorTransform, Matrix, Rectangle } from "../movie/description.ts";
import type { MovieClip } from "./movie-clip.ts";

export const IDENTITY_MATRIX: Readonly<Matrix> = { a: 1, b: 0, c: 0, d: 1, tx: 0, ty: 0 };
export const IDENTITY_COLOR: Readonly<ColorTransform> = {
  redMultiplier: 256,
  greenMultiplier: 256,
  blueMultiplier: 256,
  alphaMultiplier: 256,
  redOffset: 0,
  greenOffset: 0,
  blueOffset: 0,
  alphaOffset: 0,
};

/** SWF depths are AS depths plus this. */
export const DEPTH_BIAS = 16384;

/** Something on a display list: the player's own bookkeeping. What scripts store lives in its heap object. */
export class DisplayObject {
  /** Index in the player's table: the heap object refers to it by this. */
  readonly handle: number;
  readonly character: Character | null;
  /** Dictionary id, 0 for what scripts created. */
  readonly characterId: number;
  parent: MovieClip | null = null;
  /** SWF depth. Pending removal: -1 - the depth it had. */
  depth = 0;
  name = "";
  matrix: Matrix = { ...IDENTITY_MATRIX };
  color: ColorTransform = { ...IDENTITY_COLOR };
  visible = true;
  ratio = 0;
  clipDepth = 0;
  /** Percent and degrees as scripts set them; null while the matrix speaks for itself. */
  scaleX: number | null = null;
  scaleY: number | null = null;
  rotation: number | null = null;
  /** Heap object, counted; 0 for what scripts can't see and for what is gone. */
  object: Ptr = 0;
  removed = false;
  pendingRemoval = false;
  /** A script changed its placement: the timeline no longer moves it. */
  transformedByScript = false;
  /** Placed by the timeline on this frame, for goto. */
  placeFrame = 0;

  constructor(handle: number, character: Character | null, characterId: number) {
    this.handle = handle;
    this.character = character;
    this.characterId = characterId;
  }

  /** Bounds of its own content without children, in its own coordinates (twips); null when it has none. */
  ownBounds(): Rectangle | null {
    const { character } = this;
    switch (character?.type) {
      case "shape":
      case "text":
      case "editText":
        return character.bounds;
      case "morph":
        return character.startBounds;
      case "bitmap":
      case "video":
        return { xMin: 0, yMin: 0, xMax: character.width * 20, yMax: character.height * 20 };
      default:
        return null;
    }
  }

  /** Bounds with children in its own coordinates. */
  localBounds(): Rectangle | null {
    return this.ownBounds();
  }
}

/** Applies a matrix to a rectangle: the smallest rectangle around the result. */
export function transformRectangle(rectangle: Rectangle, m: Matrix): Rectangle {
  const xs = [rectangle.xMin, rectangle.xMax];
  const ys = [rectangle.yMin, rectangle.yMax];
  const result = {
    xMin: Number.POSITIVE_INFINITY,
    xMax: Number.NEGATIVE_INFINITY,
    yMin: Number.POSITIVE_INFINITY,
    yMax: Number.NEGATIVE_INFINITY,
  };
  for (const x of xs) {
    for (const y of ys) {
      const tx = m.a * x + m.c * y + m.tx;
      const ty = m.b * x + m.d * y + m.ty;
      result.xMin = Math.min(result.xMin, tx);
      result.xMax = Math.max(result.xMax, tx);
      result.yMin = Math.min(result.yMin, ty);
      result.yMax = Math.max(result.yMax, ty);
    }
  }
  return result;
}

export function unionRectangles(a: Rectangle | null, b: Rectangle | null): Rectangle | null {
  if (a === null || b === null) return a ?? b;
  return {
    xMin: Math.min(a.xMin, b.xMin),
    xMax: Math.max(a.xMax, b.xMax),
    yMin: Math.min(a.yMin, b.yMin),
    yMax: Math.max(a.yMax, b.yMax),
  };
}

/** `inner` applied first, then `outer`. */
export function concatMatrices(outer: Matrix, inner: Matrix): Matrix {
  return {
    a: outer.a * inner.a + outer.c * inner.b,
    b: outer.b * inner.a + outer.d * inner.b,
    c: outer.a * inner.c + outer.c * inner.d,
    d: outer.b * inner.c + outer.d * inner.d,
    tx: outer.a * inner.tx + outer.c * inner.ty + outer.tx,
    ty: outer.b * inner.tx + outer.d * inner.ty + outer.ty,
  };
}

/** Inverse matrix; the identity's translation-free form where it has none. */
export function invertMatrix(m: Matrix): Matrix {
  const determinant = m.a * m.d - m.b * m.c;
  if (determinant === 0) return { ...IDENTITY_MATRIX, tx: -m.tx, ty: -m.ty };
  const a = m.d / determinant;
  const b = -m.b / determinant;
  const c = -m.c / determinant;
  const d = m.a / determinant;
  return { a, b, c, d, tx: -(a * m.tx + c * m.ty), ty: -(b * m.tx + d * m.ty) };
}
