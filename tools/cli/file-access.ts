// SPDX-License-Identifier: AGPL-3.0-or-later
import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, resolve, sep } from "node:path";
import type { FileReader } from "../../runtime/player/player-options.ts";

/**
 * The URL under which a movie knows itself. The folder it may load from is the root of its world, so no path of this
 * machine ever reaches a script, and two machines print the same.
 */
export function movieUrl(moviePath: string): string {
  return `file:///${encodeURIComponent(basename(moviePath))}`;
}

/**
 * A reader for what a movie loads: files below one folder, and nothing else. URLs are relative, or `file:` URLs whose
 * root is the folder; queries and fragments are ignored. Other schemes, hosts, directories, paths that lead out of the folder
 * (also by symbolic link) and files that don't exist all read as not found.
 * @param baseDirectory the folder
 */
export function directoryReader(baseDirectory: string): FileReader {
  const base = realpathSync(resolve(baseDirectory));
  const inside = base.endsWith(sep) ? base : base + sep;
  return (url) => {
    const path = pathOfUrl(url);
    if (path === null) return null;
    try {
      // Checked after links are resolved: a link may point anywhere.
      const real = realpathSync(resolve(base, path));
      if (!real.startsWith(inside) || !statSync(real).isFile()) return null;
      return new Uint8Array(readFileSync(real));
    } catch {
      return null;
    }
  };
}

/** The path below the base folder that a URL names, or null when the URL is not for the file system. */
export function pathOfUrl(url: string): string | null {
  let rest = url;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(rest);
  if (scheme !== null) {
    if (scheme[1]!.toLowerCase() !== "file") return null;
    rest = rest.slice(scheme[0].length);
  }
  if (rest.startsWith("//")) {
    const authority = /^\/\/(localhost)?(?=\/)/i.exec(rest);
    if (authority === null) return null;
    rest = rest.slice(authority[0].length);
  }
  rest = rest.replace(/[?#].*$/s, "").replaceAll("\\", "/");
  try {
    rest = decodeURIComponent(rest);
  } catch {
    // A stray % is part of the file's name.
  }
  rest = rest.replace(/^\/+/, "");
  return rest === "" || rest.includes("\0") ? null : rest;
}
