#include "mlp.h"
#include "random.h"

void mlp_make(struct mlp *mlp, struct extent *end)
{
  for (size_t l = 0; l < mlp->layers; l++)
    mlp->map[l] = linear_make(mlp->width[l], mlp->width[l + 1], 1, end);
}

double activation_scale(enum activation activation)
{
  return activation == ACTIVATION_TANH ? 1.0 : sqrt(2.0);
}

void init_linear(const struct linear *map, double scale, size_t inputs, uint64_t seed,
                 real *flat)
{
  const double limit = scale * sqrt(3.0 / (double)inputs);
  const size_t weights = map->in * map->out;
  for (size_t i = 0; i < linear_flat_size(map); i++) {
    const double u = random_uniform(seed, RANDOM_INIT, 0, map->flat + i);
    flat[map->flat + i] = i < weights ? (real)(limit * (2.0 * u - 1.0)) : REAL_C(0.0);
  }
}

void mlp_init(const struct mlp *mlp, uint64_t seed, real *flat)
{
  const double scale = activation_scale(mlp->activation);
  for (size_t l = 0; l < mlp->layers; l++)
    init_linear(&mlp->map[l], l + 1 < mlp->layers ? scale : scale * OUTPUT_SCALE,
                mlp->width[l], seed, flat);
}

void mlp_layout(const struct mlp *mlp, size_t rows, struct arena *arena,
                struct mlp_space *space)
{
  for (size_t l = 0; l + 1 < mlp->layers; l++) {
    space->hidden[l] = arena_block(arena, rows, mlp->width[l + 1] + 1);
    space->delta[l] = arena_block(arena, rows, mlp->width[l + 1]);
  }
}

void mlp_prepare(const struct mlp *mlp, size_t rows, struct mlp_space *space)
{
  for (size_t l = 0; l + 1 < mlp->layers; l++)
    block_fill(space->hidden[l], panel_count(rows), mlp->width[l + 1], REAL_C(1.0));
}

void mlp_forward(const struct mlp *mlp, const real *packed, struct stretch panels,
                 struct block in, struct mlp_space *space, struct block out)
{
  in = block_from(in, panels.first, 0);
  for (size_t l = 0; l < mlp->layers; l++) {
    const int last = l + 1 == mlp->layers;
    const struct block to = block_from(last ? out : space->hidden[l], panels.first, 0);
    linear_forward(&mlp->map[l], packed, panels.count, in, to, INTO_SET);
    if (last) return;
    const struct block slope = block_from(space->delta[l], panels.first, 0);
    for (size_t p = 0; p < panels.count; p++)
      kernels()->activate(mlp->activation, panel_size(mlp->width[l + 1]),
                          to.at + p * to.panel, slope.at + p * slope.panel);
    in = to;
  }
}

void mlp_backward(const struct mlp *mlp, const real *packed, struct stretch panels,
                  struct mlp_space *space, struct block d_out, struct block d_in)
{
  for (size_t l = mlp->layers; l-- > 0;) {
    const struct block from = l + 1 == mlp->layers ? d_out : space->delta[l];
    const struct block to = l > 0 ? space->delta[l - 1] : d_in;
    if (!to.at) return;
    linear_backward(&mlp->map[l], packed, panels.count, block_from(from, panels.first, 0),
                    block_from(to, panels.first, 0));
  }
}

void mlp_uses(const struct mlp *mlp, const struct mlp_space *space, struct block in,
              struct block d_out, struct uses *uses)
{
  for (size_t l = 0; l < mlp->layers; l++)
    uses_add(uses, &mlp->map[l], l > 0 ? space->hidden[l - 1] : in,
             l + 1 < mlp->layers ? space->delta[l] : d_out);
}
