#include <math.h>
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
  const struct critic *critic;
  const real *packed;
  struct block_scores blocks[TOGETHER];
};

/* Room for so many rows and scores. */
static struct block_scores room_for(const struct critic *critic, size_t rows,
                                    size_t scores)
{
  return (struct block_scores){
      .x = (real *)R_alloc(rows * critic->dx, sizeof(real)),
      .y = (real *)R_alloc(rows * critic->dy, sizeof(real)),
      .scores = (real *)R_alloc(scores, sizeof(real)),
      .second = (real *)R_alloc(rows, sizeof(real)),
      .work = R_alloc(critic_work_bytes(critic, NULL, rows), 1),
  };
}

static void score_pairs(void *context, size_t b)
{
  const struct score_job *job = context;
  const struct block_scores *block = &job->blocks[b];
  critic_pairs(job->critic, job->packed, block->rows, block->x, block->y, block->work,
               block->scores, block->second);
}

SEXP ffi_score_pairs(SEXP x, SEXP y, SEXP margins, SEXP critic, SEXP parameters,
                     SEXP threads)
{
  const struct critic c = as_critic(critic);
  check_blocks(x, y, margins, &c);
  check_parameters(parameters, &c);
  const size_t n = (size_t)Rf_nrows(x), blocks = (n + BLOCK - 1) / BLOCK;
  const size_t most = Rf_asInteger(threads) > 1 ? TOGETHER : 1;
  const size_t together = blocks < most ? blocks : most;
  struct score_job job = {.critic = &c, .packed = packed_parameters(parameters, &c)};
  for (size_t b = 0; b < together; b++)
    job.blocks[b] = room_for(&c, BLOCK, BLOCK);
  SEXP of_x = list_element(margins, "x"), of_y = list_element(margins, "y");
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, (int)n, 2));
  for (size_t first = 0; first < n; first += BLOCK * together) {
    R_CheckUserInterrupt();
    size_t count = 0, rows = 0;
    for (size_t at = first; at < n && count < together; at += BLOCK) {
      struct block_scores *block = &job.blocks[count++];
      block->rows = n - at < BLOCK ? n - at : BLOCK;
      copy_rows(x, of_x, NULL, at, block->rows, block->x);
      copy_rows(y, of_y, NULL, at, block->rows, block->y);
      rows += block->rows;
    }
    parallel_for(Rf_asInteger(threads), 2.0 * (double)rows * (double)c.packed, count,
                 score_pairs, &job);
    for (size_t b = 0; b < count; b++) {
      double *out = REAL(result) + first + b * BLOCK;
      for (size_t i = 0; i < job.blocks[b].rows; i++) {
        out[i] = (double)job.blocks[b].scores[i];
        out[n + i] = (double)job.blocks[b].second[i];
      }
    }
  }
  UNPROTECT(1);
  return result;
}

static void score_all_pairs(void *context, size_t b)
{
  const struct score_job *job = context;
  const struct block_scores *block = &job->blocks[b];
  critic_matrix(job->critic, job->packed, block->rows, block->x, block->y, block->work,
                block->scores);
}

/* Of numbers from 1. */
static size_t rows_of_block(SEXP block, size_t n)
{
  const size_t rows = (size_t)Rf_xlength(block);
  if (TYPEOF(block) != INTSXP) Rf_error("internal error: row numbers are integers");
  for (size_t i = 0; i < rows; i++)
    if (INTEGER(block)[i] < 1 || (size_t)INTEGER(block)[i] > n)
      Rf_error("internal error: there is no such row");
  return rows;
}

static SEXP square(size_t n, const real *by_row)
{
  SEXP out = Rf_allocMatrix(REALSXP, (int)n, (int)n);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      REAL(out)[j * n + i] = (double)by_row[i * n + j];
  return out;
}

/* For each block of rows a matrix of the scores of all its pairs: on threads whatever the critic,
 * as several blocks are usually many. */
SEXP ffi_score_blocks(SEXP x, SEXP y, SEXP blocks, SEXP margins, SEXP critic,
                      SEXP parameters, SEXP threads)
{
  const struct critic c = as_critic(critic);
  check_blocks(x, y, margins, &c);
  check_parameters(parameters, &c);
  const size_t count = (size_t)Rf_xlength(blocks);
  size_t most = 0;
  for (size_t b = 0; b < count; b++) {
    const size_t rows =
        rows_of_block(VECTOR_ELT(blocks, (R_xlen_t)b), (size_t)Rf_nrows(x));
    most = rows > most ? rows : most;
  }
  const size_t wanted = Rf_asInteger(threads) > 1 ? TOGETHER : 1;
  const size_t together = count < wanted ? count : wanted;
  struct score_job job = {.critic = &c, .packed = packed_parameters(parameters, &c)};
  for (size_t b = 0; b < together; b++)
    job.blocks[b] = room_for(&c, most, most * most);
  SEXP of_x = list_element(margins, "x"), of_y = list_element(margins, "y");
  SEXP out = PROTECT(Rf_allocVector(VECSXP, (R_xlen_t)count));
  for (size_t first = 0; first < count; first += together) {
    const size_t now = count - first < together ? count - first : together;
    R_CheckUserInterrupt();
    for (size_t b = 0; b < now; b++) {
      SEXP rows = VECTOR_ELT(blocks, (R_xlen_t)(first + b));
      struct block_scores *block = &job.blocks[b];
      block->rows = (size_t)Rf_xlength(rows);
      copy_rows(x, of_x, INTEGER(rows), 0, block->rows, block->x);
      copy_rows(y, of_y, INTEGER(rows), 0, block->rows, block->y);
    }
    parallel_for(Rf_asInteger(threads), HUGE_VAL, now, score_all_pairs, &job);
    for (size_t b = 0; b < now; b++)
      SET_VECTOR_ELT(out, (R_xlen_t)(first + b),
                     square(job.blocks[b].rows, job.blocks[b].scores));
  }
  UNPROTECT(1);
  return out;
}
