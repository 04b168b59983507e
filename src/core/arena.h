/* Work memory in one allocation. A layout function takes its pieces from an arena; run
 * on an arena without a base it only measures, run on one with a base it hands out
 * pointers. So size and layout can't disagree. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>
#include "real.h"

struct arena {
  char *base; /* NULL: measure only */
  size_t used;
};

#define ARENA_ALIGNMENT 64

static inline void *arena_take(struct arena *arena, size_t bytes)
{
  void *piece = arena->base ? arena->base + arena->used : NULL;
  arena->used += (bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
  return piece;
}

static inline real *arena_reals(struct arena *arena, size_t count)
{
  return arena_take(arena, count * sizeof(real));
}

static inline double *arena_doubles(struct arena *arena, size_t count)
{
  return arena_take(arena, count * sizeof(double));
}

#endif
