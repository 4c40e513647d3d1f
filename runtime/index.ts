// SPDX-License-Identifier: MIT

export type { Abi, ActionCode, UnitDescription } from "./abi.ts";
export { OutOfMemoryError } from "./memory/blocks.ts";
export type { CountSites } from "./memory/count-watch.ts";
export type { ActionModule, CompiledMovie } from "./movie/compiled-movie.ts";
export type * from "./movie/description.ts";
export { createPlayer } from "./player/player.ts";
export type {
  HeapGraph,
  HeapGraphEdge,
  HeapGraphNode,
  Leak,
  Miscount,
  OutOfMemoryReport,
  Player,
} from "./player/player-api.ts";
export type { ClockOptions, FileReader, PlayerOptions, StopReason } from "./player/player-options.ts";
