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

/* A vector that crosses lines of the cache takes twice the time. */
#define ARENA_ALIGNMENT 64

/* An arena on memory of arena_bytes(of the one that measured). */
static inline struct arena arena_on(void *memory)
{
  char *base = memory;
  const size_t over = (uintptr_t)base % ARENA_ALIGNMENT;
  return (struct arena){base + (over ? ARENA_ALIGNMENT - over : 0), 0};
}

static inline size_t arena_bytes(const struct arena *arena)
{
  return arena->used > SIZE_MAX - ARENA_ALIGNMENT ? SIZE_MAX
                                                  : arena->used + ARENA_ALIGNMENT;
}

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
  return arena_take(arena, size > 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size);
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
