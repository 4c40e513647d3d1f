// SPDX-License-Identifier: MIT
import { AdaptiveArray, type AdaptiveArrayOptions } from "../../lib/heap/adaptive-array.ts";
import { BlockKind } from "../../lib/heap/block-kind.ts";
import { BufferPool } from "../../lib/heap/buffer-pool.ts";
import type { Heap } from "../../lib/heap/heap.ts";
import { MemoryPressure } from "../../lib/heap/pressure.ts";
import { ScratchBuffers } from "../../lib/heap/scratch.ts";
import type { AddressSpace, Ptr } from "../../lib/memory/address-space.ts";
import type { ActionCode } from "../abi.ts";
import { createWindows, type FrameWindows } from "../calls/frames.ts";
import { hiddenMaskOf } from "../layout/attributes.ts";
import type { Addr } from "../layout/value.ts";
import { CycleCollector } from "../memory/collector.ts";
import type { CountWatch } from "../memory/count-watch.ts";
import { createReclaimer, type Reclaimer } from "../memory/reclaimer.ts";
import type { NameId } from "../strings/names.ts";
import type { Host } from "./host.ts";
import type { Realm } from "./realm.ts";

/**
 * A native function. Same convention as emitted code: `self` and `args` are addresses of value slots that the caller
 * keeps alive (borrowed), the result goes to the slot at `vm.result`, which holds undefined on entry.
 */
export type NativeFunction = (vm: Machine, fn: Ptr, self: Addr, args: Addr, argc: number) => void;

/** What the machine must know of a code unit that becomes a function. Names are held for the life of the machine. */
export interface CodeUnit {
  /** Function name, or 0. */
  name: NameId;
  parameters: { name: NameId; register: number }[];
  /** Local registers; 0: the unit uses the four global ones. */
  registerCount: number;
  /** DefineFunction2 flags; -1 for DefineFunction and timeline code. */
  flags: number;
}

/**
 * One ActionScript machine: the state that all runtime functions share. Every runtime function takes it first; nothing
 * is global, so that many machines live in one process, each with its own memory and heap.
 *
 * Fields are plain so that V8 sees one hidden class; views are captured here once and never change. Those without initialiser are not defined
 * before the constructor assigns them (`useDefineForClassFields` in tsconfig.json), so that V8 takes what is assigned once for constant.
 */
export class Machine {
  readonly memory: AddressSpace;
  readonly heap: Heap;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly U16: Uint16Array;
  readonly U8: Uint8Array;
  readonly F64: Float64Array;

  /** Result slot of the last call: owned by whoever called. */
  result: Addr = 0;
  /** Two slots for conversions that need a place for a value; never live across a call into ActionScript. */
  scratch: Addr = 0;
  /** A slot that holds undefined and is never written. */
  undefinedSlot: Addr = 0;
  /** 64 bytes for the text of a number. */
  textScratch = 0;
  /** Value of the exception in flight: owned by whoever catches. */
  exception: Addr = 0;
  /**
   * 1: the code that has just returned did so because of an exception, which its caller hands on. Optimised code throws that way, as V8
   * takes microseconds to unwind a JavaScript exception; between code and natives it becomes one (`throwOn`).
   */
  thrown = 0;

  /** SWF version of the running code; change it only through `setVersion`. */
  version = 6;
  /** Names compare by case: version 7 and later. */
  caseSensitive = false;
  /** Flag bits that hide a property from the running code. */
  hiddenMask = 0;
  /** Built-in objects of the running version's environment. */
  realm!: Realm;
  /** Environments of SWF 6 and before, and of 7 and later; made when first needed. */
  realmCaseInsensitive: Realm | null = null;
  realmCaseSensitive: Realm | null = null;

  // --- names (strings/names.ts)
  nameTable: Ptr = 0;
  nameCount = 0;
  nameCapacity = 0;
  nameFree = 0;
  nameBuckets: Ptr = 0;
  nameBucketMask = 0;
  /** Live names, to know when the buckets must grow. */
  nameLive = 0;
  /** Latin-1 single-character strings, a table of 256 pointers; and the empty string. */
  singleChars: Ptr = 0;
  emptyString: Ptr = 0;

  // --- properties (objects/properties.ts)
  /** Flags of the entry that the last successful lookup found. */
  foundFlags = 0;
  /** Object on which the last successful chain lookup found it. */
  foundHolder: Ptr = 0;
  /** Steps from the start object to `foundHolder`. */
  foundDepth = 0;
  /** Inline caches of the loaded modules: blocks in the heap. */
  readonly cacheBlocks: { block: Ptr; bytes: number }[] = [];
  /** Slots with the constants of optimised code: blocks in the heap. */
  readonly constantBlocks: Ptr[] = [];
  /** Raised at every structural change of an object that others inherit from: inline caches of inherited names die. */
  epoch = 1;
  /** Shape of objects without prototype and properties. */
  nullRoot: Ptr = 0;
  /** Nesting of accessors and watchers: property names now being read or set. */
  accessDepth = 0;

  /** String of a name that nobody has interned, while a property of that name is looked up: what `__resolve` is told. Borrowed. */
  missingName: Ptr = 0;

  // --- calls (calls/*.ts)
  /** How the function that is about to be called is called: `CALLEE_…` (layout/frames.ts), 0 between calls. */
  callee = 0;
  /** Arguments that the last `popArguments` found. */
  argumentCount = 0;
  /** A native finds here whether it runs for `new`; valid until its first call. */
  nativeConstructs = false;
  /** Slot of the object in which a variable was found, as calls want it for `this`: set by look-ups that a call follows. Borrowed. */
  foundSelf: Addr = 0;
  /** Epoch for which it is known that strings are boxed by the class they came with. */
  plainStringEpoch = 0;
  /** The same for the classes of array and object literals. */
  plainLiteralEpoch = 0;
  /** Method cache that all sites of optimised code share: *word* index, 0 until such code is loaded. */
  methodTable = 0;
  /** Slots with undefined, null and the two booleans: 16 bytes a tag, 8 a payload. 0 until optimised code is loaded. */
  simpleSlots: Addr = 0;
  /** Slots with the Latin-1 characters, 0 until optimised code is loaded. */
  characterSlots: Addr = 0;
  /** First free address of the frame stack, and the end of its current chunk. */
  frameTop: Addr = 0;
  frameLimit: Addr = 0;
  frameChunk: Ptr = 0;
  /** Chunks of the frame stack that have been left. */
  readonly chunks: BufferPool;
  /** Innermost activation frame, 0 outside of scripts. */
  frame: Addr = 0;
  /** Levels of calls that a script may have, and how many more there may be now. */
  maxCallDepth = 256;
  callsLeft = 255;
  internalDepth = 0;
  /** Operand stack of literal (-O0) code: block, first free address, end, floor of the running frame. */
  operandStack: Ptr = 0;
  readonly operands: AdaptiveArray;
  operandTop: Addr = 0;
  operandLimit: Addr = 0;
  operandFloor: Addr = 0;
  /** The four registers that timeline code and DefineFunction share. */
  globalRegisters: Addr = 0;
  /** Constant pools of all loaded modules; a function keeps the index of its own. */
  readonly constantPools: ConstantPool[] = [];
  currentPool = 0;
  /** Backward jumps and calls left until the next look at the clock and the collector. */
  fuel = FIRST_FUEL_SLICE;
  /** What `fuel` begins with after each look. */
  fuelSlice = FIRST_FUEL_SLICE;
  /** Fuel spent since the collector was last thought of. */
  fuelSpent = 0;
  /** Set when a script limit halted all ActionScript for good. */
  halted: string | null = null;
  /** Wall-clock deadline of the running script (`performance.now()`), Infinity when none runs. */
  deadlineMs = Number.POSITIVE_INFINITY;
  timeoutMs = 15_000;

  readonly code: ActionCode[] = [];
  readonly natives: NativeFunction[] = [];
  readonly nativeIndex = new Map<NativeFunction, number>();
  /** Names that modules and the runtime hold for the machine's life. */
  readonly pinnedNames: number[] = [];
  /** Metadata of every code unit of the loaded modules, same index as `code`. */
  readonly units: CodeUnit[] = [];

  // --- release and collection (memory/*.ts)
  /** Records whose count reached zero, linked through their reference count word. */
  deadList: Ptr = 0;
  releasing = false;
  /** Dead records that are released at once; the rest waits for the end of the frame, so that no single release takes long. */
  releaseLimit = NO_RELEASE_LIMIT;
  /** Candidate roots of cycles (memory/candidates.ts): word index of the first entry, which entries are in use, how many of them are records. */
  candidates = 0;
  candidateFirst = 0;
  candidateEnd = 0;
  candidateCount = 0;
  /** Entries that there is room for, a power of two; and what is shifted out of a hash to find one of as many halves of sets. */
  candidateRoom = 0;
  candidateShift = 0;
  readonly candidateList: AdaptiveArray;
  /** There was no memory to remember a candidate: a complete collection has to look at every record. */
  lostCandidates = false;
  /** Candidates at which the next poll starts a collection. */
  candidateThreshold = MIN_CANDIDATE_THRESHOLD;
  readonly collector: CycleCollector;
  /** Drops references and gives records back. */
  readonly reclaimer: Reclaimer;
  /** Opens and closes windows of the frame stack. */
  readonly windows: FrameWindows;
  /** Who gives memory back when it runs short. */
  readonly pressure: MemoryPressure;
  /** Buffers that natives need while they run. */
  readonly scratchBuffers: ScratchBuffers;
  /** Shapes whose owner died during a collection. */
  deadShapes: Ptr = 0;
  deferShapes = false;

  /** The action that runs, in movies that were recompiled with positions; and counts that are followed there. */
  position = "";
  watch: CountWatch | null = null;

  /** The player, as far as the language needs it. */
  host!: Host;
  playerVersion = 32;

  constructor(memory: AddressSpace, heap: Heap) {
    this.memory = memory;
    this.heap = heap;
    this.I32 = memory.I32;
    this.U32 = memory.U32;
    this.U16 = memory.U16;
    this.U8 = memory.U8;
    this.F64 = memory.F64;
    this.chunks = new BufferPool(heap, { kind: BlockKind.FrameStack, maxIdle: 2, slack: 2 });
    this.operands = new AdaptiveArray(heap, OPERAND_STACK);
    this.candidateList = new AdaptiveArray(heap, CANDIDATES);
    this.scratchBuffers = new ScratchBuffers(heap, memory);
    this.pressure = new MemoryPressure(heap);
    this.reclaimer = createReclaimer(this);
    this.windows = createWindows(this);
    this.collector = new CycleCollector(this);
    this.pressure.subscribe("low", () => this.chunks.trim() > 0);
    this.pressure.subscribe("full", () => this.releaseWaiting());
    this.pressure.subscribe("full", () => this.collector.freeDead());
  }

  /** Releases what waits on the dead list; whether there was anything. Not while a release is going on. */
  private releaseWaiting(): boolean {
    if (this.deadList === 0 || this.releasing) return false;
    this.reclaimer.releaseDead(NO_RELEASE_LIMIT);
    return true;
  }

  /** Sets how many levels of calls a script may have, before any runs. */
  limitCallDepth(levels: number): void {
    this.maxCallDepth = levels;
    this.callsLeft = levels - 1;
  }

  /** Makes `version` the SWF version of the running code, with the environment that belongs to it. */
  setVersion(version: number): void {
    this.version = version;
    this.caseSensitive = version > 6;
    this.hiddenMask = hiddenMaskOf(version);
    const realm = version > 6 ? this.realmCaseSensitive : this.realmCaseInsensitive;
    if (realm === this.realm) return;
    // What was found out about the classes of one environment says nothing about the other's.
    this.plainStringEpoch = 0;
    this.plainLiteralEpoch = 0;
    if (realm !== null) this.realm = realm;
    else this.host.createRealm(version);
  }
}

/** Values on the operand stack past which the script is stopped: a loop that only pushes. */
const OPERAND_STACK: AdaptiveArrayOptions = {
  kind: BlockKind.OperandStack,
  elementBytes: 8,
  initial: 510,
  factor: 2,
  limit: 1 << 20,
};
/** More records than there can be. An integer that V8 keeps in a word, unlike Infinity. */
export const NO_RELEASE_LIMIT = 0x3fffffff;

/** Candidates that a collection waits for at least; how many it waits for follows what slices find (`CycleCollector`). */
export const MIN_CANDIDATE_THRESHOLD = 4096;
/** Without a limit of their own: there are never more candidates than records. */
const CANDIDATES: AdaptiveArrayOptions = {
  kind: BlockKind.WorkList,
  elementBytes: 4,
  initial: 768,
  factor: 2,
  limit: 1 << 28,
};

/** Backward jumps and calls between two polls, and at least between two slices of the collector that find all their candidates. */
export const FUEL_SLICE = 2000;
/**
 * And at first. Code looks at the clock often while V8 has yet to compile it: what a function has never done when V8 compiles it throws
 * it back to the interpreter when it does it. 61 is prime, so that no loop always looks in the same function.
 */
export const FIRST_FUEL_SLICE = 61;
/** By how much each slice of fuel is larger than the one before it: 2000 is reached after some 200,000 calls. */
export const FUEL_GROWTH = 1.01;

/** Strings of a ConstantPool action: pinned for the life of the machine. */
export interface ConstantPool {
  /** String records. */
  strings: Ptr[];
}
