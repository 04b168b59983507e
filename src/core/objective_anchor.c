/* Anchored classification (Ryu, Yeddanapudi, Xu, Wornell 2025) with any scoring rule.
 *
 * A problem has K candidates. Class z = 1..K: candidate z came with x; class 0, the
 * anchor: none did. From one pair with score p and K independent candidates with scores
 * t_1..t_K come both kinds of problem:
 *   anchor:  t_1..t_K, true class 0;
 *   pair:    p with K - 1 of the t, true class p. Which of the t makes room:
 *     all:     each in turn, and the losses are averaged;
 *     cyclic:  the first, which is the next row of the batch;
 *     batch:   none. Then the pair has a candidate more than the anchor: not consistent.
 *   loss = K / (K + nu) pair + nu / (K + nu) anchor.
 * K = 1 is noise-contrastive estimation, nu = 0 and `batch` InfoNCE.
 *
 * With K < batch - 1 the row's negatives fall into blocks of K, in cyclic order from the
 * pair on (batches come shuffled), and the row's loss is the mean over blocks. Negatives
 * that fill no block wait for another batch.
 *
 * What could cancel or overflow is a sum without one of its terms. Only the largest term can
 * dominate a sum: if it is nearly all of it, the problem without that one is treated by
 * itself. Otherwise the sum keeps an eighth at least, so subtracting loses three bits. */
#include <math.h>
#include <string.h>
#include "kernels.h"
#include "objective.h"

/* One of the two sums that a rule sees, sum exp(a v), over the anchor and t_1..t_k. */
struct sum {
  double power;     /* a */
  double high;      /* the largest of a v */
  size_t top;       /* the t that is nearly all of it; k: none is */
  double total;     /* the sum over exp(high) */
  double log_total; /* the sum's logarithm */
  double *e;        /* exp(a t_j - high) */
  /* Without t_j and with the pair: */
  double *inverse; /* exp(high) over that sum; 0 for top */
  double top_sum;  /* the logarithm of that sum, for top */
};

static void sum_up(struct sum *s, double power, double anchor, size_t k, const double *t)
{
  const double high = power * kernels()->largest(k, t), at_anchor = power * anchor;
  s->power = power;
  s->high = high > at_anchor ? high : at_anchor;
  s->top = k;
  s->total =
      exp(at_anchor - s->high) + kernels()->exponentials(k, power, s->high, t, s->e);
  s->log_total = s->high + log(s->total);
  if (high > at_anchor && s->total < 8.0 / 7.0)
    for (s->top = 0; s->top < k && power * t[s->top] < high;)
      s->top++;
}

/* Logarithms of the sums without one t each, and with the pair's score p. `work` has k
 * doubles. */
static void leave_out(struct sum *s, double anchor, double p, size_t k, const double *t,
                      double *sums, double *work)
{
  const double a = s->power, scale = fmax(s->high, a * p);
  const double c = exp(s->high - scale), d = exp(a * p - scale);
  kernels()->leave_out(k, s->e, s->total, c, d, scale, s->inverse, sums);
  if (s->top == k) return;
  const size_t before = s->top, after = k - before - 1;
  const double *rest = t + before + 1;
  const double others =
      fmax(kernels()->largest(before, t), kernels()->largest(after, rest));
  const double second = fmax(a * others, fmax(a * anchor, a * p));
  const double sum = exp(a * anchor - second) + exp(a * p - second) +
                     kernels()->exponentials(before, a, second, t, work) +
                     kernels()->exponentials(after, a, second, rest, work);
  s->inverse[s->top] = 0.0;
  sums[s->top] = s->top_sum = second + log(sum);
}

/* Adds to d_t[j] the sum over z != j of slope[z] exp(a t_j) / (the sum without t_z); returns
 * the same for the anchor, whose logit is never left out. `before` has k doubles. */
static double add_shares(const struct sum *s, double anchor, size_t k, const double *t,
                         const double *slope, double *before, double *d_t)
{
  const int has_top = s->top < k;
  const double gap = has_top ? s->high - s->top_sum : 0.0;
  const double top_slope = has_top ? slope[s->top] : 0.0;
  const double top_scale = gap < 600.0 ? top_slope * exp(gap) : 0.0;
  double sum = 0.0, after = 0.0;
  for (size_t j = 0; j < k; j++) {
    before[j] = sum;
    sum += slope[j] * s->inverse[j];
  }
  for (size_t j = k; j-- > 0;) {
    const double others = before[j] + after + (j == s->top ? 0.0 : top_scale);
    d_t[j] += s->e[j] * others;
    after += slope[j] * s->inverse[j];
  }
  if (gap >= 600.0)
    for (size_t j = 0; j < k; j++)
      if (j != s->top) d_t[j] += top_slope * exp(s->power * t[j] - s->top_sum);
  return exp(s->power * anchor - s->high) * sum +
         (has_top ? top_slope * exp(s->power * anchor - s->top_sum) : 0.0);
}

/* The same where all slopes are 1, times `each`, and with `by_all` exp(a t_j) beside it,
 * written to d_t and not added. Returns the sum over all t and the anchor, but not times
 * `each`. No inverse is more than a few times another, so that one of them can be taken
 * from the sum of all. */
static double even_shares(const struct sum *s, double anchor, size_t k, const double *t,
                          double each, double by_all, double *d_t)
{
  const size_t top = s->top, rest = top + 1;
  const double sum = kernels()->sum(k, s->inverse);
  double others = exp(s->power * anchor - s->high) * sum;
  if (top == k)
    return others + kernels()->shares(k, s->e, s->inverse, sum, each, by_all, d_t);
  const double gap = s->high - s->top_sum, of_top = gap < 600.0 ? exp(gap) : 0.0;
  others += kernels()->shares(top, s->e, s->inverse, sum + of_top, each, by_all, d_t);
  others += kernels()->shares(k - rest, s->e + rest, s->inverse + rest, sum + of_top,
                              each, by_all, d_t + rest);
  d_t[top] = s->e[top] * (each * sum + by_all);
  others += s->e[top] * sum + exp(s->power * anchor - s->top_sum);
  for (size_t j = 0; gap >= 600.0 && j < k; j++)
    if (j != top) {
      const double share = exp(s->power * t[j] - s->top_sum);
      d_t[j] += each * share;
      others += share;
    }
  return others;
}

/* One block, each t in turn making room for the pair: all k + 1 problems from the same
 * exponentials. Writes the derivatives to d_t and adds to *d_p, unless d_t is NULL. */
static double block_in_turn(const struct objective *o, double p, size_t k,
                            const double *t, double *d_t, double *d_p, double *work)
{
  const struct score *score = &o->score;
  const double anchor = log(o->nu), n = (double)k;
  const double each = 1.0 / (n + o->nu), w_anchor = o->nu / (n + o->nu);
  double *sums_all = work, *sums_powers = work + k, *before = work + 2 * k;
  double *slope_all = work + 3 * k, *slope_powers = work + 4 * k, *d = work + 5 * k;
  struct sum all = {.e = work + 6 * k, .inverse = work + 7 * k};
  struct sum powers = {.e = work + 8 * k, .inverse = work + 9 * k};
  struct partials slope;
  double loss = 0.0, by_all = 0.0, by_powers = 0.0;
  if (score->uses_all) sum_up(&all, 1.0, anchor, k, t);
  if (score->uses_powers) sum_up(&powers, score->alpha, anchor, k, t);

  if (o->nu > 0.0) {
    const struct problem problem = {
        k, 1, anchor, anchor, all.log_total, powers.log_total};
    loss += w_anchor * score->rule(score, &problem, &slope);
    by_all = w_anchor * slope.all / all.total;
    by_powers = w_anchor * score->alpha * slope.powers / powers.total;
  }

  if (score->uses_all) leave_out(&all, anchor, p, k, t, sums_all, before);
  if (score->uses_powers) leave_out(&powers, anchor, p, k, t, sums_powers, before);
  if (score->even) {
    if (d_t) *d_p -= each * even_shares(&all, anchor, k, t, each, by_all, d_t);
    return loss + each * (kernels()->sum(k, sums_all) - n * p);
  }
  for (size_t z = 0; z < k; z++) {
    const struct problem problem = {k,
                                    0,
                                    p,
                                    anchor,
                                    score->uses_all ? sums_all[z] : 0.0,
                                    score->uses_powers ? sums_powers[z] : 0.0};
    loss += each * score->rule(score, &problem, &slope);
    slope_all[z] = each * slope.all;
    slope_powers[z] = each * score->alpha * slope.powers;
  }
  if (!d_t) return loss;
  /* The loss doesn't change when all logits move together: so the pair's derivative is
   * less the sum of the others', which doesn't cancel. */
  double others = 0.0;
  for (size_t j = 0; j < k; j++)
    d[j] = 0.0;
  if (score->uses_all) others += add_shares(&all, anchor, k, t, slope_all, before, d);
  if (score->uses_powers)
    others += add_shares(&powers, anchor, k, t, slope_powers, before, d);
  for (size_t j = 0; j < k; j++) {
    others += d[j];
    d_t[j] = d[j];
    if (score->uses_all) d_t[j] += by_all * all.e[j];
    if (score->uses_powers) d_t[j] += by_powers * powers.e[j];
  }
  *d_p -= others;
  return loss;
}

/* logsumexp(a v); softmax(a v) into share. */
static double shares(double a, size_t count, const double *v, double *share)
{
  double high = a * v[0];
  for (size_t j = 1; j < count; j++)
    if (a * v[j] > high) high = a * v[j];
  const double sum = kernels()->exponentials(count, a, high, v, share);
  for (size_t j = 0; j < count; j++)
    share[j] /= sum;
  return high + log(sum);
}

/* The loss of one problem: logits v[0..n], v[0] the anchor's (-infinity: none), true class
 * z. Adds `weight` times the derivatives to d_v[1..n] unless it is NULL. */
static double one_problem(const struct score *score, size_t n, const double *v, size_t z,
                          double weight, double *d_v, double *work)
{
  const size_t first = isinf(v[0]) ? 1 : 0; /* without an anchor there is no class 0 */
  if (score->callback) {
    const double loss = score->callback(score->context, n + 1 - first, v + first,
                                        z - first, d_v ? work : NULL);
    if (d_v)
      for (size_t j = 1; j <= n; j++)
        d_v[j] += weight * work[j - first];
    return loss;
  }
  const size_t m = n + 1 - first;
  double *e_all = work, *e_powers = work + m; /* shares of the sums */
  const int plain = score->alpha == 0.0;      /* the sum of v, not of its powers */
  struct partials d;
  const struct problem p = {n,
                            z == 0,
                            v[z],
                            v[0],
                            score->uses_all ? shares(1.0, m, v + first, e_all) : 0.0,
                            !score->uses_powers ? 0.0
                            : plain             ? score_powers(0.0, m, v + first)
                                    : shares(score->alpha, m, v + first, e_powers)};
  const double loss = score->rule(score, &p, &d);
  if (!d_v) return loss;
  double others = 0.0;
  for (size_t j = first; j <= n; j++) {
    double share = 0.0;
    if (j == z && !score->pair_alone) continue;
    if (score->uses_all) share += d.all * e_all[j - first];
    if (score->uses_powers)
      share += plain ? d.powers
               : d.log_factor == 0.0
                   ? d.powers * score->alpha * e_powers[j - first]
                   : d.powers * score->alpha *
                         exp(score->alpha * v[j] - p.powers + d.log_factor);
    others += share;
    if (j > 0) d_v[j] += weight * share;
  }
  if (z > 0) d_v[z] += weight * (score->pair_alone ? d.own : -others);
  return loss;
}

/* One block, problem by problem: pair score p, negatives t[0..k-1]. */
static double block_by_problem(const struct objective *o, double p, size_t k,
                               const double *t, double *d_t, double *d_p, double *work)
{
  const struct score *score = &o->score;
  const double log_nu = log(o->nu), n = (double)k;
  const double w_pair = n / (n + o->nu), w_anchor = o->nu / (n + o->nu);
  double *v = work, *d_v = v + k + 2, loss = 0.0;
  work = d_v + k + 2;
  if (d_t)
    for (size_t j = 0; j < k; j++)
      d_t[j] = 0.0;

  if (o->nu > 0.0) {
    v[0] = log_nu;
    for (size_t j = 0; j < k; j++)
      v[j + 1] = t[j];
    /* d_t - 1: class j of the problem is t's element j - 1. */
    loss += w_anchor * one_problem(score, k, v, 0, w_anchor, d_t ? d_t - 1 : NULL, work);
  }
  /* The pair is class 1. */
  const int in_turn = o->negatives == NEGATIVES_ALL && !score->pair_alone;
  const size_t problems = in_turn ? k : 1;
  const double weight = w_pair / (double)problems;
  for (size_t z = 0; z < problems; z++) {
    const size_t out = o->negatives == NEGATIVES_BATCH ? k : z; /* makes room */
    size_t m = 1;
    v[0] = log_nu;
    v[1] = p;
    for (size_t j = 0; j < k; j++)
      if (j != out && !score->pair_alone) v[++m] = t[j];
    if (d_t)
      for (size_t j = 0; j <= m; j++)
        d_v[j] = 0.0;
    loss += weight * one_problem(score, m, v, 1, weight, d_t ? d_v : NULL, work);
    if (!d_t) continue;
    *d_p += d_v[1];
    m = 1;
    for (size_t j = 0; j < k; j++)
      if (j != out && !score->pair_alone) d_t[j] += d_v[++m];
  }
  return loss;
}

typedef double block_loss(const struct objective *, double p, size_t k, const double *t,
                          double *d_t, double *d_p, double *work);

double anchor_row(const struct objective *objective, const struct row *row,
                  double *gradient, double *d_second, double *work)
{
  const size_t batch = row->batch, i = row->i;
  const size_t k = objective_candidates(objective, batch), blocks = (batch - 1) / k;
  const struct score *score = &objective->score;
  block_loss *const block =
      objective->negatives == NEGATIVES_ALL && k > 1 && score->rule && !score->pair_alone
          ? block_in_turn
          : block_by_problem;
  double *t = work, *d_t = gradient ? t + k : NULL, *block_work = t + 2 * k;
  double loss = 0.0, d_pair = 0.0;
  (void)d_second;
  if (gradient && blocks * k < batch - 1)
    for (size_t j = 0; j < batch; j++)
      gradient[j] = 0.0;
  for (size_t b = 0; b < blocks; b++) {
    /* The block's columns, cyclic: k from `first` on, the last of them from column 0. */
    const size_t first = (i + 1 + b * k) % batch;
    const size_t until_end = first + k > batch ? batch - first : k;
    memcpy(t, row->scores + first, until_end * sizeof *t);
    memcpy(t + until_end, row->scores, (k - until_end) * sizeof *t);
    loss += block(objective, row->scores[i], k, t, d_t, &d_pair, block_work);
    if (!gradient) continue;
    for (size_t j = 0; blocks > 1 && j < k; j++)
      d_t[j] /= (double)blocks;
    memcpy(gradient + first, d_t, until_end * sizeof *t);
    memcpy(gradient, d_t + until_end, (k - until_end) * sizeof *t);
  }
  if (gradient) gradient[i] = d_pair / (double)blocks;
  return loss / (double)blocks;
}
