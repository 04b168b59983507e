/* A critic scores pairs: s(x, y), to become log p(x, y) / (p(x) p(y)). Its parameters are
 * one flat vector of reals; all zero, every critic's scores are 0, which says that x and
 * y are independent.
 * To add a critic: one file with its operations, one line in the table of critic.c, one
 * constructor in R/critics.R. */
#ifndef CORE_CRITIC_H
#define CORE_CRITIC_H

#include "encoder.h"
#include "host.h"
#include "objective.h"

/* What the user asks for. */
struct critic_spec {
  const char *kind; /* "bilinear", "separable", "joint" */
  size_t dx, dy;    /* columns of x and of y */
  size_t depth;     /* hidden layers */
  size_t widths[MLP_MAX_LAYERS - 1];
  size_t embedding;       /* separable: columns of the embeddings */
  const char *activation; /* "relu", "silu", "tanh" */
  int skip;               /* separable: linear maps beside the networks */
  int quadratic;          /* bilinear: quadratic additive terms */
};

struct critic;

/* x: rows x dx, y: rows x dy, both dense and row-major. `work` has work_bytes(rows) bytes
 * aligned for doubles, where rows is at least each number of rows in the call. */
struct critic_kind {
  const char *name;
  /* Fills what is the kind's own; NULL, or a sentence that says what is wrong. */
  const char *(*make)(const struct critic_spec *spec, enum activation activation,
                      struct critic *critic);
  size_t (*parameters)(const struct critic *critic);
  void (*init)(const struct critic *critic, uint64_t seed, real *theta);
  size_t (*work_bytes)(const struct critic *critic, size_t rows);

  /* scores[i] = s(x_i, y_i). */
  void (*pairs)(const struct critic *critic, const real *theta, size_t rows,
                const real *x, const real *y, void *work, real *scores);

  /* row_loss[i]: the objective's loss of row i of the batch, x_i with every y_j. */
  enum status (*losses)(const struct critic *critic, const real *theta, size_t rows,
                        const real *x, const real *y, const struct objective *objective,
                        const struct host *host, void *work, double *row_loss);

  /* The same, and the gradient of the rows' mean loss with respect to theta. */
  enum status (*gradient)(const struct critic *critic, const real *theta, size_t rows,
                          const real *x, const real *y, const struct objective *objective,
                          const struct host *host, void *work, real *gradient,
                          double *row_loss);
};

struct critic {
  const struct critic_kind *kind;
  size_t dx, dy;
  size_t parameters;
  struct encoder x, y; /* bilinear, separable */
  struct mlp joint;    /* joint: the layers after the first */
  size_t joint_width;  /* joint: width of the first layer */
};

/* Fills *critic. Returns NULL, or a sentence that says what is wrong with the spec. */
const char *critic_make(const struct critic_spec *spec, struct critic *critic);

extern const struct critic_kind critic_bilinear, critic_separable, critic_joint;

#endif
