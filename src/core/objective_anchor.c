/* InfoNCE-anchor with the log score (Ryu, Yeddanapudi, Xu, Wornell 2025), every sub-set
 * of negatives used.
 *
 * A problem has K candidates. Class z = 1..K: candidate z came with x; class 0, the
 * anchor: none did. From one pair with score p and K independent candidates with scores
 * t_1..t_K come both kinds of problem:
 *   anchor:  t_1..t_K;  loss N - log nu, N = log(nu + sum_j exp t_j);
 *   pair:    p in the place of t_z, for each z in turn; loss A_z - p, where
 *            A_z = log(nu + exp p + sum_{j != z} exp t_j).
 *   loss = K / (K + nu) mean_z (A_z - p) + nu / (K + nu) (N - log nu).
 * K = 1 is noise-contrastive estimation, nu = 0 is InfoNCE.
 *
 * With K < batch - 1 the row's negatives fall into blocks of K, in cyclic order from the
 * pair on (batches come shuffled), and the row's loss is the mean over blocks. Negatives
 * that fill no block wait for another batch.
 *
 * What could cancel or overflow is the sum without t_z. Only the largest negative can
 * dominate it: that one is treated by itself, in logarithms. For every other z the sum
 * keeps a term at least as large as t_z, so subtracting loses less than one bit. The pair's
 * own score never enters a sum that it is later taken out of. */
#include <math.h>
#include "objective.h"

static double log_add(double a, double b)
{
  const double high = a > b ? a : b, low = a > b ? b : a;
  return isinf(low) ? high : high + log1p(exp(low - high));
}

/* log of nu + sum of exp(t_j), j != skip. */
static double log_rest(double log_nu, size_t k, const double *t, size_t skip)
{
  double high = log_nu, sum;
  for (size_t j = 0; j < k; j++)
    if (j != skip && t[j] > high) high = t[j];
  if (isinf(high)) return high;
  sum = exp(log_nu - high);
  for (size_t j = 0; j < k; j++)
    if (j != skip) sum += exp(t[j] - high);
  return high + log(sum);
}

/* One block: pair score p, negatives t[0..k-1]. Writes the loss's derivatives to
 * d_t[0..k-1] and adds that of p to *d_p, unless d_t is NULL. `work` has 2 k doubles. */
static double block_loss(double nu, size_t k, double p, const double *t, double *work,
                         double *d_t, double *d_p)
{
  const double log_nu = log(nu), n = (double)k;
  const double w_pair = n / (n + nu), w_anchor = nu / (n + nu);
  double *e = work, *inverse = work + k;

  size_t top = 0;
  for (size_t j = 1; j < k; j++)
    if (t[j] > t[top]) top = j;
  const double high = t[top] > log_nu ? t[top] : log_nu; /* scale of the negatives */

  double others = exp(log_nu - high); /* all but the top one */
  for (size_t j = 0; j < k; j++) {
    e[j] = exp(t[j] - high);
    if (j != top) others += e[j];
  }
  const double total = others + e[top];
  const double log_all = high + log(total); /* N */

  /* z = top, by itself. */
  const double top_rest =
      others > 1e-280 ? high + log(others) : log_rest(log_nu, k, t, top);
  const double top_a = log_add(p, top_rest);

  /* The other z: A_z = scale + log(a_z), a_z = c (total - e_z) + d >= 1 or nearly. */
  const double scale = p > high ? p : high;
  const double c = exp(high - scale), d = exp(p - scale);
  double sum_log = 0.0, product = 1.0, inverses = 0.0;
  for (size_t z = 0; z < k; z++) {
    const double a = z == top ? 1.0 : c * (total - e[z]) + d;
    product *= a;
    if (product > 1e200) {
      sum_log += log(product);
      product = 1.0;
    }
    inverse[z] = z == top ? 0.0 : 1.0 / a;
    inverses += inverse[z];
  }
  sum_log += log(product) + (n - 1.0) * scale + top_a;

  if (d_t) {
    const double gap = high - top_a;
    const double e_scale =
        gap < 600.0 ? exp(gap) : 0.0; /* e_j e_scale = exp(t_j - top_a) */
    const double in_anchor = nu > 0.0 ? w_anchor / total : 0.0;
    double kept = exp(top_rest - top_a); /* sum over z of the share of all but the pair */
    for (size_t j = 0; j < k; j++) {
      /* exp(t_j - A_z), summed over z != j. */
      double sum = k > 2 || j == top ? c * e[j] * (inverses - inverse[j]) : 0.0;
      if (j != top) {
        sum += gap < 600.0 ? e[j] * e_scale : exp(t[j] - top_a);
        kept += c * (total - e[j]) * inverse[j];
      }
      d_t[j] = w_pair / n * sum + in_anchor * e[j];
    }
    *d_p -= w_pair / n * kept;
  }
  return w_pair * (sum_log / n - p) + (nu > 0.0 ? w_anchor * (log_all - log_nu) : 0.0);
}

double anchor_log_row(const struct objective *objective, size_t batch, size_t i,
                      const double *scores, double *gradient, double *work)
{
  const size_t k = objective_candidates(objective, batch);
  const size_t blocks = (batch - 1) / k;
  double *t = work, *block_work = work + k;
  double loss = 0.0, d_pair = 0.0;
  if (gradient)
    for (size_t j = 0; j < batch; j++)
      gradient[j] = 0.0;
  for (size_t b = 0; b < blocks; b++) {
    const size_t first = i + 1 + b * k; /* column of the block's first negative, cyclic */
    for (size_t j = 0; j < k; j++)
      t[j] = scores[(first + j) % batch];
    /* d_t may share t's memory: block_loss reads t[j] before it writes d_t[j]. */
    loss += block_loss(objective->nu, k, scores[i], t, block_work, gradient ? t : NULL,
                       &d_pair);
    if (gradient)
      for (size_t j = 0; j < k; j++)
        gradient[(first + j) % batch] = t[j] / (double)blocks;
  }
  if (gradient) gradient[i] = d_pair / (double)blocks;
  return loss / (double)blocks;
}
