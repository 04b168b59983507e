#include <math.h>
#include <string.h>
#include "objective.h"
#include "parallel.h"
#include "transpose.h"

static const struct objective_kind kinds[] = {
    {"anchor", anchor_row, NULL, SECOND_NONE},
    {"pairwise_power", pairwise_power_row, NULL, SECOND_NONE},
    {"pairwise_logistic", pairwise_logistic_row, NULL, SECOND_NONE},
    {"weighted_by_row", weighted_row, NULL, SECOND_NONE},
    {"weighted_by_batch", weighted_row, weighted_part, SECOND_NONE},
    {"tuba", tuba_row, NULL, SECOND_OF_X},
    {"flo", flo_row, NULL, SECOND_OF_PAIR},
};

const struct objective_kind *objective_find(const char *name)
{
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].name, name) == 0) return kinds + i;
  return NULL;
}

size_t objective_candidates(const struct objective *objective, size_t batch)
{
  const size_t k = objective->candidates;
  return k == 0 || k > batch - 1 ? batch - 1 : k;
}

/* The anchored ones need most: see objective_anchor.c. */
size_t objective_work(size_t batch)
{
  return 13 * (batch + 2);
}

int objective_is_local(const struct objective *objective)
{
  return !objective->kind->part && !objective->symmetric;
}

static double scaled_row(const struct objective *objective, const struct row *row,
                         double *gradient, double *d_second, double *work)
{
  const double scale = objective->scale;
  const double loss = objective->kind->row(objective, row, gradient, d_second, work);
  if (scale == 1.0) return loss;
  if (gradient)
    for (size_t j = 0; j < row->batch; j++)
      gradient[j] *= scale;
  if (d_second) *d_second *= scale;
  return scale * loss;
}

double objective_local_row(const struct objective *objective, size_t batch, size_t i,
                           const double *scores, double second, double *gradient,
                           double *d_second, double *work)
{
  const struct row row = {batch, i, scores, second, 0.0, 0.0};
  return scaled_row(objective, &row, gradient, d_second, work);
}

/* Rows that one task works on. */
#define CHUNK 32

/* Memory of a matrix: by columns if symmetric, each chunk's own. */
struct pass {
  const struct matrix_loss *loss;
  const double *scores; /* the matrix, or its transpose */
  double *gradient, *turned, *turned_gradient, *part, *work;
  double normaliser, slope_normaliser;
  int add; /* to row_loss */
  double weight;
};

static size_t chunks(size_t batch)
{
  return (batch + CHUNK - 1) / CHUNK;
}

size_t objective_matrix_work(const struct objective *objective, size_t batch)
{
  return batch + chunks(batch) * objective_work(batch) +
         (objective->symmetric ? 2 * batch * batch : 0);
}

static void part_chunk(void *context, size_t chunk)
{
  const struct pass *pass = context;
  const struct matrix_loss *loss = pass->loss;
  const size_t n = loss->batch, first = chunk * CHUNK;
  for (size_t i = first; i < n && i < first + CHUNK; i++)
    pass->part[i] =
        loss->objective->kind->part(loss->objective, n, i, pass->scores + i * n);
}

static void row_chunk(void *context, size_t chunk)
{
  const struct pass *pass = context;
  const struct matrix_loss *loss = pass->loss;
  const size_t n = loss->batch, first = chunk * CHUNK;
  double *work = pass->work + chunk * objective_work(n);
  for (size_t i = first; i < n && i < first + CHUNK; i++) {
    const struct row row = {n,
                            i,
                            pass->scores + i * n,
                            loss->second ? loss->second[i] : 0.0,
                            pass->normaliser,
                            pass->slope_normaliser};
    double *gradient = pass->gradient ? pass->gradient + i * n : NULL, d_second = 0.0;
    const double value = scaled_row(loss->objective, &row, gradient,
                                    loss->d_second ? &d_second : NULL, work);
    loss->row_loss[i] = (pass->add ? loss->row_loss[i] : 0.0) + pass->weight * value;
    if (loss->d_second) loss->d_second[i] = d_second / (double)n;
    if (gradient)
      for (size_t j = 0; j < n; j++)
        gradient[j] *= pass->weight / (double)n;
  }
}

/* log of the mean of exp(part). */
static double normaliser(size_t n, const double *part)
{
  return score_powers(1.0, n, part) - log((double)n);
}

/* The moving normaliser: weight `decay` on the past, the rest on this batch. */
static double move_normaliser(double decay, double now, struct objective_state *state)
{
  if (decay == 0.0 || !state) return now;
  if (state->begun) {
    const double terms[2] = {log(decay) + state->normaliser, log1p(-decay) + now};
    now = score_powers(1.0, 2, terms);
  }
  state->normaliser = now;
  state->begun = 1;
  return now;
}

enum status objective_matrix(const struct matrix_loss *loss, const struct host *host)
{
  const struct objective *objective = loss->objective;
  const size_t n = loss->batch, count = chunks(n);
  const double cost = 40.0 * (double)n * (double)n;
  struct pass pass = {0};
  pass.loss = loss;
  pass.scores = loss->scores;
  pass.gradient = loss->gradient;
  pass.part = loss->work;
  pass.work = pass.part + n;
  pass.turned = pass.work + count * objective_work(n);
  pass.turned_gradient = pass.turned + n * n;
  pass.weight = objective->symmetric ? 0.5 : 1.0;
  if (host_stops(host)) return STATUS_INTERRUPTED;
  if (objective->kind->part) {
    parallel_for(host->threads, cost, count, part_chunk, &pass);
    pass.normaliser = normaliser(n, pass.part);
    pass.slope_normaliser =
        loss->gradient ? move_normaliser(objective->decay, pass.normaliser, loss->state)
                       : pass.normaliser;
  }
  parallel_for(host->threads, cost, count, row_chunk, &pass);
  if (!objective->symmetric) return STATUS_OK;

  if (host_stops(host)) return STATUS_INTERRUPTED;
  transpose(n, n, loss->scores, pass.turned);
  pass.scores = pass.turned;
  pass.gradient = loss->gradient ? pass.turned_gradient : NULL;
  pass.add = 1;
  parallel_for(host->threads, cost, count, row_chunk, &pass);
  if (loss->gradient)
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++)
        loss->gradient[i * n + j] += pass.turned_gradient[j * n + i];
  return STATUS_OK;
}
