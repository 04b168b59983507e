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
  SEXP x, y, margins, parameters;
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
    copy_rows(job->x, list_element(job->margins, "x"), NULL, first, rows, x);
    copy_rows(job->y, list_element(job->margins, "y"), NULL, first, rows, y);
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

SEXP ffi_score_pairs(SEXP x, SEXP y, SEXP margins, SEXP critic, SEXP parameters)
{
  struct score_job job = {x, y, margins, parameters, as_critic(critic), NULL};
  check_blocks(x, y, margins, &job.critic);
  check_parameters(parameters, &job.critic);
  return R_UnwindProtect(score, &job, score_clean, &job, NULL);
}

static SEXP square(size_t n, const real *by_row)
{
  SEXP out = Rf_allocMatrix(REALSXP, (int)n, (int)n);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      REAL(out)[j * n + i] = (double)by_row[i * n + j];
  return out;
}

SEXP ffi_score_matrix(SEXP x, SEXP y, SEXP margins, SEXP critic, SEXP parameters)
{
  const struct critic c = as_critic(critic);
  check_blocks(x, y, margins, &c);
  check_parameters(parameters, &c);
  const size_t n = (size_t)Rf_nrows(x);
  real *scores = (real *)R_alloc(n * n, sizeof(real));
  void *work = R_alloc(critic_work_bytes(&c, NULL, n), 1);
  critic_matrix(&c, packed_parameters(parameters, &c), n,
                as_rows(x, list_element(margins, "x")),
                as_rows(y, list_element(margins, "y")), work, scores);
  return square(n, scores);
}
