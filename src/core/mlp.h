/* A multi-layer perceptron: linear maps with an activation between them, none after the
 * last. Works on blocks of rows; every block that a map reads has a feature of ones behind
 * the others, for the biases. */
#ifndef CORE_MLP_H
#define CORE_MLP_H

#include "linear.h"

#define MLP_MAX_LAYERS 9

struct mlp {
  size_t layers;                    /* linear maps, 1 to MLP_MAX_LAYERS */
  size_t width[MLP_MAX_LAYERS + 1]; /* inputs, hidden layers, outputs */
  enum activation activation;
  struct linear map[MLP_MAX_LAYERS];
};

/* What forward leaves for backward. */
struct mlp_space {
  struct block hidden[MLP_MAX_LAYERS]; /* [l]: activations after map l, and ones */
  struct block delta[MLP_MAX_LAYERS];  /* [l]: their slopes; after backward, the loss's
                                          derivatives by map l's outputs */
};

/* Weights that make a critic's outputs are drawn this much smaller than unit scale: so
 * scores start near 0, which is the critic of independence. */
#define OUTPUT_SCALE 0.1

/* Places the maps; layers, widths and activation are set. */
void mlp_make(struct mlp *mlp, struct extent *end);

/* Random weights, zero biases, into a critic's flat numbers; the last map's weights at
 * OUTPUT_SCALE. */
void mlp_init(const struct mlp *mlp, uint64_t seed, real *flat);

void mlp_layout(const struct mlp *mlp, size_t rows, struct arena *arena,
                struct mlp_space *space);
/* What stays the same from call to call. */
void mlp_prepare(const struct mlp *mlp, size_t rows, struct mlp_space *space);

/* A stretch of panels that is worked on by itself. */
struct stretch {
  size_t first, count;
};

/* out = the network at in; both blocks of all rows, of which the stretch's are worked on. */
void mlp_forward(const struct mlp *mlp, const real *packed, struct stretch panels,
                 struct block in, struct mlp_space *space, struct block out);

/* After forward: the deltas; and d_in, the slopes of an activation that made the inputs, is
 * multiplied by the derivatives by the inputs, unless it is at NULL. */
void mlp_backward(const struct mlp *mlp, const real *packed, struct stretch panels,
                  struct mlp_space *space, struct block d_out, struct block d_in);

/* A linear map's part in a computation: its gradient is x' dz, or the sum of `count`
 * gradients that lie `apart` from one another, from `sums` on. */
struct use {
  const struct linear *map;
  struct block x, dz;
  const real *sums; /* NULL: x' dz */
  size_t count, apart;
};

struct uses {
  struct use use[4 * (MLP_MAX_LAYERS + 2)];
  size_t count;
};

static inline void uses_add(struct uses *uses, const struct linear *map, struct block x,
                            struct block dz)
{
  uses->use[uses->count++] = (struct use){map, x, dz, NULL, 0, 0};
}

void mlp_uses(const struct mlp *mlp, const struct mlp_space *space, struct block in,
              struct block d_out, struct uses *uses);

/* Uniform weights of a map into a critic's flat numbers, such that unit inputs give outputs
 * of standard deviation `scale`; biases 0. A weight's draw is numbered by its place. */
void init_linear(const struct linear *map, double scale, size_t inputs, uint64_t seed,
                 real *flat);
/* The scale that an activation's inputs need for its outputs to be of about unit scale. */
double activation_scale(enum activation activation);

#endif
