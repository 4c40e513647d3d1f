// SPDX-License-Identifier: AGPL-3.0-or-later
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";

/** A source file's folder decides what it may import and under which licence it stands (docs/architecture.md). */
interface Layer {
  /** Top-level folder. */
  folder: string;
  licence: "MIT" | "AGPL-3.0-or-later";
  /** Path prefixes of ours that it may import values from; its own folder is understood. */
  values: readonly string[];
  /** Path prefixes that it may `import type` from, besides. */
  types: readonly string[];
  /** Packages that it may import, by path prefix of the importing file. `node:` modules count as packages named `node:`. */
  packages: readonly { within: string; name: string }[];
}

const LAYERS: readonly Layer[] = [
  { folder: "lib", licence: "MIT", values: [], types: [], packages: [{ within: "lib/", name: "@thi.ng/malloc" }] },
  { folder: "runtime", licence: "MIT", values: ["lib/"], types: [], packages: [] },
  {
    folder: "recomp",
    licence: "AGPL-3.0-or-later",
    values: ["lib/"],
    types: ["runtime/movie/", "runtime/abi.ts", "runtime/abi/"],
    packages: [
      { within: "recomp/swf/", name: "swf-parser" },
      { within: "recomp/swf/", name: "pako" },
      { within: "recomp/swf/", name: "lzma-js" },
      { within: "recomp/swf/", name: "node:" },
      { within: "recomp/", name: "@jridgewell/gen-mapping" },
    ],
  },
  {
    folder: "tools",
    licence: "AGPL-3.0-or-later",
    values: ["lib/", "runtime/", "recomp/"],
    types: [],
    packages: [{ within: "tools/", name: "*" }],
  },
];

/** Packages that a `tools` file may not import either: the AGPL dependency stays behind one folder. */
const CONFINED = new Map([["swf-parser", "recomp/swf/"]]);

/** One import or re-export statement. */
export interface ImportStatement {
  specifier: string;
  /** Nothing of it is left at run time. */
  typeOnly: boolean;
  line: number;
}

const STATEMENT =
  /(?:^|[;}\n])[ \t]*(?:import|export)\s+(?<type>type\s+)?(?:[^;"'`()=]*?\sfrom\s*)?["'](?<from>[^"'\n]+)["']|\bimport\s*\(\s*["'](?<dynamic>[^"'\n]+)["']|\brequire\s*\(\s*["'](?<required>[^"'\n]+)["']/g;

/** Every import of a source text, static, dynamic and `require`; comments don't count. */
export function importsOf(source: string): ImportStatement[] {
  const text = withoutComments(source);
  return [...text.matchAll(STATEMENT)].map((match) => {
    const { type, from, dynamic, required } = match.groups!;
    const specifier = (from ?? dynamic ?? required)!;
    return { specifier, typeOnly: type !== undefined, line: lineOf(text, match.index + match[0].length) };
  });
}

/** The text with comments blanked out, line breaks kept; strings and templates stay as they are. */
function withoutComments(source: string): string {
  const token = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return source.replace(token, (text) => (text.startsWith("/") ? text.replace(/[^\n]/g, " ") : text));
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/**
 * Checks one source file.
 * @param path relative to the package, with forward slashes
 * @returns one line a violation
 */
export function checkFile(path: string, source: string): string[] {
  const layer = LAYERS.find(({ folder }) => path.startsWith(`${folder}/`));
  if (layer === undefined) return [];
  const findings = importsOf(source).flatMap((statement) => {
    const problem = importProblem(path, layer, statement);
    return problem === null ? [] : [`${path}:${statement.line}: ${problem}`];
  });
  const header = `// SPDX-License-Identifier: ${layer.licence}`;
  if (!source.replace(/^#![^\n]*\n/, "").startsWith(`${header}\n`)) findings.unshift(`${path}:1: must start with "${header}"`);
  return findings;
}

function importProblem(path: string, layer: Layer, { specifier, typeOnly }: ImportStatement): string | null {
  if (!specifier.startsWith(".")) return packageProblem(path, layer, specifier);
  if (!specifier.endsWith(".ts") && !specifier.endsWith(".json")) return `relative import '${specifier}' must end in .ts`;
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  const reachable = [`${layer.folder}/`, ...layer.values];
  if (reachable.some((prefix) => target.startsWith(prefix))) return null;
  if (layer.types.some((prefix) => target.startsWith(prefix))) {
    return typeOnly ? null : `${layer.folder} may import '${target}' by 'import type' only`;
  }
  return `${layer.folder} may not import '${target}'`;
}

function packageProblem(path: string, layer: Layer, specifier: string): string | null {
  const name = specifier.startsWith("node:") ? "node:" : specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const home = CONFINED.get(name);
  if (home !== undefined && !path.startsWith(home)) return `'${name}' may be imported in ${home} only`;
  const allowed = layer.packages.some((entry) => (entry.name === "*" || entry.name === name) && path.startsWith(entry.within));
  return allowed ? null : `${layer.folder} may not import package '${specifier}' here`;
}

/**
 * Checks every TypeScript file of the package's source folders.
 * @param root the package's folder
 * @returns one line a violation, in the order of paths
 */
export function checkLayers(root: string): string[] {
  return LAYERS.flatMap(({ folder }) =>
    sourceFiles(join(root, folder)).flatMap((file) =>
      checkFile(relative(root, file).split(sep).join("/"), readFileSync(file, "utf8")),
    ),
  );
}

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
