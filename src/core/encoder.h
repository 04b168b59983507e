/* An encoder turns a row of data into an embedding and one additive term: `embedding` + 1
 * numbers. The score of a pair is the inner product of the two embeddings plus the two
 * additive terms, so that a critic can hold functions of x or y alone: the log ratio of
 * two Gaussians needs them, and with an anchor they aren't free. */
#ifndef CORE_ENCODER_H
#define CORE_ENCODER_H

#include "mlp.h"

struct encoder;

struct encoder_space {
  struct mlp_space mlp; /* dense */
  real *product;        /* quadratic: x A, rows x inputs */
  real *scaled;         /* quadratic: rows of x times their gradient */
};

/* The operations of one kind of encoder. */
struct encoder_kind {
  size_t (*parameters)(const struct encoder *e);
  void (*init)(const struct encoder *e, uint64_t seed, size_t first, real *parameters);
  void (*layout)(const struct encoder *e, size_t rows, struct arena *arena,
                 struct encoder_space *space);
  void (*forward)(const struct encoder *e, const real *parameters, size_t rows,
                  const real *in, struct encoder_space *space, real *out);
  void (*backward)(const struct encoder *e, const real *parameters, size_t rows,
                   const real *in, struct encoder_space *space, const real *d_out,
                   real *gradient);
};

struct encoder {
  const struct encoder_kind *kind;
  size_t inputs, embedding;
  struct mlp mlp; /* dense: inputs, hidden layers, embedding + 1 */
  int skip;       /* dense: a linear map of the inputs is added to the output */
  int map;        /* quadratic: the embedding is a linear map of x, else x itself */
  int quadratic;  /* quadratic: the additive term has x' A x, else it is linear */
};

/* in: rows x inputs; out and d_out: rows x (embedding + 1), the additive term last.
 * backward adds to `gradient` and follows a forward with the same arguments. */
extern const struct encoder_kind encoder_dense;     /* a multi-layer perceptron */
extern const struct encoder_kind encoder_quadratic; /* linear map, quadratic term */

/* Makes a dense encoder of one whose inputs and embedding are set. */
void encoder_make_dense(struct encoder *e, size_t depth, const size_t *widths,
                        enum activation activation);

#endif
