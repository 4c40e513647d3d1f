// SPDX-License-Identifier: MIT
import type { Ptr } from "../../memory/address-space.ts";
import type { BlockKind } from "../block-kind.ts";
import { type Heap, type HeapBlock, type HeapDiagnostics, reserveBytes } from "../heap.ts";

/** Says where in the program an allocation is made, e.g. the ActionScript function now running. Heaps know nothing of programs. */
export type SiteSource = () => string;

/** A table of what a wrapper has found out, for reports: each row a name and numbers under the same headings. */
export interface WrapperTable {
  title: string;
  rows: readonly ({ name: string } & Readonly<Record<string, string | number>>)[];
}

/** A heap over another one, that passes everything on. What a wrapper does differently it overrides. */
export class HeapWrapper implements Heap {
  readonly name: string;
  /** The heap that serves the requests. */
  readonly inner: Heap;
  /** Asked at each allocation by wrappers that report sites. */
  protected site: SiteSource = () => "";

  constructor(name: string, inner: Heap) {
    this.name = `${name}+${inner.name}`;
    this.inner = inner;
  }

  /** Sets who is asked for the site of each allocation. See `setSiteSource` for a stack of wrappers. */
  setSiteSource(site: SiteSource): void {
    this.site = site;
  }

  /** What the wrapper has found out, as tables; none by default. */
  tables(): WrapperTable[] {
    return [];
  }

  allocate(sizeBytes: number, kind: BlockKind): Ptr {
    return this.inner.allocate(sizeBytes, kind);
  }

  free(ptr: Ptr): void {
    this.inner.free(ptr);
  }

  reallocate(ptr: Ptr, sizeBytes: number): Ptr {
    return this.inner.reallocate(ptr, sizeBytes);
  }

  usableSize(ptr: Ptr): number {
    return this.inner.usableSize(ptr);
  }

  owns(ptr: Ptr): boolean {
    return this.inner.owns(ptr);
  }

  kindOf(ptr: Ptr): number {
    return this.inner.kindOf(ptr);
  }

  diagnostics(): HeapDiagnostics {
    return this.inner.diagnostics();
  }

  reserve(bytes: number): boolean {
    return reserveBytes(this.inner, bytes);
  }

  checkInvariants(): string[] {
    return this.inner.checkInvariants();
  }

  blocks(): Iterable<HeapBlock> {
    return this.inner.blocks();
  }
}

/** The wrappers around a heap, outermost first; empty for a heap that is none. */
export function wrappersOf(heap: Heap): HeapWrapper[] {
  const wrappers: HeapWrapper[] = [];
  for (let at = heap; at instanceof HeapWrapper; at = at.inner) wrappers.push(at);
  return wrappers;
}

/** What all wrappers around a heap have found out, the outermost's first. */
export function wrapperTables(heap: Heap): WrapperTable[] {
  return wrappersOf(heap).flatMap((wrapper) => wrapper.tables());
}

/** Lets every wrapper around a heap know where allocations are made. Does nothing on a heap without wrappers. */
export function setSiteSource(heap: Heap, site: SiteSource): void {
  for (const wrapper of wrappersOf(heap)) wrapper.setSiteSource(site);
}
