// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from "vitest";
import type { FaultName, HeapFault } from "../../../lib/heap/wrappers/guard.ts";
import { AddressSpace, type BlockKind, createHeap, GuardHeap, heapList, setSiteSource } from "../../../lib/index.ts";
import { xorshift32 } from "../../../tools/heap/workloads.ts";

/** Faults planted of each kind on each heap. */
const PLANTED = 100;
const ROOM: Readonly<Record<string, string>> = {
  "o1heap-chain": "o1heap-chain:initial=1M",
  o1heap: "o1heap:max=4M",
  segregated: "segregated:max=4M",
  pools: "pools:max=4M",
  bump: "bump:max=64M",
  system: "system:max=4M",
  "thi.ng": "thi.ng:max=4M",
};

interface Victim {
  ptr: number;
  sizeBytes: number;
  kind: BlockKind;
}

/** A guarded heap in the middle of a program: blocks of all sizes, some of them freed again. */
class Program {
  readonly memory = new AddressSpace(128 << 20);
  readonly faults: HeapFault[] = [];
  readonly heap: GuardHeap;
  readonly random: () => number;
  private readonly live: Victim[] = [];

  constructor(heapName: string, seed: number) {
    this.random = xorshift32(seed);
    const onFault = (fault: HeapFault): void => void this.faults.push(fault);
    this.heap = new GuardHeap(createHeap(ROOM[heapName] ?? heapName, this.memory), this.memory, { onFault });
    setSiteSource(this.heap, () => `function step${this.live.length}`);
    this.run(20);
  }

  below(limit: number): number {
    return this.random() % limit;
  }

  allocate(): Victim {
    const sizeBytes = 1 + this.below(400);
    const kind = this.below(20) as BlockKind;
    const victim = { ptr: this.heap.allocate(sizeBytes, kind), sizeBytes, kind };
    this.live.push(victim);
    return victim;
  }

  takeLive(): Victim {
    return this.live.splice(this.below(this.live.length), 1)[0];
  }

  run(steps: number): void {
    for (let i = 0; i < steps; i++) {
      if (this.live.length > 10 && this.below(2) === 0) this.heap.free(this.takeLive().ptr);
      else this.allocate();
    }
  }
}

/** Makes a fault of each kind, and what has to happen for it to be noticed; the block that it concerns, null when it is none. */
const PLANTS: Readonly<Record<string, { fault: FaultName; plant(program: Program): Victim | null }>> = {
  overrun: {
    fault: "overrun",
    plant(program) {
      const victim = program.takeLive();
      program.memory.U8[victim.ptr + victim.sizeBytes + program.below(16)] ^= 1 + program.below(255);
      program.run(program.below(30));
      program.heap.free(victim.ptr);
      return victim;
    },
  },
  underrun: {
    fault: "underrun",
    plant(program) {
      const victim = program.takeLive();
      program.memory.U8[victim.ptr - 1 - program.below(16)] ^= 1 + program.below(255);
      program.run(program.below(30));
      program.heap.free(victim.ptr);
      return victim;
    },
  },
  "write after free": {
    fault: "use after free",
    plant(program) {
      const victim = program.takeLive();
      program.heap.free(victim.ptr);
      program.run(program.below(30));
      program.memory.U8[victim.ptr + program.below(victim.sizeBytes)] ^= 1 + program.below(255);
      // Noticed when the block leaves the quarantine.
      for (let bytes = 0; bytes < 2 << 20; bytes += 40_000) program.heap.free(program.heap.allocate(40_000, 0));
      return victim;
    },
  },
  "double free": {
    fault: "double free",
    plant(program) {
      const victim = program.takeLive();
      program.heap.free(victim.ptr);
      program.run(program.below(30));
      program.heap.free(victim.ptr);
      return victim;
    },
  },
  "foreign pointer": {
    fault: "foreign pointer",
    plant(program) {
      const near = program.allocate();
      program.heap.free(near.ptr + 1 + program.below(1 << 16) * 16);
      return null;
    },
  },
};

describe.each(heapList().map(({ name }) => name))("guard on %s", (heap) => {
  it.each(Object.keys(PLANTS))(`finds ${PLANTED} of ${PLANTED}: %s`, (name) => {
    const { fault, plant } = PLANTS[name];
    for (let seed = 1; seed <= PLANTED; seed++) {
      const program = new Program(heap, seed * 7919);
      expect(program.faults, `seed ${seed}, before`).toEqual([]);
      const victim = plant(program);
      expect(
        program.faults.map((found) => found.fault),
        `seed ${seed}`,
      ).toEqual([fault]);
      const [{ block }] = program.faults;
      if (victim === null) expect(block).toBe(null);
      else
        expect(block).toMatchObject({
          kind: victim.kind,
          sizeBytes: victim.sizeBytes,
          site: expect.stringMatching(/^function step\d+$/),
        });
    }
  });

  it(`shows ${PLANTED} of ${PLANTED} reads after free: what was there is gone`, () => {
    for (let seed = 1; seed <= PLANTED; seed++) {
      const program = new Program(heap, seed * 104_729);
      const victim = program.takeLive();
      program.memory.U8.fill(0x5a, victim.ptr, victim.ptr + victim.sizeBytes);
      program.heap.free(victim.ptr);
      program.run(program.below(30));
      expect(program.memory.U8[victim.ptr + program.below(victim.sizeBytes)], `seed ${seed}`).toBe(0xdd);
    }
  });
});
