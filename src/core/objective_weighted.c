/* The pair's score less the logarithm of a weighted mean of exponentials, in which the pair
 * has the weight alpha / B and every other candidate (B - alpha) / (B (B - 1)).
 *
 *   by row    a mean for each row: alpha = 1 is InfoNCE (less log B), others are the
 *             interpolated bounds of Poole et al. 2019;
 *   by batch  one mean for the whole batch: alpha = 0 is Donsker-Varadhan, and MINE with a
 *             moving normaliser in the gradient (Belghazi et al. 2018); others are
 *             multi-label InfoNCE (Song and Ermon 2020). */
#include <math.h>
#include "objective.h"

/* log of the mean of exp(scores[j]), j != i. */
static double log_mean_others(size_t batch, size_t i, const double *scores)
{
  double high = -INFINITY, sum = 0.0;
  for (size_t j = 0; j < batch; j++)
    if (j != i && scores[j] > high) high = scores[j];
  for (size_t j = 0; j < batch; j++)
    if (j != i) sum += exp(scores[j] - high);
  return high + log(sum / (double)(batch - 1));
}

double weighted_part(const struct objective *o, size_t batch, size_t i,
                     const double *scores)
{
  const double n = (double)batch;
  const double terms[2] = {log(o->alpha / n) + scores[i],
                           log1p(-o->alpha / n) + log_mean_others(batch, i, scores)};
  const size_t first = o->alpha == 0.0, last = o->alpha == n ? 1 : 2;
  return score_powers(1.0, last - first, terms + first);
}

double weighted_row(const struct objective *o, const struct row *row, double *gradient,
                    double *d_second, double *work)
{
  const size_t i = row->i;
  const double n = (double)row->batch, others = (n - o->alpha) / (n * (n - 1.0));
  double normaliser = row->normaliser, slope_normaliser = row->slope_normaliser;
  (void)d_second;
  (void)work;
  if (!o->kind->part)
    normaliser = slope_normaliser = weighted_part(o, row->batch, i, row->scores);
  if (gradient) {
    for (size_t j = 0; j < row->batch; j++) {
      const double weight = j == i ? o->alpha / n : others;
      /* What has no weight may be as large as it likes. */
      gradient[j] = weight > 0.0 ? weight * exp(row->scores[j] - slope_normaliser) : 0.0;
    }
    gradient[i] -= 1.0;
  }
  return normaliser - row->scores[i];
}
