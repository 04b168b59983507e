#include <math.h>
#include <string.h>
#include "score.h"

/* -log eta_z. */
static double log_rule(const struct score *score, const struct problem *p,
                       struct partials *d)
{
  (void)score;
  *d = (struct partials){-1.0, 1.0, 0.0, 0.0};
  return p->all - p->own;
}

/* Tsallis: ((a - 1) sum eta^a - a eta_z^(a - 1) + 1) / (a (a - 1)). */
static double power_rule(const struct score *score, const struct problem *p,
                         struct partials *d)
{
  const double a = score->alpha;
  const double sum = exp(p->powers - a * p->all);
  const double own = exp((a - 1.0) * (p->own - p->all));
  *d = (struct partials){-own, own - sum, sum / a, 0.0};
  return ((a - 1.0) * sum - a * own + 1.0) / (a * (a - 1.0));
}

/* 1 + sum eta^2 - 2 eta_z: twice the power score of alpha = 2. */
static double brier_rule(const struct score *score, const struct problem *p,
                         struct partials *d)
{
  const double loss = power_rule(score, p, d);
  *d = (struct partials){2.0 * d->own, 2.0 * d->all, 2.0 * d->powers, 0.0};
  return 2.0 * loss;
}

/* (1 - (eta_z / norm_a(eta))^(a - 1)) / (a - 1). */
static double spherical_rule(const struct score *score, const struct problem *p,
                             struct partials *d)
{
  const double a = score->alpha;
  const double own = exp((a - 1.0) * (p->own - p->powers / a));
  *d = (struct partials){-own, 0.0, own / a, 0.0};
  return (1.0 - own) / (a - 1.0);
}

/* With rho = r / nu: rho_z^(a - 1) / (1 - a) for a pair, -log rho_z if a = 1; for the
 * anchor sum_k rho_k^a / a, sum_k log rho_k if a = 0. `powers` has the anchor's own term
 * too, which is 1 in this scale. */
static double asymmetric_power_rule(const struct score *score, const struct problem *p,
                                    struct partials *d)
{
  const double a = score->alpha;
  memset(d, 0, sizeof *d);
  if (!p->anchor_is_true) {
    const double log_rho = p->own - p->anchor;
    d->own = -exp((a - 1.0) * log_rho);
    return a == 1.0 ? -log_rho : d->own / (a - 1.0);
  }
  if (a == 0.0) {
    d->powers = 1.0;
    return p->powers - (double)(p->candidates + 1) * p->anchor;
  }
  /* An anchor that can't be has rho infinite, of which a power below 0 is 0. */
  const int no_anchor = a < 0.0 && isinf(p->anchor);
  const double log_sum = no_anchor ? 0.0 : p->powers - a * p->anchor;
  d->powers = 1.0 / a;
  d->log_factor = log_sum;
  return expm1(log_sum) / a;
}

static const struct {
  const char *name;
  score_rule *rule;
  int uses_all, uses_powers, pair_alone, even;
} scores[] = {
    {"log", log_rule, 1, 0, 0, 1},
    {"brier", brier_rule, 1, 1, 0, 0},
    {"power", power_rule, 1, 1, 0, 0},
    {"spherical", spherical_rule, 0, 1, 0, 0},
    {"asymmetric_power", asymmetric_power_rule, 0, 1, 1, 0},
};

int score_find(const char *name, double alpha, struct score *score)
{
  memset(score, 0, sizeof *score);
  for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
    if (strcmp(scores[i].name, name) == 0) {
      score->rule = scores[i].rule;
      score->alpha = alpha;
      score->uses_all = scores[i].uses_all;
      score->uses_powers = scores[i].uses_powers;
      score->pair_alone = scores[i].pair_alone;
      score->even = scores[i].even;
      return 1;
    }
  return 0;
}

double score_powers(double alpha, size_t count, const double *v)
{
  double high = -INFINITY, sum = 0.0;
  if (alpha == 0.0) {
    for (size_t j = 0; j < count; j++)
      sum += v[j];
    return sum;
  }
  for (size_t j = 0; j < count; j++)
    if (alpha * v[j] > high) high = alpha * v[j];
  if (isinf(high)) return high;
  for (size_t j = 0; j < count; j++)
    sum += exp(alpha * v[j] - high);
  return high + log(sum);
}

double score_loss(const struct score *score, size_t candidates, const double *v, size_t z)
{
  struct partials d;
  const struct problem p = {candidates,
                            z == 0,
                            v[z],
                            v[0],
                            score_powers(1.0, candidates + 1, v),
                            score_powers(score->alpha, candidates + 1, v)};
  return score->rule(score, &p, &d);
}
