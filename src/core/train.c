#include <stdlib.h>
#include <string.h>
#include "parallel.h"
#include "source.h"
#include "train.h"

struct space {
  real *theta, *gradient, *m, *v;
  real *mean; /* running average of theta: what is looked at and kept */
  real *x_batch, *y_batch;
  uint32_t *order;
  void *critic;   /* work memory of a batch */
  void *held_out; /* work memory of held_out_loss */
};

static size_t most_checks(const struct train_job *job)
{
  return 2 + job->max_steps / job->check_every;
}

static void layout(const struct train_job *job, struct arena *arena,
                   struct train_state *state, struct space *space)
{
  const struct critic *critic = job->critic;
  state->best = arena_reals(arena, critic->parameters);
  state->checks = arena_take(arena, most_checks(job) * sizeof *state->checks);
  space->theta = arena_reals(arena, critic->parameters);
  space->gradient = arena_reals(arena, critic->parameters);
  space->m = arena_reals(arena, critic->parameters);
  space->v = arena_reals(arena, critic->parameters);
  space->mean = arena_reals(arena, critic->parameters);
  space->x_batch = arena_reals(arena, job->batch * critic->dx);
  space->y_batch = arena_reals(arena, job->batch * critic->dy);
  space->order = arena_take(arena, job->train.n * sizeof *space->order);
  space->critic = arena_take(arena, critic->kind->work_bytes(critic, job->batch));
  space->held_out = arena_take(arena, held_out_bytes(critic, job->batch));
}

enum status train_prepare(const struct train_job *job, struct train_state *state)
{
  struct arena arena = {NULL, 0};
  struct space space;
  memset(state, 0, sizeof *state);
  layout(job, &arena, state, &space);
  void *memory = calloc(arena.used, 1);
  memset(state, 0, sizeof *state);
  if (!memory) return STATUS_NO_MEMORY;
  state->memory = memory;
  return STATUS_OK;
}

void train_free(struct train_state *state)
{
  free(state->memory);
  memset(state, 0, sizeof *state);
}

/* A block has fewer than twice `batch` rows. */
size_t held_out_bytes(const struct critic *critic, size_t batch)
{
  const size_t rows = 2 * batch;
  struct arena arena = {NULL, 0};
  arena_take(&arena, critic->kind->work_bytes(critic, rows));
  arena_reals(&arena, rows * rows);
  arena_doubles(&arena, rows * (1 + rows + objective_work(rows)));
  return arena.used;
}

struct block {
  const struct objective *objective;
  size_t rows;
  const real *scores;
  double *loss;    /* rows */
  double *doubles; /* for each row: its scores and the objective's work */
};

static void block_row(void *context, size_t i)
{
  const struct block *block = context;
  const size_t n = block->rows;
  double *scores = block->doubles + i * (n + objective_work(n));
  for (size_t j = 0; j < n; j++)
    scores[j] = (double)block->scores[i * n + j];
  block->loss[i] =
      block->objective->row(block->objective, n, i, scores, NULL, scores + n);
}

enum status held_out_loss(const struct critic *critic, const real *theta,
                          const struct objective *objective, const struct rows *rows,
                          size_t batch, const struct host *host, void *work, double *loss)
{
  const size_t most = 2 * batch, blocks = rows->n / batch > 1 ? rows->n / batch : 1;
  struct arena arena = {work, 0};
  void *critic_work = arena_take(&arena, critic->kind->work_bytes(critic, most));
  real *scores = arena_reals(&arena, most * most);
  double *row_loss = arena_doubles(&arena, most * (1 + most + objective_work(most)));
  double sum = 0.0;
  for (size_t b = 0; b < blocks; b++) {
    const size_t first = rows->n * b / blocks, last = rows->n * (b + 1) / blocks;
    struct block block = {objective, last - first, scores, row_loss, row_loss + most};
    const enum status status =
        critic->kind->all_pairs(critic, theta, block.rows, rows->x + first * critic->dx,
                                rows->y + first * critic->dy, host, critic_work, scores);
    if (status != STATUS_OK) return status;
    /* an exponential or so for each score */
    parallel_for(host->threads, 50.0 * (double)(block.rows * block.rows), block.rows,
                 block_row, &block);
    for (size_t i = 0; i < block.rows; i++)
      sum += row_loss[i];
  }
  *loss = sum / (double)rows->n;
  return STATUS_OK;
}

/* An exponential average whose memory grows to its full length over the first steps, so
 * that it doesn't begin with the initial parameters. */
static void update_mean(double average, size_t step, size_t count, const real *theta,
                        real *mean)
{
  const double growing = ((double)step - 1.0) / ((double)step + 9.0);
  const real keep = (real)(growing < average ? growing : average);
  for (size_t i = 0; i < count; i++)
    mean[i] = keep * mean[i] + (REAL_C(1.0) - keep) * theta[i];
}

/* Threads that wait for one another lose far more than they gain where other programs
 * want the cores too. Results don't depend on their number, so every stretch of steps
 * begins by timing a few on one thread and a few on all, and goes on with the faster. */
#define STRETCH 64
#define TRIAL 2

struct pace {
  int most; /* threads that the host allows */
  double began, alone;
};

static int pace_threads(struct pace *pace, size_t step, int threads)
{
  const size_t at = (step - 1) % STRETCH;
  if (pace->most == 1 || at > 2 * TRIAL) return threads;
  const double now = parallel_seconds();
  if (at == 0) {
    pace->began = now;
    return 1;
  }
  if (at == TRIAL) {
    pace->alone = now - pace->began;
    pace->began = now;
    return pace->most;
  }
  if (at == 2 * TRIAL) return now - pace->began < pace->alone ? pace->most : 1;
  return threads;
}

enum status train_run(const struct train_job *job, struct train_state *state)
{
  const struct critic *critic = job->critic;
  const size_t bytes = critic->parameters * sizeof(real);
  struct arena arena = {state->memory, 0};
  struct space space;
  layout(job, &arena, state, &space);
  struct source source = source_make(job->train.x, job->train.y, job->train.n, critic->dx,
                                     critic->dy, job->batch, job->seed, space.order);
  struct host host = job->host;
  struct pace pace = {host.threads, 0.0, 0.0};
  double best, sum = 0.0;
  size_t since_check = 0;

  /* Step 0 is the critic of independence: the one to beat. */
  memset(state->best, 0, bytes);
  enum status status = held_out_loss(critic, state->best, job->objective, &job->valid,
                                     job->batch, &host, space.held_out, &best);
  if (status != STATUS_OK) return status;
  state->checks[0] = (struct train_check){0, NAN, best};
  state->n_checks = 1;
  if (job->start)
    memcpy(space.theta, job->start, bytes);
  else
    critic->kind->init(critic, job->seed, space.theta);

  size_t best_check = 0;
  state->stop = STOP_MAX_STEPS;
  for (size_t step = 1; step <= job->max_steps; step++) {
    double loss, valid;
    host.threads = pace_threads(&pace, step, host.threads);
    source_next(&source, space.x_batch, space.y_batch);
    status = critic->kind->gradient(critic, space.theta, job->batch, space.x_batch,
                                    space.y_batch, job->objective, &host, space.critic,
                                    space.gradient, &loss);
    if (status != STATUS_OK) return status;
    if (!isfinite(loss)) {
      state->stop = STOP_DIVERGED;
      break;
    }
    adam_step(&job->adam, step, critic->parameters, space.gradient, space.m, space.v,
              space.theta);
    update_mean(job->average, step, critic->parameters, space.theta, space.mean);
    state->steps = step;
    sum += loss;
    since_check++;
    if (step % job->check_every != 0 && step < job->max_steps) continue;

    status = held_out_loss(critic, space.mean, job->objective, &job->valid, job->batch,
                           &host, space.held_out, &valid);
    if (status != STATUS_OK) return status;
    state->checks[state->n_checks++] =
        (struct train_check){step, sum / (double)since_check, valid};
    sum = 0.0;
    since_check = 0;
    if (valid < best) { /* never true of a NaN */
      best = valid;
      best_check = state->n_checks - 1;
      state->best_step = step;
      memcpy(state->best, space.mean, bytes);
    }
    if (job->progress) job->progress(job->host.context, step);
    if (state->n_checks - 1 - best_check >= job->patience) {
      state->stop = STOP_PATIENCE;
      break;
    }
  }
  return STATUS_OK;
}
