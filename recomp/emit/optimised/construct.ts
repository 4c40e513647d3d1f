// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressOf, emitMoved, isCountedIn, isMovable, ownedAddress } from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { candidatesFor, keepsBit, MOST_OFFERED, pass, popArguments, positionOf, secure } from "./dispatch.ts";
import type { Operand } from "./operands.ts";
import { emitLookup } from "./variables.ts";

/**
 * Arguments whose values the constructor may keep, as they are in slots of the frame that nobody reads any more. It is told
 * so by bits of `vm.callee`, and makes the outgoing slot undefined where it does.
 */
function offered(e: BlockEmitter, values: readonly Operand[]): { index: number; address: string }[] {
  const owned = values.flatMap((value, index) => (isMovable(e, value) ? [{ index, address: ownedAddress(e, value) }] : []));
  // What is passed twice has one reference all the same.
  const isOnce = (address: string): boolean => owned.filter((other) => other.address === address).length === 1;
  return owned.filter(({ index, address }) => index < MOST_OFFERED && isOnce(address));
}

/** Where the constructor has kept an argument, the slot it came from owns nothing any more. */
function emitGiven(e: BlockEmitter, from: string, index: number): void {
  const outgoing = index === 0 ? "out" : `(out + ${index * 8})`;
  emitMoved(e, from, `${isCountedIn(from)} && I32[(${outgoing} >> 2) + 1] === UNDEFINED`);
}

/** NewObject (by name) and NewMethod (a member, or the value itself). */
export function emitNew(e: BlockEmitter, isMethod: boolean): boolean {
  const saved = [...e.stack];
  const name = e.pop();
  const target = isMethod ? e.pop() : null;
  const args = popArguments(e);
  if (
    args === null ||
    (isMethod && !(name.kind === "constant" && (typeof name.value === "string" || name.value === undefined)))
  ) {
    e.stack = saved;
    return false;
  }
  const { out } = e;
  const base = e.stack.length;
  const count = args.length;
  const at = (i: number): number => positionOf(base, count, i);
  e.keepPending();
  const values = args.map((operand, i) => secure(e, operand, at(i)));
  const position = base + count + (isMethod ? 2 : 1);
  const text = name.kind === "constant" && typeof name.value === "string" ? name.value : null;
  let address: string;
  if (target === null) address = emitLookup(e, name, position, null);
  else if (text === null || text === "") address = addressOf(e, target, position);
  else {
    address = e.local("a");
    const site = e.site();
    out.line(
      `const ${address} = O.getMember(vm, ${addressOf(e, target, position)}, ${e.names.constants.name(text)}, ${e.temporary(position)}, ${site});`,
    );
  }
  pass(e, values, at);
  if (count === 0) e.outgoingBytes = Math.max(e.outgoingBytes, 8);
  const result = e.temporary(base);
  // An argument may lie in the result's slot.
  const inSlots = values.some(({ kind }) => kind === "slot" || kind === "either");
  const object = inSlots ? e.temporary(base + count) : result;
  let place = result;
  const known = candidatesFor(e, text);
  if (known.length > 0) {
    const given = offered(e, target === null ? values : [...values, target]);
    const site = e.site();
    const fn = e.local("f");
    out.line(`const ${fn} = O.beginConstruct(${address}, ${object}, ${site});`);
    const codeSlow = (): void => out.line(`O.finishConstruct(vm, ${address}, ${fn}, ${object}, out, ${count});`);
    e.usesOwnCode = true;
    const code = e.local("k");
    out.line(`const ${code} = ${fn} === 0 ? -1 : I32[(${fn} >> 2) + CODE];`);
    known.forEach(({ index, functionName, usesSuper }, i) => {
      out.block(
        `${i === 0 ? "" : "} else "}if (${code} === own + ${index}) {`,
        () => {
          const kept = given.reduce((bits, { index: i }) => bits | keepsBit(i), 0);
          out.line(
            `vm.callee = CONSTRUCTS${kept === 0 ? "" : ` | 0x${kept.toString(16)}`}${usesSuper ? " | (1 << DEPTH_SHIFT)" : ""};`,
          );
          out.line(`${functionName}(${fn}, ${object}, out, ${count});`);
          for (const { index: i, address: from } of given) emitGiven(e, from, i);
          // Unlike a call's result, the object that was to be returned must not be.
          out.line(`if (vm.thrown !== 0) ${e.unwindText()}`);
          out.line("if (I32[(RESULT >> 2) + 1] >= REFERENCES) O.dropResult();");
        },
        i === known.length - 1 ? "} else {" : "",
      );
    });
    out.indented(codeSlow);
    out.line("}");
    // What is returned at once stays where it is.
    if (e.returnsNext) place = object;
    else if (object !== result) out.line(`O.moveSlot(${object}, ${result});`);
  } else out.line(`O.constructValue(vm, ${address}, out, ${count}, ${result});`);
  e.push({ kind: "slot", address: place, stable: true });
  return true;
}
