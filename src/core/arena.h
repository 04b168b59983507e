/* Work memory in one allocation. A layout function takes its pieces from an arena; run
 * on an arena without a base it only measures, run on one with a base it hands out
 * pointers. So size and layout can't disagree. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include "real.h"

struct arena {
  char *base; /* NULL: measure only */
  size_t used;
};

#define ARENA_ALIGNMENT 64

static inline void *arena_take(struct arena *arena, size_t bytes)
{
  void *piece = arena->base ? arena->base + arena->used : NULL;
  const size_t padded = (bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
  if (padded < bytes || padded > SIZE_MAX - arena->used)
    arena->used = SIZE_MAX; /* more than there can be: malloc will say so */
  else
    arena->used += padded;
  return piece;
}

static inline void *arena_items(struct arena *arena, size_t count, size_t size)
{
  return arena_take(arena, count > SIZE_MAX / size ? SIZE_MAX : count * size);
}

static inline real *arena_reals(struct arena *arena, size_t count)
{
  return arena_items(arena, count, sizeof(real));
}

static inline double *arena_doubles(struct arena *arena, size_t count)
{
  return arena_items(arena, count, sizeof(double));
}

#endif
