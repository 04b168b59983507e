/* Trains a critic on rows, stops it by other rows, and keeps the best state. */
#ifndef CORE_TRAIN_H
#define CORE_TRAIN_H

#include <stdint.h>
#include "critic.h"
#include "objective.h"
#include "adam.h"

/* Rows of paired observations: x is n x dx, y is n x dy, row-major. */
struct rows {
  size_t n;
  const real *x, *y;
};

struct train_job {
  const struct critic *critic;
  const struct objective *objective;
  /* At least 2 rows each. The validation rows must be in random order: neighbours serve
   * one another as independent candidates. */
  struct rows train, valid;
  const real *start; /* initial parameters, flat; NULL: random ones */
  uint64_t seed;
  struct adam adam;
  size_t batch; /* 2 to train.n */
  size_t max_steps;
  size_t check_every; /* steps between looks at the validation rows */
  /* Looks without a better score before stopping; after an early best one and a half times
   * the looks up to it, half of `patience` at least. */
  size_t patience;
  double min_delta; /* for patience a score is better if it is by more */
  size_t drops;     /* so often it goes on from the best state, at a tenth of the rate */
  /* After each look, on the thread that runs this; may jump, like host.stop. NULL: none. */
  void (*progress)(void *context, size_t step);
  struct host host;
};

enum train_stop {
  STOP_PATIENCE = 0, /* the validation score no longer improved */
  STOP_MAX_STEPS,
  STOP_DIVERGED /* a loss was not finite */
};

/* A look at the validation rows. Losses are less the loss of independence (all scores 0)
 * on the same problems, so that batches and blocks of other sizes can be compared:
 * negative is better than independence. */
struct train_check {
  size_t step;
  double train; /* mean over the batches since the last look */
  double valid; /* on the validation rows; NaN if not finite, at step 0 too */
};

struct train_state {
  real *
      best; /* critic->parameters, flat: the trained state with the best validation score */
  size_t best_step; /* its step; 0 if there is none, then all are 0 */
  size_t steps;
  enum train_stop stop;
  struct train_check *checks; /* the first is step 0: independence, all scores 0 */
  size_t n_checks;
  void *memory; /* all of the above and the work memory */
};

/* Allocates. Nothing is owned on failure. */
enum status train_prepare(const struct train_job *job, struct train_state *state);
/* Runs. A state that was interrupted, or jumped out of, still wants train_free. */
enum status train_run(const struct train_job *job, struct train_state *state);
/* Frees; harmless on a zeroed or freed state. */
void train_free(struct train_state *state);

#endif
