#include <stdlib.h>
#include <string.h>
#include "ffi.h"
#include "core/parallel.h"
#include "core/train.h"

struct trainings;

/* Everything that a training owns; freed whether it ends, fails or is interrupted. */
struct training {
  SEXP x, y, margins, train, valid, start, progress;
  size_t step; /* to report */
  struct trainings *all;
  struct critic critic;
  struct objective objective;
  struct custom_score custom;
  struct train_job job;
  struct train_state state;
  void *data; /* rows as reals, initial parameters */
};

struct trainings {
  size_t count;
  struct training *of;
  int threads; /* that trainings are shared out to */
  SEXP meanwhile;
  struct jumps jumps;
};

static int stops(void *context)
{
  return interrupted(&((struct training *)context)->all->jumps);
}

static SEXP report(void *data)
{
  const struct training *t = data;
  SEXP call = PROTECT(Rf_lang2(t->progress, PROTECT(Rf_ScalarReal((double)t->step))));
  Rf_eval(call, R_GlobalEnv);
  UNPROTECT(2);
  return R_NilValue;
}

static void report_progress(void *context, size_t step)
{
  struct training *t = context;
  t->step = step;
  without_jump(&t->all->jumps, report, t);
}

static SEXP call_meanwhile(void *data)
{
  SEXP call = PROTECT(Rf_lang1(((struct trainings *)data)->meanwhile));
  Rf_eval(call, R_GlobalEnv);
  UNPROTECT(1);
  return R_NilValue;
}

static void meanwhile(void *context)
{
  struct trainings *all = context;
  if (all->meanwhile != R_NilValue) without_jump(&all->jumps, call_meanwhile, all);
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

static void read_job(SEXP from, struct training *t)
{
  SEXP control = list_element(from, "control");
  t->x = list_element(from, "x");
  t->y = list_element(from, "y");
  t->margins = list_element(from, "margins");
  t->train = list_element(from, "train");
  t->valid = list_element(from, "valid");
  t->start = list_element(from, "start");
  t->critic = as_critic(list_element(from, "critic"));
  t->objective = as_objective(list_element(from, "objective"), &t->custom);
  check_blocks(t->x, t->y, t->margins, &t->critic);

  struct train_job *job = &t->job;
  job->critic = &t->critic;
  job->objective = &t->objective;
  job->seed = as_seed(list_element(from, "seed"));
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
  job->min_delta = list_number(control, "min_delta");
  job->drops = list_size(control, "drops");
}

/* Only a custom score's errors jump, and only on one thread. */
static void train(void *context, size_t i)
{
  struct training *t = &((struct trainings *)context)->of[i];
  train_run(&t->job, &t->state);
}

static SEXP run(void *data)
{
  struct trainings *all = data;
  for (size_t i = 0; i < all->count; i++) {
    copy_data(&all->of[i]);
    if (train_prepare(&all->of[i].job, &all->of[i].state) != STATUS_OK) fail();
  }
  const struct host host = {1, interrupted, &all->jumps};
  parallel_jobs(all->threads, all->count, train, meanwhile, &host, all);
  go_on_jumping(&all->jumps);
  SEXP out = PROTECT(Rf_allocVector(VECSXP, (R_xlen_t)all->count));
  for (size_t i = 0; i < all->count; i++)
    SET_VECTOR_ELT(out, (R_xlen_t)i, result(&all->of[i]));
  UNPROTECT(1);
  return out;
}

static void clean(void *data, Rboolean jump)
{
  struct trainings *all = data;
  (void)jump;
  for (size_t i = 0; i < all->count; i++) {
    train_free(&all->of[i].state);
    free(all->of[i].data);
  }
}

/* Several at once have a thread each, one alone has all. R's thread calls `meanwhile`, a
 * function or NULL, before it trains any; others, if there are, train already. */
SEXP ffi_train(SEXP jobs, SEXP threads, SEXP progress, SEXP meanwhile)
{
  struct trainings all = {(size_t)Rf_xlength(jobs),
                          NULL,
                          Rf_asInteger(threads),
                          meanwhile,
                          {PROTECT(R_MakeUnwindCont()), 0}};
  all.of = (struct training *)R_alloc(all.count, sizeof *all.of);
  memset(all.of, 0, all.count * sizeof *all.of);
  for (size_t i = 0; i < all.count; i++) {
    struct training *t = &all.of[i];
    read_job(VECTOR_ELT(jobs, (R_xlen_t)i), t);
    t->all = &all;
    t->progress = progress;
    t->job.progress = progress == R_NilValue ? NULL : report_progress;
    /* R's functions run on R's thread. */
    if (t->objective.score.callback) all.threads = 1;
  }
  const int each = all.count > 1 ? 1 : all.threads;
  for (size_t i = 0; i < all.count; i++)
    all.of[i].job.host = (struct host){each, stops, &all.of[i]};
  SEXP out = R_UnwindProtect(run, &all, clean, &all, NULL);
  UNPROTECT(1);
  return out;
}
