/* A linear map of a block's features, what every critic is made of. Its numbers lie in two
 * ways:
 *   flat    as they are shown, saved and drawn: weights (in x out, row-major), then biases;
 *   packed  as training works on them: in panels of 16 outputs, within a panel input by
 *           input, the bias as the last; outputs that fill up the last panel stay 0.
 * A map with a bias takes it from a feature of ones behind its inputs. */
#ifndef CORE_LINEAR_H
#define CORE_LINEAR_H

#include "kernels.h"

struct linear {
  size_t in, out;
  int bias;
  size_t flat, packed; /* where it begins among a critic's numbers */
};

/* Where numbers of a critic end. */
struct extent {
  size_t flat, packed;
};

/* A map whose numbers begin where `end` is, which moves behind them. */
struct linear linear_make(size_t in, size_t out, int bias, struct extent *end);

static inline size_t linear_inputs(const struct linear *l)
{
  return l->in + (l->bias ? 1 : 0);
}

static inline size_t linear_flat_size(const struct linear *l)
{
  return linear_inputs(l) * l->out;
}

static inline size_t linear_packed_size(const struct linear *l)
{
  return block_size(l->out, linear_inputs(l));
}

/* Between the two ways; `flat` and `packed` are a critic's, all of it. */
void linear_pack(const struct linear *l, const real *flat, real *packed);
void linear_unpack(const struct linear *l, const real *packed, real *flat);

/* z = x W + b of `panels` panels of rows, or added to it. `packed` is a critic's. */
void linear_forward(const struct linear *l, const real *packed, size_t panels,
                    struct block x, struct block z, enum into into);
/* z = x W where output o has no weights behind input o + 1, of which there are out + 1 at
 * least. */
void linear_forward_upper(const struct linear *l, const real *packed, size_t panels,
                          struct block x, struct block z);
/* Multiplies dx, an activation's slopes, by dz W'. */
void linear_backward(const struct linear *l, const real *packed, size_t panels,
                     struct block dz, struct block dx);

/* The gradient x' dz falls into pieces that can be worked on apart. */
size_t linear_pieces(const struct linear *l);

/* Which of a map's packed numbers belong to a piece. */
struct span {
  size_t first, count;
};
struct span linear_span(const struct linear *l, size_t piece);

/* A piece's gradient into its span of `gradient`, where the map's numbers begin; or added
 * to what is there. */
void linear_gradient(const struct linear *l, size_t piece, size_t panels, struct block x,
                     struct block dz, enum into into, real *gradient);

#endif
