/* Embedding: a linear map of x without constant, or x itself. Additive term: x' A x +
 * a' x + c. Two of these make the log ratio of any joint Gaussian.
 * Parameters: map (inputs x embedding) if there is one, A (inputs x inputs) if quadratic,
 * a (inputs), c. */
#include <string.h>
#include "encoder.h"
#include "random.h"

struct parts {
  size_t square, linear; /* where each begins; the map is first, the constant last */
};

static struct parts parts(const struct encoder *e)
{
  struct parts p;
  p.square = e->map ? e->inputs * e->embedding : 0;
  p.linear = p.square + (e->quadratic ? e->inputs * e->inputs : 0);
  return p;
}

static size_t parameters(const struct encoder *e)
{
  return parts(e).linear + e->inputs + 1;
}

/* All zero: with a linear map on one side only, the gradient there is not. */
static void init(const struct encoder *e, uint64_t seed, size_t first, real *theta)
{
  (void)seed;
  (void)first;
  memset(theta, 0, parameters(e) * sizeof(real));
}

static void layout(const struct encoder *e, size_t rows, struct arena *arena,
                   struct encoder_space *space)
{
  space->product = arena_reals(arena, e->quadratic ? rows * e->inputs : 0);
  space->scaled = arena_reals(arena, e->quadratic ? rows * e->inputs : 0);
}

static void forward(const struct encoder *e, const real *theta, size_t rows,
                    const real *in, struct encoder_space *space, real *out)
{
  const struct parts p = parts(e);
  const size_t d = e->inputs, width = e->embedding + 1;
  const real *linear = theta + p.linear;
  if (e->map)
    gemm(rows, e->embedding, d, in, d, 1, theta, e->embedding, out, width, 0);
  else
    for (size_t i = 0; i < rows; i++)
      memcpy(out + i * width, in + i * d, d * sizeof(real));
  if (e->quadratic) gemm(rows, d, d, in, d, 1, theta + p.square, d, space->product, d, 0);
  for (size_t i = 0; i < rows; i++) {
    double term = (double)linear[d] + dot(d, in + i * d, linear);
    if (e->quadratic) term += dot(d, in + i * d, space->product + i * d);
    out[i * width + e->embedding] = (real)term;
  }
}

static void backward(const struct encoder *e, const real *theta, size_t rows,
                     const real *in, struct encoder_space *space, const real *d_out,
                     real *gradient)
{
  const struct parts p = parts(e);
  const size_t d = e->inputs, width = e->embedding + 1;
  const real *d_term = d_out + e->embedding; /* a column, width apart */
  (void)theta;
  if (e->map)
    gemm(d, e->embedding, rows, in, 1, d, d_out, width, gradient, e->embedding, 1);
  if (e->quadratic) {
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j < d; j++)
        space->scaled[i * d + j] = d_term[i * width] * in[i * d + j];
    gemm(d, d, rows, in, 1, d, space->scaled, d, gradient + p.square, d, 1);
  }
  gemm(1, d, rows, d_term, 1, width, in, d, gradient + p.linear, d, 1);
  for (size_t i = 0; i < rows; i++)
    gradient[p.linear + d] += d_term[i * width];
}

const struct encoder_kind encoder_quadratic = {parameters, init, layout, forward,
                                               backward};
