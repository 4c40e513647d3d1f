// SPDX-License-Identifier: MIT

/**
 * What a heap block holds. The heap stores the kind in the block's header and never interprets it: it is there for
 * statistics, leak reports and the heap walk. 0..255.
 */
export const BlockKind = {
  Unknown: 0,
  Object: 1,
  Slots: 2,
  String: 3,
  StringBuffer: 4,
  NameTable: 5,
  Shape: 6,
  Descriptors: 7,
  Array: 8,
  Elements: 9,
  Function: 10,
  Scope: 11,
  FrameStack: 12,
  OperandStack: 13,
  Arguments: 14,
  Enumeration: 15,
  Accessor: 16,
  Watch: 17,
  ClipReference: 18,
  Clip: 19,
  NativeData: 20,
  ConstantPool: 21,
  WorkList: 22,
  InlineCache: 23,
  Super: 24,
  Scratch: 25,
  PropertyIndex: 26,
} as const;

export type BlockKind = (typeof BlockKind)[keyof typeof BlockKind];

/** The kind's name as reports print it; `kind N` for a number nobody has claimed. */
export function blockKindName(kind: number): string {
  return KIND_NAMES[kind] ?? `kind ${kind}`;
}

const KIND_NAMES: readonly string[] = Object.entries(BlockKind)
  .sort((a, b) => a[1] - b[1])
  .map(([name]) => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase());
