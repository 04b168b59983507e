#include <stdlib.h>
#include <string.h>
#include "ffi.h"
#include "core/parallel.h"

SEXP ffi_critic_parameters(SEXP critic)
{
  return Rf_ScalarReal((double)as_critic(critic).parameters);
}

SEXP ffi_threads_available(void)
{
  return Rf_ScalarInteger(parallel_available());
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
  SEXP result = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)n));

  struct arena arena = {NULL, 0};
  real *theta, *x, *y, *scores;
  void *work;
  for (int pass = 0; pass < 2; pass++) { /* measure, then take */
    arena.used = 0;
    theta = arena_reals(&arena, critic->parameters);
    x = arena_reals(&arena, BLOCK * critic->dx);
    y = arena_reals(&arena, BLOCK * critic->dy);
    scores = arena_reals(&arena, BLOCK);
    work = arena_take(&arena, critic->kind->work_bytes(critic, BLOCK));
    if (pass == 0) {
      job->memory = malloc(arena.used);
      if (!job->memory) Rf_error("out of memory");
      arena.base = job->memory;
    }
  }
  for (size_t i = 0; i < critic->parameters; i++)
    theta[i] = (real)REAL(job->parameters)[i];
  for (size_t first = 0; first < n; first += BLOCK) {
    const size_t rows = n - first < BLOCK ? n - first : BLOCK;
    R_CheckUserInterrupt();
    copy_rows(job->x, NULL, first, rows, x);
    copy_rows(job->y, NULL, first, rows, y);
    critic->kind->pairs(critic, theta, rows, x, y, work, scores);
    for (size_t i = 0; i < rows; i++)
      REAL(result)[first + i] = (double)scores[i];
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
  if ((size_t)Rf_xlength(parameters) != job.critic.parameters)
    Rf_error("internal error: these are not the critic's parameters");
  return R_UnwindProtect(score, &job, score_clean, &job, NULL);
}
