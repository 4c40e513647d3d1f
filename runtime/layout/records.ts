// SPDX-License-Identifier: MIT

/**
 * Every record kind of the heap, described once. Constants are *word* offsets (int32 units from the record's address)
 * unless the name ends in `_BYTES` or `_OFFSET` (bytes). Records are read as `I32[(ptr >> 2) + CONSTANT]`.
 *
 * Every counted record begins with the same two words:
 *   word 0  reference count
 *   word 1  meta: bits 0-7 block kind, 8-15 flags, 16-22 native class, 23 a flag, 24-31 inline slot capacity
 */
export const REFCOUNT = 0;
export const META = 1;

export const META_KIND_MASK = 0xff;
/** Another object has this one as its prototype: structural changes raise the epoch. */
export const META_IS_PROTOTYPE = 1 << 8;
/** Properties are not all in the shape: clips, text fields, super and other exotic objects. */
export const META_EXOTIC = 1 << 9;
/** At least one property has a watch callback (side table of the machine). */
export const META_WATCHED = 1 << 10;
/** Waits in the cycle collector's candidate buffer. */
export const META_BUFFERED = 1 << 11;
/** Two bits for the cycle collector's colours. */
export const META_COLOR_SHIFT = 12;
export const META_COLOR_MASK = 3 << 12;
/** Reference count has reached zero; the record waits for its children to be released. */
export const META_DEAD = 1 << 14;
/** ImplementsOp was applied: the machine's side table has the interface list. */
export const META_HAS_INTERFACES = 1 << 15;
export const META_NATIVE_CLASS_SHIFT = 16;
export const META_NATIVE_CLASS_MASK = 0x7f << 16;
/** On the cycle collector's list of candidates that wait for a complete collection. */
export const META_DEFERRED = 1 << 23;
export const META_INLINE_SLOTS_SHIFT = 24;

/** Object (kind Object): header, then inline value slots. */
export const OBJECT_SHAPE = 2;
/** Address of the value slots: the inline ones, or a block of kind Slots. */
export const OBJECT_SLOTS = 3;
export const OBJECT_INLINE_OFFSET = 16;

/** Array: dense elements 0..count-1 in a block of kind Elements; `length` is the property in slot 1. */
export const ARRAY_ELEMENTS = 4;
/** Elements in the dense block; -1 when all elements are ordinary properties ("slow" array). */
export const ARRAY_COUNT = 5;
export const ARRAY_INLINE_OFFSET = 24;
/** Elements block: one slot before the first element, whose first word is the number of slots that follow. */
export const ELEMENTS_HEADER_BYTES = 8;
export const ELEMENTS_CAPACITY = -2;
/** Number of elements that were there when the array was last reversed, 0 for one that was not: tells their order of enumeration. */
export const ELEMENTS_REVERSED = -1;
/** Slot index of an array's `length`, and of every object's `__proto__` where it has one. */
export const ARRAY_LENGTH_SLOT = 1;
/** Slot of the `constructor` of arrays that literals make. */
export const ARRAY_CONSTRUCTOR_SLOT = 2;

/** Function: code number (an index of a bytecode function's code, the complement of a native's), captured scope, home clip, then version, flags and constant pool. */
export const FUNCTION_CODE = 4;
export const FUNCTION_SCOPE = 5;
/** ClipReference of the clip on which it was defined, 0 for natives. */
export const FUNCTION_HOME = 6;
/** Bits 0-7 SWF version of definition, 8-15 flags, 16-31 constant pool index. */
export const FUNCTION_TRAITS = 7;
export const FUNCTION_INLINE_OFFSET = 32;
export const FUNCTION_IS_NATIVE = 1 << 8;
/** A native that builds its own object or value when called with `new`. */
export const FUNCTION_IS_CONSTRUCTOR = 1 << 9;
export const FUNCTION_POOL_SHIFT = 16;

/** Clip: the object of a movie clip (or button, text field); the display object itself is the player's. */
export const CLIP_DISPLAY = 4;
/** ClipReference that values pointing here share. */
export const CLIP_REFERENCE = 5;
export const CLIP_INLINE_OFFSET = 24;

/** ClipReference: soft reference. `target` is weak: 0 once the clip is gone, then the path is resolved again. */
export const REFERENCE_TARGET = 2;
/** String record: full dot path with level. */
export const REFERENCE_PATH = 3;
/** References made for earlier names of the same clip, counted: all of them must be told when it goes. */
export const REFERENCE_OLDER = 4;
export const CLIP_REFERENCE_BYTES = 20;

/** Super: `this` and how far up the chain; properties are looked up above it. */
export const SUPER_DEPTH = 4;
/** Byte offset of the value slot with `this`. */
export const SUPER_THIS_OFFSET = 24;
export const SUPER_INLINE_OFFSET = 32;

/** String: units live inline or in a buffer or parent string, `data` is the absolute address of the first unit. */
export const STRING_LENGTH = 2;
export const STRING_HASH = 3;
/** Name id when this record is the canonical string of an interned name, else 0. */
export const STRING_NAME = 4;
export const STRING_DATA = 5;
/** String or StringBuffer record that holds the units; 0 when they are inline. */
export const STRING_OWNER = 6;
export const STRING_INLINE_OFFSET = 28;
/** META bit of strings: units are 16 bits wide. */
export const STRING_WIDE = 1 << 8;
/** META bit of string buffers' strings: none of its own. */
export const STRING_RECORD_BYTES = 28;

/** StringBuffer: shared, growing storage; strings over it end at or before `used`. */
export const BUFFER_END = 2;
/** Absolute address of the first unused byte. */
export const BUFFER_USED = 3;
export const BUFFER_DATA_OFFSET = 16;

/** Shape (hidden class): names, flags and slot positions of an object's properties, and its prototype. */
export const SHAPE_PROTO = 2;
export const SHAPE_DESCRIPTORS = 3;
/** Entries of the descriptors that belong to this shape. */
export const SHAPE_COUNT = 4;
export const SHAPE_PARENT = 5;
export const SHAPE_FIRST_CHILD = 6;
export const SHAPE_NEXT_SIBLING = 7;
export const SHAPE_NAME = 8;
export const SHAPE_FLAGS = 9;
export const SHAPE_CHILD_COUNT = 10;
/** Next root shape of the same prototype object. */
export const SHAPE_NEXT_ROOT = 11;
/** Records of the shape that a slice of the cycle collector has visited and not yet judged; else 0. */
export const SHAPE_VISITED = 12;
export const SHAPE_BYTES = 52;
/** META bit of shapes: owned by one object (dictionary mode); changes in place. */
export const SHAPE_UNIQUE = 1 << 8;
/** META bit of unique shapes: `__proto__` has version flags, which can end the chain for some code. */
export const SHAPE_PROTO_FLAGGED = 1 << 10;
/** META bit of shapes: an inline cache has seen it. */
export const SHAPE_CACHED = 1 << 9;

/** Descriptors: entries in order of creation, shared along a line of shapes; chained hash index past 8 entries. */
export const DESCRIPTORS_COUNT = 2;
export const DESCRIPTORS_CAPACITY = 3;
/** Block of bucket heads (entry index + 1), 0 while there is none. */
export const DESCRIPTORS_INDEX = 4;
export const DESCRIPTORS_BUCKET_MASK = 5;
/** Entries that are not deleted (unique shapes only). */
export const DESCRIPTORS_LIVE = 6;
export const DESCRIPTORS_ENTRIES_OFFSET = 32;
export const ENTRY_BYTES = 16;
/** Words of an entry. */
export const ENTRY_NAME = 0;
export const ENTRY_FOLD = 1;
export const ENTRY_FLAGS = 2;
/** Next entry of the same bucket, index + 1. */
export const ENTRY_NEXT = 3;
/** Name of a deleted entry. */
export const NO_NAME = 0;

/** Accessor (addProperty): getter and setter objects, and the raw value stored behind them. */
export const ACCESSOR_GETTER = 2;
export const ACCESSOR_SETTER = 3;
export const ACCESSOR_VALUE_OFFSET = 16;
/** Calls of the getter or setter that are now running: past a limit the raw value is used. */
export const ACCESSOR_DEPTH = 6;
export const ACCESSOR_BYTES = 28;

/** Scope: a link of a scope chain. */
export const SCOPE_PARENT = 2;
/** 0 activation or global, 1 with-object, 2 target clip: `SCOPE_…` constants below. */
export const SCOPE_TYPE = 3;
export const SCOPE_VALUE_OFFSET = 16;
export const SCOPE_BYTES = 24;
export const SCOPE_GLOBAL = 0;
export const SCOPE_ACTIVATION = 1;
export const SCOPE_WITH = 2;
export const SCOPE_TARGET = 3;

/** Enumeration: names collected for one for..in, popped from the end. */
export const ENUMERATION_COUNT = 2;
export const ENUMERATION_CAPACITY = 3;
export const ENUMERATION_SLOTS_OFFSET = 16;

/** NativeData: what a native class keeps with an object, as counted value slots. */
export const NATIVE_CLASS = 2;
export const NATIVE_COUNT = 3;
export const NATIVE_SLOTS_OFFSET = 16;

/** Inline cache of one member access: name's canonical string, shape, byte offset of the slot. Flushed when a cached shape is freed. */
export const CACHE_NAME = 0;
export const CACHE_SHAPE = 1;
export const CACHE_OFFSET = 2;
export const CACHE_BYTES = 12;
/** An access site of optimised code: see operations/caches.ts. */
export const SITE_BYTES = 32;

/** Name table entry, 16 bytes: canonical string, name of the case-folded form, array index or -1, next in bucket. */
export const NAME_STRING = 0;
export const NAME_FOLD = 1;
export const NAME_INDEX = 2;
export const NAME_NEXT = 3;
export const NAME_ENTRY_WORDS = 4;
