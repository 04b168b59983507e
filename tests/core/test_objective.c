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
  const struct objective o = anchored("log", 1.0, nu, k);
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
    const double value = objective_local_row(&o, batch, i, s, 0.0, d, NULL, work);
    const double reference = naive_row(nu, used, batch, i, s, want);
    CHECK(close_to(value, reference, 1e-14, 100.0), /* a difference of scores */
          "nu %g k %d batch %d scale %g pair %g: %.15g, want %.15g", nu, (int)k,
          (int)batch, scale, pair, value, reference);
    for (size_t j = 0; j < batch; j++)
      CHECK(close_to(d[j], want[j], 1e-9, 1e-290),
            "nu %g k %d batch %d scale %g pair %g: d[%d] %.15g, want %.15g", nu, (int)k,
            (int)batch, scale, pair, (int)j, d[j], want[j]);
    CHECK(objective_local_row(&o, batch, i, s, 0.0, NULL, NULL, work) == value,
          "value without gradient");
  }
  free(s), free(d), free(want), free(work);
}

struct objective family_member(int i)
{
  struct objective o;
  switch (i) {
  case 0:
    return anchored("log", 1.0, 1.0, 0);
  case 1:
    return anchored("log", 1.0, 0.1, 2);
  case 2:
    return anchored("log", 1.0, 10.0, 1);
  case 3:
    return anchored("brier", 2.0, 1.0, 0);
  case 4:
    return anchored("power", 1.5, 2.0, 3);
  case 5:
    return anchored("power", 0.5, 1.0, 0);
  case 6:
    return anchored("spherical", 2.0, 1.0, 0);
  case 7:
    return anchored("spherical", 1.5, 10.0, 4);
  case 8:
    return anchored("asymmetric_power", 0.5, 2.0, 0);
  case 9:
    return anchored("asymmetric_power", 0.0, 1.0, 2);
  case 10:
    return anchored("asymmetric_power", -1.0, 1.0, 0);
  case 11:
    return anchored("asymmetric_power", 1.0, 3.0, 0);
  case 12:
    o = anchored("brier", 2.0, 1.0, 0), o.negatives = NEGATIVES_CYCLIC;
    return o;
  case 13:
    o = anchored("log", 1.0, 0.0, 0), o.negatives = NEGATIVES_BATCH;
    return o;
  case 14:
    o = anchored("log", 1.0, 1.0, 0), o.symmetric = 1;
    return o;
  case 15:
    o = unanchored("pairwise_logistic", 0.0), o.nu = 3.0;
    return o;
  case 16:
    return unanchored("pairwise_power", 1.0);
  case 17:
    return unanchored("pairwise_power", 0.0);
  case 18:
    o = unanchored("pairwise_power", 0.5), o.negatives = NEGATIVES_CYCLIC;
    return o;
  case 19:
    o = unanchored("pairwise_power", 2.0), o.ratio = 1, o.scale = 2.0;
    return o;
  case 20:
    return unanchored("weighted_by_row", 0.5);
  case 21:
    return unanchored("weighted_by_batch", 0.0);
  case 22:
    return unanchored("weighted_by_batch", 2.0);
  case 23:
    return unanchored("tuba", 0.0);
  case 24:
    return unanchored("flo", 0.0);
  default:
    return anchored("spherical", 3.0, 0.0, 0);
  }
}

static const struct host one_thread = {1, NULL, NULL};

/* Mean loss of a matrix, and gradients unless NULL. */
static double matrix_value(const struct objective *o, size_t batch, const double *s,
                           const double *second, double *d, double *d_second, int threads)
{
  struct host host = one_thread;
  double *rows = malloc(batch * sizeof *rows), sum = 0.0;
  double *work = malloc(objective_matrix_work(o, batch) * sizeof *work);
  const struct matrix_loss loss = {o, batch, s, second, d, d_second, rows, NULL, work};
  host.threads = threads;
  objective_matrix(&loss, &host);
  for (size_t i = 0; i < batch; i++)
    sum += rows[i];
  free(rows), free(work);
  return sum / (double)batch;
}

/* Gradients against differences; rows one by one against the matrix; threads. */
static void finite_differences(int member, size_t batch, double scale, double pair)
{
  next_case();
  const struct objective o = family_member(member);
  const double h = 1e-5;
  const size_t area = batch * batch;
  double *s = malloc((area + batch) * sizeof *s), *second = s + area;
  double *d = malloc((area + batch) * sizeof *d), *d_second = d + area, largest = 0.0;
  double *again = malloc(area * sizeof *again);
  if (o.nu == 0.0 && batch == 2 && o.negatives != NEGATIVES_BATCH) goto done;
  for (size_t i = 0; i < area + batch; i++)
    s[i] = scale * test_normal(i) + (i < area && i % (batch + 1) == 0 ? pair : 0.0);
  const double value = matrix_value(&o, batch, s, second, d, d_second, 1);
  for (size_t i = 0; i < area + batch; i++)
    largest = fmax(largest, fabs(d[i]));
  const size_t entries = o.kind->second ? area + batch : area;
  for (size_t i = 0; i<entries; i += batch> 5 ? 61 : 1) {
    const double at = s[i];
    s[i] = at + h;
    const double up = matrix_value(&o, batch, s, second, NULL, NULL, 1);
    s[i] = at - h;
    const double down = matrix_value(&o, batch, s, second, NULL, NULL, 1);
    s[i] = at;
    /* What a difference can tell: rounding of the losses over the step. */
    const double noise = 1e-15 * fmax(1.0, fabs(value)) / h;
    CHECK(fabs((up - down) / (2.0 * h) - d[i]) <=
              1e-6 * fmax(fabs(d[i]), 1e-3 * largest) + noise,
          "member %d batch %d scale %g pair %g entry %d: %.12g, %.12g", member,
          (int)batch, scale, pair, (int)i, (up - down) / (2.0 * h), d[i]);
  }
  CHECK(matrix_value(&o, batch, s, second, again, d_second, 3) == value, "threads");
  for (size_t i = 0; i < area; i++)
    CHECK(again[i] == d[i], "member %d: entry %d on threads", member, (int)i);
  if (objective_is_local(&o)) {
    double *work = malloc(objective_work(batch) * sizeof *work), sum = 0.0;
    for (size_t i = 0; i < batch; i++)
      sum +=
          objective_local_row(&o, batch, i, s + i * batch, second[i], NULL, NULL, work);
    CHECK(sum / (double)batch == value, "member %d: rows %.17g, matrix %.17g", member,
          sum / (double)batch, value);
    free(work);
  }
done:
  free(s), free(d), free(again);
}

/* The objectives whose loss and gradient are finite for all scores stay so. */
static void extremes(int member)
{
  next_case();
  const struct objective o = family_member(member);
  double s[25], d[25], second[5] = {0}, d_second[5];
  for (int shift = 0; shift < 3; shift++) {
    for (int i = 0; i < 25; i++)
      s[i] = (i + shift) % 3 == 0 ? 700.0 : -700.0;
    const double value = matrix_value(&o, 5, s, second, d, d_second, 1);
    CHECK(isfinite(value), "member %d: %g", member, value);
    for (int i = 0; i < 25; i++)
      CHECK(isfinite(d[i]), "member %d entry %d: %g", member, i, d[i]);
  }
}

/* A rule as a callback: its loss problem by problem, without the sums that problems share. */
static double by_callback(void *context, size_t classes, const double *v, size_t z,
                          double *gradient)
{
  const struct score *score = context;
  double moved[70];
  for (size_t j = 0; j < classes; j++)
    moved[j] = v[j];
  for (size_t j = 0; gradient && j < classes; j++) {
    moved[j] = v[j] + 1e-5;
    const double up = score_loss(score, classes - 1, moved, z);
    moved[j] = v[j] - 1e-5;
    gradient[j] = (up - score_loss(score, classes - 1, moved, z)) / 2e-5;
    moved[j] = v[j];
  }
  return score_loss(score, classes - 1, v, z);
}

static void shared_sums(int member, size_t batch, double pair)
{
  next_case();
  struct objective o = family_member(member);
  struct score rule = o.score;
  struct objective plain = o;
  double s[33 * 33], d[33 * 33], want[33 * 33];
  plain.score = (struct score){0};
  plain.score.callback = by_callback;
  plain.score.context = &rule;
  for (size_t i = 0; i < batch * batch; i++)
    s[i] = 2.0 * test_normal(900 + i) + (i % (batch + 1) == 0 ? pair : 0.0);
  const double value = matrix_value(&o, batch, s, NULL, d, NULL, 1);
  const double reference = matrix_value(&plain, batch, s, NULL, want, NULL, 1);
  CHECK(close_to(value, reference, 1e-12, 1.0), "member %d: %.15g, want %.15g", member,
        value, reference);
  for (size_t i = 0; i < batch * batch; i++)
    CHECK(close_to(d[i], want[i], 1e-5, 1e-4), "member %d entry %d: %.12g, want %.12g",
          member, (int)i, d[i], want[i]);
}

/* The moving normaliser: an average of batches, in logarithms. */
static void moving_normaliser(void)
{
  next_case();
  struct objective o = unanchored("weighted_by_batch", 0.0);
  struct objective_state state = {0};
  double s[9], d[9], rows[3], average = 0.0, work[300];
  o.decay = 0.9;
  for (int t = 0; t < 5; t++) {
    double mean = 0.0;
    for (int i = 0; i < 9; i++) {
      s[i] = 3.0 * test_normal((unsigned long long)(50 * t + i));
      if (i % 4) mean += exp(s[i]) / 6.0;
    }
    const struct matrix_loss loss = {&o, 3, s, NULL, d, NULL, rows, &state, work};
    CHECK(objective_matrix_work(&o, 3) <= 300, "work");
    objective_matrix(&loss, &one_thread);
    average = t == 0 ? mean : 0.9 * average + 0.1 * mean;
    CHECK(close_to(exp(state.normaliser), average, 1e-12, 1e-9), "batch %d", t);
    for (int i = 0; i < 9; i++) {
      const double want = i % 4 ? exp(s[i]) / 6.0 / average : -1.0 / 3.0;
      CHECK(close_to(d[i], want, 1e-12, 1e-12), "batch %d entry %d", t, i);
    }
  }
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
      }
  for (int member = 0; member < FAMILY; member++) {
    for (size_t b = 0; b < 5; b++)
      for (size_t t = 0; t < 3; t++)
        /* Exponentials of scores of 15 leave nothing for differences to see. */
        if (scales[t] < 10.0 || member < 8 || (member > 11 && member < 16)) {
          finite_differences(member, batches[b], scales[t], 0.0);
          if (t == 1) finite_differences(member, batches[b], scales[t], 40.0);
        }
    if (member < 8 || (member > 11 && member < 16 && member != 12)) extremes(member);
    if (member < 12)
      for (size_t batch = 3; batch < 34; batch += 15)
        for (int pair = 0; pair < 2; pair++)
          shared_sums(member, batch, 3.0 * pair);
  }
  moving_normaliser();
  next_case();
  struct score score;
  CHECK(objective_find("nonsense") == NULL, "an unknown objective was found");
  CHECK(!score_find("nonsense", 1.0, &score), "an unknown score was found");
}
