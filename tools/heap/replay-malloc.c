// SPDX-License-Identifier: AGPL-3.0-or-later
// Replays workloads on the C library's malloc, as tools/heap/workloads.ts makes them; replay-against-c.ts compiles and runs it.
//   replay-malloc ROUNDS  prints, a line a round: nanoseconds an operation of the Flash-like mix from a prepared list, the
//   same with the list generated while replaying, and nanoseconds a pair of 64 bytes; then the mix's identity.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { OPERATIONS = 2000000, SLOTS = 40000, PAIRS = 1000000 };

static uint32_t state;
static int operations[2 * OPERATIONS];
static void *held[SLOTS];

static inline uint32_t random_number(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static inline int flash_size(void) {
  const uint32_t percentile = random_number() % 100;
  const uint32_t draw = random_number();
  if (percentile < 70) return 10 + draw % 41;
  if (percentile < 90) return 32 * (1 + draw % 16);
  if (percentile < 99) return 64 + draw % 961;
  return 1 + draw % 65536;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

static void release_all(void) {
  for (int i = 0; i < SLOTS; i++) {
    free(held[i]);
    held[i] = NULL;
  }
}

static double replay_prepared(void) {
  const double started = now();
  for (int i = 0; i < 2 * OPERATIONS; i += 2) {
    const int slot = operations[i], size = operations[i + 1];
    if (size < 0) {
      free(held[slot]);
      held[slot] = NULL;
    } else {
      held[slot] = malloc(size);
    }
  }
  const double elapsed = now() - started;
  release_all();
  return elapsed / OPERATIONS;
}

static double replay_generated(void) {
  state = 0x9E3779B9;
  const double started = now();
  for (int i = 0; i < OPERATIONS; i++) {
    const uint32_t slot = random_number() % SLOTS;
    if (held[slot] != NULL) {
      free(held[slot]);
      held[slot] = NULL;
    } else {
      held[slot] = malloc(flash_size());
    }
  }
  const double elapsed = now() - started;
  release_all();
  return elapsed / OPERATIONS;
}

static double replay_pairs(void) {
  const double started = now();
  for (int i = 0; i < PAIRS; i++) {
    void *volatile block = malloc(64);
    free(block);
  }
  return (now() - started) / PAIRS;
}

int main(int argc, char **argv) {
  static char occupied[SLOTS];
  long allocations = 0, frees = 0, bytes = 0, live = 0, most_live = 0;
  state = 0x9E3779B9;
  for (int i = 0; i < 2 * OPERATIONS; i += 2) {
    const uint32_t slot = random_number() % SLOTS;
    const int size = occupied[slot] ? -1 : flash_size();
    operations[i] = slot;
    operations[i + 1] = size;
    occupied[slot] ^= 1;
    if (size < 0) {
      frees++;
      live--;
    } else {
      allocations++;
      bytes += size;
      if (++live > most_live) most_live = live;
    }
  }
  for (int round = argc > 1 ? atoi(argv[1]) : 5; round > 0; round--) {
    const double prepared = replay_prepared(), generated = replay_generated(), pairs = replay_pairs();
    printf("%.3f %.3f %.3f\n", prepared, generated, pairs);
  }
  printf("%ld %ld %ld %ld\n", allocations, frees, bytes, most_live);
  return 0;
}
