// SPDX-License-Identifier: MIT
import { DONT_DELETE, DONT_ENUM, READ_ONLY } from "../../layout/attributes.ts";
import {
  type ClassTable,
  DEFAULT_MEMBER_FLAGS,
  unimplemented,
  unimplementedAccessors,
  unimplementedMethods,
} from "../declare.ts";

/**
 * Classes that reach outside of the movie: network, sound, camera, printer. They are declared as Flash Player shows them, so that
 * movies find what they look for; what they would do is not there yet, and calling them says so.
 */

const SEALED = DONT_ENUM | DONT_DELETE | READ_ONLY;
/** Version bits of what ASSetPropFlags hid from SWF 6 and before. */
const FROM_7 = 0x400;

const getDevice = (className: string): ClassTable["statics"] => [
  { name: "get", method: unimplemented(`${className}.get`), scripted: true, flags: 0 },
];

export const xmlSocketClass: ClassTable = {
  name: "XMLSocket",
  prototype: [
    ...unimplementedMethods("XMLSocket", "connect send close"),
    { name: "onData", method: unimplemented("XMLSocket.onData"), scripted: true },
  ],
};

export const colorClass: ClassTable = {
  name: "Color",
  prototype: unimplementedMethods("Color", "setRGB setTransform getRGB getTransform", { flags: SEALED }),
  prototypeFlags: SEALED,
};

export const netConnectionClass: ClassTable = {
  name: "NetConnection",
  prototype: unimplementedMethods("NetConnection", "connect close call addHeader", { since: 6 }),
  later: unimplementedAccessors("isConnected uri"),
};

export const netStreamClass: ClassTable = {
  name: "NetStream",
  prototype: [
    ...unimplementedMethods("NetStream", "publish play receiveAudio receiveVideo pause seek", { scripted: true, since: 6 }),
    ...unimplementedMethods("NetStream", "setBufferTime close attachAudio attachVideo send", { since: 6 }),
  ],
  later: unimplementedAccessors("bytesLoaded bytesTotal time liveDelay bufferTime bufferLength currentFps"),
};

export const cameraClass: ClassTable = {
  name: "Camera",
  statics: getDevice("Camera"),
  prototype: unimplementedMethods("Camera", "setMode setQuality setKeyFrameInterval setMotionLevel setLoopback setCursor", {
    since: 6,
  }),
};

export const microphoneClass: ClassTable = {
  name: "Microphone",
  statics: getDevice("Microphone"),
  prototype: unimplementedMethods("Microphone", "setSilenceLevel setRate setGain setUseEchoSuppression", { since: 6 }),
};

export const remoteSharedObjectUsageClass: ClassTable = {
  name: "RemoteLSOUsage",
  statics: [
    {
      name: "getURLPageSupport",
      method: unimplemented("RemoteLSOUsage.getURLPageSupport"),
      scripted: true,
      flags: DONT_ENUM,
    },
  ],
};

export const soundClass: ClassTable = {
  name: "Sound",
  prototype: [
    ...unimplementedMethods("Sound", "getPan getTransform getVolume setPan setTransform setVolume stop attachSound start"),
    ...unimplementedMethods("Sound", "getDuration setDuration getPosition setPosition loadSound getBytesLoaded getBytesTotal", {
      since: 6,
    }),
    ...unimplementedMethods("Sound", "areSoundsInaccessible", { since: 9 }),
    ...unimplementedAccessors("checkPolicyFile"),
  ],
  prototypeFlags: SEALED,
};

export const videoClass: ClassTable = {
  name: "Video",
  prototype: unimplementedMethods("Video", "attachVideo clear"),
};

export const localConnectionClass: ClassTable = {
  name: "LocalConnection",
  prototype: unimplementedMethods("LocalConnection", "connect send close domain", { since: 6 }),
};

export const printJobClass: ClassTable = {
  name: "PrintJob",
  prototype: unimplementedMethods("PrintJob", "start addPage send"),
  prototypeFlags: DEFAULT_MEMBER_FLAGS | FROM_7,
  later: unimplementedAccessors("orientation pageHeight pageWidth paperHeight paperWidth"),
};

/** What ASSetPropFlags does to the prototypes of classes that came with SWF 7: all of it is hidden from older code. */
export const HIDDEN_BEFORE_7 = DEFAULT_MEMBER_FLAGS | FROM_7;
