#include <stdlib.h>
#include <string.h>
#include "ffi.h"
#include "core/train.h"

/* Everything that a training owns; freed whether it ends, fails or is interrupted. */
struct training {
  SEXP x, y, margins, train, valid, start, progress;
  struct critic critic;
  struct objective objective;
  struct custom_score custom;
  struct train_job job;
  struct train_state state;
  void *data; /* rows as reals, initial parameters */
};

static void report_progress(void *context, size_t step)
{
  struct training *t = context;
  SEXP call = PROTECT(Rf_lang2(t->progress, PROTECT(Rf_ScalarReal((double)step))));
  Rf_eval(call, R_GlobalEnv);
  UNPROTECT(2);
}

static void fail(void)
{
  Rf_error("There is not enough memory for this critic and batch_size.");
}

static void copy_data(struct training *t)
{
  const struct critic *c = &t->critic;
  const size_t n_train = (size_t)Rf_xlength(t->train);
  const size_t n_valid = (size_t)Rf_xlength(t->valid);
  const int has_start = t->start != R_NilValue;
  struct arena arena = {NULL, 0};
  real *x_train, *y_train, *x_valid, *y_valid, *start;
  for (int pass = 0; pass < 2; pass++) { /* measure, then take */
    arena.used = 0;
    x_train = arena_reals(&arena, n_train * c->dx);
    y_train = arena_reals(&arena, n_train * c->dy);
    x_valid = arena_reals(&arena, n_valid * c->dx);
    y_valid = arena_reals(&arena, n_valid * c->dy);
    start = arena_reals(&arena, has_start ? c->parameters : 0);
    if (pass == 0) {
      t->data = malloc(arena.used);
      if (!t->data) fail();
      arena.base = t->data;
    }
  }
  SEXP of_x = list_element(t->margins, "x"), of_y = list_element(t->margins, "y");
  copy_rows(t->x, of_x, INTEGER(t->train), 0, n_train, x_train);
  copy_rows(t->y, of_y, INTEGER(t->train), 0, n_train, y_train);
  copy_rows(t->x, of_x, INTEGER(t->valid), 0, n_valid, x_valid);
  copy_rows(t->y, of_y, INTEGER(t->valid), 0, n_valid, y_valid);
  if (has_start)
    for (size_t i = 0; i < c->parameters; i++)
      start[i] = (real)REAL(t->start)[i];
  t->job.train = (struct rows){n_train, x_train, y_train};
  t->job.valid = (struct rows){n_valid, x_valid, y_valid};
  t->job.start = has_start ? start : NULL;
}

static SEXP result(const struct training *t)
{
  static const char *const stops[] = {
      [STOP_PATIENCE] = "patience",
      [STOP_MAX_STEPS] = "max_steps",
      [STOP_DIVERGED] = "diverged",
  };
  const struct train_state *s = &t->state;
  const char *names[] = {"parameters", "best_step", "steps", "stop",
                         "step",       "train",     "valid", ""};
  const R_xlen_t checks = (R_xlen_t)s->n_checks;
  SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(out, 0, Rf_allocVector(REALSXP, (R_xlen_t)t->critic.parameters));
  SET_VECTOR_ELT(out, 1, Rf_ScalarReal((double)s->best_step));
  SET_VECTOR_ELT(out, 2, Rf_ScalarReal((double)s->steps));
  SET_VECTOR_ELT(out, 3, Rf_mkString(stops[s->stop]));
  for (int column = 4; column < 7; column++)
    SET_VECTOR_ELT(out, column, Rf_allocVector(REALSXP, checks));
  for (size_t i = 0; i < t->critic.parameters; i++)
    REAL(VECTOR_ELT(out, 0))[i] = (double)s->best[i];
  for (size_t i = 0; i < s->n_checks; i++) {
    REAL(VECTOR_ELT(out, 4))[i] = (double)s->checks[i].step;
    REAL(VECTOR_ELT(out, 5))[i] = s->checks[i].train;
    REAL(VECTOR_ELT(out, 6))[i] = s->checks[i].valid;
  }
  UNPROTECT(1);
  return out;
}

static SEXP run(void *data)
{
  struct training *t = data;
  copy_data(t);
  if (train_prepare(&t->job, &t->state) != STATUS_OK) fail();
  train_run(&t->job, &t->state); /* an interrupt jumps */
  return result(t);
}

static void clean(void *data, Rboolean jump)
{
  struct training *t = data;
  (void)jump;
  train_free(&t->state);
  free(t->data);
}

SEXP ffi_train(SEXP x, SEXP y, SEXP margins, SEXP train, SEXP valid, SEXP critic,
               SEXP objective, SEXP control, SEXP seed, SEXP start, SEXP progress)
{
  struct training t;
  memset(&t, 0, sizeof t);
  t.x = x;
  t.y = y;
  t.margins = margins;
  t.train = train;
  t.valid = valid;
  t.start = start;
  t.progress = progress;
  t.critic = as_critic(critic);
  t.objective = as_objective(objective, &t.custom);
  check_blocks(x, y, margins, &t.critic);

  struct train_job *job = &t.job;
  job->critic = &t.critic;
  job->objective = &t.objective;
  job->seed = as_seed(seed);
  job->adam = (struct adam){list_number(control, "learn_rate"),
                            list_number(control, "weight_decay"),
                            0.9,
                            0.999,
                            1e-8,
                            list_number(control, "average")};
  job->batch = list_size(control, "batch_size");
  job->max_steps = list_size(control, "max_steps");
  job->check_every = list_size(control, "check_every");
  job->patience = list_size(control, "patience");
  job->progress = progress == R_NilValue ? NULL : report_progress;
  /* R's functions run on R's thread. */
  const int threads =
      t.objective.score.callback ? 1 : (int)list_number(control, "threads");
  job->host = (struct host){threads, check_interrupt, &t};
  return R_UnwindProtect(run, &t, clean, &t, NULL);
}
