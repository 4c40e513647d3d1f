// SPDX-License-Identifier: AGPL-3.0-or-later
export type { ActionBlock, ActionBlockKind } from "./swf/action-block.ts";
export type { Compression, SwfFile } from "./swf/container.ts";
export { openSwf } from "./swf/container.ts";
export type { Movie } from "./swf/movie-builder.ts";
export { buildMovie, readMovie } from "./swf/movie-builder.ts";
export { SwfError } from "./swf/swf-error.ts";
