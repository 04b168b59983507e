#include <stdlib.h>
#include <string.h>
#include "parallel.h"
#include "source.h"
#include "train.h"

/* Parameters and what goes with each of them are packed. */
struct space {
  real *theta, *gradient, *m, *v;
  real *mean; /* running average of theta, NULL if there is none */
  real *x_batch, *y_batch;
  uint32_t *order;
  void *critic; /* work memory of a batch or a block */
};

static size_t most_checks(const struct train_job *job)
{
  return 2 + job->max_steps / job->check_every;
}

/* Held-out rows fall into blocks of about `batch`. */
static size_t held_out_blocks(size_t rows, size_t batch)
{
  return rows / batch > 1 ? rows / batch : 1;
}

static size_t held_out_block_rows(size_t rows, size_t batch)
{
  const size_t blocks = held_out_blocks(rows, batch);
  return (rows + blocks - 1) / blocks; /* the largest */
}

static void layout(const struct train_job *job, struct arena *arena,
                   struct train_state *state, struct space *space)
{
  const struct critic *critic = job->critic;
  state->best = arena_reals(arena, critic->parameters);
  state->checks = arena_take(arena, most_checks(job) * sizeof *state->checks);
  space->theta = arena_reals(arena, critic->packed);
  space->gradient = arena_reals(arena, critic->packed);
  space->m = arena_reals(arena, critic->packed);
  space->v = arena_reals(arena, critic->packed);
  space->mean = job->adam.average > 0.0 ? arena_reals(arena, critic->packed) : NULL;
  space->x_batch = arena_reals(arena, job->batch * critic->dx);
  space->y_batch = arena_reals(arena, job->batch * critic->dy);
  space->order = arena_take(arena, job->train.n * sizeof *space->order);
  const size_t block = held_out_block_rows(job->valid.n, job->batch);
  const size_t rows = block > job->batch ? block : job->batch;
  space->critic = arena_take(arena, critic_work_bytes(critic, job->objective, rows));
}

enum status train_prepare(const struct train_job *job, struct train_state *state)
{
  struct arena arena = {NULL, 0};
  struct space space;
  memset(state, 0, sizeof *state);
  layout(job, &arena, state, &space);
  void *memory = calloc(arena_bytes(&arena), 1);
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

/* Loss of the first `rows` rows at x and y. */
static enum status loss_at(const struct train_job *job, const real *packed, size_t rows,
                           const real *x, const real *y, const struct host *host,
                           const struct space *space, double *loss)
{
  const struct critic_call call = {.critic = job->critic,
                                   .packed = packed,
                                   .rows = rows,
                                   .x = x,
                                   .y = y,
                                   .objective = job->objective,
                                   .host = host,
                                   .work = space->critic};
  return critic_loss(&call, loss);
}

/* Mean loss of the validation rows. */
static enum status held_out_loss(const struct train_job *job, const real *packed,
                                 const struct host *host, struct space *space,
                                 double *loss)
{
  const struct critic *critic = job->critic;
  const struct rows *rows = &job->valid;
  const size_t blocks = held_out_blocks(rows->n, job->batch);
  *loss = 0.0;
  for (size_t b = 0; b < blocks; b++) {
    const size_t first = rows->n * b / blocks, count = rows->n * (b + 1) / blocks - first;
    double of_block;
    const enum status status =
        loss_at(job, packed, count, rows->x + first * critic->dx,
                rows->y + first * critic->dy, host, space, &of_block);
    if (status != STATUS_OK) return status;
    *loss += of_block * (double)count / (double)rows->n;
  }
  return STATUS_OK;
}

/* A step of the optimiser, which takes every part of the gradient as soon as it is known. */
struct optimiser {
  struct adam_rates rates;
  struct space *space;
};

static void optimise_part(void *context, struct span part)
{
  const struct optimiser *o = context;
  const struct space *s = o->space;
  kernels()->adam(&o->rates, part.count, s->gradient + part.first, s->m + part.first,
                  s->v + part.first, s->theta + part.first,
                  s->mean ? s->mean + part.first : NULL);
}

/* Loss of the next batch, and the step from it. */
static enum status train_step(const struct train_job *job, struct adam_rates rates,
                              struct source *source, const struct host *host,
                              struct space *space, struct objective_state *moving,
                              double *loss)
{
  struct optimiser optimiser = {rates, space};
  const struct critic_call call = {
      job->critic,    space->theta,   job->batch, space->x_batch,
      space->y_batch, job->objective, moving,     space->gradient,
      optimise_part,  &optimiser,     host,       space->critic};
  source_next(source, space->x_batch, space->y_batch);
  return critic_loss(&call, loss);
}

/* Threads that wait for one another lose far more than they gain where other programs
 * want the cores too. Results don't depend on their number, so every stretch of steps
 * begins by timing a few on one thread and a few on all, and goes on with all if that was
 * clearly faster, until a step takes much longer. Where it wasn't, the next trial waits
 * longer: a step on threads that aren't there can take as long as a hundred. */
#define SHORTEST 64
#define LONGEST 4096
#define TRIAL 3
#define CLEARLY 0.9
#define MUCH 3.0

struct pace {
  int most;     /* threads that the host allows */
  size_t since; /* steps since the stretch began */
  size_t stretch;
  double last, alone, together; /* seconds: of the last step's end, of trials */
};

/* How many threads the next step runs on, after one on so many. */
static int pace_threads(struct pace *pace, int threads)
{
  if (pace->most == 1) return 1;
  const double now = parallel_seconds(), took = now - pace->last;
  const size_t at = pace->since++;
  pace->last = now;
  if (at == 0 || at >= pace->stretch) {
    pace->since = 1;
    pace->alone = pace->together = 0.0;
    return 1;
  }
  if (at <= TRIAL) {
    pace->alone += took / TRIAL;
    return at < TRIAL ? 1 : pace->most;
  }
  if (threads == 1) return 1;
  if (at <= 2 * TRIAL) pace->together += took / TRIAL;
  const int busy = took > MUCH * pace->alone;
  const int slow = at == 2 * TRIAL && pace->together > CLEARLY * pace->alone;
  if (busy || slow) {
    pace->stretch *= busy ? 8 : 2;
    if (pace->stretch > LONGEST) pace->stretch = LONGEST;
    return 1;
  }
  if (at == 2 * TRIAL) pace->stretch = SHORTEST;
  return pace->most;
}

/* Looks to wait for a better score. A best look after a few is mostly the last; one that came
 * late is waited on for longer. */
static size_t looks_to_wait(const struct train_job *job, size_t better)
{
  const size_t least = (job->patience + 1) / 2;
  const size_t longer = better + (better + 1) / 2;
  const size_t most = longer < job->patience ? longer : job->patience;
  return most > least ? most : least;
}

/* The noise of single batches keeps a critic from the best state by a distance that goes
 * with the rate. From there a smaller one comes nearer. */
#define DROP 0.1

static void drop_rate(const struct critic *critic, const struct train_state *state,
                      struct space *space, struct adam *adam)
{
  adam->learn_rate *= DROP;
  critic_pack(critic, state->best, space->theta);
  memset(space->m, 0, critic->packed * sizeof(real));
  memset(space->v, 0, critic->packed * sizeof(real));
}

enum status train_run(const struct train_job *job, struct train_state *state)
{
  const struct critic *critic = job->critic;
  struct arena arena = arena_on(state->memory);
  struct space space;
  layout(job, &arena, state, &space);
  struct source source = source_make(job->train.x, job->train.y, job->train.n, critic->dx,
                                     critic->dy, job->batch, job->seed, space.order);
  struct host host = job->host;
  struct pace pace = {.most = host.threads, .stretch = SHORTEST};
  struct objective_state moving = {0};
  double independence, batch_independence, best = INFINITY, sum = 0.0, loss;
  double waited_from = INFINITY; /* the score that patience began to count at */
  size_t since_check = 0;

  memset(space.theta, 0, critic->packed * sizeof(real));
  enum status status = held_out_loss(job, space.theta, &host, &space, &independence);
  if (status != STATUS_OK) return status;
  /* All rows score the same: any will do. */
  status = loss_at(job, space.theta, job->batch, job->train.x, job->train.y, &host,
                   &space, &batch_independence);
  if (status != STATUS_OK) return status;
  state->checks[0] = (struct train_check){0, 0.0, independence - independence};
  state->n_checks = 1;
  if (!job->start) critic_init(critic, job->seed, state->best);
  critic_pack(critic, job->start ? job->start : state->best, space.theta);
  memset(state->best, 0, critic->parameters * sizeof(real));

  struct adam adam = job->adam;
  size_t better_check = 0, drops = 0;
  size_t drop_step = 0, drop_check = 0; /* of the last drop */
  state->stop = STOP_MAX_STEPS;
  for (size_t step = 1; step <= job->max_steps; step++) {
    double valid;
    host.threads = pace_threads(&pace, host.threads);
    status = train_step(job, adam_rates(&adam, step - drop_step), &source, &host, &space,
                        &moving, &loss);
    if (status != STATUS_OK) return status;
    if (!isfinite(loss)) {
      state->stop = STOP_DIVERGED;
      break;
    }
    state->steps = step;
    sum += loss - batch_independence;
    since_check++;
    if (step % job->check_every != 0 && step < job->max_steps) continue;

    const real *kept = space.mean ? space.mean : space.theta;
    status = held_out_loss(job, kept, &host, &space, &valid);
    if (status != STATUS_OK) return status;
    valid -= independence;
    state->checks[state->n_checks++] =
        (struct train_check){step, sum / (double)since_check, valid};
    sum = 0.0;
    since_check = 0;
    if (valid < best) { /* never true of a NaN */
      best = valid;
      state->best_step = step;
      critic_unpack(critic, kept, state->best);
    }
    if (valid < waited_from - job->min_delta) {
      waited_from = valid;
      better_check = state->n_checks - 1;
    }
    if (job->progress) job->progress(job->host.context, step);
    /* looks since the last drop, and which of them was the last that was better */
    const size_t looks = state->n_checks - 1 - drop_check;
    const size_t better = better_check > drop_check ? better_check - drop_check : 0;
    if (looks - better < looks_to_wait(job, better)) continue;
    /* if no state was ever scored there is none to go on from */
    if (drops == job->drops || state->best_step == 0) {
      state->stop = STOP_PATIENCE;
      break;
    }
    drops++;
    drop_rate(critic, state, &space, &adam);
    memset(&moving, 0, sizeof moving);
    drop_step = step;
    drop_check = state->n_checks - 1;
  }
  return STATUS_OK;
}
