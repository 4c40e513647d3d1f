// SPDX-License-Identifier: AGPL-3.0-or-later
import { FixtureError } from "./fixture-error.ts";

/** `@name word word "quoted words"` in a line comment. */
export interface Pragma {
  kind: "pragma";
  name: string;
  words: readonly string[];
  line: number;
}

/** ActionScript between two pragma lines. */
export interface CodeChunk {
  kind: "code";
  source: string;
  /** Line of its first line in the file, counted from 1. */
  line: number;
}

export type FixturePart = Pragma | CodeChunk;

const PRAGMA_LINE = /^\s*\/\/\s*(@[a-z].*)$/;
const WORD = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

/** Splits a fixture source into pragmas and the code between them, in order; code that is only comments is left out. */
export function parseFixture(source: string): FixturePart[] {
  const parts: FixturePart[] = [];
  let code: string[] = [];
  let codeLine = 1;
  const flush = (nextLine: number): void => {
    const text = code.join("\n");
    if (!isBlank(text)) parts.push({ kind: "code", source: text, line: codeLine });
    code = [];
    codeLine = nextLine;
  };
  for (const [index, text] of source.split(/\r?\n/).entries()) {
    const match = PRAGMA_LINE.exec(text);
    if (match === null) {
      code.push(text);
      continue;
    }
    flush(index + 2);
    // Several pragmas may share a line: `// @swf 7 @fps 12`.
    for (const pragma of match[1].split(/\s+(?=@[a-z])/)) parts.push(parsePragma(pragma, index + 1));
  }
  flush(0);
  return parts;
}

function isBlank(code: string): boolean {
  return code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "").trim() === "";
}

function parsePragma(text: string, line: number): Pragma {
  const [name, ...words] = [...text.matchAll(WORD)].map((match) =>
    match[1] === undefined ? match[2] : match[1].replace(/\\(.)/g, "$1"),
  );
  return { kind: "pragma", name: name.slice(1), words, line };
}

/** Reads the words of a pragma one after the other; every method throws FixtureError where the word does not fit. */
export class PragmaWords {
  private position = 0;

  constructor(readonly pragma: Pragma) {}

  fail(message: string): never {
    throw new FixtureError(`@${this.pragma.name}: ${message}`, this.pragma.line);
  }

  /** True while words are left. */
  get more(): boolean {
    return this.position < this.pragma.words.length;
  }

  word(what: string): string {
    return this.more ? this.pragma.words[this.position++] : this.fail(`${what} is missing`);
  }

  number(what: string): number {
    const word = this.word(what);
    const value = Number(word);
    return word === "" || Number.isNaN(value) ? this.fail(`${what} must be a number, not "${word}"`) : value;
  }

  /** `550x400` */
  size(): { width: number; height: number } {
    const word = this.word("size");
    const match = /^(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)$/.exec(word) ?? this.fail(`"${word}" is not WIDTHxHEIGHT`);
    return { width: Number(match[1]), height: Number(match[2]) };
  }

  /** `#rrggbb` */
  color(): number {
    const word = this.word("colour");
    return /^#[0-9a-f]{6}$/i.test(word) ? Number.parseInt(word.slice(1), 16) : this.fail(`"${word}" is not #rrggbb`);
  }

  choice<const Choice extends string>(what: string, choices: readonly Choice[]): Choice {
    const word = this.word(what);
    return choices.find((choice) => choice === word) ?? this.fail(`${what} must be one of ${choices.join(", ")}`);
  }

  end(): void {
    if (this.more) this.fail(`unexpected "${this.pragma.words[this.position]}"`);
  }
}
