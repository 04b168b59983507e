/* Where batches come from: rows held in memory, every row once per epoch, in an order
 * that depends on seed and epoch alone. Rows that don't fill a batch at an epoch's end
 * are left out of that epoch. */
#ifndef CORE_SOURCE_H
#define CORE_SOURCE_H

#include <stdint.h>
#include "real.h"

struct source {
  const real *x, *y; /* rows x dx, rows x dy */
  size_t rows, dx, dy, batch;
  uint64_t seed;
  uint32_t *order; /* rows: memory that the caller owns */
  uint32_t epoch;
  size_t next; /* position in `order` of the next batch's first row */
};

struct source source_make(const real *x, const real *y, size_t rows, size_t dx, size_t dy,
                          size_t batch, uint64_t seed, uint32_t *order);

/* The next batch: x_batch is batch x dx, y_batch is batch x dy. */
void source_next(struct source *source, real *x_batch, real *y_batch);

#endif
