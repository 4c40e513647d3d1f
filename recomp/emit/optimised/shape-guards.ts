// SPDX-License-Identifier: AGPL-3.0-or-later
import type { ModuleConstants } from "../module-constants.ts";

/** Offsets that a record has room for: a site's words without the shape. */
const OFFSETS = 7;

interface Guard {
  shape: string;
  accesses: { site: string; order: number; index: number | null }[];
}

/**
 * One look at an object's shape for several properties. The guard has a record of its own, of a site's form: a shape that all sites
 * of the object knew at once, and the offsets that they had for it. Where the object has another shape the sites are asked, and the
 * record is written anew. When sites are cleared it is, too.
 *
 * Text mentions guards before it is known what they will cover: by marks, which `resolve` replaces.
 */
export class ShapeGuards {
  private readonly constants: ModuleConstants;
  private readonly owner: string;
  private readonly guards: Guard[] = [];
  private readonly open = new Map<string, number>();

  /**
   * @param owner tells the text from all others of the module, those for the same actions too: each keeps other properties in its records
   */
  constructor(constants: ModuleConstants, owner: string) {
    this.constants = constants;
    this.owner = owner;
  }

  /**
   * A property is accessed.
   * @param shape local with the object's shape
   * @param order number of the access: those after the last that counts are left out by `resolve`
   * @param needsOffset the text needs the property's offset
   * @returns text for the offset, and a line that has to come before it (null: it is there already)
   */
  access(shape: string, site: string, order: number, needsOffset: boolean): { offset: string; line: string | null } {
    let number = this.open.get(shape);
    const used = number === undefined ? 0 : this.guards[number].accesses.filter(({ index }) => index !== null).length;
    let line: string | null = null;
    if (number === undefined || (needsOffset && used === OFFSETS)) {
      number = this.guards.push({ shape, accesses: [] }) - 1;
      this.open.set(shape, number);
      line = `@guard ${number}@`;
    }
    const guard = this.guards[number];
    const index = needsOffset ? guard.accesses.filter((access) => access.index !== null).length + 1 : null;
    guard.accesses.push({ site, order, index });
    return { offset: `I32[@${number} ${index ?? 0}@]`, line };
  }

  /** What is accessed from here on is not accessed on every way that has come by the guards so far. */
  split(): void {
    this.open.clear();
  }

  /** Lines without marks. @param last number of the last access that counts; @param fail statement where no site knows the shape */
  resolve(lines: readonly string[], last: number, fail: string): string[] {
    const kept = this.guards.map(({ accesses }) => accesses.filter(({ order }) => order <= last));
    return lines.flatMap((line) => {
      const mark = /^( *)@guard (\d+)@$/.exec(line);
      if (mark !== null) {
        const number = Number(mark[2]);
        return this.guardLines(number, kept[number], fail).map((text) => `${mark[1]}${text}`);
      }
      return [
        line.replace(/@(\d+) (\d+)@/g, (_, number: string, index: string) => this.wordText(kept, Number(number), Number(index))),
      ];
    });
  }

  private guardLines(number: number, accesses: Guard["accesses"], fail: string): string[] {
    const { shape } = this.guards[number];
    const known = accesses.map(({ site }) => `${shape} === I32[${site}]`).join(" && ");
    if (accesses.length === 0) return [];
    if (accesses.length === 1) return [`if (!(${known})) ${fail}`];
    const record = this.record(number);
    const offsets = accesses.flatMap(({ site, index }) =>
      index === null ? [] : [`I32[${record} + ${index}] = I32[${site} + 1];`],
    );
    return [
      `if (${shape} !== I32[${record}]) {`,
      `  if (!(${known})) ${fail}`,
      `  I32[${record}] = ${shape}; ${offsets.join(" ")}`,
      "}",
    ];
  }

  private wordText(kept: readonly Guard["accesses"][], number: number, index: number): string {
    const accesses = kept[number];
    return accesses.length === 1 ? `${accesses[0].site} + 1` : `${this.record(number)} + ${index}`;
  }

  private record(number: number): string {
    return this.constants.site(`${this.owner} ${number}`);
  }
}
