// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { BlockKind } from "../../lib/heap/block-kind.ts";
import { layoutNumbers, withLayoutNumbers } from "../../recomp/emit/layout-names.ts";
import { keepsBit, MOST_OFFERED } from "../../recomp/emit/optimised/dispatch.ts";
import * as F from "../../runtime/layout/frames.ts";
import * as R from "../../runtime/layout/records.ts";
import * as V from "../../runtime/layout/value.ts";
import { ANY_OBJECT } from "../../runtime/operations/values.ts";

it("gives the names of emitted text the numbers that the runtime has", () => {
  expect(Object.fromEntries(layoutNumbers())).toEqual({
    TAGS: V.FIRST_TAG,
    UNDEFINED: V.TAG_UNDEFINED,
    NULL: V.TAG_NULL,
    BOOLEAN: V.TAG_BOOLEAN,
    HOLE: V.TAG_HOLE,
    REFERENCES: V.FIRST_REFERENCE,
    STRING: V.TAG_STRING,
    OBJECT: V.TAG_OBJECT,
    CLIP: V.TAG_CLIP,
    SHAPE: R.OBJECT_SHAPE,
    SLOTS: R.OBJECT_SLOTS,
    STRING_LENGTH: R.STRING_LENGTH,
    CODE: R.FUNCTION_CODE,
    ELEMENTS: R.ARRAY_ELEMENTS,
    COUNT: R.ARRAY_COUNT,
    SCOPE: R.FUNCTION_SCOPE,
    HOME: R.FUNCTION_HOME,
    TRAITS: R.FUNCTION_TRAITS,
    SCOPE_TYPE: R.SCOPE_TYPE,
    ARRAY: BlockKind.Array,
    FUNCTION: BlockKind.Function,
    FUNCTION_BIT: BlockKind.Function & ~(BlockKind.Object | BlockKind.Array),
    WATCHED: R.META_WATCHED,
    BUFFERED: R.META_BUFFERED,
    ACTIVATION: R.SCOPE_ACTIVATION,
    SCOPE_VALUE: R.SCOPE_VALUE_OFFSET,
    ANY: ANY_OBJECT,
    CONSTRUCTS: F.CALLEE_CONSTRUCTS,
    OPEN: F.CALLEE_OPEN,
    DEPTH_SHIFT: F.CALLEE_DEPTH_SHIFT,
    LIGHT: F.LINK_LIGHT,
    NO_CODE: -1e9,
    ADDABLE: R.META_KIND_MASK | R.META_IS_PROTOTYPE | R.META_EXOTIC | R.META_WATCHED,
    PLAIN_OBJECT: BlockKind.Object,
    INLINE: R.OBJECT_INLINE_OFFSET,
    INLINE_SHIFT: R.META_INLINE_SLOTS_SHIFT,
  });
});

it("lets a light frame's link say what `vm.callee` says, and gives arguments bits of their own", () => {
  expect(F.LINK_CONSTRUCTS).toBe(F.CALLEE_CONSTRUCTS);
  expect(keepsBit(0)).toBe(1 << F.CALLEE_KEEPS_SHIFT);
  expect(keepsBit(MOST_OFFERED)).toBe(F.CALLEE_OPEN);
});

it("puts numbers in place of names, but not in strings and other words", () => {
  expect(withLayoutNumbers('if (tag < TAGS) return "TAGS \\" TAGS" + n_TAGS + TAGSET;')).toBe(
    'if (tag < 0x7ff90000) return "TAGS \\" TAGS" + n_TAGS + TAGSET;',
  );
});
