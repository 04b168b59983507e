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

/* Random weights, zero biases. Weights of the last map are `output_scale` times as large
 * as the others. Draws are numbered from `first`. */
void mlp_init(const struct mlp *mlp, uint64_t seed, size_t first, real output_scale,
              real *parameters);

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

/* Uniform weights of variance gain / inputs for a map from `inputs`; shared with the
 * first layer of a joint critic. */
void init_weights(size_t inputs, size_t count, double gain, uint64_t seed, size_t first,
                  real *weights);
/* The gain that keeps the scale of signals through an activation. */
double activation_gain(enum activation activation);

#endif
