// SPDX-License-Identifier: AGPL-3.0-or-later
import { type ByteWriter, signedBits } from "./byte-writer.ts";
import type { TagWriter } from "./swf-writer.ts";

/** Tag codes that the compiler writes. */
export const TAG_CODES = {
  End: 0,
  ShowFrame: 1,
  DefineShape: 2,
  RemoveObject: 5,
  SetBackgroundColor: 9,
  DoAction: 12,
  PlaceObject2: 26,
  RemoveObject2: 28,
  DefineButton2: 34,
  DefineEditText: 37,
  DefineSprite: 39,
  FrameLabel: 43,
  ExportAssets: 56,
  DoInitAction: 59,
  ScriptLimits: 65,
  FileAttributes: 69,
} as const;

/** Twips. */
export interface RectangleTwips {
  xMin: number;
  xMax: number;
  yMin: number;
  yMax: number;
}

export function writeRectangle(out: ByteWriter, { xMin, xMax, yMin, yMax }: RectangleTwips): void {
  const edges = [xMin, xMax, yMin, yMax];
  const width = Math.max(...edges.map(signedBits));
  out.bits(width, 5);
  for (const edge of edges) out.bits(edge, width);
  out.alignBits();
}

/** Scale and rotation as factors, translation in pixels. */
export interface Placement {
  a?: number;
  b?: number;
  c?: number;
  d?: number;
  x?: number;
  y?: number;
}

export function writeMatrix(out: ByteWriter, { a = 1, b = 0, c = 0, d = 1, x = 0, y = 0 }: Placement): void {
  const fixed = (value: number): number => Math.round(value * 0x10000);
  const pair = (first: number, second: number, widthBits: number): void => {
    const width = Math.max(signedBits(first), signedBits(second));
    out.bits(width, widthBits).bits(first, width).bits(second, width);
  };
  const scaled = a !== 1 || d !== 1;
  out.bits(scaled ? 1 : 0, 1);
  if (scaled) pair(fixed(a), fixed(d), 5);
  const rotated = b !== 0 || c !== 0;
  out.bits(rotated ? 1 : 0, 1);
  if (rotated) pair(fixed(b), fixed(c), 5);
  pair(Math.round(x * 20), Math.round(y * 20), 5);
  out.alignBits();
}

export interface ClipEventRecord {
  /** Sum of CLIP_EVENTS. */
  events: number;
  /** Key of a keyPress event. */
  keyCode?: number;
  actions: Uint8Array;
}

/** Clip event flags as the little-endian integer of the file; those from `initialize` on exist from SWF 6. */
export const CLIP_EVENTS: Readonly<Record<string, number>> = {
  load: 0x1,
  enterFrame: 0x2,
  unload: 0x4,
  mouseMove: 0x8,
  mouseDown: 0x10,
  mouseUp: 0x20,
  keyDown: 0x40,
  keyUp: 0x80,
  data: 0x100,
  initialize: 0x200,
  press: 0x400,
  release: 0x800,
  releaseOutside: 0x1000,
  rollOver: 0x2000,
  rollOut: 0x4000,
  dragOver: 0x8000,
  dragOut: 0x10000,
  keyPress: 0x20000,
  construct: 0x40000,
};

export interface PlaceOptions {
  /** Depth of the display list, 1..65535; scripts see it minus 16384. */
  depth: number;
  /** Absent when an object that is already there is only modified. */
  character?: number;
  /** Modify (or with `character` replace) what is at the depth. */
  move?: boolean;
  name?: string;
  placement?: Placement;
  ratio?: number;
  clipDepth?: number;
  clipEvents?: readonly ClipEventRecord[];
}

/** PlaceObject2. */
export function placeObject(tags: TagWriter, options: PlaceOptions): void {
  const { depth, character, move, name, placement, ratio, clipDepth, clipEvents = [] } = options;
  tags.record(TAG_CODES.PlaceObject2, (out) => {
    const present = [move ?? false, character !== undefined, placement !== undefined, false];
    present.push(ratio !== undefined, name !== undefined, clipDepth !== undefined, clipEvents.length > 0);
    out.u8(present.reduce((flags, set, bit) => flags | (set ? 1 << bit : 0), 0)).u16(depth);
    if (character !== undefined) out.u16(character);
    if (placement !== undefined) writeMatrix(out, placement);
    if (ratio !== undefined) out.u16(ratio);
    if (name !== undefined) out.string(name);
    if (clipDepth !== undefined) out.u16(clipDepth);
    if (clipEvents.length > 0) writeClipActions(out, clipEvents, tags.version);
  });
}

function writeClipActions(out: ByteWriter, records: readonly ClipEventRecord[], version: number): void {
  const flags = (events: number): void => {
    if (version >= 6) out.u32(events);
    else out.u16(events);
  };
  out.u16(0);
  flags(records.reduce((all, record) => all | record.events, 0));
  for (const { events, keyCode, actions } of records) {
    const hasKey = (events & CLIP_EVENTS.keyPress) !== 0;
    flags(events);
    out.u32(actions.length + (hasKey ? 1 : 0));
    if (hasKey) out.u8(keyCode ?? 0);
    out.raw(actions);
  }
  flags(0);
}

export function removeObject(tags: TagWriter, depth: number): void {
  tags.record(TAG_CODES.RemoveObject2, (out) => out.u16(depth));
}

/** DefineSprite around finished tags; `declaredFrames` defaults to the ShowFrame tags among them. */
export function defineSprite(tags: TagWriter, id: number, timeline: TagWriter, declaredFrames = timeline.frames): void {
  tags.record(TAG_CODES.DefineSprite, (out) => out.u16(id).u16(declaredFrames).raw(timeline.toBytes()).u16(TAG_CODES.End));
}

/** A filled rectangle with its top left corner at the origin; size in pixels, colour as 0xRRGGBB. */
export function defineRectangle(tags: TagWriter, id: number, width: number, height: number, color: number): void {
  const [right, bottom] = [Math.round(width * 20), Math.round(height * 20)];
  tags.record(TAG_CODES.DefineShape, (out) => {
    out.u16(id);
    writeRectangle(out, { xMin: 0, xMax: right, yMin: 0, yMax: bottom });
    // One solid fill style, no line styles, one fill bit and no line bits per style change.
    out
      .u8(1)
      .u8(0x00)
      .u8(color >> 16)
      .u8((color >> 8) & 0xff)
      .u8(color & 0xff)
      .u8(0)
      .bits(1, 4)
      .bits(0, 4);
    // Style change: fill style 1 := 1 and move to the origin.
    out.bits(0b000101, 6).bits(1, 5).bits(0, 1).bits(0, 1).bits(1, 1);
    const edge = (vertical: number, delta: number): void => {
      const width = Math.max(2, signedBits(delta));
      out
        .bits(0b11, 2)
        .bits(width - 2, 4)
        .bits(0, 1)
        .bits(vertical, 1)
        .bits(delta, width);
    };
    edge(0, right);
    edge(1, bottom);
    edge(0, -right);
    edge(1, -bottom);
    out.bits(0, 6).alignBits();
  });
}

/** Button conditions as the little-endian integer of BUTTONCONDACTION; keyPress adds its key code << 9. */
export const BUTTON_CONDITIONS: Readonly<Record<string, number>> = {
  rollOver: 0x1,
  rollOut: 0x2,
  press: 0x4,
  release: 0x8,
  dragOut: 0x10,
  dragOver: 0x20,
  releaseOutside: 0x40,
  menuDragOver: 0x80,
  menuDragOut: 0x100,
  keyPress: 0,
};

export interface ButtonAction {
  /** Sum of BUTTON_CONDITIONS, or a key code << 9. */
  conditions: number;
  actions: Uint8Array;
}

/** DefineButton2 that shows one character in all its states. */
export function defineButton(tags: TagWriter, id: number, character: number, actions: readonly ButtonAction[]): void {
  tags.record(TAG_CODES.DefineButton2, (out) => {
    // Not a menu; one button record of up, over, down and hit states at depth 1, identity matrix and colours, then 0.
    const records = [0x0f, character & 0xff, character >> 8, 1, 0, 0x00, 0x00, 0x00];
    out
      .u16(id)
      .u8(0)
      .u16(actions.length === 0 ? 0 : records.length + 2)
      .raw(records);
    for (const [index, action] of actions.entries()) {
      const size = action.actions.length + 4;
      out
        .u16(index === actions.length - 1 ? 0 : size)
        .u16(action.conditions)
        .raw(action.actions);
    }
  });
}

export interface EditTextOptions {
  /** Size in pixels. */
  width: number;
  height: number;
  variable?: string;
  text?: string;
  html?: boolean;
  input?: boolean;
  multiline?: boolean;
}

/** DefineEditText without a font. */
export function defineEditText(tags: TagWriter, id: number, options: EditTextOptions): void {
  tags.record(TAG_CODES.DefineEditText, (out) => {
    out.u16(id);
    writeRectangle(out, { xMin: 0, xMax: Math.round(options.width * 20), yMin: 0, yMax: Math.round(options.height * 20) });
    // HasText, WordWrap, Multiline, Password, ReadOnly, then colour, length and font, which are absent.
    const first = [options.text !== undefined, false, options.multiline ?? false, false, !options.input, false, false, false];
    // HasFontClass, AutoSize, HasLayout, NoSelect, Border, WasStatic, HTML, UseOutlines.
    const second = [false, false, false, false, false, false, options.html ?? false, false];
    for (const flag of [...first, ...second]) out.bits(flag ? 1 : 0, 1);
    out.string(options.variable ?? "");
    if (options.text !== undefined) out.string(options.text);
  });
}

export function exportAsset(tags: TagWriter, id: number, name: string): void {
  tags.record(TAG_CODES.ExportAssets, (out) => out.u16(1).u16(id).string(name));
}

export function doInitAction(tags: TagWriter, id: number, actions: Uint8Array): void {
  tags.record(TAG_CODES.DoInitAction, (out) => out.u16(id).raw(actions));
}

export function frameLabel(tags: TagWriter, name: string): void {
  tags.record(TAG_CODES.FrameLabel, (out) => out.string(name));
}

/** 0xRRGGBB. */
export function backgroundColor(tags: TagWriter, color: number): void {
  tags.tag(TAG_CODES.SetBackgroundColor, [color >> 16, (color >> 8) & 0xff, color & 0xff]);
}

export function scriptLimits(tags: TagWriter, recursion: number, seconds: number): void {
  tags.record(TAG_CODES.ScriptLimits, (out) => out.u16(recursion).u16(seconds));
}

/** Required as the first tag from SWF 8 on. */
export function fileAttributes(tags: TagWriter, actionScript3 = false): void {
  tags.record(TAG_CODES.FileAttributes, (out) => out.u32(actionScript3 ? 0x08 : 0));
}
