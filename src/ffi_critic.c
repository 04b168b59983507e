#include <stdlib.h>
#include <string.h>
#include "ffi.h"
#include "core/objective.h"
#include "core/parallel.h"

SEXP ffi_critic_parameters(SEXP critic)
{
  return Rf_ScalarReal((double)as_critic(critic).parameters);
}

/* Rows are scored in blocks, by several threads several at a time, with a look at interrupts in
 * between. */
#define BLOCK 256
#define TOGETHER 16

struct block_scores {
  real *x, *y, *scores, *second;
  size_t rows;
  void *work;
};

struct score_job {
  SEXP x, y, margins, parameters;
  int threads;
  struct critic critic;
  const real *packed;
  struct block_scores blocks[TOGETHER];
  void *memory;
};

static void score_block(void *context, size_t b)
{
  const struct score_job *job = context;
  const struct block_scores *block = &job->blocks[b];
  critic_pairs(&job->critic, job->packed, block->rows, block->x, block->y, block->work,
               block->scores, block->second);
}

static SEXP score(void *data)
{
  struct score_job *job = data;
  const struct critic *critic = &job->critic;
  const size_t n = (size_t)Rf_nrows(job->x), blocks = (n + BLOCK - 1) / BLOCK;
  const size_t most = job->threads > 1 ? TOGETHER : 1;
  const size_t together = blocks < most ? blocks : most;
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, (int)n, 2));

  struct arena arena = {NULL, 0};
  real *flat, *packed;
  for (int pass = 0; pass < 2; pass++) { /* measure, then take */
    arena.used = 0;
    flat = arena_reals(&arena, critic->parameters);
    packed = arena_reals(&arena, critic->packed);
    for (size_t b = 0; b < together; b++)
      job->blocks[b] = (struct block_scores){
          arena_reals(&arena, BLOCK * critic->dx),
          arena_reals(&arena, BLOCK * critic->dy),
          arena_reals(&arena, BLOCK),
          arena_reals(&arena, BLOCK),
          0,
          arena_take(&arena, critic_work_bytes(critic, NULL, BLOCK))};
    if (pass == 0) {
      job->memory = malloc(arena_bytes(&arena));
      if (!job->memory) Rf_error("out of memory");
      arena = arena_on(job->memory);
    }
  }
  for (size_t i = 0; i < critic->parameters; i++)
    flat[i] = (real)REAL(job->parameters)[i];
  critic_pack(critic, flat, packed);
  job->packed = packed;
  SEXP of_x = list_element(job->margins, "x"), of_y = list_element(job->margins, "y");
  for (size_t first = 0; first < n; first += BLOCK * together) {
    R_CheckUserInterrupt();
    size_t count = 0, rows = 0;
    for (size_t at = first; at < n && count < together; at += BLOCK) {
      struct block_scores *block = &job->blocks[count++];
      block->rows = n - at < BLOCK ? n - at : BLOCK;
      copy_rows(job->x, of_x, NULL, at, block->rows, block->x);
      copy_rows(job->y, of_y, NULL, at, block->rows, block->y);
      rows += block->rows;
    }
    parallel_for(job->threads, 2.0 * (double)rows * (double)critic->packed, count,
                 score_block, job);
    for (size_t b = 0; b < count; b++) {
      double *out = REAL(result) + first + b * BLOCK;
      for (size_t i = 0; i < job->blocks[b].rows; i++) {
        out[i] = (double)job->blocks[b].scores[i];
        out[n + i] = (double)job->blocks[b].second[i];
      }
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

SEXP ffi_score_pairs(SEXP x, SEXP y, SEXP margins, SEXP critic, SEXP parameters,
                     SEXP threads)
{
  struct score_job job = {.x = x,
                          .y = y,
                          .margins = margins,
                          .parameters = parameters,
                          .threads = Rf_asInteger(threads),
                          .critic = as_critic(critic)};
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
