/* The loss of a weighted sum of scores and an offset, over blocks of rows, and its derivatives by
 * weights and offset: what weights are found by. */
#ifndef CORE_STACK_H
#define CORE_STACK_H

#include "objective.h"

struct stack_loss {
  const struct objective *objective; /* local, without a second network */
  size_t blocks, parts;
  const size_t *rows; /* of each block */
  /* Part p's scores in block b: scores[p * blocks + b][i * rows + j] = s(x_i, y_j). */
  const double *const *scores;
  const double *weights; /* parts, then the offset */
  struct host host;
  void *work; /* stack_bytes */
};

size_t stack_bytes(const struct stack_loss *stack);

/* The mean loss of the rows; `slopes` (parts + 1) are its derivatives. */
double stack_loss(const struct stack_loss *stack, double *slopes);

#endif
