// SPDX-License-Identifier: AGPL-3.0-or-later
import { addressOf } from "./access.ts";
import type { BlockEmitter } from "./block-emitter.ts";
import { ANY_OBJECT, emitStore, inLocal } from "./members.ts";
import { type Operand, truthOperand } from "./operands.ts";

/** Variables: the place where a name was found last is checked in the text. */

function constantName(operand: Operand): string | null {
  return operand.kind === "constant" && typeof operand.value === "string" ? operand.value : null;
}

/** Whether a name may mean a path, `this` or nothing: the general look-up reads it. */
export function isSpecial(e: BlockEmitter, name: string): boolean {
  return name === "" || /[.:/]/.test(name) || name.toLowerCase() === "this" || e.withDepth > 0;
}

export function mayBeLocal(e: BlockEmitter, name: string): boolean {
  if (e.facts.isLight || e.code.kind === "script") return false;
  return e.localNames === null || e.localNames.has(name.toLowerCase());
}

/** Whether a name is probably one of the function's around this one: a wrong guess costs a comparison. */
export function isOuter(e: BlockEmitter, name: string): boolean {
  return e.names.outerNames.has(name.toLowerCase());
}

/** Stack positions past all others, whose slots hold what a variable that is called has instead of a slot of its own. */
const CALLEE_POSITION = 100;

/** The frame's own scope: its activation in functions. */
const OWN_SCOPE = "I32[(frame >> 2) + 2]";

/**
 * Looks a variable up.
 * @param selfPosition stack position whose slot may get the `this` of a call; null when no call follows
 * @returns name of the local with the address
 */
export function emitLookup(e: BlockEmitter, name: Operand, position: number, selfPosition: number | null): string {
  const { constants } = e.names;
  const text = constantName(name);
  // Nothing else lives in a callee's slots: all calls share them.
  const slot = e.temporary(selfPosition === null ? position : CALLEE_POSITION);
  const self = selfPosition === null ? "0" : e.temporary(CALLEE_POSITION + 1);
  const local = e.local("a");
  if (text === null) {
    e.keepPending();
    const named = `O.textOf(vm, ${addressOf(e, name, position)}, ${slot})`;
    e.out.line(`let ${local} = O.getVariableByText(vm, frame, ${named}, ${slot}, ${self});`);
    return local;
  }
  if (isSpecial(e, text)) {
    e.keepPending();
    e.out.line(`let ${local} = O.getVariableByText(vm, frame, ${constants.string(text)}, ${slot}, ${self});`);
    return local;
  }
  const site = e.site();
  const id = constants.name(text);
  if (mayBeLocal(e, text)) {
    e.usesLocal = true;
    const slow = `O.getVariable(vm, frame, ${OWN_SCOPE}, ${id}, ${slot}, ${self}, ${site})`;
    emitFoundOr(e, local, `${isLocal(site)} ? ${localSlot(site)}`, slow);
    if (selfPosition !== null) e.out.line(`if (${isLocal(site)}) vm.foundSelf = ${OWN_SCOPE} + SCOPE_VALUE;`);
    return local;
  }
  e.usesScope = true;
  const slow = `O.getVariable(vm, frame, scope, ${id}, ${slot}, ${self}, ${site})`;
  const outer = isOuter(e, text);
  e.usesOuter ||= outer;
  if (selfPosition === null) {
    const fast = outer ? `${isInOuter(site)} ? ${outerSlot(site)}` : `${isCachedIn("scope", site)} ? I32[${site} + 2]`;
    emitFoundOr(e, local, fast, slow);
    return local;
  }
  e.keepPending();
  e.out.line(`let ${local} = 0, ${local}self = 0;`);
  if (outer) e.out.line(`if (${isInOuter(site)}) { ${local} = ${outerSlot(site)}; ${local}self = scope + SCOPE_VALUE; }`);
  else
    e.out.line(
      `if (${isCachedIn("scope", site)}) { ${local} = I32[${site} + 2]; ${local}self = I32[${site} + 3] || scope + SCOPE_VALUE; }`,
    );
  e.out.line(`else { ${local} = ${slow}; ${local}self = vm.foundSelf; }`);
  return local;
}

/** Declares a local with what `fast` (a test, and an address) or else `slow` finds, which may run other code. */
function emitFoundOr(e: BlockEmitter, local: string, fast: string, slow: string): void {
  const keeps = e.keepStatements();
  if (keeps.length === 0) {
    e.out.line(`let ${local} = ${fast} : ${slow};`);
    return;
  }
  e.out.line(`let ${local} = ${fast} : 0;`);
  e.out.block(`if (${local} === 0) {`, () => {
    for (const keep of keeps) e.out.line(keep);
    e.out.line(`${local} = ${slow};`);
  });
}

/** Address of the `this` that goes with a variable that `emitLookup` has found for a call. */
export function selfOf(e: BlockEmitter, name: Operand): "local" | "found" {
  const text = constantName(name);
  return text !== null && !isSpecial(e, text) && !mayBeLocal(e, text) ? "local" : "found";
}

/** The site knows the clip whose scope this is, and nothing has changed since. */
export function isCachedIn(scope: string, site: string): string {
  return `I32[(${scope} >> 2) + 4] === I32[${site}] && vm.epoch === I32[${site} + 1]`;
}

/** The site knows the shape that the frame's activation object has now. */
function isLocal(site: string): string {
  return `I32[(local >> 2) + SHAPE] === I32[${site} + 6]`;
}

/** The site knows the shape of the activation around the frame's. */
function isInOuter(site: string): string {
  return `outer !== 0 && I32[(outer >> 2) + SHAPE] === I32[${site} + 6]`;
}

function outerSlot(site: string): string {
  return `I32[(outer >> 2) + SLOTS] + I32[${site} + 7]`;
}

function localSlot(site: string): string {
  return `I32[(local >> 2) + SLOTS] + I32[${site} + 7]`;
}

/** GetVariable. */
export function emitGetVariable(e: BlockEmitter): void {
  const name = e.pop();
  const position = e.stack.length;
  const local = emitLookup(e, name, position, null);
  if (e.code.swfVersion < 5) e.out.line(`${local} = O.hideClip(vm, ${local}, ${e.temporary(position)});`);
  e.push({ kind: "slot", address: local, stable: false, variable: constantName(name) ?? undefined });
}

/** SetVariable. */
export function emitSetVariable(e: BlockEmitter): void {
  const value = inLocal(e, e.pop());
  const name = e.pop();
  const position = e.stack.length;
  const text = constantName(name);
  e.keepPending();
  if (text === null || text.toLowerCase() === "this") e.needFullFrame();
  const { constants } = e.names;
  const address = (): string => addressOf(e, value, position + 1);
  if (text === null) {
    e.out.line(
      `O.setVariableByText(vm, frame, O.textOf(vm, ${addressOf(e, name, position)}, ${e.temporary(position)}), ${address()});`,
    );
    return;
  }
  if (isSpecial(e, text)) {
    e.out.line(`O.setVariableByText(vm, frame, ${constants.string(text)}, ${address()});`);
    return;
  }
  const site = e.site();
  const slot = e.local("a");
  if (mayBeLocal(e, text)) {
    e.usesLocal = true;
    e.out.line(`const ${slot} = ${isLocal(site)} ? ${localSlot(site)} : O.cachedVariable(vm, ${OWN_SCOPE}, ${site});`);
    const slow = `O.setVariable(vm, frame, ${OWN_SCOPE}, ${constants.name(text)}, ${address()}, ${site});`;
    e.out.block(`if (${slot} !== 0) {`, () => emitStore(e, ANY_OBJECT, slot, value, position + 1), `} else ${slow}`);
    return;
  }
  e.usesScope = true;
  const outer = isOuter(e, text);
  e.usesOuter ||= outer;
  const fast = outer ? `${isInOuter(site)} ? ${outerSlot(site)}` : `${isCachedIn("scope", site)} ? I32[${site} + 2]`;
  e.out.line(`const ${slot} = ${fast} : O.cachedVariable(vm, scope, ${site});`);
  const slow = `O.setVariable(vm, frame, scope, ${constants.name(text)}, ${address()}, ${site});`;
  e.out.block(`if (${slot} !== 0) {`, () => emitStore(e, ANY_OBJECT, slot, value, position + 1), `} else ${slow}`);
}

/** DefineLocal. */
export function emitDefineLocal(e: BlockEmitter): void {
  const value = inLocal(e, e.pop());
  const name = e.pop();
  const position = e.stack.length;
  const text = constantName(name);
  const { constants } = e.names;
  e.keepPending();
  if (text === null) {
    e.localNames = null;
    e.pushLiterally(name);
    e.push(value);
    e.pushLiterally(e.pop());
    e.out.line("A.defineLocalAction(vm, frame);");
    return;
  }
  e.localNames?.add(text.toLowerCase());
  const address = addressOf(e, value, position + 1);
  if (isSpecial(e, text)) {
    e.out.line(`O.defineLocal(vm, frame, 0, ${constants.name(text)}, ${address}, 0);`);
    return;
  }
  const site = e.site();
  const slot = e.local("a");
  const scope = e.code.kind === "script" ? "scope" : OWN_SCOPE;
  if (scope === "scope") {
    e.usesScope = true;
    e.out.line(`const ${slot} = ${isCachedIn("scope", site)} ? I32[${site} + 2] : 0;`);
  } else {
    e.usesLocal = true;
    e.out.line(`const ${slot} = ${isLocal(site)} ? ${localSlot(site)} : O.cachedVariable(vm, ${scope}, ${site});`);
  }
  const slow = `O.defineLocal(vm, frame, ${scope}, ${constants.name(text)}, ${address}, ${site});`;
  e.out.block(`if (${slot} !== 0) {`, () => emitStore(e, ANY_OBJECT, slot, value, position + 1), `} else ${slow}`);
}

/** DefineLocal2. */
export function emitDeclareLocal(e: BlockEmitter): void {
  const name = e.pop();
  const text = constantName(name);
  e.keepPending();
  if (text === null) {
    e.localNames = null;
    e.pushLiterally(name);
    e.out.line("A.declareLocalAction(vm, frame);");
    return;
  }
  e.localNames?.add(text.toLowerCase());
  e.out.line(`O.declareLocal(vm, frame, ${e.names.constants.string(text)});`);
}

/** Delete2. */
export function emitDeleteVariable(e: BlockEmitter): void {
  const name = e.pop();
  e.keepPending();
  e.pushLiterally(name);
  e.out.line("A.deleteVariableAction(vm, frame);");
  const local = e.local("c");
  e.out.line(`const ${local} = A.popBoolean(vm);`);
  e.push(truthOperand(local));
}
