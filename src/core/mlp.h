/* A multi-layer perceptron: linear maps with an activation between them, none after the
 * last. Parameters of a layer lie together, weights (inputs x outputs, row-major) and
 * then biases; layers follow one another in one flat vector. */
#ifndef CORE_MLP_H
#define CORE_MLP_H

#include <stdint.h>
#include "arena.h"
#include "kernels.h"

#define MLP_MAX_LAYERS 9

struct mlp {
  size_t layers;                    /* linear maps, 1 to MLP_MAX_LAYERS */
  size_t width[MLP_MAX_LAYERS + 1]; /* inputs, hidden layers, outputs */
  enum activation activation;
};

/* What forward leaves for backward, for a block of rows. */
struct mlp_space {
  real *hidden[MLP_MAX_LAYERS]; /* [l]: activations after map l, rows x width[l + 1] */
  real *slope[MLP_MAX_LAYERS];  /* [l]: their derivatives */
  real *delta[2];               /* gradients at two neighbouring layers */
  real *turned;                 /* one transposed weight matrix */
};

size_t mlp_parameters(const struct mlp *mlp);

/* Weights that make a critic's outputs are drawn this much smaller than unit scale: so
 * scores start near 0, which is the critic of independence. */
#define OUTPUT_SCALE 0.1

/* Random weights, zero biases; the last map's weights at OUTPUT_SCALE. Draws are numbered
 * from `first`. */
void mlp_init(const struct mlp *mlp, uint64_t seed, size_t first, real *parameters);

void mlp_layout(const struct mlp *mlp, size_t rows, struct arena *arena,
                struct mlp_space *space);

/* out (rows x outputs) = the network at in (rows x inputs). */
void mlp_forward(const struct mlp *mlp, const real *parameters, size_t rows,
                 const real *in, struct mlp_space *space, real *out);

/* After forward with the same arguments: adds the parameters' gradient to `gradient` and
 * writes that of the inputs to d_in (rows x inputs) unless it is NULL. */
void mlp_backward(const struct mlp *mlp, const real *parameters, size_t rows,
                  const real *in, struct mlp_space *space, const real *d_out,
                  real *gradient, real *d_in);

/* `count` uniform weights of a map from `inputs`, such that unit inputs give outputs of
 * standard deviation `scale`. */
void init_weights(size_t inputs, size_t count, double scale, uint64_t seed, size_t first,
                  real *weights);
/* The scale that an activation's inputs need for its outputs to be of about unit scale. */
double activation_scale(enum activation activation);

#endif
