#include <string.h>
#include "crossprod.h"
#include "linear.h"
#include "parallel.h"

/* Rows at a time: what they make is the gradient of a linear map from a's columns to b's. */
#define TOGETHER_PANELS 16
#define TOGETHER_ROWS (TOGETHER_PANELS * PANEL)

struct crossing {
  struct linear map;
  size_t panels; /* of the rows at hand */
  struct block a, b;
  real *product; /* packed */
  double *out;
};

static void layout(size_t of_a, size_t of_b, struct arena *arena, struct crossing *c)
{
  struct extent end = {0, 0};
  c->map = linear_make(of_a, of_b, 0, &end);
  c->a = arena_block(arena, TOGETHER_ROWS, of_a + 1);
  c->b = arena_block(arena, TOGETHER_ROWS, of_b + 1);
  c->product = arena_reals(arena, end.packed);
}

size_t crossprod_bytes(size_t of_a, size_t of_b)
{
  struct arena arena = {NULL, 0};
  struct crossing c;
  layout(of_a, of_b, &arena, &c);
  return arena_bytes(&arena);
}

static void add_piece(void *context, size_t piece)
{
  const struct crossing *c = context;
  const struct span span = linear_span(&c->map, piece);
  const size_t size = panel_size(c->map.in);
  linear_gradient(&c->map, piece, c->panels, c->a, c->b, INTO_SET, c->product);
  for (size_t j = span.first / size * PANEL;
       j < c->map.out && j < (span.first + span.count) / size * PANEL; j++)
    for (size_t i = 0; i < c->map.in; i++)
      c->out[i * c->map.out + j] += (double)c->product[block_index(c->map.in, j, i)];
}

enum status crossprod(size_t rows, size_t of_a, const real *a, size_t of_b, const real *b,
                      const struct host *host, void *work, double *out)
{
  struct arena arena = arena_on(work);
  struct crossing c;
  layout(of_a, of_b, &arena, &c);
  c.out = out;
  memset(out, 0, of_a * of_b * sizeof *out);
  for (size_t first = 0; first < rows; first += TOGETHER_ROWS) {
    const size_t left = rows - first, count = left < TOGETHER_ROWS ? left : TOGETHER_ROWS;
    if (host_stops(host)) return STATUS_INTERRUPTED;
    c.panels = panel_count(count);
    block_of_rows(count, of_a, of_a, a + first * of_a, c.a);
    block_of_rows(count, of_b, of_b, b + first * of_b, c.b);
    parallel_for(host->threads, 2.0 * (double)count * (double)of_a * (double)of_b,
                 linear_pieces(&c.map), add_piece, &c);
  }
  return STATUS_OK;
}
