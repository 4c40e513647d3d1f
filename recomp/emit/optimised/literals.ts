// SPDX-License-Identifier: AGPL-3.0-or-later

import type { BlockEmitter } from "./block-emitter.ts";
import { MAX_ARGUMENTS, pass, popArguments, positionOf, secure } from "./dispatch.ts";
import type { Operand } from "./operands.ts";

/** InitArray with a count that is written in the code. */
export function emitInitArray(e: BlockEmitter): boolean {
  const saved = [...e.stack];
  const values = popArguments(e);
  if (values === null) {
    e.stack = saved;
    return false;
  }
  const base = e.stack.length;
  pass(e, values, (i) => positionOf(base, values.length, i));
  e.keepPending();
  const slot = e.temporary(base);
  if (values.length === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
  e.out.line(`O.makeArray(out, ${values.length}, ${slot});`);
  e.push({ kind: "slot", address: slot, stable: true, type: "object" });
  return true;
}

/** InitObject with a count that is written in the code. */
export function emitInitObject(e: BlockEmitter): boolean {
  const saved = [...e.stack];
  const count = e.pop();
  if (count.kind !== "constant" || typeof count.value !== "number" || count.value * 2 > Math.min(e.stack.length, MAX_ARGUMENTS)) {
    e.stack = saved;
    return false;
  }
  const pairs: Operand[] = [];
  const total = (count.value >>> 0) * 2;
  const base = e.stack.length - total;
  for (let i = 0; i < total; i += 2) {
    const value = e.pop();
    const name = e.pop();
    pairs.push(name, value);
  }
  e.keepPending();
  // Setting the members may run code: what is borrowed must outlive that.
  const positionAt = (i: number): number => base + total - 2 - (i - (i % 2)) + (i % 2);
  const secured = pairs.map((operand, i) => secure(e, operand, positionAt(i)));
  pass(e, secured, positionAt);
  if (total === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
  const slot = e.temporary(base);
  const names = secured.filter((_, i) => i % 2 === 0);
  const distinct = new Set(
    names.map((name) => (name.kind === "constant" && typeof name.value === "string" ? name.value.toLowerCase() : "")),
  );
  const isPlain = distinct.size === names.length && [...distinct].every((name) => /^[a-z]\w*$/.test(name));
  const site = isPlain ? e.site() : "0";
  e.out.line(`O.makeObject(vm, out, ${count.value >>> 0}, ${slot}, ${site});`);
  e.push({ kind: "slot", address: slot, stable: true, type: "object" });
  return true;
}
