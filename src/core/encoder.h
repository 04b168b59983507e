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
  struct block product; /* quadratic: x A */
  struct block scaled;  /* quadratic: rows of x times their gradient */
};

/* The operations of one kind of encoder. Blocks: `in` has the inputs and then ones; out and
 * d_out the embedding and then the additive term. Of all rows, one stretch of panels is
 * worked on at a time. */
struct encoder_kind {
  /* Places the maps, behind `end`. */
  void (*make)(struct encoder *e, struct extent *end);
  void (*init)(const struct encoder *e, uint64_t seed, real *flat);
  void (*layout)(const struct encoder *e, size_t rows, struct arena *arena,
                 struct encoder_space *space);
  /* Fills what stays the same from call to call. */
  void (*prepare)(const struct encoder *e, size_t rows, struct encoder_space *space);
  void (*forward)(const struct encoder *e, const real *packed, struct stretch panels,
                  struct block in, struct encoder_space *space, struct block out);
  /* After forward. */
  void (*backward)(const struct encoder *e, const real *packed, struct stretch panels,
                   struct block in, struct encoder_space *space, struct block d_out);
  /* The maps, in the order of their numbers; after backward, where their gradients come
   * from. */
  void (*uses)(const struct encoder *e, const struct encoder_space *space,
               struct block in, struct block d_out, struct uses *uses);
};

struct encoder {
  const struct encoder_kind *kind;
  size_t inputs, embedding;
  struct mlp mlp; /* dense: inputs, hidden layers, embedding + 1 */
  int skip;       /* dense: a linear map of the inputs is added to the output */
  int has_map;    /* quadratic: the embedding is a linear map of x, else x itself */
  int quadratic;  /* quadratic: the additive term has x' A x, else it is linear */
  struct linear map, square, linear; /* dense: map is the skip; quadratic: all */
};

extern const struct encoder_kind encoder_dense;     /* a multi-layer perceptron */
extern const struct encoder_kind encoder_quadratic; /* linear map, quadratic term */

/* Makes a dense encoder of one whose inputs and embedding are set; its maps have yet to be
 * placed. */
void encoder_set_dense(struct encoder *e, size_t depth, const size_t *widths,
                       enum activation activation);

#endif
