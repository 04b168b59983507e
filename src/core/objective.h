/* An objective turns the scores of a batch into a loss and its gradient. `scores` is the
 * batch x batch matrix of s(x_i, y_j): row i belongs to x_i, the diagonal holds the
 * pairs. The loss of a batch is the mean of its rows' losses, and a row's loss and
 * gradient need that row alone, so that a joint critic can take a row of pairs forward,
 * through the loss and backward while it is in cache.
 * To add an objective: one file with its row function, one line in the table of
 * objective.c, one constructor in R/objectives.R. */
#ifndef CORE_OBJECTIVE_H
#define CORE_OBJECTIVE_H

#include <stddef.h>

struct objective;

/* The loss of row i, and its derivative with respect to scores[0..batch-1] in
 * gradient[0..batch-1] unless that is NULL; `work` has objective_work(batch) doubles. */
typedef double objective_row(const struct objective *objective, size_t batch, size_t i,
                             const double *scores, double *gradient, double *work);

struct objective {
  objective_row *row;
  double nu;         /* anchor weight, >= 0 */
  size_t candidates; /* K; 0, or more than there are, means all others in the batch */
};

/* The row function of the objective of this name; NULL if there is none. */
objective_row *objective_find(const char *name);

/* Doubles of work memory that a row of `batch` scores needs. */
size_t objective_work(size_t batch);

/* K in a batch of this size. */
size_t objective_candidates(const struct objective *objective, size_t batch);

/* Loss of a whole matrix and, unless NULL, its gradient; both row-major. `work` as above.
 * The gradient is that of the mean over rows. */
double objective_matrix(const struct objective *objective, size_t batch,
                        const double *scores, double *gradient, double *work);

/* The row functions. */
objective_row anchor_log_row;

#endif
