// SPDX-License-Identifier: MIT

/**
 * What the runtime knows of a movie: plain JSON-able data, written by the recompiler, read by the player. Coordinates
 * are in twips (1/20 pixel), rotation and scale as the SWF's own 16.16 fixed numbers converted to doubles, frames
 * numbered from 1 unless said otherwise. Code is named by its index into the emitted module's code table.
 */
export interface MovieDescription {
  /** Format of this description; raised when a field changes meaning. */
  format: 1;
  swfVersion: number;
  /** Frames per second as the header says it (8.8 fixed); 0 is possible. */
  frameRate: number;
  stage: Rectangle;
  /** Length of the uncompressed file in bytes, header included: `getBytesTotal`. */
  uncompressedBytes: number;
  /** True when FileAttributes asks for ActionScript 3: the movie has no AVM1 code to run. */
  usesActionScript3: boolean;
  backgroundColor: number | null;
  scriptLimits: { maxRecursion: number; timeoutSeconds: number } | null;
  /** The main timeline. */
  timeline: Timeline;
  /** Dictionary of characters by id (0 and duplicates happen: the first definition of an id wins). */
  characters: Record<number, Character>;
  /** Damage that was met and stepped over, one line each with tag and byte offset. */
  warnings: string[];
}

/** Twips. An SWF empty rectangle is all zeros. */
export interface Rectangle {
  xMin: number;
  xMax: number;
  yMin: number;
  yMax: number;
}

/** Affine matrix; `a`..`d` are factors, `tx`, `ty` twips. */
export interface Matrix {
  a: number;
  b: number;
  c: number;
  d: number;
  tx: number;
  ty: number;
}

/** Multipliers and offsets in the file's own units: multipliers 8.8 fixed as integers (256 = 1), offsets -32768..32767. */
export interface ColorTransform {
  redMultiplier: number;
  greenMultiplier: number;
  blueMultiplier: number;
  alphaMultiplier: number;
  redOffset: number;
  greenOffset: number;
  blueOffset: number;
  alphaOffset: number;
}

export interface Timeline {
  /** The frame count that the header or DefineSprite declares: `_totalframes`. */
  declaredFrames: number;
  /** Frames really present, each with its control tags in file order. */
  frames: Frame[];
  /**
   * False where the playhead stays on the last frame instead of going back to the first: players do that unless an End tag follows right after the
   * last ShowFrame. Absent means true.
   */
  loops?: false;
  /** Labels in file order; `frame` counts from 1. Looked up without case; the first of equal names wins. */
  labels: { name: string; frame: number }[];
  /** Scenes from DefineSceneAndFrameLabelData, `offset` 0-based. Empty where the movie has none. */
  scenes: { name: string; offset: number }[];
}

export interface Frame {
  tags: ControlTag[];
}

/** What happens on a frame, in file order. */
export type ControlTag =
  | { type: "place"; place: PlaceTag }
  | { type: "remove"; depth: number; characterId: number | null }
  | { type: "action"; code: number }
  | { type: "initAction"; spriteId: number; code: number }
  | { type: "export"; assets: { id: number; name: string }[] }
  | { type: "import"; url: string; assets: { id: number; name: string }[] }
  | { type: "startSound"; characterId: number; info: SoundInfo }
  | { type: "streamHead"; sampleRate: number; samplesPerBlock: number; sampleCount: number }
  | { type: "streamBlock"; sampleCount: number }
  | { type: "background"; color: number }
  | { type: "tabIndex"; depth: number; tabIndex: number }
  /** Defines a character at this point of the timeline; the dictionary holds the definition. */
  | { type: "define"; characterId: number };

export interface PlaceTag {
  /** SWF depth, 0..65535. */
  depth: number;
  /** True when the tag modifies what is already there (with `characterId`: replaces it). */
  move: boolean;
  characterId: number | null;
  matrix: Matrix | null;
  colorTransform: ColorTransform | null;
  ratio: number | null;
  name: string | null;
  clipDepth: number | null;
  visible: boolean | null;
  blendMode: number | null;
  cacheAsBitmap: boolean | null;
  hasFilters: boolean;
  clipEvents: ClipEvent[];
}

/** One CLIPACTIONS record. `events` are its flags as the little-endian integer of docs (Load 1, EnterFrame 2, Unload 4 …). */
export interface ClipEvent {
  events: number;
  /** Key code of a KeyPress event, 0 otherwise. */
  keyCode: number;
  code: number;
}

export interface SoundInfo {
  syncStop: boolean;
  syncNoMultiple: boolean;
  loopCount: number;
}

export type Character =
  | { type: "shape"; bounds: Rectangle; edges?: ShapeEdges }
  | { type: "morph"; startBounds: Rectangle; endBounds: Rectangle }
  | { type: "sprite"; timeline: Timeline }
  | ButtonCharacter
  | EditTextCharacter
  | { type: "text"; bounds: Rectangle; matrix: Matrix; records: StaticTextRecord[] }
  | FontCharacter
  | { type: "bitmap"; width: number; height: number }
  | { type: "sound"; sampleRate: number; sampleCount: number; format: number }
  | { type: "video"; width: number; height: number; frames: number }
  | { type: "binary" }
  | { type: "unknown"; tagCode: number };

/** Outline of filled areas for `hitTest` with shapes: flat polygons (curves as their control points), twips. */
export interface ShapeEdges {
  /** Each path: x0,y0 then per edge: 0,x,y for a line or 1,cx,cy,x,y for a curve, absolute coordinates. */
  paths: number[][];
}

export interface ButtonCharacter {
  type: "button";
  trackAsMenu: boolean;
  records: ButtonRecord[];
  /** Conditions are the little-endian BUTTONCONDACTION bits; DefineButton (1) has release only: 0x0008. */
  actions: { conditions: number; code: number }[];
}

export interface ButtonRecord {
  up: boolean;
  over: boolean;
  down: boolean;
  hitTest: boolean;
  characterId: number;
  depth: number;
  matrix: Matrix;
  colorTransform: ColorTransform | null;
}

export interface EditTextCharacter {
  type: "editText";
  bounds: Rectangle;
  variableName: string;
  initialText: string | null;
  fontId: number | null;
  fontClass: string | null;
  /** Twips. */
  fontHeight: number | null;
  /** 0xAARRGGBB as the file has it, null when absent. */
  color: number | null;
  maxLength: number | null;
  layout: { align: number; leftMargin: number; rightMargin: number; indent: number; leading: number } | null;
  wordWrap: boolean;
  multiline: boolean;
  password: boolean;
  readOnly: boolean;
  autoSize: boolean;
  noSelect: boolean;
  border: boolean;
  wasStatic: boolean;
  html: boolean;
  useOutlines: boolean;
}

export interface FontCharacter {
  type: "font";
  name: string;
  bold: boolean;
  italic: boolean;
  /** Units per em of `advances`, `ascent` and so on: 1024, or 20480 for DefineFont3. */
  unitsPerEm: number;
  /** Character codes in glyph order, and their advances in font units (empty without layout). */
  codes: number[];
  advances: number[];
  ascent: number;
  descent: number;
  leading: number;
}

export interface StaticTextRecord {
  fontId: number | null;
  glyphs: number[];
}
