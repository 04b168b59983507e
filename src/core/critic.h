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
  const char *head;       /* "log_ratio", "ratio", "cosine" */
  double temperature;     /* cosine */
  enum second second;     /* as the objective wants it */
};

struct critic;

/* What a critic's output is. */
enum head { HEAD_LOG_RATIO = 0, HEAD_RATIO, HEAD_COSINE };

/* One batch's loss, asked of a critic. x: rows x dx, y: rows x dy, both dense and
 * row-major. */
struct critic_call {
  const struct critic *critic;
  const real *theta;
  size_t rows;
  const real *x, *y;
  const struct objective *objective;
  struct objective_state
      *state;     /* what the objective keeps from batch to batch, or NULL */
  real *gradient; /* of the loss, by theta; NULL: loss only */
  const struct host *host;
  void *work; /* critic_work_bytes for so many rows or more, aligned for doubles */
};

/* What critic.c hands on to a kind: the call, and beside it what the second network says. */
struct kind_call {
  const struct critic_call *call;
  double *second, *d_second; /* rows, or NULL without a second network */
  double *row_loss;          /* rows */
  void *work;
};

struct critic_kind {
  const char *name;
  /* Fills what is the kind's own; NULL, or a sentence that says what is wrong. */
  const char *(*make)(const struct critic_spec *spec, enum activation activation,
                      struct critic *critic);
  size_t (*parameters)(const struct critic *critic);
  void (*init)(const struct critic *critic, uint64_t seed, real *theta);
  /* `objective` is NULL where pairs alone are asked for. */
  size_t (*work_bytes)(const struct critic *critic, const struct objective *objective,
                       size_t rows);

  /* scores[i] = s(x_i, y_i). */
  void (*pairs)(const struct critic *critic, const real *theta, size_t rows,
                const real *x, const real *y, void *work, real *scores);
  /* scores[i * rows + j] = s(x_i, y_j). */
  void (*matrix)(const struct critic *critic, const real *theta, size_t rows,
                 const real *x, const real *y, void *work, real *scores);

  /* Row i's loss into row_loss[i]: x_i with every y_j. If call->gradient is not NULL, the
   * kind's own part of it, which starts as 0, and d_second. */
  enum status (*loss)(const struct kind_call *call);
};

struct critic {
  const struct critic_kind *kind;
  size_t dx, dy;
  size_t parameters; /* the critic's, then the second network's */
  size_t own;        /* the critic's alone */
  enum head head;
  double temperature;  /* cosine */
  struct encoder x, y; /* bilinear, separable */
  struct mlp joint;    /* joint: the layers after the first */
  size_t joint_width;  /* joint: width of the first layer */
  enum second second_of;
  struct encoder second; /* its additive term is the second network's value */
};

/* Fills *critic. Returns NULL, or a sentence that says what is wrong with the spec. */
const char *critic_make(const struct critic_spec *spec, struct critic *critic);

void critic_init(const struct critic *critic, uint64_t seed, real *theta);

size_t critic_work_bytes(const struct critic *critic, const struct objective *objective,
                         size_t rows);

/* The mean loss of the rows, and the gradient if it is asked for. */
enum status critic_loss(const struct critic_call *call, double *loss);

/* The critic's output for pairs i, and that of the second network unless `second` is NULL
 * (0 without one). `work` as for a loss, objective NULL. */
void critic_pairs(const struct critic *critic, const real *theta, size_t rows,
                  const real *x, const real *y, void *work, real *scores, real *second);

/* The critic's output for all pairs: rows x rows. */
void critic_matrix(const struct critic *critic, const real *theta, size_t rows,
                   const real *x, const real *y, void *work, real *scores);

/* What is added to a critic's sum for the number that an objective sees: all parameters 0
 * say r = 1, independence, whether the output is log r or r. */
static inline double head_offset(const struct critic *critic)
{
  return critic->head == HEAD_RATIO ? 1.0 : 0.0;
}

/* What the kinds share: from scores to their gradient. */

/* Doubles that critic_row needs. */
size_t critic_row_work(size_t rows);
/* Row i's loss into row_loss[i]; scores[0..rows-1] become, if a gradient is asked for, the
 * derivatives of the mean loss by them. */
void critic_row(const struct kind_call *call, size_t i, real *scores, double *work);

/* Memory for an objective that wants the whole matrix. */
struct whole {
  real *scores; /* rows x rows */
  double *matrix, *gradient, *work;
};

/* Takes nothing if the objective is local. */
void whole_layout(const struct objective *objective, size_t rows, struct arena *arena,
                  struct whole *whole);
/* As critic_row, for all rows at once: whole->scores become their derivatives. */
enum status whole_loss(const struct kind_call *call, const struct whole *whole);

extern const struct critic_kind critic_bilinear, critic_separable, critic_joint;

#endif
