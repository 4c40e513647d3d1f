// SPDX-License-Identifier: MIT
import type { Abi, ActionCode } from "../abi.ts";
import type { MovieDescription } from "./description.ts";

/** What an emitted module exports by default: a factory that imports nothing and sees only the ABI object. */
export type ActionModule = (abi: Abi) => ActionCode[];

/** A movie ready to run: its description, and the factory of its code. */
export interface CompiledMovie {
  description: MovieDescription;
  module: ActionModule;
}
