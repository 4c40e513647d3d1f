// SPDX-License-Identifier: AGPL-3.0-or-later

import { withLayoutNumbers } from "./layout-names.ts";

/**
 * The one place where text of a movie becomes text of a program. Strings are quoted with every character outside of
 * printable ASCII escaped; identifiers keep letters, digits and `_` only. Nothing of a movie ever goes into a comment. So control
 * characters are free to mark types and places (source-map.ts) in printed text.
 */

/** A JavaScript string literal. */
export function quote(text: string): string {
  let quoted = '"';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22 || unit === 0x5c) quoted += `\\${text[i]}`;
    else if (unit >= 0x20 && unit < 0x7f && unit !== 0x3c && unit !== 0x3e) quoted += text[i];
    else quoted += `\\u${unit.toString(16).padStart(4, "0")}`;
  }
  return `${quoted}"`;
}

/** A number literal; NaN, infinities and -0 as expressions. */
export function numberLiteral(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "Infinity";
  if (value === Number.NEGATIVE_INFINITY) return "-Infinity";
  return Object.is(value, -0) ? "-0" : String(value);
}

const MAX_IDENTIFIER = 32;

/** Hands out identifiers that say what they stand for and are unique within a module. */
export class Identifiers {
  private readonly taken = new Set<string>();
  /** Where to go on counting, by base: thousands of texts may share one. */
  private readonly next = new Map<string, number>();

  /** An identifier `prefix` + readable part of `text`, with a number behind where that is taken. */
  unique(prefix: string, text: string): string {
    const readable = text
      .replace(/[^A-Za-z0-9_]+/g, "_")
      .slice(0, MAX_IDENTIFIER)
      .replace(/_+$/, "");
    const base = prefix + (readable === "" ? "text" : readable);
    let name = base;
    let n = this.next.get(base) ?? 2;
    while (this.taken.has(name)) name = `${base}_${n++}`;
    this.next.set(base, n);
    this.taken.add(name);
    return name;
  }
}

/** Around type annotations in printed text. */
const TYPE_OPEN = "\u0002";
const TYPE_CLOSE = "\u0003";

const TYPE = new RegExp(`${TYPE_OPEN}[^${TYPE_CLOSE}]*${TYPE_CLOSE}`, "g");

/** Printed text as TypeScript. */
export function asTypeScript(printed: string): string {
  return printed.replaceAll(TYPE_OPEN, "").replaceAll(TYPE_CLOSE, "");
}

/** Printed text as JavaScript: without the types, with numbers for the names of the layout. */
export function asJavaScript(printed: string): string {
  return withLayoutNumbers(printed.replace(TYPE, ""));
}

/** Lines of a program with indentation, in TypeScript and JavaScript at once (`asTypeScript`, `asJavaScript`). */
export class Printer {
  private readonly lines: string[] = [];
  private depth: number;
  /** What lines that are printed now end with: where they come from (source-map.ts). */
  mark = "";

  /** @param depth steps by which all lines are indented */
  constructor(depth = 0) {
    this.depth = depth;
  }

  /** A type annotation: `p.type(": number")`. */
  type(annotation: string): string {
    return TYPE_OPEN + annotation + TYPE_CLOSE;
  }

  line(text: string): void {
    this.lines.push(text === "" ? "" : "  ".repeat(this.depth) + text + this.mark);
  }

  /** Lines of another printer as they are. */
  append(other: Printer): void {
    for (const line of other.lines) this.lines.push(line);
  }

  /** An empty printer for lines that `append` is to bring here. */
  sibling(): Printer {
    return new Printer(this.depth);
  }

  /** Lines of an indented block: `open` before, `close` after. */
  block(open: string, body: () => void, close = "}"): void {
    this.line(open);
    this.depth++;
    body();
    this.depth--;
    this.line(close);
  }

  /** A block that begins with a line which depends on what follows it: `first` is told the text of the body. */
  blockWithFirst(open: string, body: () => void, first: (text: string) => string | null): void {
    this.block(open, () =>
      this.withFirst(body, (text) => {
        const line = first(text);
        return line === null ? [] : [line];
      }),
    );
  }

  /** Lines that depend on what follows them, and what follows them. */
  withFirst(body: () => void, first: (text: string) => string[]): void {
    const start = this.lines.length;
    body();
    const lines = first(this.lines.slice(start).join("\n"));
    this.lines.splice(start, 0, ...lines.map((line) => "  ".repeat(this.depth) + line));
  }

  /** Lines one step further in. */
  indented(body: () => void): void {
    this.depth++;
    body();
    this.depth--;
  }

  text(): string {
    return `${this.lines.join("\n")}\n`;
  }

  /** The text so far, with which the printer is rid of it. */
  take(): string {
    const text = this.text();
    this.lines.length = 0;
    return text;
  }
}
