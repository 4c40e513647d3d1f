// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ControlTag, Frame, Timeline } from "../../runtime/movie/description.ts";
import type { ActionBlockList } from "./action-block.ts";
import { ByteReader } from "./byte-reader.ts";
import { readSoundInfo, readStreamHead, type StreamHead, streamBlockSamples } from "./media.ts";
import { readPlaceObject, readPlaceObject1 } from "./place-object.ts";
import { TAG } from "./tag-codes.ts";
import type { TagRecord } from "./tags.ts";
import { decodeString } from "./text-encoding.ts";

export interface TimelineContext {
  bytes: Uint8Array;
  swfVersion: number;
  blocks: ActionBlockList;
  warn(text: string): void;
}

/** Collects the control tags of one timeline, the movie's or a sprite's, into frames. */
export class TimelineBuilder {
  private readonly context: TimelineContext;
  private readonly labelPrefix: string;
  private readonly declaredFrames: number;
  private readonly frames: Frame[] = [];
  private readonly labels: Timeline["labels"] = [];
  private scenes: Timeline["scenes"] = [];
  private sceneLabels: Timeline["labels"] = [];
  private current: ControlTag[] = [];
  private actionsInFrame = 0;
  /** Whether a control tag was met since the last ShowFrame. */
  private hasTagsInFrame = false;
  private hasEndTag = false;
  private streamHead: StreamHead | null = null;

  /**
   * @param spriteId the sprite whose timeline this is, null for the movie's
   */
  constructor(context: TimelineContext, declaredFrames: number, spriteId: number | null) {
    this.context = context;
    this.declaredFrames = declaredFrames;
    this.labelPrefix = spriteId === null ? "" : `sprite ${spriteId}, `;
  }

  /** Adds what is no tag of its own: a definition met on the way. */
  push(tag: ControlTag): void {
    this.current.push(tag);
  }

  /**
   * Handles `tag` if it is a control tag.
   *
   * @returns false when it is none
   * @throws TruncatedDataError when the body is too short to mean anything
   */
  accept(tag: TagRecord): boolean {
    const read = CONTROL_TAGS[tag.code];
    if (read === undefined) {
      return false;
    }
    this.hasTagsInFrame ||= tag.code !== TAG.End;
    read.call(this, new ByteReader(this.context.bytes, tag.bodyStart, tag.bodyEnd), tag);
    return true;
  }

  /**
   * Ends the timeline. Control tags after the last ShowFrame are one more frame, on which the playhead then stays (ruffle's test
   * `looping_child`, which has every combination of declared and real frames, with and without an End tag).
   */
  finish(): Timeline {
    const loops = this.hasEndTag && !this.hasTagsInFrame;
    if (this.hasTagsInFrame) {
      this.showFrame();
    }
    return {
      declaredFrames: this.declaredFrames,
      frames: this.frames,
      ...(loops ? {} : { loops }),
      // Labels of the scene table replace those of FrameLabel tags.
      labels: this.sceneLabels.length > 0 ? this.sceneLabels : this.labels,
      scenes: this.scenes,
    };
  }

  endTag(): void {
    this.hasEndTag = true;
  }

  private get frameLabel(): string {
    return `${this.labelPrefix}frame ${this.frames.length + 1}`;
  }

  showFrame(): void {
    this.frames.push({ tags: this.current });
    this.current = [];
    this.actionsInFrame = 0;
    this.hasTagsInFrame = false;
  }

  doAction(_reader: ByteReader, tag: TagRecord): void {
    const label = `${this.frameLabel}, action ${this.actionsInFrame++}`;
    this.push({ type: "action", code: this.context.blocks.add("frame", label, tag.bodyStart, tag.bodyEnd) });
  }

  doInitAction(reader: ByteReader, tag: TagRecord): void {
    const spriteId = reader.u16();
    const code = this.context.blocks.add("init", `init of sprite ${spriteId}`, reader.offset, tag.bodyEnd);
    this.push({ type: "initAction", spriteId, code });
  }

  place1(_reader: ByteReader, tag: TagRecord): void {
    this.push({ type: "place", place: readPlaceObject1(this.context.bytes, tag) });
  }

  place(_reader: ByteReader, tag: TagRecord): void {
    const { bytes, swfVersion, blocks, warn } = this.context;
    this.push({ type: "place", place: readPlaceObject(tag, { bytes, swfVersion, blocks, warn, frameLabel: this.frameLabel }) });
  }

  remove1(reader: ByteReader): void {
    const characterId = reader.u16();
    this.push({ type: "remove", depth: reader.u16(), characterId });
  }

  remove2(reader: ByteReader): void {
    this.push({ type: "remove", depth: reader.u16(), characterId: null });
  }

  frameLabelTag(reader: ByteReader): void {
    this.labels.push({ name: this.text(reader), frame: this.frames.length + 1 });
  }

  exportAssets(reader: ByteReader): void {
    this.push({ type: "export", assets: this.readAssets(reader) });
  }

  importAssets(reader: ByteReader, tag: TagRecord): void {
    const url = this.text(reader);
    if (tag.code === TAG.ImportAssets2) reader.skip(2);
    this.push({ type: "import", url, assets: this.readAssets(reader) });
  }

  startSound(reader: ByteReader): void {
    this.push({ type: "startSound", characterId: reader.u16(), info: readSoundInfo(reader) });
  }

  streamHeadTag(reader: ByteReader): void {
    const head = readStreamHead(reader);
    this.streamHead = head;
    this.push({
      type: "streamHead",
      sampleRate: head.sampleRate,
      samplesPerBlock: head.samplesPerBlock,
      sampleCount: head.samplesPerBlock,
    });
  }

  streamBlock(reader: ByteReader): void {
    this.push({ type: "streamBlock", sampleCount: streamBlockSamples(reader, this.streamHead) });
  }

  background(reader: ByteReader): void {
    const red = reader.u8();
    const green = reader.u8();
    this.push({ type: "background", color: (red << 16) | (green << 8) | reader.u8() });
  }

  tabIndex(reader: ByteReader): void {
    const depth = reader.u16();
    this.push({ type: "tabIndex", depth, tabIndex: reader.u16() });
  }

  sceneTable(reader: ByteReader): void {
    const scenes: Timeline["scenes"] = [];
    const labels: Timeline["labels"] = [];
    for (let count = reader.encodedU32(); count > 0; count--) {
      const offset = reader.encodedU32();
      if (reader.remaining === 0) break;
      scenes.push({ offset, name: this.text(reader) });
    }
    for (let count = reader.encodedU32(); count > 0; count--) {
      const frame = reader.encodedU32() + 1;
      if (reader.remaining === 0) break;
      labels.push({ frame, name: this.text(reader) });
    }
    this.scenes = scenes;
    this.sceneLabels = labels;
  }

  private readAssets(reader: ByteReader): { id: number; name: string }[] {
    const assets: { id: number; name: string }[] = [];
    const count = reader.u16();
    while (assets.length < count && reader.remaining >= 2) {
      assets.push({ id: reader.u16(), name: this.text(reader) });
    }
    if (assets.length < count) {
      this.context.warn(`byte ${reader.end}: list of assets has ${assets.length} of ${count} entries`);
    }
    return assets;
  }

  private text(reader: ByteReader): string {
    return decodeString(reader.cString(), this.context.swfVersion);
  }
}

type ControlTagReader = (this: TimelineBuilder, reader: ByteReader, tag: TagRecord) => void;

const { prototype } = TimelineBuilder;

/** Readers of control tags by tag code. */
const CONTROL_TAGS: { [code: number]: ControlTagReader } = {
  [TAG.End]: prototype.endTag,
  [TAG.ShowFrame]: prototype.showFrame,
  [TAG.DoAction]: prototype.doAction,
  [TAG.DoInitAction]: prototype.doInitAction,
  [TAG.PlaceObject]: prototype.place1,
  [TAG.PlaceObject2]: prototype.place,
  [TAG.PlaceObject3]: prototype.place,
  [TAG.PlaceObject4]: prototype.place,
  [TAG.RemoveObject]: prototype.remove1,
  [TAG.RemoveObject2]: prototype.remove2,
  [TAG.FrameLabel]: prototype.frameLabelTag,
  [TAG.ExportAssets]: prototype.exportAssets,
  [TAG.ImportAssets]: prototype.importAssets,
  [TAG.ImportAssets2]: prototype.importAssets,
  [TAG.StartSound]: prototype.startSound,
  [TAG.SoundStreamHead]: prototype.streamHeadTag,
  [TAG.SoundStreamHead2]: prototype.streamHeadTag,
  [TAG.SoundStreamBlock]: prototype.streamBlock,
  [TAG.SetBackgroundColor]: prototype.background,
  [TAG.SetTabIndex]: prototype.tabIndex,
  [TAG.DefineSceneAndFrameLabelData]: prototype.sceneTable,
};
