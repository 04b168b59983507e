/* One network on the concatenated pair: s(x, y) = f(x, y). Its first layer is split,
 * Wx x + Wy y + b, so that it costs per row and not per pair. Then one row of pairs at a
 * time, x_i with every y_j, goes forward, through the loss and backward.
 * Parameters: Wx (dx x width), Wy (dy x width), b (width), the other layers. */
#include <string.h>
#include "critic.h"
#include "parallel.h"

/* Rows of pairs in work at one time. Each has its own sums for the gradient, added up in
 * order at the end: their number is fixed, whatever the number of threads. */
#define SLOTS 8

struct slot {
  struct mlp_space mlp;
  real *in, *slope, *d_in; /* first layer of a row of pairs, rows x width */
  real *scores;            /* rows, to become their gradient */
  double *work;            /* critic_row's */
  real *d_fy;   /* rows x width: gradient of Wy y_j, summed over this slot's rows */
  real *d_rest; /* gradient of the other layers' parameters, likewise */
};

struct space {
  real *fx, *fy; /* Wx x_i + b and Wy y_j, rows x width */
  real *d_fx;
  struct slot slot[SLOTS];
  struct whole whole;
};

struct job {
  const struct kind_call *call;
  const struct critic *critic;
  const real *theta;
  size_t rows;
  const real *x, *y;
  size_t first; /* x row of slot 0 */
  struct space space;
};

static const real *rest(const struct critic *critic, const real *theta)
{
  return theta + (critic->dx + critic->dy + 1) * critic->joint_width;
}

static void layout(const struct critic *critic, const struct objective *objective,
                   size_t rows, struct arena *arena, struct space *space)
{
  const size_t area = rows * critic->joint_width;
  space->fx = arena_reals(arena, area);
  space->fy = arena_reals(arena, area);
  space->d_fx = arena_reals(arena, area);
  for (size_t s = 0; s < SLOTS; s++) {
    struct slot *slot = space->slot + s;
    mlp_layout(&critic->joint, rows, arena, &slot->mlp);
    slot->in = arena_reals(arena, area);
    slot->slope = arena_reals(arena, area);
    slot->d_in = arena_reals(arena, area);
    slot->scores = arena_reals(arena, rows);
    slot->work = arena_doubles(arena, critic_row_work(rows));
    slot->d_fy = arena_reals(arena, area);
    slot->d_rest = arena_reals(arena, mlp_parameters(&critic->joint));
  }
  whole_layout(objective, rows, arena, &space->whole);
}

static size_t work_bytes(const struct critic *critic, const struct objective *objective,
                         size_t rows)
{
  struct arena arena = {NULL, 0};
  struct space space;
  layout(critic, objective, rows, &arena, &space);
  return arena.used;
}

/* Lays out the work memory and computes the first layer's two halves. */
static void job_start(struct job *job, const struct critic *critic, const real *theta,
                      size_t rows, const real *x, const real *y,
                      const struct objective *objective, void *work)
{
  const size_t h = critic->joint_width;
  const real *wx = theta, *wy = wx + critic->dx * h, *bias = wy + critic->dy * h;
  struct arena arena = {work, 0};
  memset(job, 0, sizeof *job);
  job->critic = critic;
  job->theta = theta;
  job->rows = rows;
  job->x = x;
  job->y = y;
  layout(critic, objective, rows, &arena, &job->space);
  for (size_t i = 0; i < rows; i++)
    memcpy(job->space.fx + i * h, bias, h * sizeof(real));
  gemm(rows, h, critic->dx, x, critic->dx, 1, wx, h, job->space.fx, h, 1);
  gemm(rows, h, critic->dy, y, critic->dy, 1, wy, h, job->space.fy, h, 0);
}

/* Scores of x_i with every y. */
static void forward_row(const struct job *job, struct slot *slot, size_t i, real *scores)
{
  const size_t n = job->rows, h = job->critic->joint_width;
  const real *fx = job->space.fx + i * h;
  for (size_t j = 0; j < n; j++)
    for (size_t l = 0; l < h; l++)
      slot->in[j * h + l] = fx[l] + job->space.fy[j * h + l];
  activate(job->critic->joint.activation, n * h, slot->in, slot->slope);
  mlp_forward(&job->critic->joint, rest(job->critic, job->theta), n, slot->in, &slot->mlp,
              scores);
}

/* After forward_row: the gradients that the scores' derivatives make. */
static void backward_row(const struct job *job, struct slot *slot, size_t i,
                         const real *d_scores)
{
  const size_t n = job->rows, h = job->critic->joint_width;
  mlp_backward(&job->critic->joint, rest(job->critic, job->theta), n, slot->in,
               &slot->mlp, d_scores, slot->d_rest, slot->d_in);
  for (size_t j = 0; j < n * h; j++) {
    slot->d_in[j] *= slot->slope[j];
    slot->d_fy[j] += slot->d_in[j];
  }
  column_sums(n, h, slot->d_in, h, job->space.d_fx + i * h, 0);
}

/* Loss of a row of pairs and, if asked for, its gradients. */
static void slot_row(void *context, size_t s)
{
  struct job *job = context;
  const size_t i = job->first + s;
  struct slot *slot = job->space.slot + s;
  forward_row(job, slot, i, slot->scores);
  critic_row(job->call, i, slot->scores, slot->work);
  if (job->call->call->gradient) backward_row(job, slot, i, slot->scores);
}

/* For objectives that want the whole matrix: a row of it, and, when its derivatives have
 * taken its place, once more with the way back. */
static void slot_scores(void *context, size_t s)
{
  struct job *job = context;
  const size_t i = job->first + s;
  forward_row(job, job->space.slot + s, i, job->space.whole.scores + i * job->rows);
}

static void slot_again(void *context, size_t s)
{
  struct job *job = context;
  const size_t i = job->first + s;
  struct slot *slot = job->space.slot + s;
  forward_row(job, slot, i, slot->scores);
  backward_row(job, slot, i, job->space.whole.scores + i * job->rows);
}

/* Runs a task for every row of x, SLOTS at a time, asking the host between. */
static enum status for_rows(struct job *job, const struct host *host, parallel_task *task)
{
  const double cost = 2.0 * SLOTS * (double)job->rows * (double)job->critic->own;
  for (job->first = 0; job->first < job->rows; job->first += SLOTS) {
    const size_t left = job->rows - job->first;
    if (host_stops(host)) return STATUS_INTERRUPTED;
    parallel_for(host->threads, cost, left < SLOTS ? left : SLOTS, task, job);
  }
  return STATUS_OK;
}

/* The slots' sums into the gradient, in order. */
static void collect(const struct job *job, real *gradient)
{
  const struct critic *critic = job->critic;
  const struct slot *slots = job->space.slot;
  const size_t h = critic->joint_width, area = job->rows * h;
  const size_t n_rest = mlp_parameters(&critic->joint);
  real *d_wx = gradient, *d_wy = d_wx + critic->dx * h, *d_bias = d_wy + critic->dy * h;
  real *d_rest = d_bias + h;
  for (size_t s = 0; s < SLOTS; s++) {
    for (size_t i = 0; i < n_rest; i++)
      d_rest[i] += slots[s].d_rest[i];
    if (s > 0)
      for (size_t i = 0; i < area; i++)
        slots[0].d_fy[i] += slots[s].d_fy[i];
  }
  gemm(critic->dx, h, job->rows, job->x, 1, critic->dx, job->space.d_fx, h, d_wx, h, 0);
  gemm(critic->dy, h, job->rows, job->y, 1, critic->dy, slots[0].d_fy, h, d_wy, h, 0);
  column_sums(job->rows, h, job->space.d_fx, h, d_bias, 0);
}

static enum status loss(const struct kind_call *kind_call)
{
  const struct critic_call *call = kind_call->call;
  const struct critic *critic = call->critic;
  const struct host *host = call->host;
  struct job job;
  job_start(&job, critic, call->theta, call->rows, call->x, call->y, call->objective,
            kind_call->work);
  job.call = kind_call;
  for (size_t s = 0; call->gradient && s < SLOTS; s++) {
    struct slot *slot = job.space.slot + s;
    memset(slot->d_fy, 0, call->rows * critic->joint_width * sizeof(real));
    memset(slot->d_rest, 0, mlp_parameters(&critic->joint) * sizeof(real));
  }
  if (objective_is_local(call->objective)) {
    if (for_rows(&job, host, slot_row) != STATUS_OK) return STATUS_INTERRUPTED;
  } else {
    if (for_rows(&job, host, slot_scores) != STATUS_OK ||
        whole_loss(kind_call, &job.space.whole) != STATUS_OK ||
        (call->gradient && for_rows(&job, host, slot_again) != STATUS_OK))
      return STATUS_INTERRUPTED;
  }
  if (call->gradient) collect(&job, call->gradient);
  return STATUS_OK;
}

static void pairs(const struct critic *critic, const real *theta, size_t rows,
                  const real *x, const real *y, void *work, real *scores)
{
  struct job job;
  job_start(&job, critic, theta, rows, x, y, NULL, work);
  struct slot *slot = job.space.slot;
  for (size_t j = 0; j < rows * critic->joint_width; j++)
    slot->in[j] = job.space.fx[j] + job.space.fy[j];
  activate(critic->joint.activation, rows * critic->joint_width, slot->in, NULL);
  mlp_forward(&critic->joint, rest(critic, theta), rows, slot->in, &slot->mlp, scores);
}

static void matrix(const struct critic *critic, const real *theta, size_t rows,
                   const real *x, const real *y, void *work, real *scores)
{
  struct job job;
  job_start(&job, critic, theta, rows, x, y, NULL, work);
  for (size_t i = 0; i < rows; i++)
    forward_row(&job, job.space.slot, i, scores + i * rows);
}

static size_t parameters(const struct critic *critic)
{
  return (critic->dx + critic->dy + 1) * critic->joint_width +
         mlp_parameters(&critic->joint);
}

static void init(const struct critic *critic, uint64_t seed, real *theta)
{
  const size_t h = critic->joint_width, inputs = critic->dx + critic->dy;
  init_weights(inputs, inputs * h, activation_scale(critic->joint.activation), seed, 0,
               theta);
  memset(theta + inputs * h, 0, h * sizeof(real));
  mlp_init(&critic->joint, seed, (inputs + 1) * h, theta + (inputs + 1) * h);
}

static const char *make(const struct critic_spec *spec, enum activation activation,
                        struct critic *critic)
{
  if (spec->depth < 1) return "a joint critic needs a hidden layer";
  critic->joint.activation = activation;
  critic->joint_width = spec->widths[0];
  critic->joint.layers = spec->depth;
  for (size_t l = 0; l < spec->depth; l++)
    critic->joint.width[l] = spec->widths[l];
  critic->joint.width[spec->depth] = 1;
  return NULL;
}

const struct critic_kind critic_joint = {"joint",    make,  parameters, init,
                                         work_bytes, pairs, matrix,     loss};
