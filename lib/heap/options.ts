// SPDX-License-Identifier: MIT
import { parseBytes, parseCount } from "./spec.ts";

/** One option of a heap or wrapper, for parsing, `heap list` and the docs. */
export interface HeapOption {
  name: string;
  /** What it means, with its unit. */
  help: string;
  /** What holds when it is not given, in words. */
  fallback: string;
}

/** The options that a specification gives a heap or wrapper. */
export class OptionValues {
  private readonly values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.values = values;
  }

  /** @returns undefined when the option is not given */
  text(name: string): string | undefined {
    return this.values.get(name);
  }

  /** A size in bytes. @throws RangeError when it is none */
  bytes(name: string, fallback: number): number {
    const text = this.values.get(name);
    return text === undefined ? fallback : parseBytes(name, text);
  }

  /** A whole number from 0. @throws RangeError when it is none */
  count(name: string, fallback: number): number {
    const text = this.values.get(name);
    return text === undefined ? fallback : parseCount(name, text);
  }
}

/**
 * Checks that every key is an option.
 * @throws RangeError that lists the options there are
 */
export function checkOptionNames(what: string, options: readonly HeapOption[], given: Iterable<string>): void {
  for (const key of given) {
    if (options.some((option) => option.name === key)) continue;
    const known = options.map((option) => option.name).join(", ");
    throw new RangeError(`${what} has no option ${JSON.stringify(key)}; it has: ${known === "" ? "none" : known}`);
  }
}
