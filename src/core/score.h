/* Strictly proper scoring rules, as losses of the true class of one classification problem.
 * A problem has logits v: v_0 = log nu for the anchor, if there is one, and a candidate's
 * score each, so that the class probabilities are eta = softmax(v).
 * To add a rule: one function and one line in the table of score.c, one constructor in
 * R/scores.R. */
#ifndef CORE_SCORE_H
#define CORE_SCORE_H

#include <stddef.h>

/* What a rule may look at: the loss depends on the logits through these alone. */
struct problem {
  size_t candidates;
  int anchor_is_true;
  double own;    /* v_z, the true class's logit */
  double anchor; /* v_0; -infinity without an anchor */
  double all;    /* logsumexp(v) */
  double powers; /* logsumexp(alpha v); the sum of v if alpha is 0 */
};

/* The loss's derivatives with respect to the numbers of the same name; that of `powers` is
 * exp(log_factor) times as large, which may be more than a number can hold where its product
 * with a share of the sum is not. */
struct partials {
  double own, all, powers, log_factor;
};

struct score;
typedef double score_rule(const struct score *score, const struct problem *p,
                          struct partials *d);

/* A rule that needs all logits, supplied by a host: loss of class z of v[0..classes-1], and
 * its derivatives unless `gradient` is NULL. Called on the host's thread only; may jump,
 * like host.stop. */
typedef double score_callback(void *context, size_t classes, const double *v, size_t z,
                              double *gradient);

struct score {
  score_rule *rule; /* NULL: callback */
  double alpha;
  int uses_all, uses_powers; /* which sums the rule looks at */
  int even; /* the loss is `all` less `own`: their derivatives are the same anywhere */
  int pair_alone; /* the loss of a pair depends on its own logit and the anchor's alone */
  score_callback *callback;
  void *context;
};

/* Fills *score; 0 if there is no rule of that name. */
int score_find(const char *name, double alpha, struct score *score);

/* logsumexp(alpha v), or sum v if alpha is 0. */
double score_powers(double alpha, size_t count, const double *v);

/* The loss of class z, 0 for the anchor, from logits v[0..candidates]. */
double score_loss(const struct score *score, size_t candidates, const double *v,
                  size_t z);

#endif
