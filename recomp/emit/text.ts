// SPDX-License-Identifier: AGPL-3.0-or-later

/**
 * The one place where text of a movie becomes text of a program. Strings are quoted with every character outside of
 * printable ASCII escaped; identifiers keep letters, digits and `_` only. Nothing of a movie ever goes into a comment.
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

/** Lines of a program with indentation, in TypeScript, or in JavaScript without the types. */
export class Printer {
  private readonly lines: string[] = [];
  private depth = 0;
  readonly typed: boolean;
  /** What lines that are printed now end with: where they come from (source-map.ts). */
  mark = "";

  constructor(typed: boolean) {
    this.typed = typed;
  }

  /** A type annotation, or nothing in JavaScript: `p.type(": number")`. */
  type(annotation: string): string {
    return this.typed ? annotation : "";
  }

  line(text: string): void {
    this.lines.push(text === "" ? "" : "  ".repeat(this.depth) + text + this.mark);
  }

  /** Lines of an indented block: `open` before, `close` after. */
  block(open: string, body: () => void, close = "}"): void {
    this.line(open);
    this.depth++;
    body();
    this.depth--;
    this.line(close);
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
}
