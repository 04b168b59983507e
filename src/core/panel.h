/* How blocks of rows lie in memory while a critic works on them: in panels of 16 rows,
 * within a panel feature by feature. In a block with F features, number (row, feature) is at
 *   (row / 16) * F * 16 + feature * 16 + row % 16.
 * So a vector holds one feature of neighbouring rows, layers write what the next one
 * reads, and what works row by row on features (activations, losses of a row's pairs)
 * runs over contiguous memory. The last panel is filled up with rows that count nothing:
 * their gradients are 0. */
#ifndef CORE_PANEL_H
#define CORE_PANEL_H

#include "arena.h"

#define PANEL 16

static inline size_t panel_count(size_t n)
{
  return (n + PANEL - 1) / PANEL;
}

/* Numbers from one panel of a block to the next. */
static inline size_t panel_size(size_t features)
{
  return features * PANEL;
}

/* Room for one number a row, in whole panels. */
static inline size_t row_room(size_t n)
{
  return panel_count(n) * PANEL;
}

static inline size_t block_size(size_t rows, size_t features)
{
  return panel_count(rows) * panel_size(features);
}

static inline size_t block_index(size_t features, size_t row, size_t feature)
{
  return row / PANEL * panel_size(features) + feature * PANEL + row % PANEL;
}

/* A block, or some features or rows of one. */
struct block {
  real *at;
  size_t panel; /* numbers from one panel to the next */
};

static inline struct block arena_block(struct arena *arena, size_t rows, size_t features)
{
  const size_t area = panel_count(rows) * PANEL * sizeof(real);
  return (struct block){arena_items(arena, features, area), panel_size(features)};
}

/* The part that begins at a panel and a feature; of nothing, nothing. */
static inline struct block block_from(struct block block, size_t panel, size_t feature)
{
  if (block.at) block.at += panel * block.panel + feature * PANEL;
  return block;
}

/* Sets a feature of all rows. */
static inline void block_fill(struct block block, size_t panels, size_t feature,
                              real value)
{
  for (size_t p = 0; p < panels; p++)
    for (size_t r = 0; r < PANEL; r++)
      block.at[p * block.panel + feature * PANEL + r] = value;
}

/* Some columns of rows of data into a block, with a feature of ones behind them. */
static inline void block_of_rows(size_t rows, size_t row_size, size_t columns,
                                 const real *from, struct block to)
{
  for (size_t i = 0; i < row_room(rows); i++) {
    real *at = to.at + i / PANEL * to.panel + i % PANEL;
    for (size_t j = 0; j < columns; j++)
      at[j * PANEL] = i < rows ? from[i * row_size + j] : REAL_C(0.0);
    at[columns * PANEL] = REAL_C(1.0);
  }
}

#endif
