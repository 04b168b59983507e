#include "mlp.h"
#include "random.h"

static size_t layer_parameters(const struct mlp *mlp, size_t layer)
{
  return (mlp->width[layer] + 1) * mlp->width[layer + 1];
}

size_t mlp_parameters(const struct mlp *mlp)
{
  size_t count = 0;
  for (size_t l = 0; l < mlp->layers; l++)
    count += layer_parameters(mlp, l);
  return count;
}

double activation_scale(enum activation activation)
{
  return activation == ACTIVATION_TANH ? 1.0 : sqrt(2.0);
}

void init_weights(size_t inputs, size_t count, double scale, uint64_t seed, size_t first,
                  real *weights)
{
  const double limit = scale * sqrt(3.0 / (double)inputs);
  for (size_t i = 0; i < count; i++) {
    const double u = random_uniform(seed, RANDOM_INIT, 0, first + i);
    weights[i] = (real)(limit * (2.0 * u - 1.0));
  }
}

void mlp_init(const struct mlp *mlp, uint64_t seed, size_t first, real *parameters)
{
  for (size_t l = 0; l < mlp->layers; l++) {
    const size_t in = mlp->width[l], out = mlp->width[l + 1];
    const double scale = activation_scale(mlp->activation);
    init_weights(in, in * out, l + 1 < mlp->layers ? scale : scale * OUTPUT_SCALE, seed,
                 first, parameters);
    for (size_t i = 0; i < out; i++)
      parameters[in * out + i] = REAL_C(0.0);
    parameters += layer_parameters(mlp, l);
    first += layer_parameters(mlp, l);
  }
}

void mlp_layout(const struct mlp *mlp, size_t rows, struct arena *arena,
                struct mlp_space *space)
{
  size_t widest = 0, largest = 0;
  for (size_t l = 0; l < mlp->layers; l++) {
    const size_t in = mlp->width[l], out = mlp->width[l + 1];
    if (l + 1 < mlp->layers) {
      space->hidden[l] = arena_reals(arena, rows * out);
      space->slope[l] = arena_reals(arena, rows * out);
      if (out > widest) widest = out;
    }
    if (in * out > largest) largest = in * out;
  }
  space->delta[0] = arena_reals(arena, rows * widest);
  space->delta[1] = arena_reals(arena, rows * widest);
  space->turned = arena_reals(arena, largest);
}

void mlp_forward(const struct mlp *mlp, const real *parameters, size_t rows,
                 const real *in, struct mlp_space *space, real *out)
{
  for (size_t l = 0; l < mlp->layers; l++) {
    const size_t n_in = mlp->width[l], n_out = mlp->width[l + 1];
    const int last = l + 1 == mlp->layers;
    const real *bias = parameters + n_in * n_out;
    real *to = last ? out : space->hidden[l];
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j < n_out; j++)
        to[i * n_out + j] = bias[j];
    gemm(rows, n_out, n_in, in, n_in, 1, parameters, n_out, to, n_out, 1);
    if (!last) activate(mlp->activation, rows * n_out, to, space->slope[l]);
    in = to;
    parameters += layer_parameters(mlp, l);
  }
}

void mlp_backward(const struct mlp *mlp, const real *parameters, size_t rows,
                  const real *in, struct mlp_space *space, const real *d_out,
                  real *gradient, real *d_in)
{
  const size_t count = mlp_parameters(mlp);
  parameters += count;
  gradient += count;
  for (size_t l = mlp->layers; l-- > 0;) {
    const size_t n_in = mlp->width[l], n_out = mlp->width[l + 1];
    const real *from = l ? space->hidden[l - 1] : in;
    real *to = l ? space->delta[l % 2] : d_in;
    parameters -= layer_parameters(mlp, l);
    gradient -= layer_parameters(mlp, l);
    gemm(n_in, n_out, rows, from, 1, n_in, d_out, n_out, gradient, n_out, 1);
    column_sums(rows, n_out, d_out, n_out, gradient + n_in * n_out, 1);
    if (!to) return;
    transpose(n_in, n_out, parameters, n_out, space->turned);
    gemm(rows, n_in, n_out, d_out, n_out, 1, space->turned, n_in, to, n_in, 0);
    if (l)
      for (size_t i = 0; i < rows * n_in; i++)
        to[i] *= space->slope[l - 1][i];
    d_out = to;
  }
}
