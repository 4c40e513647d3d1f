// SPDX-License-Identifier: AGPL-3.0-or-later

/**
 * Names for the numbers of the value layout and the records that optimised text reads itself (runtime/layout). TypeScript
 * declares and uses the names; JavaScript has the numbers in their place: what an outer function declares is no constant to code
 * that V8 compiles for a loop it is already in (on-stack replacement), and a load to all code before that.
 */
const GROUPS: readonly { comment: string; names: Readonly<Record<string, string>> }[] = [
  {
    comment: "Tags of value slots; numbers are below TAGS, counted references from REFERENCES on.",
    names: {
      TAGS: "0x7ff90000",
      UNDEFINED: "0x7ff90000",
      NULL: "0x7ff90001",
      BOOLEAN: "0x7ff90002",
      HOLE: "0x7ff90003",
      REFERENCES: "0x7ff90008",
      STRING: "0x7ff90008",
      OBJECT: "0x7ff90009",
      CLIP: "0x7ff9000a",
    },
  },
  {
    comment: "Words of records.",
    names: {
      SHAPE: "2",
      SLOTS: "3",
      STRING_LENGTH: "2",
      CODE: "4",
      ELEMENTS: "4",
      COUNT: "5",
      SCOPE: "5",
      HOME: "6",
      TRAITS: "7",
      SCOPE_TYPE: "3",
    },
  },
  {
    comment:
      "Kinds of records, and a bit that functions have there, but not objects and arrays; types of scopes, flags; bytes before a scope's value; an object that is not at hand.",
    names: {
      ARRAY: "8",
      FUNCTION: "10",
      FUNCTION_BIT: "2",
      WATCHED: "0x400",
      BUFFERED: "0x800",
      ACTIVATION: "1",
      SCOPE_VALUE: "16",
      ANY: "-1",
    },
  },
  {
    comment: "How a function is called (vm.callee), and the mark of a light frame; code numbers are never as small as NO_CODE.",
    names: { CONSTRUCTS: "1", OPEN: "0x200", DEPTH_SHIFT: "10", LIGHT: "2", NO_CODE: "-1000000000" },
  },
  {
    comment:
      "A plain object, of which nothing else depends: its properties begin INLINE bytes from its start, room for so many of them.",
    names: { ADDABLE: "0x7ff", PLAIN_OBJECT: "1", INLINE: "16", INLINE_SHIFT: "24" },
  },
];

const NUMBERS: ReadonlyMap<string, string> = new Map(GROUPS.flatMap(({ names }) => Object.entries(names)));

/** Names and numbers, for a test that compares them with the runtime's. */
export function layoutNumbers(): ReadonlyMap<string, number> {
  return new Map([...NUMBERS].map(([name, text]) => [name, Number(text)]));
}

/** Lines of TypeScript that declare the names. */
export function declareLayout(): string[] {
  return GROUPS.flatMap(({ comment, names }) => {
    const declarations = Object.entries(names).map(([name, text]) => `${name} = ${text}`);
    return [`// ${comment}`, `const ${declarations.join(", ")};`];
  });
}

/** Text without strings of its own with the numbers in place of the names. */
export function withLayoutNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\b[A-Z][A-Z_]+\b/g, (word) => NUMBERS.get(word) ?? word);
}
