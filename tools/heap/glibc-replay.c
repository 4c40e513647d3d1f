// Replays the Flash-like mix on malloc: see flash-like-mix.ts, which makes the same operations.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OPERATIONS 2000000
#define SLOTS 40000

static uint32_t state;

static uint32_t rnd(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static uint32_t size_of_block(void) {
  uint32_t u = rnd() % 100;
  if (u < 70) return 10 + rnd() % 41;
  if (u < 90) return 32 * (1 + rnd() % 16);
  if (u < 99) return 64 + rnd() % 961;
  return 1 + rnd() % 65536;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(void) {
  static void *slots[SLOTS];
  static unsigned char taken[SLOTS];
  static uint32_t slot_of[OPERATIONS], size_of[OPERATIONS];
  state = 0x9E3779B9u;
  uint64_t allocations = 0, frees = 0, bytes = 0, live = 0, peak = 0;
  // The operations are made before the clock starts; size 0 frees.
  for (int i = 0; i < OPERATIONS; i++) {
    uint32_t slot = rnd() % SLOTS;
    slot_of[i] = slot;
    if (taken[slot]) {
      taken[slot] = 0;
      frees++;
      live--;
    } else {
      size_of[i] = size_of_block();
      taken[slot] = 1;
      allocations++;
      bytes += size_of[i];
      if (++live > peak) peak = live;
    }
  }
  double start = now();
  for (int i = 0; i < OPERATIONS; i++) {
    uint32_t slot = slot_of[i];
    if (size_of[i]) slots[slot] = malloc(size_of[i]);
    else free(slots[slot]);
  }
  double ns = (now() - start) / OPERATIONS;
  printf("{\"ns\": %.3f, \"allocations\": %llu, \"frees\": %llu, \"bytes\": %llu, \"peak\": %llu}\n", ns, (unsigned long long)allocations,
         (unsigned long long)frees, (unsigned long long)bytes, (unsigned long long)peak);
  return 0;
}
