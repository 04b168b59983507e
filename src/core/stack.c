#include <string.h>
#include "arena.h"
#include "parallel.h"
#include "stack.h"
#include "transpose.h"

struct piece {
  double *scores, *gradient; /* rows x rows, by row */
  double *column;            /* gradient by column */
  double *row_loss, *work;
  double loss, *slopes; /* of the block */
};

static void layout(const struct stack_loss *stack, struct arena *arena,
                   struct piece **pieces)
{
  *pieces = arena_items(arena, stack->blocks, sizeof **pieces);
  for (size_t b = 0; b < stack->blocks; b++) {
    const size_t rows = stack->rows[b];
    struct piece piece;
    piece.scores = arena_doubles(arena, rows * rows);
    piece.gradient = arena_doubles(arena, rows * rows);
    piece.column = arena_doubles(arena, rows * rows);
    piece.row_loss = arena_doubles(arena, rows);
    piece.work = arena_doubles(arena, objective_matrix_work(stack->objective, rows));
    piece.slopes = arena_doubles(arena, stack->parts + 1);
    if (arena->base) (*pieces)[b] = piece;
  }
}

size_t stack_bytes(const struct stack_loss *stack)
{
  struct arena arena = {NULL, 0};
  struct piece *pieces;
  layout(stack, &arena, &pieces);
  return arena_bytes(&arena);
}

struct job {
  const struct stack_loss *stack;
  struct piece *pieces;
};

static void block_loss(void *context, size_t b)
{
  const struct job *job = context;
  const struct stack_loss *stack = job->stack;
  struct piece *piece = &job->pieces[b];
  const size_t rows = stack->rows[b], area = rows * rows, parts = stack->parts;
  const struct host alone = {1, NULL, NULL};
  double *mixed = piece->column;
  for (size_t i = 0; i < area; i++)
    mixed[i] = stack->weights[parts];
  for (size_t p = 0; p < parts; p++) {
    const double *part = stack->scores[p * stack->blocks + b], weight = stack->weights[p];
    for (size_t i = 0; weight != 0.0 && i < area; i++)
      mixed[i] += weight * part[i];
  }
  transpose(rows, rows, mixed, piece->scores);
  const struct matrix_loss loss = {.objective = stack->objective,
                                   .batch = rows,
                                   .scores = piece->scores,
                                   .gradient = piece->gradient,
                                   .row_loss = piece->row_loss,
                                   .work = piece->work};
  objective_matrix(&loss, &alone);
  transpose(rows, rows, piece->gradient, piece->column);
  piece->loss = 0.0;
  for (size_t i = 0; i < rows; i++)
    piece->loss += piece->row_loss[i] / (double)rows;
  for (size_t p = 0; p <= parts; p++) {
    const double *part = p < parts ? stack->scores[p * stack->blocks + b] : NULL;
    double slope = 0.0;
    for (size_t i = 0; i < area; i++)
      slope += piece->column[i] * (part ? part[i] : 1.0);
    piece->slopes[p] = slope;
  }
}

double stack_loss(const struct stack_loss *stack, double *slopes)
{
  struct arena arena = arena_on(stack->work);
  struct job job = {stack, NULL};
  double total = 0.0, pairs = 0.0, loss = 0.0;
  layout(stack, &arena, &job.pieces);
  for (size_t b = 0; b < stack->blocks; b++) {
    total += (double)stack->rows[b];
    pairs += (double)stack->rows[b] * (double)stack->rows[b];
  }
  parallel_for(stack->host.threads, 100.0 * pairs, stack->blocks, block_loss, &job);
  memset(slopes, 0, (stack->parts + 1) * sizeof *slopes);
  for (size_t b = 0; b < stack->blocks; b++) {
    const double share = (double)stack->rows[b] / total;
    loss += share * job.pieces[b].loss;
    for (size_t p = 0; p <= stack->parts; p++)
      slopes[p] += share * job.pieces[b].slopes[p];
  }
  return loss;
}
