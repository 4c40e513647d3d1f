// SPDX-License-Identifier: AGPL-3.0-or-later
import { numberLiteral } from "../../text.ts";
import { simpleWords, staysAlive } from "../access.ts";
import { keepsBit, MOST_OFFERED } from "../dispatch.ts";
import { addressText, FAIL, FramelessWay, NeedsFrame, type SlotValue, type Store, type Value } from "./frameless-way.ts";

/** Texts for the words of a value. `tag` is OBJECT where that is known. */
export interface Words {
  payload: string;
  tag: string;
}

/** The end of a frameless way: once all has been checked, its effects are made and the result is written. */
export abstract class FramelessEnd extends FramelessWay {
  protected finish(result: Value): void {
    const { stores, additions, objects } = this.state;
    let value = this.asNumber(result);
    if (value.kind === "truth" && value.ordered !== null) this.check(value.ordered);
    const given = value.kind === "slot" ? this.displacing(value) : null;
    if (stores.length + additions.length > 0 && given === null) value = this.settled(value);
    if (additions.length > 0) {
      const last = additions[additions.length - 1];
      this.check(`I32[(${objects.get("self")} >> 2) + 1] >>> INLINE_SHIFT > I32[${last.site} + 4] >> 3`);
    }
    const displaced = new Map<Store, Words>();
    for (const store of stores) if (store.displaces) displaced.set(store, this.displacedWords(store));
    for (const store of stores) this.commit(store);
    this.commitAdditions(value);
    const words = given === null ? undefined : displaced.get(given);
    if (words === undefined) this.writeResult(value);
    else this.writeWords("RESULT", words);
    for (const [store, old] of displaced)
      if (store !== given) this.lower(old, staysAlive(old.payload), `O.releaseReference(${old.tag}, ${old.payload})`);
    this.line("vm.callee = 0;");
    this.line("return;");
  }

  /** A value in memory as the number that it is known to be. */
  protected asNumber(value: Value): Value {
    const number = value.kind === "slot" ? this.state.numbers.get(value.address) : undefined;
    return number === undefined ? value : { kind: "number", text: number };
  }

  /** The store that overwrites the property from which a value was read before. */
  protected displacing({ object, field }: SlotValue): Store | null {
    if (object === undefined) return null;
    return this.state.stores.find((store) => store.displaces && store.object === object && store.name === field) ?? null;
  }

  /** A check that comes after all others, but before all effects. */
  protected require(condition: string): void {
    this.line(`if (!(${condition})) ${FAIL}`);
  }

  /** Words of what a store overwrites, which the way then owns. What others may inherit, functions, is replaced by the framed text. */
  protected displacedWords({ slot, object, name }: Store): Words {
    const known = this.state.objects.get(this.state.properties.get(`read ${object} ${name}`) ?? "");
    if (known !== undefined) {
      this.require(`(I32[(${known} >> 2) + 1] & FUNCTION_BIT) === 0`);
      return { payload: known, tag: "OBJECT" };
    }
    const tag = this.local("k", `I32[(${slot} >> 2) + 1]`);
    const payload = this.local("p", `I32[${slot} >> 2]`);
    this.require(`${tag} !== OBJECT || (I32[(${payload} >> 2) + 1] & FUNCTION_BIT) === 0`);
    return { payload, tag };
  }

  /** Lowers a count, or does what has to be done where `mayBeLowered` does not hold. */
  protected lower({ payload, tag }: Words, mayBeLowered: string, otherwise: string): void {
    this.line(`${tag === "OBJECT" ? "" : `if (${tag} >= REFERENCES) `}{`);
    this.line(`  if (${mayBeLowered}) I32[${payload} >> 2]--;`);
    this.line(`  else ${otherwise};`);
    this.line("}");
  }

  protected writeWords(slot: string, { payload, tag }: Words): void {
    this.line(`I32[${addressText(slot)} >> 2] = ${payload}; I32[(${slot} >> 2) + 1] = ${tag};`);
  }

  /** Copies what lies at an address, counting it. */
  private copy(from: string, to: string): void {
    this.line(`if (I32[(${from} >> 2) + 1] >= REFERENCES) I32[I32[${addressText(from)} >> 2] >> 2]++;`);
    this.writeWords(to, { payload: `I32[${addressText(from)} >> 2]`, tag: `I32[(${from} >> 2) + 1]` });
  }

  /** @param keeps index of the argument that the value is, when the caller may have offered it (`emitNew`) */
  protected commit({ slot, value, keeps = -1 }: Pick<Store, "slot" | "value"> & { keeps?: number }): void {
    if (value.kind !== "slot" || keeps < 0 || keeps >= MOST_OFFERED) {
      this.write(slot, value);
      return;
    }
    const from = addressText(value.address);
    this.writeWords(slot, { payload: `I32[${from} >> 2]`, tag: `I32[(${from} >> 2) + 1]` });
    this.line(`if (I32[(${from} >> 2) + 1] >= REFERENCES) {`);
    this.line(
      `  if ((vm.callee & 0x${keepsBit(keeps).toString(16)}) !== 0) I32[(${from} >> 2) + 1] = UNDEFINED; else I32[I32[${from} >> 2] >> 2]++;`,
    );
    this.line("}");
  }

  /** Makes the new properties; their slots hold undefined. */
  private commitAdditions(result: Value): void {
    const { additions } = this.state;
    if (additions.length === 0) return;
    const object = this.state.objects.get("self");
    const last = additions[additions.length - 1];
    this.line(`I32[(${object} >> 2) + SHAPE] = I32[${last.site} + 3];`);
    additions.forEach(({ site, value }, i) => {
      const slot = this.local("a", `${object} + INLINE + I32[${site} + 4]`);
      const argument = value.kind === "slot" ? argumentIndex(value.address) : -1;
      const isLast = !additions.slice(i + 1).some((other) => other.value.kind === "slot" && sameAddress(other.value, value));
      const mayKeep = argument >= 0 && isLast && !(result.kind === "slot" && sameAddress(result, value));
      this.commit({ slot, value, keeps: mayKeep ? argument : -1 });
    });
  }

  protected writeResult(value: Value): void {
    this.write("RESULT", value);
  }

  /** Writes a value to a slot that owns nothing. */
  private write(slot: string, value: Value): void {
    switch (value.kind) {
      case "number":
        this.line(`F64[${slot} >> 3] = ${value.text};`);
        return;
      case "truth":
        this.writeWords(slot, { payload: `${value.text} ? 1 : 0`, tag: "BOOLEAN" });
        return;
      case "constant": {
        const words = simpleWords(value);
        if (words !== null) this.writeWords(slot, words);
        else if (typeof value.value === "number") this.line(`F64[${slot} >> 3] = ${numberLiteral(value.value)};`);
        else this.copy(this.local("a", this.context.constants.slot(value.value ?? null)), slot);
        return;
      }
      case "slot":
        this.copy(value.address, slot);
        return;
      case "result":
        throw new NeedsFrame();
    }
  }
}

export function argumentIndex(address: string): number {
  const match = /^args(?: \+ (\d+))?$/.exec(address);
  return match === null ? -1 : Number(match[1] ?? 0) / 8;
}

function sameAddress(a: Value, b: Value): boolean {
  return a.kind === "slot" && b.kind === "slot" && a.address === b.address;
}
