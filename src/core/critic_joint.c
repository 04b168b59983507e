/* One network on the concatenated pair: s(x, y) = f(x, y). Its first layer is split,
 * Wx x + Wy y + b, so that it costs per row and not per pair. Then one row of pairs at a
 * time, x_i with every y_j, goes forward, through the loss and backward while it is in
 * cache.
 * Numbers: Wx (dx x width), Wy (dy x width), b (width), the other layers. */
#include <string.h>
#include "critic.h"
#include "parallel.h"

/* Rows of pairs are dealt out to slots in turn. Each has its own sums for the gradient, added up
 * in order at the end: their number is fixed, whatever the number of threads. */
#define SLOTS 8

/* Rows that a slot does one after the other, while its sums are in cache; of rows that take so
 * many operations, one, for then the host would wait. */
#define ROUNDS 4
#define LONG_ROW 1e8

struct slot {
  struct mlp_space mlp;
  struct block in, d_in; /* first layer of a row of pairs; its slopes, then its deltas */
  struct block scores;   /* one feature, to become its gradient */
  double *row;           /* critic_row's work */
  struct block d_y;      /* gradient of Wy y_j, summed over this slot's rows */
  real *d_rest;          /* that of the other layers' numbers, likewise */
};

struct job {
  const struct kind_call *call; /* NULL: no loss */
  const struct critic *critic;
  const real *packed;
  size_t rows;
  struct block x, y;   /* data */
  struct block fx, fy; /* Wx x_i and Wy y_j + b */
  struct block d_x;    /* gradient of Wx x_i */
  struct slot slot[SLOTS];
  struct whole whole;
  size_t first, end; /* the rows in work */
  /* what is done with each */
  void (*row)(struct job *job, struct slot *slot, size_t i);
};

static size_t width(const struct critic *critic)
{
  return critic->joint.width[0];
}

/* The packed numbers of the layers after the first. */
static size_t rest_first(const struct critic *critic)
{
  return critic->joint.map[0].packed;
}

static size_t rest_size(const struct critic *critic)
{
  const struct linear *last = &critic->joint.map[critic->joint.layers - 1];
  return last->packed + linear_packed_size(last) - rest_first(critic);
}

static void layout(struct job *job, const struct critic *critic,
                   const struct objective *objective, size_t rows, struct arena *arena)
{
  memset(job, 0, sizeof *job);
  job->critic = critic;
  job->rows = rows;
  job->x = arena_block(arena, rows, critic->joint_x.in + 1);
  job->y = arena_block(arena, rows, critic->joint_y.in + 1);
  job->fx = arena_block(arena, rows, width(critic));
  job->fy = arena_block(arena, rows, width(critic));
  job->d_x = arena_block(arena, rows, width(critic));
  for (size_t s = 0; s < SLOTS; s++) {
    struct slot *slot = job->slot + s;
    mlp_layout(&critic->joint, rows, arena, &slot->mlp);
    slot->in = arena_block(arena, rows, width(critic) + 1);
    slot->d_in = arena_block(arena, rows, width(critic));
    slot->scores = arena_block(arena, rows, 1);
    slot->row = arena_doubles(arena, critic_row_work(rows));
    slot->d_y = arena_block(arena, rows, width(critic));
  }
  real *rest = arena_items(arena, SLOTS, rest_size(critic) * sizeof(real));
  for (size_t s = 0; rest && s < SLOTS; s++)
    job->slot[s].d_rest = rest + s * rest_size(critic);
  whole_layout(objective, rows, arena, &job->whole);
}

static size_t work_bytes(const struct critic *critic, const struct objective *objective,
                         size_t rows)
{
  struct arena arena = {NULL, 0};
  struct job job;
  layout(&job, critic, objective, rows, &arena);
  return arena_bytes(&arena);
}

static void uses(const struct critic *critic, const struct objective *objective,
                 size_t rows, void *work, struct uses *uses)
{
  struct arena arena = {NULL, 0};
  struct job job;
  if (work) arena = arena_on(work);
  layout(&job, critic, objective, rows, &arena);
  uses_add(uses, &critic->joint_x, job.x, job.d_x);
  uses_add(uses, &critic->joint_y, job.y, job.slot[0].d_y);
  for (size_t l = 0; l < critic->joint.layers; l++) {
    const struct linear *map = &critic->joint.map[l];
    const real *sums = job.slot[0].d_rest;
    if (sums) sums += map->packed - rest_first(critic);
    uses->use[uses->count++] = (struct use){
        map, {NULL, 0}, {NULL, 0}, sums, rows < SLOTS ? rows : SLOTS, rest_size(critic)};
  }
}

/* Lays out the work memory and computes the first layer's two halves. */
static void job_start(struct job *job, const struct critic *critic, const real *packed,
                      size_t rows, const real *x, const real *y,
                      const struct objective *objective, void *work)
{
  struct arena arena = arena_on(work);
  const size_t panels = panel_count(rows);
  layout(job, critic, objective, rows, &arena);
  job->packed = packed;
  block_of_rows(rows, critic->dx, critic->joint_x.in, x, job->x);
  block_of_rows(rows, critic->dy, critic->joint_y.in, y, job->y);
  linear_forward(&critic->joint_x, packed, panels, job->x, job->fx, INTO_SET);
  linear_forward(&critic->joint_y, packed, panels, job->y, job->fy, INTO_SET);
}

static void slot_prepare(const struct job *job, struct slot *slot)
{
  mlp_prepare(&job->critic->joint, job->rows, &slot->mlp);
  block_fill(slot->in, panel_count(job->rows), width(job->critic), REAL_C(1.0));
}

static struct stretch all_panels(const struct job *job)
{
  return (struct stretch){0, panel_count(job->rows)};
}

/* Scores of x_i with every y. */
static void forward_row(const struct job *job, struct slot *slot, size_t i)
{
  const struct critic *critic = job->critic;
  const real *fx = job->fx.at + block_index(width(critic), i, 0);
  for (size_t p = 0; p < panel_count(job->rows); p++)
    kernels()->join(
        critic->joint.activation, width(critic), job->fy.at + p * job->fy.panel, fx,
        PANEL, slot->in.at + p * slot->in.panel, slot->d_in.at + p * slot->d_in.panel);
  mlp_forward(&critic->joint, job->packed, all_panels(job), slot->in, &slot->mlp,
              slot->scores);
}

/* After forward_row, when the scores' derivatives have taken their place: the gradients
 * that they make. */
static void backward_row(const struct job *job, struct slot *slot, size_t i)
{
  const struct critic *critic = job->critic;
  const size_t panels = panel_count(job->rows);
  real *d_x = job->d_x.at + block_index(width(critic), i, 0);
  struct uses uses;
  uses.count = 0;
  mlp_backward(&critic->joint, job->packed, all_panels(job), &slot->mlp, slot->scores,
               slot->d_in);
  mlp_uses(&critic->joint, &slot->mlp, slot->in, slot->scores, &uses);
  for (size_t u = 0; u < uses.count; u++) {
    const struct use *use = uses.use + u;
    for (size_t piece = 0; piece < linear_pieces(use->map); piece++)
      linear_gradient(use->map, piece, panels, use->x, use->dz,
                      i >= SLOTS ? INTO_ADD : INTO_SET,
                      slot->d_rest + use->map->packed - rest_first(critic));
  }
  kernels()->part(width(critic), panels, slot->d_in.at, slot->d_in.panel, slot->d_y.at,
                  slot->d_y.panel, d_x, PANEL);
}

/* Loss of a row of pairs and, if asked for, its gradients. */
static void row_through(struct job *job, struct slot *slot, size_t i)
{
  forward_row(job, slot, i);
  critic_row(job->call, i, slot->scores, slot->row);
  if (job->call->call->gradient) backward_row(job, slot, i);
}

/* For objectives that want the whole matrix: a row of it, and, when its derivatives are
 * known, once more with the way back. */
static void row_scores(struct job *job, struct slot *slot, size_t i)
{
  forward_row(job, slot, i);
  whole_take(&job->whole, job->rows, i, slot->scores);
}

static void row_again(struct job *job, struct slot *slot, size_t i)
{
  forward_row(job, slot, i);
  whole_put(&job->whole, job->rows, i, slot->row, slot->scores);
  backward_row(job, slot, i);
}

static void slot_rows(void *context, size_t s)
{
  struct job *job = context;
  for (size_t i = job->first + s; i < job->end; i += SLOTS)
    job->row(job, job->slot + s, i);
}

/* Does something with every row of x, asking the host now and then. */
static enum status for_rows(struct job *job, const struct host *host,
                            void (*row)(struct job *job, struct slot *slot, size_t i))
{
  const double cost = 2.0 * (double)job->rows * (double)rest_size(job->critic);
  const size_t most = cost < LONG_ROW ? SLOTS * ROUNDS : SLOTS;
  job->row = row;
  for (job->first = 0; job->first < job->rows; job->first = job->end) {
    const size_t left = job->rows - job->first, count = left < most ? left : most;
    job->end = job->first + count;
    if (host_stops(host)) return STATUS_INTERRUPTED;
    parallel_for(host->threads, cost * (double)count, count < SLOTS ? count : SLOTS,
                 slot_rows, job);
  }
  return STATUS_OK;
}

/* What the rows of x that fill up the last panel have: nothing. And the slots' sums of
 * y's gradients, in order. */
static void collect(struct job *job)
{
  const size_t n = job->rows, h = width(job->critic);
  for (size_t i = n; i < panel_count(n) * PANEL; i++)
    for (size_t f = 0; f < h; f++)
      job->d_x.at[block_index(h, i, f)] = REAL_C(0.0);
  for (size_t s = 1; s < SLOTS && s < n; s++)
    kernels()->add(block_size(n, h), job->slot[s].d_y.at, job->slot[0].d_y.at);
}

static enum status loss(const struct kind_call *kind_call)
{
  const struct critic_call *call = kind_call->call;
  const struct host *host = call->host;
  struct job job;
  job_start(&job, call->critic, call->packed, call->rows, call->x, call->y,
            call->objective, kind_call->work);
  job.call = kind_call;
  for (size_t s = 0; s < SLOTS; s++) {
    slot_prepare(&job, job.slot + s);
    if (call->gradient)
      memset(job.slot[s].d_y.at, 0,
             block_size(call->rows, width(call->critic)) * sizeof(real));
  }
  if (objective_is_local(call->objective)) {
    if (for_rows(&job, host, row_through) != STATUS_OK) return STATUS_INTERRUPTED;
  } else {
    if (for_rows(&job, host, row_scores) != STATUS_OK ||
        whole_loss(kind_call, &job.whole) != STATUS_OK ||
        (call->gradient && for_rows(&job, host, row_again) != STATUS_OK))
      return STATUS_INTERRUPTED;
  }
  if (call->gradient) collect(&job);
  return STATUS_OK;
}

static void pairs(const struct critic *critic, const real *packed, size_t rows,
                  const real *x, const real *y, void *work, real *scores)
{
  struct job job;
  job_start(&job, critic, packed, rows, x, y, NULL, work);
  struct slot *slot = job.slot;
  slot_prepare(&job, slot);
  for (size_t p = 0; p < panel_count(rows); p++) {
    real *in = slot->in.at + p * slot->in.panel;
    memcpy(in, job.fx.at + p * job.fx.panel, job.fx.panel * sizeof *in);
    kernels()->add(job.fy.panel, job.fy.at + p * job.fy.panel, in);
    kernels()->activate(critic->joint.activation, job.fx.panel, in, NULL);
  }
  mlp_forward(&critic->joint, packed, all_panels(&job), slot->in, &slot->mlp,
              slot->scores);
  memcpy(scores, slot->scores.at, rows * sizeof *scores); /* one feature: in order */
}

static void matrix(const struct critic *critic, const real *packed, size_t rows,
                   const real *x, const real *y, void *work, real *scores)
{
  struct job job;
  job_start(&job, critic, packed, rows, x, y, NULL, work);
  slot_prepare(&job, job.slot);
  for (size_t i = 0; i < rows; i++) {
    forward_row(&job, job.slot, i);
    memcpy(scores + i * rows, job.slot->scores.at, rows * sizeof *scores);
  }
}

static void init(const struct critic *critic, uint64_t seed, real *flat)
{
  const double scale = activation_scale(critic->joint.activation);
  const size_t inputs = critic->joint_x.in + critic->joint_y.in;
  init_linear(&critic->joint_x, scale, inputs, seed, flat);
  init_linear(&critic->joint_y, scale, inputs, seed, flat);
  mlp_init(&critic->joint, seed, flat);
}

static const char *make(const struct critic_spec *spec, enum activation activation,
                        struct critic *critic, struct extent *end)
{
  if (spec->depth < 1) return "a joint critic needs a hidden layer";
  critic->joint_x = linear_make(spec->dx - spec->known, spec->widths[0], 0, end);
  critic->joint_y = linear_make(spec->dy - spec->known, spec->widths[0], 1, end);
  critic->joint.activation = activation;
  critic->joint.layers = spec->depth;
  for (size_t l = 0; l < spec->depth; l++)
    critic->joint.width[l] = spec->widths[l];
  critic->joint.width[spec->depth] = 1;
  mlp_make(&critic->joint, end);
  return NULL;
}

const struct critic_kind critic_joint = {"joint", make,  init,   work_bytes,
                                         uses,    pairs, matrix, loss};
