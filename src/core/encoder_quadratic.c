/* Embedding: a linear map of x without constant, or x itself. Additive term: x' A x +
 * a' x + c. Two of these make the log ratio of any joint Gaussian.
 * Numbers: the map (inputs x embedding) if there is one, A (inputs x inputs) if quadratic,
 * a (inputs), c. */
#include <string.h>
#include "encoder.h"

static void make(struct encoder *e, struct extent *end)
{
  if (e->has_map) e->map = linear_make(e->inputs, e->embedding, 0, end);
  if (e->quadratic) e->square = linear_make(e->inputs, e->inputs, 0, end);
  e->linear = linear_make(e->inputs, 1, 1, end);
}

/* All zero: with a linear map on one side only, the gradient there is not. */
static void init(const struct encoder *e, uint64_t seed, real *flat)
{
  (void)seed;
  const size_t first = e->has_map     ? e->map.flat
                       : e->quadratic ? e->square.flat
                                      : e->linear.flat;
  const size_t end = e->linear.flat + linear_flat_size(&e->linear);
  memset(flat + first, 0, (end - first) * sizeof(real));
}

static void layout(const struct encoder *e, size_t rows, struct arena *arena,
                   struct encoder_space *space)
{
  space->product = arena_block(arena, rows, e->quadratic ? e->inputs : 0);
  space->scaled = arena_block(arena, rows, e->quadratic ? e->inputs : 0);
}

static void prepare(const struct encoder *e, size_t rows, struct encoder_space *space)
{
  (void)e;
  (void)rows;
  (void)space;
}

static void forward(const struct encoder *e, const real *packed, struct stretch panels,
                    struct block in, struct encoder_space *space, struct block out)
{
  const size_t d = e->inputs;
  in = block_from(in, panels.first, 0);
  out = block_from(out, panels.first, 0);
  const struct block product = block_from(space->product, panels.first, 0);
  const struct block term = block_from(out, 0, e->embedding);
  if (e->has_map) linear_forward(&e->map, packed, panels.count, in, out, INTO_SET);
  linear_forward(&e->linear, packed, panels.count, in, term, INTO_SET);
  if (e->quadratic)
    linear_forward(&e->square, packed, panels.count, in, product, INTO_SET);
  for (size_t p = 0; p < panels.count; p++) {
    const real *x = in.at + p * in.panel, *xa = product.at + p * product.panel;
    real *t = term.at + p * term.panel;
    if (!e->has_map) memcpy(out.at + p * out.panel, x, panel_size(d) * sizeof(real));
    for (size_t i = 0; e->quadratic && i < panel_size(d); i++)
      t[i % PANEL] += x[i] * xa[i];
  }
}

static void backward(const struct encoder *e, const real *packed, struct stretch panels,
                     struct block in, struct encoder_space *space, struct block d_out)
{
  (void)packed;
  for (size_t p = panels.first; e->quadratic && p < panels.first + panels.count; p++) {
    const real *x = in.at + p * in.panel;
    const real *d = d_out.at + p * d_out.panel + e->embedding * PANEL;
    real *to = space->scaled.at + p * space->scaled.panel;
    for (size_t i = 0; i < panel_size(e->inputs); i++)
      to[i] = x[i] * d[i % PANEL];
  }
}

static void uses(const struct encoder *e, const struct encoder_space *space,
                 struct block in, struct block d_out, struct uses *uses)
{
  if (e->has_map) uses_add(uses, &e->map, in, d_out);
  if (e->quadratic) uses_add(uses, &e->square, in, space->scaled);
  uses_add(uses, &e->linear, in, block_from(d_out, 0, e->embedding));
}

const struct encoder_kind encoder_quadratic = {make,    init,     layout, prepare,
                                               forward, backward, uses};
