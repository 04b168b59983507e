/* Training step by step, from R: batches come from there, parameters stay here. What the
 * package's own trainer doesn't offer, since nobody's estimate comes from an endless stream.
 * Compiled by run.R together with the core and src/ffi.c. */
#include <stdlib.h>
#include <string.h>
#include "ffi.h"
#include "core/adam.h"

struct stepper {
  struct critic critic;
  struct objective objective;
  struct objective_state state;
  struct adam adam;
  size_t batch, step;
  real *flat, *x, *y;
  real *theta, *gradient, *m, *v, *mean; /* packed */
  void *work;
};

static struct stepper *get(SEXP pointer)
{
  return R_ExternalPtrAddr(pointer);
}

static void finalise(SEXP pointer)
{
  struct stepper *s = get(pointer);
  if (!s) return;
  real *const all[] = {s->flat, s->x, s->y, s->theta, s->gradient, s->m, s->v, s->mean};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
  free(s->work);
  free(s);
  R_ClearExternalPtr(pointer);
}

static real *reals(size_t n)
{
  real *out = calloc(n, sizeof *out);
  if (!out) Rf_error("out of memory");
  return out;
}

SEXP stepper_new(SEXP critic, SEXP objective, SEXP start, SEXP batch, SEXP rate,
                 SEXP average)
{
  struct stepper *s = calloc(1, sizeof *s);
  SEXP pointer = PROTECT(R_MakeExternalPtr(s, R_NilValue, objective));
  R_RegisterCFinalizer(pointer, finalise);
  s->critic = as_critic(critic);
  s->objective = as_objective(objective, NULL); /* no custom scores here */
  s->adam = (struct adam){Rf_asReal(rate), 0.0, 0.9, 0.999, 1e-8, Rf_asReal(average)};
  s->batch = (size_t)Rf_asInteger(batch);
  s->flat = reals(s->critic.parameters);
  s->x = reals(s->batch * s->critic.dx);
  s->y = reals(s->batch * s->critic.dy);
  s->theta = reals(s->critic.packed);
  s->gradient = reals(s->critic.packed);
  s->m = reals(s->critic.packed);
  s->v = reals(s->critic.packed);
  s->mean = reals(s->critic.packed);
  s->work = malloc(critic_work_bytes(&s->critic, &s->objective, s->batch));
  if (!s->work) Rf_error("out of memory");
  for (size_t i = 0; i < s->critic.parameters; i++)
    s->flat[i] = (real)REAL(start)[i];
  critic_pack(&s->critic, s->flat, s->theta);
  memcpy(s->mean, s->theta, s->critic.packed * sizeof(real));
  UNPROTECT(1);
  return pointer;
}

struct update {
  struct stepper *stepper;
  struct adam_rates rates;
};

static void update_part(void *context, struct span part)
{
  const struct update *u = context;
  struct stepper *s = u->stepper;
  kernels()->adam(&u->rates, part.count, s->gradient + part.first, s->m + part.first,
                  s->v + part.first, s->theta + part.first, s->mean + part.first);
}

/* One step from a batch; returns its loss. */
SEXP stepper_step(SEXP pointer, SEXP x, SEXP y)
{
  struct stepper *s = get(pointer);
  const struct host host = {1, check_interrupt, NULL};
  struct update update = {s, adam_rates(&s->adam, ++s->step)};
  double loss;
  copy_rows(x, R_NilValue, NULL, 0, s->batch, s->x);
  copy_rows(y, R_NilValue, NULL, 0, s->batch, s->y);
  const struct critic_call call = {&s->critic,  s->theta,      s->batch,  s->x,
                                   s->y,        &s->objective, &s->state, s->gradient,
                                   update_part, &update,       &host,     s->work};
  critic_loss(&call, &loss);
  return Rf_ScalarReal(loss);
}

/* The parameters as they are, or their running average. */
SEXP stepper_parameters(SEXP pointer, SEXP averaged)
{
  struct stepper *s = get(pointer);
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)s->critic.parameters));
  critic_unpack(&s->critic, Rf_asLogical(averaged) ? s->mean : s->theta, s->flat);
  for (size_t i = 0; i < s->critic.parameters; i++)
    REAL(out)[i] = (double)s->flat[i];
  UNPROTECT(1);
  return out;
}

/* The core's own initial parameters. */
SEXP stepper_init(SEXP critic, SEXP seed)
{
  const struct critic c = as_critic(critic);
  real *flat = (real *)R_alloc(c.parameters, sizeof(real));
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)c.parameters));
  critic_init(&c, as_seed(seed), flat);
  for (size_t i = 0; i < c.parameters; i++)
    REAL(out)[i] = (double)flat[i];
  UNPROTECT(1);
  return out;
}
