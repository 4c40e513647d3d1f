// SPDX-License-Identifier: MIT
import type { Ptr } from "../../lib/memory/address-space.ts";
import * as R from "../layout/records.ts";
import type { Machine } from "../machine/machine.ts";

/** Where a block's reference count last rose and last fell; null when it did not while it was watched. */
export interface CountSites {
  retain: string | null;
  release: string | null;
}

interface Watched extends CountSites {
  count: number;
}

/**
 * Follows the reference counts of a few blocks through a run: a movie that was recompiled with positions tells before every
 * action where it is, and what has changed since the last time is the action's before it. Runs are deterministic and blocks
 * keep their addresses, so that a run in which an audit finds a wrong count can be repeated with a watch on the block.
 */
export class CountWatch {
  private readonly vm: Machine;
  private readonly watched = new Map<Ptr, Watched>();

  constructor(vm: Machine, addresses: Iterable<Ptr>) {
    this.vm = vm;
    for (const ptr of addresses) this.watched.set(ptr, { count: this.countOf(ptr), retain: null, release: null });
  }

  private countOf(ptr: Ptr): number {
    return this.vm.I32[(ptr >> 2) + R.REFCOUNT];
  }

  /** Looks at the counts; `position` is where the machine has been since the last look. */
  look(position: string): void {
    for (const [ptr, watched] of this.watched) {
      const count = this.countOf(ptr);
      if (count > watched.count) watched.retain = position;
      else if (count < watched.count) watched.release = position;
      watched.count = count;
    }
  }

  sitesOf(ptr: Ptr): CountSites {
    const { retain, release } = this.watched.get(ptr) ?? { retain: null, release: null };
    return { retain, release };
  }
}

/** The action at `position` comes next: emitted before every action of a movie that was recompiled with positions. */
export function mark(vm: Machine, position: string): void {
  vm.watch?.look(vm.position);
  vm.position = position;
}
