// SPDX-License-Identifier: MIT
import type { ClassTable } from "../declare.ts";
import { unimplementedAccessors, unimplementedMethods } from "../declare.ts";

/** flash.filters: declared only. Each filter's prototype is a BitmapFilter with the filter's own accessors. */

const ACCESSORS: Readonly<Record<string, string>> = {
  DropShadowFilter: "distance angle color alpha quality inner knockout blurX blurY strength hideObject",
  BlurFilter: "blurX blurY quality",
  GlowFilter: "color alpha quality inner knockout blurX blurY strength",
  BevelFilter: "distance angle highlightColor highlightAlpha shadowColor shadowAlpha quality strength knockout blurX blurY type",
  GradientGlowFilter: "distance angle colors alphas ratios blurX blurY quality strength knockout type",
  GradientBevelFilter: "distance angle colors alphas ratios blurX blurY quality strength knockout type",
  ConvolutionFilter: "matrixX matrixY matrix divisor bias preserveAlpha clamp color alpha",
  ColorMatrixFilter: "matrix",
  DisplacementMapFilter: "mapBitmap mapPoint componentX componentY scaleX scaleY mode color alpha",
};

export const filterClasses: readonly ClassTable[] = [
  { name: "BitmapFilter", prototype: unimplementedMethods("BitmapFilter", "clone", { flags: 0, since: 8 }) },
  ...Object.entries(ACCESSORS).map(
    ([name, accessors]): ClassTable => ({
      name,
      extends: "BitmapFilter",
      derived: true,
      prototype: unimplementedAccessors(accessors),
    }),
  ),
];

export const colorTransformClass: ClassTable = {
  name: "ColorTransform",
  prototype: [
    ...unimplementedMethods("ColorTransform", "concat", { flags: 0, since: 8 }),
    ...unimplementedMethods("ColorTransform", "toString", { flags: 0, scripted: true }),
    ...unimplementedAccessors(
      "alphaMultiplier redMultiplier greenMultiplier blueMultiplier alphaOffset redOffset greenOffset blueOffset rgb",
    ),
  ],
};

export const transformClass: ClassTable = {
  name: "Transform",
  prototype: unimplementedAccessors("matrix concatenatedMatrix colorTransform concatenatedColorTransform pixelBounds"),
};
