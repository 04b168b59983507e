#include <string.h>
#include "arena.h"
#include "kernels.h"
#include "parallel.h"
#include "stack.h"

/* Blocks are dealt out in shares, which have memory of their own: so few, and worked on row by
 * row, that all of it stays in the cache. */
#define SHARES 8

struct share {
  double *row, *gradient; /* of one row of the sum */
  double *work;
};

struct job {
  const struct stack_loss *stack;
  size_t count; /* shares */
  struct share shares[SHARES];
  double *losses, *slopes; /* of each block; parts and offset */
};

static void layout(const struct stack_loss *stack, struct arena *arena, struct job *job)
{
  size_t most = 0;
  for (size_t b = 0; b < stack->blocks; b++)
    most = stack->rows[b] > most ? stack->rows[b] : most;
  job->stack = stack;
  job->count = stack->blocks < SHARES ? stack->blocks : SHARES;
  for (size_t s = 0; s < job->count; s++)
    job->shares[s] =
        (struct share){arena_doubles(arena, most), arena_doubles(arena, most),
                       arena_doubles(arena, objective_work(most))};
  job->losses = arena_doubles(arena, stack->blocks);
  job->slopes = arena_doubles(arena, stack->blocks * (stack->parts + 1));
}

size_t stack_bytes(const struct stack_loss *stack)
{
  struct arena arena = {NULL, 0};
  struct job job;
  layout(stack, &arena, &job);
  return arena_bytes(&arena);
}

/* Four sums at a time, which don't wait for one another. */
static double inner(size_t n, const double *a, const double *b)
{
  double sums[4] = {0.0};
  size_t j = 0;
  for (; j + 4 <= n; j += 4)
    for (size_t l = 0; l < 4; l++)
      sums[l] += a[j + l] * b[j + l];
  for (; j < n; j++)
    sums[0] += a[j] * b[j];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

static double row_loss(const struct stack_loss *stack, const struct share *share,
                       size_t b, size_t i, double *slopes)
{
  const size_t rows = stack->rows[b], parts = stack->parts;
  double *row = share->row;
  for (size_t j = 0; j < rows; j++)
    row[j] = stack->weights[parts];
  for (size_t p = 0; p < parts; p++) {
    const double *part = stack->scores[p * stack->blocks + b] + i * rows;
    const double weight = stack->weights[p];
    for (size_t j = 0; weight != 0.0 && j < rows; j++)
      row[j] += weight * part[j];
  }
  const double loss = objective_local_row(stack->objective, rows, i, row, 0.0,
                                          share->gradient, NULL, share->work);
  for (size_t p = 0; p < parts; p++)
    slopes[p] +=
        inner(rows, share->gradient, stack->scores[p * stack->blocks + b] + i * rows);
  slopes[parts] += kernels()->sum(rows, share->gradient);
  return loss;
}

static void share_loss(void *context, size_t s)
{
  const struct job *job = context;
  const struct stack_loss *stack = job->stack;
  const size_t blocks = stack->blocks, parts = stack->parts;
  for (size_t b = s * blocks / job->count; b < (s + 1) * blocks / job->count; b++) {
    double *slopes = job->slopes + b * (parts + 1);
    job->losses[b] = 0.0;
    memset(slopes, 0, (parts + 1) * sizeof *slopes);
    for (size_t i = 0; i < stack->rows[b]; i++)
      job->losses[b] += row_loss(stack, &job->shares[s], b, i, slopes);
  }
}

double stack_loss(const struct stack_loss *stack, double *slopes)
{
  struct arena arena = arena_on(stack->work);
  struct job job;
  double rows = 0.0, pairs = 0.0, loss = 0.0;
  layout(stack, &arena, &job);
  for (size_t b = 0; b < stack->blocks; b++) {
    rows += (double)stack->rows[b];
    pairs += (double)stack->rows[b] * (double)stack->rows[b];
  }
  parallel_for(stack->host.threads, 100.0 * pairs, job.count, share_loss, &job);
  memset(slopes, 0, (stack->parts + 1) * sizeof *slopes);
  for (size_t b = 0; b < stack->blocks; b++) {
    loss += job.losses[b];
    for (size_t p = 0; p <= stack->parts; p++)
      slopes[p] += job.slopes[b * (stack->parts + 1) + p];
  }
  for (size_t p = 0; p <= stack->parts; p++)
    slopes[p] /= rows;
  return loss / rows;
}
