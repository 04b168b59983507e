#include <string.h>
#include "objective.h"

static const struct {
  const char *name;
  objective_row *row;
} objectives[] = {
    {"anchor_log", anchor_log_row},
};

objective_row *objective_find(const char *name)
{
  for (size_t i = 0; i < sizeof objectives / sizeof *objectives; i++)
    if (strcmp(objectives[i].name, name) == 0) return objectives[i].row;
  return NULL;
}

size_t objective_work(size_t batch)
{
  return 3 * batch;
}

size_t objective_candidates(const struct objective *objective, size_t batch)
{
  const size_t k = objective->candidates;
  return k == 0 || k > batch - 1 ? batch - 1 : k;
}

double objective_matrix(const struct objective *objective, size_t batch,
                        const double *scores, double *gradient, double *work)
{
  double loss = 0.0;
  for (size_t i = 0; i < batch; i++) {
    double *row = gradient ? gradient + i * batch : NULL;
    loss += objective->row(objective, batch, i, scores + i * batch, row, work);
    if (row)
      for (size_t j = 0; j < batch; j++)
        row[j] /= (double)batch;
  }
  return loss / (double)batch;
}
