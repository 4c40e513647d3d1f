// SPDX-License-Identifier: MIT

import type { ActionCode } from "../abi.ts";
import { dropTo } from "../actions/operand-stack.ts";
import { enterTimeline } from "../calls/activation.ts";
import { callFunction } from "../calls/call.ts";
import { releaseResult } from "../calls/construct.ts";
import { closeFrame, openFrame } from "../calls/frames.ts";
import { ActionScriptThrow, ScriptHalt, throwOn } from "../calls/limits.ts";
import { toJsString } from "../conversion/to-string.ts";
import { CALLEE_DEPTH_SHIFT } from "../layout/frames.ts";
import type { Addr } from "../layout/value.ts";
import { TAG_OBJECT } from "../layout/value.ts";
import type { Machine } from "../machine/machine.ts";
import { clearSlot } from "../memory/release.ts";
import { isFunction } from "../objects/function.ts";
import { findInChain, methodDepth } from "../objects/properties.ts";
import { internJs, releaseName } from "../strings/names.ts";
import { moveValue, payloadOf, setUndefined, tagOf } from "../values/slots.ts";
import type { DisplayObject } from "./display-object.ts";
import type { Stage } from "./stage.ts";

/** What happens to an exception that no ActionScript caught. */
type Uncaught = "report" | "swallow";

/** Runs ActionScript from the outside: opens the frame of a clip, and puts the machine back in order whatever happens. */
export class ScriptRunner {
  private readonly vm: Machine;
  private readonly stage: Stage;
  private readonly warn: (text: string) => void;
  /** Nesting of runs: a run inside a run leaves the deadline alone. */
  private depth = 0;
  private readonly onScriptEnd: (() => void) | undefined;

  /** @param onScriptEnd called after each outermost run that ended in order */
  constructor(vm: Machine, stage: Stage, warn: (text: string) => void, onScriptEnd?: () => void) {
    this.vm = vm;
    this.stage = stage;
    this.warn = warn;
    this.onScriptEnd = onScriptEnd;
  }

  /**
   * Runs `body` in a fresh timeline frame of a clip, with the version of the clip's movie. Exceptions end here, except
   * out-of-memory and internal errors.
   */
  run(clip: DisplayObject, version: number, uncaught: Uncaught, body: (self: Addr) => void): void {
    const { vm } = this;
    if (vm.halted !== null || clip.object === 0) return;
    const top = vm.frameTop;
    const limit = vm.frameLimit;
    const { frame, callsLeft, version: outerVersion, currentPool } = vm;
    const operands = vm.operandTop - vm.operandStack;
    const floor = vm.operandFloor - vm.operandStack;
    if (this.depth++ === 0) {
      vm.deadlineMs = performance.now() + vm.timeoutMs;
      // What one script leaves in the shared registers is not seen by the next.
      for (let register = 0; register < 4; register++) {
        const slot = vm.globalRegisters + register * 8;
        clearSlot(vm, slot);
        setUndefined(vm, slot);
      }
    }
    vm.setVersion(version);
    try {
      this.stage.withClipValue(clip, (self) => {
        enterTimeline(vm, self);
        body(self);
        if (vm.thrown !== 0) throwOn(vm);
      });
    } catch (error) {
      this.handle(error, uncaught);
    } finally {
      this.depth--;
    }
    vm.frame = frame;
    closeFrame(vm, top);
    vm.frameLimit = limit;
    vm.callsLeft = callsLeft;
    vm.operandFloor = vm.operandStack + floor;
    if (vm.operandTop - vm.operandStack > operands) dropTo(vm, vm.operandStack + operands);
    if (this.depth > 0) {
      vm.currentPool = currentPool;
      vm.setVersion(outerVersion);
    } else this.onScriptEnd?.();
  }

  private handle(error: unknown, uncaught: Uncaught): void {
    const { vm } = this;
    if (error instanceof ActionScriptThrow) {
      const window = openFrame(vm, 1);
      moveValue(vm, vm.exception, window);
      if (uncaught === "report") this.warn(`Uncaught exception, ${this.textOf(window)}`);
      closeFrame(vm, window);
      return;
    }
    if (error instanceof ScriptHalt) return;
    if (error instanceof RangeError) {
      // The JavaScript stack ended before ActionScript's own limit.
      vm.halted ??= "the script's calls are nested too deeply";
      return;
    }
    throw error;
  }

  private textOf(value: Addr): string {
    try {
      return toJsString(this.vm, value);
    } catch (error) {
      if (!(error instanceof ActionScriptThrow)) throw error;
      clearSlot(this.vm, this.vm.exception);
      return "[type Object]";
    }
  }

  /** Runs an action block on a clip. */
  runCode(clip: DisplayObject, version: number, code: ActionCode): void {
    this.run(clip, version, "report", (self) => code(0, self, 0, 0));
  }

  /** Calls a handler method of a clip, if there is one (`__resolve` is not asked). Returns whether there was. */
  callHandler(clip: DisplayObject, version: number, name: string): boolean {
    const { vm } = this;
    if (version < 6 || clip.object === 0) return false;
    let called = false;
    this.run(clip, version, "swallow", (self) => {
      const window = openFrame(vm, 1);
      const id = internJs(vm, name);
      findInChain(vm, clip.object, id, self, window);
      releaseName(vm, id);
      if (tagOf(vm, window) === TAG_OBJECT && isFunction(vm, payloadOf(vm, window))) {
        called = true;
        vm.callee = methodDepth(vm, false) << CALLEE_DEPTH_SHIFT;
        callFunction(vm, payloadOf(vm, window), self, 0, 0);
        releaseResult(vm);
      }
      closeFrame(vm, window);
    });
    return called;
  }
}
