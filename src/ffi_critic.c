#include <stdlib.h>
#include <string.h>
#include "ffi.h"
#include "core/objective.h"

SEXP ffi_critic_parameters(SEXP critic)
{
  return Rf_ScalarReal((double)as_critic(critic).parameters);
}

/* Rows scored between two looks at interrupts. */
#define BLOCK 256

struct score_job {
  SEXP x, y, parameters;
  struct critic critic;
  void *memory;
};

static SEXP score(void *data)
{
  struct score_job *job = data;
  const struct critic *critic = &job->critic;
  const size_t n = (size_t)Rf_nrows(job->x);
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, (int)n, 2));

  struct arena arena = {NULL, 0};
  real *flat, *packed, *x, *y, *scores, *second;
  void *work;
  for (int pass = 0; pass < 2; pass++) { /* measure, then take */
    arena.used = 0;
    flat = arena_reals(&arena, critic->parameters);
    packed = arena_reals(&arena, critic->packed);
    x = arena_reals(&arena, BLOCK * critic->dx);
    y = arena_reals(&arena, BLOCK * critic->dy);
    scores = arena_reals(&arena, BLOCK);
    second = arena_reals(&arena, BLOCK);
    work = arena_take(&arena, critic_work_bytes(critic, NULL, BLOCK));
    if (pass == 0) {
      job->memory = malloc(arena_bytes(&arena));
      if (!job->memory) Rf_error("out of memory");
      arena = arena_on(job->memory);
    }
  }
  for (size_t i = 0; i < critic->parameters; i++)
    flat[i] = (real)REAL(job->parameters)[i];
  critic_pack(critic, flat, packed);
  for (size_t first = 0; first < n; first += BLOCK) {
    const size_t rows = n - first < BLOCK ? n - first : BLOCK;
    R_CheckUserInterrupt();
    copy_rows(job->x, NULL, first, rows, x);
    copy_rows(job->y, NULL, first, rows, y);
    critic_pairs(critic, packed, rows, x, y, work, scores, second);
    for (size_t i = 0; i < rows; i++) {
      REAL(result)[first + i] = (double)scores[i];
      REAL(result)[n + first + i] = (double)second[i];
    }
  }
  UNPROTECT(1);
  return result;
}

static void score_clean(void *data, Rboolean jump)
{
  struct score_job *job = data;
  (void)jump;
  free(job->memory);
}

SEXP ffi_score_pairs(SEXP x, SEXP y, SEXP critic, SEXP parameters)
{
  struct score_job job = {x, y, parameters, as_critic(critic), NULL};
  check_blocks(x, y, &job.critic);
  check_parameters(parameters, &job.critic);
  return R_UnwindProtect(score, &job, score_clean, &job, NULL);
}

static real *as_rows(SEXP matrix)
{
  const size_t n = (size_t)Rf_nrows(matrix), d = (size_t)Rf_ncols(matrix);
  real *out = (real *)R_alloc(n * d, sizeof(real));
  copy_rows(matrix, NULL, 0, n, out);
  return out;
}

static SEXP square(size_t n, const real *by_row)
{
  SEXP out = Rf_allocMatrix(REALSXP, (int)n, (int)n);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      REAL(out)[j * n + i] = (double)by_row[i * n + j];
  return out;
}

SEXP ffi_score_matrix(SEXP x, SEXP y, SEXP critic, SEXP parameters)
{
  const struct critic c = as_critic(critic);
  check_blocks(x, y, &c);
  check_parameters(parameters, &c);
  const size_t n = (size_t)Rf_nrows(x);
  real *scores = (real *)R_alloc(n * n, sizeof(real));
  void *work = R_alloc(critic_work_bytes(&c, NULL, n), 1);
  critic_matrix(&c, packed_parameters(parameters, &c), n, as_rows(x), as_rows(y), work,
                scores);
  return square(n, scores);
}

SEXP ffi_init_parameters(SEXP critic, SEXP seed)
{
  const struct critic c = as_critic(critic);
  real *theta = (real *)R_alloc(c.parameters, sizeof(real));
  SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)c.parameters));
  critic_init(&c, as_seed(seed), theta);
  for (size_t i = 0; i < c.parameters; i++)
    REAL(out)[i] = (double)theta[i];
  UNPROTECT(1);
  return out;
}

SEXP ffi_batch_gradient(SEXP x, SEXP y, SEXP critic, SEXP parameters, SEXP objective,
                        SEXP state, SEXP threads)
{
  const struct critic c = as_critic(critic);
  struct custom_score custom;
  const struct objective o = as_objective(objective, &custom);
  struct objective_state moving = as_state(state);
  const char *names[] = {"value", "gradient", "state", ""};
  check_blocks(x, y, &c);
  check_parameters(parameters, &c);
  const size_t n = (size_t)Rf_nrows(x);
  const struct host host = {o.score.callback ? 1 : Rf_asInteger(threads), check_interrupt,
                            NULL};
  real *gradient = (real *)R_alloc(c.packed, sizeof(real));
  real *flat = (real *)R_alloc(c.parameters, sizeof(real));
  const struct critic_call call = {.critic = &c,
                                   .packed = packed_parameters(parameters, &c),
                                   .rows = n,
                                   .x = as_rows(x),
                                   .y = as_rows(y),
                                   .objective = &o,
                                   .state = &moving,
                                   .gradient = gradient,
                                   .host = &host,
                                   .work = R_alloc(critic_work_bytes(&c, &o, n), 1)};
  double value;
  critic_loss(&call, &value); /* an interrupt jumps */
  critic_unpack(&c, gradient, flat);
  SEXP result = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal(value));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, (R_xlen_t)c.parameters));
  for (size_t i = 0; i < c.parameters; i++)
    REAL(VECTOR_ELT(result, 1))[i] = (double)flat[i];
  SET_VECTOR_ELT(result, 2, from_state(&moving));
  UNPROTECT(1);
  return result;
}
