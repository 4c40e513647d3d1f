// SPDX-License-Identifier: AGPL-3.0-or-later
import type { PoolPolicy } from "./assembler.ts";
import { type FixturePart, type Pragma, PragmaWords } from "./pragmas.ts";
import type { Compression } from "./swf-writer.ts";

/** What the pragmas at the head of a fixture say about the file as a whole. */
export interface MovieSettings {
  /** Versions to build; one unless `@versions` asks for several. */
  versions: readonly number[];
  frameRate: number;
  width: number;
  height: number;
  /** ShowFrame tags to write at least. */
  frames: number;
  /** Frame count in the header where it lies (`@declare`). */
  declaredFrames: number | undefined;
  compression: Compression;
  pool: PoolPolicy;
  functionForm: 1 | 2 | undefined;
  background: number | undefined;
  limits: { recursion: number; seconds: number } | undefined;
  actionScript3: boolean;
  /** Words for `reswf run` (`@run --frames 3`) and its exit code (`@exit 4`), for those who run the fixtures. */
  runArguments: readonly string[];
  exitCode: number;
}

export const DEFAULT_SETTINGS: Readonly<MovieSettings> = {
  versions: [7],
  frameRate: 12,
  width: 550,
  height: 400,
  frames: 1,
  declaredFrames: undefined,
  compression: "none",
  pool: "repeated",
  functionForm: undefined,
  background: undefined,
  limits: undefined,
  actionScript3: false,
  runArguments: [],
  exitCode: 0,
};

type SettingReader = (words: PragmaWords) => Partial<MovieSettings>;

const SETTINGS: Readonly<Record<string, SettingReader>> = {
  swf: (words) => ({ versions: [words.number("version")] }),
  versions: (words) => {
    const versions = words.word("versions").split(",").map(Number);
    return versions.some((version) => !Number.isInteger(version)) ? words.fail("versions are numbers, like 5,6,7") : { versions };
  },
  fps: (words) => ({ frameRate: words.number("frame rate") }),
  size: (words) => words.size(),
  frames: (words) => ({ frames: words.number("frame count") }),
  declare: (words) => ({ declaredFrames: words.number("frame count") }),
  compress: (words) => ({ compression: words.choice("compression", ["none", "zlib", "lzma"]) }),
  pool: (words) => ({ pool: words.choice("policy", ["none", "repeated", "all"]) }),
  functions: (words) => ({ functionForm: words.choice("form", ["1", "2"]) === "1" ? 1 : 2 }),
  background: (words) => ({ background: words.color() }),
  limits: (words) => ({ limits: { recursion: words.number("recursion depth"), seconds: words.number("seconds") } }),
  as3: () => ({ actionScript3: true }),
  run: (words) => {
    const runArguments: string[] = [];
    while (words.more) runArguments.push(words.word("argument"));
    return { runArguments };
  },
  exit: (words) => ({ exitCode: words.number("exit code") }),
};

export function isSetting(pragma: Pragma): boolean {
  return Object.hasOwn(SETTINGS, pragma.name);
}

/** Settings of a fixture; those not mentioned keep their default. */
export function readSettings(parts: readonly FixturePart[]): MovieSettings {
  let settings: MovieSettings = DEFAULT_SETTINGS;
  for (const part of parts) {
    if (part.kind !== "pragma" || !isSetting(part)) continue;
    const words = new PragmaWords(part);
    settings = { ...settings, ...SETTINGS[part.name](words) };
    words.end();
  }
  return settings;
}
