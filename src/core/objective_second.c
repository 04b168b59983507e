/* Objectives with a second network beside the critic, by which the loss of a row knows its
 * own normaliser. */
#include <math.h>
#include "objective.h"

/* exp(scores[j] - shift) / (batch - 1) into gradient[j], j != i; returns their sum. */
static double mean_others(const struct row *row, double shift, double *gradient)
{
  const double count = (double)(row->batch - 1);
  double sum = 0.0;
  for (size_t j = 0; j < row->batch; j++) {
    if (j == row->i) continue;
    const double term = exp(row->scores[j] - shift) / count;
    if (gradient) gradient[j] = term;
    sum += term;
  }
  return sum;
}

/* Barber and Agakov 2003; Poole et al. 2019. The second network is log a(x), the baseline:
 *   -(s_ii - log a) + mean over j != i of exp(s_ij - log a). */
double tuba_row(const struct objective *objective, const struct row *row,
                double *gradient, double *d_second, double *work)
{
  const double pair = row->scores[row->i] - row->second;
  const double mean = mean_others(row, row->second, gradient);
  (void)objective;
  (void)work;
  if (gradient) gradient[row->i] = -1.0;
  if (d_second) *d_second = 1.0 - mean;
  return mean - pair;
}

/* Guo et al. 2022 (FLO). The second network is u(x, y), which becomes minus the log ratio:
 *   u + exp(-u - s_ii) mean over j != i of exp(s_ij) - 1. */
double flo_row(const struct objective *objective, const struct row *row, double *gradient,
               double *d_second, double *work)
{
  const double mean = mean_others(row, row->second + row->scores[row->i], gradient);
  (void)objective;
  (void)work;
  if (gradient) gradient[row->i] = -mean;
  if (d_second) *d_second = 1.0 - mean;
  return row->second + mean - 1.0;
}
