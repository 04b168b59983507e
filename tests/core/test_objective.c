#include <stdlib.h>
#include "check.h"
#include "../../src/core/objective.h"

/* The loss of one row straight from its definition: each sum over its own set, in
 * logarithms, nothing taken out of a total. Its derivatives likewise. */
static double log_sum(double log_nu, const double *terms, size_t count, size_t skip)
{
  double high = log_nu, sum;
  for (size_t j = 0; j < count; j++)
    if (j != skip) high = fmax(high, terms[j]);
  if (isinf(high)) return high;
  sum = exp(log_nu - high);
  for (size_t j = 0; j < count; j++)
    if (j != skip) sum += exp(terms[j] - high);
  return high + log(sum);
}

static double naive_row(double nu, size_t k, size_t batch, size_t i, const double *s,
                        double *d)
{
  const double log_nu = log(nu), n = (double)k, w1 = n / (n + nu), w0 = nu / (n + nu);
  const size_t blocks = (batch - 1) / k;
  double *with = malloc((k + 1) * sizeof *with), loss = 0.0;
  for (size_t j = 0; j < batch; j++)
    d[j] = 0.0;
  for (size_t b = 0; b < blocks; b++) {
    for (size_t j = 0; j < k; j++)
      with[j] = s[(i + 1 + b * k + j) % batch];
    with[k] = s[i];
    for (size_t z = 0; z < k; z++) { /* the pair in the place of z */
      const double a = log_sum(log_nu, with, k + 1, z),
                   rest = log_sum(log_nu, with, k, z);
      loss += w1 / n * (a - s[i]);
      d[i] -= w1 / n * exp(rest - a);
      for (size_t j = 0; j < k; j++)
        if (j != z) d[(i + 1 + b * k + j) % batch] += w1 / n * exp(with[j] - a);
    }
    if (nu > 0.0) {
      const double all = log_sum(log_nu, with, k, k);
      loss += w0 * (all - log_nu);
      for (size_t j = 0; j < k; j++)
        d[(i + 1 + b * k + j) % batch] += w0 * exp(with[j] - all);
    }
  }
  for (size_t j = 0; j < batch; j++)
    d[j] /= (double)blocks;
  free(with);
  return loss / (double)blocks;
}

static void against_definition(double nu, size_t k, size_t batch, double scale,
                               double pair)
{
  next_case();
  const struct objective o = {objective_find("anchor_log"), nu, k};
  const size_t used = objective_candidates(&o, batch);
  double *s = malloc(batch * sizeof *s), *d = malloc(batch * sizeof *d);
  double *want = malloc(batch * sizeof *want);
  double *work = malloc(objective_work(batch) * sizeof *work);
  for (size_t i = 0; i < batch; i++) {
    for (size_t j = 0; j < batch; j++)
      s[j] = scale * test_normal(31 * i + j) + (i == j ? pair : 0.0);
    if (scale > 600.0) /* the extremes themselves */
      for (size_t j = 0; j < batch; j++)
        s[j] = (i + j) % 3 ? -700.0 : 700.0;
    const double value = o.row(&o, batch, i, s, d, work);
    const double reference = naive_row(nu, used, batch, i, s, want);
    CHECK(close_to(value, reference, 1e-14, 100.0), /* a difference of scores */
          "nu %g k %d batch %d scale %g pair %g: %.15g, want %.15g", nu, (int)k,
          (int)batch, scale, pair, value, reference);
    for (size_t j = 0; j < batch; j++)
      CHECK(close_to(d[j], want[j], 1e-9, 1e-290),
            "nu %g k %d batch %d scale %g pair %g: d[%d] %.15g, want %.15g", nu, (int)k,
            (int)batch, scale, pair, (int)j, d[j], want[j]);
    CHECK(o.row(&o, batch, i, s, NULL, work) == value, "value without gradient");
  }
  free(s), free(d), free(want), free(work);
}

static void finite_differences(double nu, size_t k, size_t batch)
{
  next_case();
  const struct objective o = {objective_find("anchor_log"), nu, k};
  const double h = 1e-5;
  double *s = malloc(batch * batch * sizeof *s), *d = malloc(batch * batch * sizeof *d);
  double *work = malloc(objective_work(batch) * sizeof *work);
  for (size_t i = 0; i < batch * batch; i++)
    s[i] = 1.5 * test_normal(i);
  objective_matrix(&o, batch, s, d, work);
  for (size_t i = 0; i < batch * batch; i++) {
    const double at = s[i];
    s[i] = at + h;
    const double up = objective_matrix(&o, batch, s, NULL, work);
    s[i] = at - h;
    const double down = objective_matrix(&o, batch, s, NULL, work);
    s[i] = at;
    CHECK(close_to((up - down) / (2.0 * h), d[i], 1e-6, 1e-3),
          "nu %g k %d entry %d: %g, %g", nu, (int)k, (int)i, (up - down) / (2.0 * h),
          d[i]);
  }
  free(s), free(d), free(work);
}

void test_objective(void)
{
  static const double nus[] = {0.0, 0.1, 1.0, 10.0, 63.0};
  static const size_t batches[] = {2, 3, 5, 17, 64};
  static const double scales[] = {0.1, 1.5, 15.0, 700.0};
  for (size_t v = 0; v < 5; v++)
    for (size_t b = 0; b < 5; b++)
      for (size_t k = 0; k < 4; k++) {
        if (nus[v] == 0.0 && (k == 1 || batches[b] == 2)) continue; /* no problem */
        for (size_t s = 0; s < 4; s++) {
          against_definition(nus[v], k, batches[b], scales[s], 0.0);
          against_definition(nus[v], k, batches[b], scales[s], 40.0);
        }
        if (batches[b] <= 5) finite_differences(nus[v], k, batches[b]);
      }
  next_case();
  CHECK(objective_find("nonsense") == NULL, "an unknown objective was found");
}
