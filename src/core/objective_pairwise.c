/* Objectives that look at pairs one by one: mean of one function of the dependent pairs'
 * scores plus mean of another of the independent pairs' scores. The independent ones are all
 * of a row, or with NEGATIVES_CYCLIC the next alone: one a row, by a derangement.
 *
 * From a convex f come the terms -f'(r) and r f'(r) - f(r) (Nguyen, Wainwright, Jordan
 * 2010; Gutmann and Hirayama 2011). */
#include <math.h>
#include "objective.h"

/* A term and its derivative. */
struct term {
  double value, slope;
};

typedef struct term pairwise_term(const struct objective *objective, double score);

static double pairwise_row(const struct objective *o, const struct row *row,
                           pairwise_term *dependent, pairwise_term *independent,
                           double *gradient)
{
  const size_t n = row->batch, i = row->i;
  const int one = o->negatives == NEGATIVES_CYCLIC;
  const double count = one ? 1.0 : (double)(n - 1);
  struct term term = dependent(o, row->scores[i]);
  double sum = 0.0;
  const double pair = term.value;
  if (gradient) gradient[i] = term.slope;
  for (size_t j = 0; j < n; j++) {
    if (j == i) continue;
    if (one && j != (i + 1) % n) {
      if (gradient) gradient[j] = 0.0;
      continue;
    }
    term = independent(o, row->scores[j]);
    sum += term.value;
    if (gradient) gradient[j] = term.slope / count;
  }
  return pair + sum / count;
}

/* f(r) = (r^a - 1) / (a (a - 1)): NWJ and KL at a = 1, reverse KL at 0, chi-squared at 2,
 * squared Hellinger at 1/2. Scores are log r, or, for a = 2, r itself: exp(2 s) leaves the
 * range of numbers, and of training, too soon. */
static struct term power_dependent(const struct objective *o, double s)
{
  const double a = o->alpha;
  if (o->ratio || a == 1.0) return (struct term){-s, -1.0};
  const double e = exp((a - 1.0) * s);
  return (struct term){e / (1.0 - a), -e};
}

static struct term power_independent(const struct objective *o, double s)
{
  const double a = o->alpha;
  if (o->ratio) return (struct term){0.5 * s * s, s};
  if (a == 0.0) return (struct term){s, 1.0};
  const double e = exp(a * s);
  return (struct term){e / a, e};
}

double pairwise_power_row(const struct objective *objective, const struct row *row,
                          double *gradient, double *d_second, double *work)
{
  (void)d_second;
  (void)work;
  return pairwise_row(objective, row, power_dependent, power_independent, gradient);
}

/* log(1 + exp(x)), and its derivative. */
static struct term softplus(double x)
{
  const double e = exp(-fabs(x));
  return (struct term){fmax(x, 0.0) + log1p(e), (x > 0.0 ? 1.0 : e) / (1.0 + e)};
}

/* Logistic regression of dependent against independent pairs, nu of these to one of those:
 * noise-contrastive estimation, and Jensen-Shannon if nu is 1. */
static struct term logistic_dependent(const struct objective *o, double s)
{
  const struct term t = softplus(log(o->nu) - s);
  const double weight = 1.0 / (1.0 + o->nu);
  return (struct term){weight * t.value, -weight * t.slope};
}

static struct term logistic_independent(const struct objective *o, double s)
{
  const struct term t = softplus(s - log(o->nu));
  const double weight = o->nu / (1.0 + o->nu);
  return (struct term){weight * t.value, weight * t.slope};
}

double pairwise_logistic_row(const struct objective *objective, const struct row *row,
                             double *gradient, double *d_second, double *work)
{
  (void)d_second;
  (void)work;
  return pairwise_row(objective, row, logistic_dependent, logistic_independent, gradient);
}
