#include <string.h>
#include "random.h"
#include "source.h"

struct source source_make(const real *x, const real *y, size_t rows, size_t dx, size_t dy,
                          size_t batch, uint64_t seed, uint32_t *order)
{
  const struct source source = {x, y, rows, dx, dy, batch, seed, order, 0, rows};
  return source;
}

void source_next(struct source *source, real *x_batch, real *y_batch)
{
  const size_t dx = source->dx, dy = source->dy;
  if (source->next + source->batch > source->rows) {
    random_permutation(source->seed, RANDOM_SHUFFLE, source->epoch++, source->rows,
                       source->order);
    source->next = 0;
  }
  for (size_t i = 0; i < source->batch; i++) {
    const size_t row = source->order[source->next + i];
    memcpy(x_batch + i * dx, source->x + row * dx, dx * sizeof(real));
    memcpy(y_batch + i * dy, source->y + row * dy, dy * sizeof(real));
  }
  source->next += source->batch;
}
