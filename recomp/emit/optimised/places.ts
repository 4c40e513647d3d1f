// SPDX-License-Identifier: AGPL-3.0-or-later
import type { CodeUnit } from "../../bytecode/code-unit.ts";

/** Places remembered at once: what leads to other code has to forget them all. */
const MOST_PLACES = 6;

interface Place {
  register: number;
  name: string;
  /** Local with the address of the property's slot; 0 once other code has run. */
  local: string;
  /** A write may go there, not only a read. */
  isWritable: boolean;
}

/**
 * Where own properties of objects in registers lie, as far as the text has looked them up already: it need not look again until
 * the register changes or other code runs. A slot moves and a property goes only where a helper is called that may do so; what
 * stands in the text writes values, and adds properties where there is room for them.
 */
export class Places {
  private places: Place[] = [];

  /** Local with the address of a property's slot, or 0; null when the text has not looked. */
  find(register: number, name: string, forWriting: boolean): string | null {
    const place = this.places.find(
      (known) => known.register === register && known.name === name && (known.isWritable || !forWriting),
    );
    return place?.local ?? null;
  }

  remember(register: number, name: string, local: string, isWritable: boolean): void {
    this.places.push({ register, name, local, isWritable });
    if (this.places.length > MOST_PLACES) this.places.shift();
  }

  forgetRegister(register: number): void {
    this.places = this.places.filter((place) => place.register !== register);
  }

  forget(): void {
    this.places = [];
  }

  /** Statements for a way on which other code runs, and which joins one on which none does. */
  get reset(): string[] {
    const locals = new Set(this.places.map(({ local }) => local));
    return locals.size === 0 ? [] : [`${[...locals].join(" = ")} = 0;`];
  }

  copy(): Places {
    const copy = new Places();
    copy.places = [...this.places];
    return copy;
  }

  /** Forgets what is not known on another way that leads here as well. */
  keepCommon(other: Places): void {
    this.places = this.places.filter((place) => other.places.includes(place));
  }
}

/** Names that a unit pushes more than once: only they can be a property that is looked up again. */
export function repeatedNames(unit: CodeUnit): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const block of unit.blocks) {
    for (const instruction of block.instructions) {
      if (instruction.name !== "Push") continue;
      for (const value of instruction.values) {
        const text =
          value.kind === "string" ? value.value : value.kind === "constant" ? block.poolAtEntry?.[value.index] : undefined;
        if (text === undefined) continue;
        if (seen.has(text)) repeated.add(text);
        seen.add(text);
      }
    }
  }
  return repeated;
}
