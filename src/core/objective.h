/* An objective turns the scores of a batch into a loss and its gradient. `scores` is the
 * batch x batch matrix of s(x_i, y_j): row i belongs to x_i, the diagonal holds the
 * pairs, the rest are independent. The loss of a batch is the mean of its rows' losses.
 *
 * Of most objectives a row's loss and gradient need that row alone, so that a joint
 * critic can take a row of pairs forward, through the loss and backward while it is in
 * cache. Those with a normaliser over the whole batch, or that look at columns as well
 * as rows, take a whole matrix. An objective declares what it needs; trainer and critics
 * name none.
 *
 * To add an objective: a row function, a line in the table of objective.c, a constructor
 * in R/objectives.R. To add a scoring rule to the anchored ones: see score.h. */
#ifndef CORE_OBJECTIVE_H
#define CORE_OBJECTIVE_H

#include <stddef.h>
#include "host.h"
#include "score.h"

struct objective;

/* What a row function sees of a batch. */
struct row {
  size_t batch, i;
  const double *scores;    /* batch */
  double second;           /* the second network's value for pair i; 0 without one */
  double normaliser;       /* of the batch, in logarithms; 0 without one */
  double slope_normaliser; /* the one that the gradient is taken with: MINE's is older */
};

/* The loss of a row, and its derivatives with respect to its scores in
 * gradient[0..batch-1] and to the second network's value in *d_second, both unless NULL;
 * normalisers are taken as fixed. `work` has objective_work(batch) doubles. */
typedef double objective_row(const struct objective *objective, const struct row *row,
                             double *gradient, double *d_second, double *work);

/* A row's part in the normaliser: its logarithm is that of the mean of exp(part). */
typedef double objective_part(const struct objective *objective, size_t batch, size_t i,
                              const double *scores);

/* Of what a second network is a function that is trained beside the critic. */
enum second { SECOND_NONE = 0, SECOND_OF_X, SECOND_OF_PAIR };

struct objective_kind {
  const char *name;
  objective_row *row;
  objective_part *part; /* NULL: no normaliser over the batch */
  enum second second;
};

/* Which candidates a pair stands against; see objective_anchor.c. */
enum negatives { NEGATIVES_ALL = 0, NEGATIVES_CYCLIC, NEGATIVES_BATCH };

struct objective {
  const struct objective_kind *kind;
  /* Anchored classification. */
  struct score score;
  double nu;         /* anchor weight, >= 0 */
  size_t candidates; /* K; 0, or more than there are, means all others in the batch */
  enum negatives negatives; /* pairwise: all, or one a row (cyclic) */
  /* Others. */
  double alpha; /* of the f-divergence; weight of the pair among all */
  double decay; /* weight of the past in a moving normaliser; 0: the batch's own */
  int ratio;    /* scores are ratios r, not their logarithms */
  /* All. */
  double scale;  /* the loss is so many times what the row function says */
  int symmetric; /* mean of the loss by rows and the loss by columns */
};

/* The kind of this name; NULL if there is none. */
const struct objective_kind *objective_find(const char *name);

/* K in a batch of this size. */
size_t objective_candidates(const struct objective *objective, size_t batch);

/* Doubles of work memory that a row of `batch` scores needs. */
size_t objective_work(size_t batch);

/* Whether rows can be worked on one at a time. */
int objective_is_local(const struct objective *objective);

/* The loss of a row that stands for itself; for objectives that are local. */
double objective_local_row(const struct objective *objective, size_t batch, size_t i,
                           const double *scores, double second, double *gradient,
                           double *d_second, double *work);

/* What a moving normaliser keeps from batch to batch. All zero: nothing yet. */
struct objective_state {
  double normaliser; /* in logarithms */
  int begun;
};

/* A whole matrix. The gradient is that of the mean over rows. */
struct matrix_loss {
  const struct objective *objective;
  size_t batch;
  const double *scores;          /* batch x batch */
  const double *second;          /* batch, or NULL: all 0 */
  double *gradient;              /* batch x batch; NULL: losses only */
  double *d_second;              /* batch, or NULL */
  double *row_loss;              /* batch */
  struct objective_state *state; /* with a gradient it moves on; NULL: no past */
  double *work;                  /* objective_matrix_work doubles */
};

size_t objective_matrix_work(const struct objective *objective, size_t batch);
enum status objective_matrix(const struct matrix_loss *loss, const struct host *host);

/* The row functions. */
objective_row anchor_row, pairwise_power_row, pairwise_logistic_row, weighted_row,
    tuba_row, flo_row;
objective_part weighted_part;

#endif
