// SPDX-License-Identifier: MIT
import { popTo, pushCopy } from "../actions/operand-stack.ts";
import { openFrame } from "../calls/frames.ts";
import type { Addr } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { finishInto } from "./members.ts";

/** Between optimised code, which has no operand stack, and the literal actions that it uses for what is rare. */

/** Pushes a copy of a value. */
export function push(vm: Machine, value: Addr): void {
  pushCopy(vm, value);
}

/** Pops a value to an owned slot, which is returned. */
export function pop(vm: Machine, out: Addr): Addr {
  const window = openFrame(vm, 1);
  popTo(vm, window);
  return finishInto(vm, window, window, out);
}
