/* Critics whose score is an inner product of two encodings: s(x, y) = <g(x), h(y)> + u(x)
 * + w(y). Bilinear critics encode by linear maps, separable ones by networks. */
#include <string.h>
#include "critic.h"
#include "parallel.h"

/* Rows of the score matrix that one task works on. */
#define CHUNK 32

struct space {
  struct encoder_space x, y;
  real *ex, *ey;         /* encodings, rows x (embedding + 1) */
  real *norm_x, *norm_y; /* cosine: lengths of the embeddings */
  real *ey_turned;       /* embeddings of y, transposed: embedding x rows */
  real *d_ex, *d_ey;     /* gradients of the encodings */
  real *scores;          /* rows x rows, to become their gradient */
  double *chunk;         /* for each chunk: critic_row's work */
  struct whole whole;
};

/* One call's arguments, as tasks see them. */
struct job {
  const struct kind_call *call;
  const struct critic *critic;
  const real *theta;
  size_t rows;
  const real *x, *y;
  real *gradient;     /* NULL: losses only */
  size_t first_chunk; /* of the group that is running */
  struct space space;
};

static size_t width(const struct critic *critic)
{
  return critic->x.embedding + 1;
}

static void layout(const struct critic *critic, const struct objective *objective,
                   size_t rows, struct arena *arena, struct space *space)
{
  const size_t lengths = critic->head == HEAD_COSINE ? rows : 0;
  critic->x.kind->layout(&critic->x, rows, arena, &space->x);
  critic->y.kind->layout(&critic->y, rows, arena, &space->y);
  space->ex = arena_reals(arena, rows * width(critic));
  space->ey = arena_reals(arena, rows * width(critic));
  space->norm_x = arena_reals(arena, lengths);
  space->norm_y = arena_reals(arena, lengths);
  space->ey_turned = arena_reals(arena, rows * critic->x.embedding);
  space->d_ex = arena_reals(arena, rows * width(critic));
  space->d_ey = arena_reals(arena, rows * width(critic));
  whole_layout(objective, rows, arena, &space->whole);
  space->scores =
      space->whole.work ? space->whole.scores : arena_reals(arena, rows * rows);
  space->chunk = arena_doubles(arena, (rows + CHUNK - 1) / CHUNK * critic_row_work(rows));
}

static size_t work_bytes(const struct critic *critic, const struct objective *objective,
                         size_t rows)
{
  struct arena arena = {NULL, 0};
  struct space space;
  layout(critic, objective, rows, &arena, &space);
  return arena.used;
}

/* Lays out the work memory for one call. */
static void job_start(struct job *job, const struct critic *critic, const real *theta,
                      size_t rows, const real *x, const real *y,
                      const struct objective *objective, void *work)
{
  struct arena arena = {work, 0};
  memset(job, 0, sizeof *job);
  job->critic = critic;
  job->theta = theta;
  job->rows = rows;
  job->x = x;
  job->y = y;
  layout(critic, objective, rows, &arena, &job->space);
}

/* Embeddings become directions, of length `length`; their own lengths are kept. The small
 * number makes 0 the direction of 0. */
static void normalise(size_t rows, size_t embedding, real length, real *encoding,
                      real *norm)
{
  for (size_t i = 0; i < rows; i++) {
    real *e = encoding + i * (embedding + 1);
    norm[i] = (real)sqrt(dot(embedding, e, e) + 1e-12);
    for (size_t l = 0; l < embedding; l++)
      e[l] *= length / norm[i];
  }
}

/* The same backward: gradients of directions become those of embeddings. */
static void normalise_back(size_t rows, size_t embedding, real length,
                           const real *encoding, const real *norm, real *d)
{
  for (size_t i = 0; i < rows; i++) {
    const real *e = encoding + i * (embedding + 1);
    real *d_e = d + i * (embedding + 1);
    const real along = (real)dot(embedding, e, d_e) / (length * length);
    for (size_t l = 0; l < embedding; l++)
      d_e[l] = (d_e[l] - along * e[l]) * length / norm[i];
  }
}

/* Both embeddings get this length, so that their product is the cosine over temperature. */
static real direction_length(const struct critic *critic)
{
  return (real)(1.0 / sqrt(critic->temperature));
}

static const real *theta_y(const struct critic *critic, const real *theta)
{
  return theta + critic->x.kind->parameters(&critic->x);
}

static void encode(void *context, size_t side)
{
  struct job *job = context;
  const struct critic *critic = job->critic;
  struct space *space = &job->space;
  const int cosine = critic->head == HEAD_COSINE;
  if (side == 0) {
    critic->x.kind->forward(&critic->x, job->theta, job->rows, job->x, &space->x,
                            space->ex);
    if (cosine)
      normalise(job->rows, critic->x.embedding, direction_length(critic), space->ex,
                space->norm_x);
  } else {
    critic->y.kind->forward(&critic->y, theta_y(critic, job->theta), job->rows, job->y,
                            &space->y, space->ey);
    if (cosine)
      normalise(job->rows, critic->y.embedding, direction_length(critic), space->ey,
                space->norm_y);
    transpose(job->rows, critic->x.embedding, space->ey, width(critic), space->ey_turned);
  }
}

/* Scores of rows [first, last) of x with all rows of y. */
static void score_rows(const struct job *job, size_t first, size_t last, real *scores)
{
  const size_t n = job->rows, e = job->critic->x.embedding, w = e + 1;
  const real *ex = job->space.ex, *ey = job->space.ey;
  for (size_t i = first; i < last; i++)
    for (size_t j = 0; j < n; j++)
      scores[(i - first) * n + j] = ex[i * w + e] + ey[j * w + e];
  gemm(last - first, n, e, ex + first * w, w, 1, job->space.ey_turned, n, scores, n, 1);
}

static size_t chunk_first(const struct job *job, size_t task)
{
  return (job->first_chunk + task) * CHUNK;
}

static size_t chunk_last(const struct job *job, size_t task)
{
  const size_t last = chunk_first(job, task) + CHUNK;
  return last < job->rows ? last : job->rows;
}

static void chunk_scores(void *context, size_t task)
{
  struct job *job = context;
  const size_t first = chunk_first(job, task);
  score_rows(job, first, chunk_last(job, task), job->space.scores + first * job->rows);
}

/* The gradient of x's encodings, for one chunk of x's rows. */
static void chunk_d_ex(void *context, size_t task)
{
  struct job *job = context;
  struct space *space = &job->space;
  const size_t n = job->rows, e = job->critic->x.embedding, w = e + 1;
  const size_t first = chunk_first(job, task), last = chunk_last(job, task);
  const real *d_scores = space->scores; /* by now */
  for (size_t i = first; i < last; i++) {
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
      sum += (double)d_scores[i * n + j];
    space->d_ex[i * w + e] = (real)sum;
  }
  gemm(last - first, e, n, d_scores + first * n, n, 1, space->ey, w,
       space->d_ex + first * w, w, 0);
}

/* Scores and losses of one chunk of x's rows and, if job->gradient, the gradients of scores
 * and of x's encodings. */
static void chunk_rows(void *context, size_t task)
{
  struct job *job = context;
  const size_t n = job->rows;
  chunk_scores(context, task);
  for (size_t i = chunk_first(job, task); i < chunk_last(job, task); i++)
    critic_row(job->call, i, job->space.scores + i * n,
               job->space.chunk + (job->first_chunk + task) * critic_row_work(n));
  if (job->gradient) chunk_d_ex(context, task);
}

/* The gradient of y's encodings, for one chunk of y's rows. */
static void chunk_d_ey(void *context, size_t task)
{
  struct job *job = context;
  struct space *space = &job->space;
  const size_t n = job->rows, e = job->critic->x.embedding, w = e + 1;
  const size_t first = chunk_first(job, task), last = chunk_last(job, task);
  const real *d_scores = space->scores; /* by now */
  gemm(last - first, e, n, d_scores + first, 1, n, space->ex, w, space->d_ey + first * w,
       w, 0);
  for (size_t j = first; j < last; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
      sum += (double)d_scores[i * n + j];
    space->d_ey[j * w + e] = (real)sum;
  }
}

static void decode(void *context, size_t side)
{
  struct job *job = context;
  const struct critic *critic = job->critic;
  struct space *space = &job->space;
  if (critic->head == HEAD_COSINE)
    normalise_back(job->rows, critic->x.embedding, direction_length(critic),
                   side ? space->ey : space->ex, side ? space->norm_y : space->norm_x,
                   side ? space->d_ey : space->d_ex);
  if (side == 0)
    critic->x.kind->backward(&critic->x, job->theta, job->rows, job->x, &space->x,
                             space->d_ex, job->gradient);
  else
    critic->y.kind->backward(&critic->y, theta_y(critic, job->theta), job->rows, job->y,
                             &space->y, space->d_ey,
                             job->gradient + critic->x.kind->parameters(&critic->x));
}

/* Arithmetic operations, roughly. */
static double encode_cost(const struct job *job)
{
  return 2.0 * (double)job->rows * (double)job->critic->own;
}

/* Runs a task for every chunk of rows, a group at a time, asking the host between. */
static enum status for_chunks(struct job *job, const struct host *host,
                              parallel_task *task)
{
  const size_t n = (job->rows + CHUNK - 1) / CHUNK, group = 8;
  const double cost = 4.0 * CHUNK * (double)job->rows * (double)width(job->critic);
  for (job->first_chunk = 0; job->first_chunk < n; job->first_chunk += group) {
    const size_t left = n - job->first_chunk, count = left < group ? left : group;
    if (host_stops(host)) return STATUS_INTERRUPTED;
    parallel_for(host->threads, cost * (double)count, count, task, job);
  }
  return STATUS_OK;
}

static enum status loss(const struct kind_call *kind_call)
{
  const struct critic_call *call = kind_call->call;
  const struct host *host = call->host;
  struct job job;
  job_start(&job, call->critic, call->theta, call->rows, call->x, call->y,
            call->objective, kind_call->work);
  job.call = kind_call;
  job.gradient = call->gradient;
  parallel_for(host->threads, encode_cost(&job), 2, encode, &job);
  if (objective_is_local(call->objective)) {
    if (for_chunks(&job, host, chunk_rows) != STATUS_OK) return STATUS_INTERRUPTED;
  } else {
    if (for_chunks(&job, host, chunk_scores) != STATUS_OK ||
        whole_loss(kind_call, &job.space.whole) != STATUS_OK ||
        (call->gradient && for_chunks(&job, host, chunk_d_ex) != STATUS_OK))
      return STATUS_INTERRUPTED;
  }
  if (!call->gradient) return STATUS_OK;
  if (for_chunks(&job, host, chunk_d_ey) != STATUS_OK) return STATUS_INTERRUPTED;
  parallel_for(host->threads, 2.0 * encode_cost(&job), 2, decode, &job);
  return STATUS_OK;
}

static void pairs(const struct critic *critic, const real *theta, size_t rows,
                  const real *x, const real *y, void *work, real *scores)
{
  const size_t e = critic->x.embedding, w = e + 1;
  struct job job;
  job_start(&job, critic, theta, rows, x, y, NULL, work);
  encode(&job, 0);
  encode(&job, 1);
  for (size_t i = 0; i < rows; i++) {
    const real *ex = job.space.ex + i * w, *ey = job.space.ey + i * w;
    scores[i] = (real)(dot(e, ex, ey) + (double)ex[e] + (double)ey[e]);
  }
}

static void matrix(const struct critic *critic, const real *theta, size_t rows,
                   const real *x, const real *y, void *work, real *scores)
{
  struct job job;
  job_start(&job, critic, theta, rows, x, y, NULL, work);
  encode(&job, 0);
  encode(&job, 1);
  score_rows(&job, 0, rows, scores);
}

static size_t parameters(const struct critic *critic)
{
  return critic->x.kind->parameters(&critic->x) + critic->y.kind->parameters(&critic->y);
}

static void init(const struct critic *critic, uint64_t seed, real *theta)
{
  const size_t first_y = critic->x.kind->parameters(&critic->x);
  critic->x.kind->init(&critic->x, seed, 0, theta);
  critic->y.kind->init(&critic->y, seed, first_y, theta + first_y);
}

static const char *make_bilinear(const struct critic_spec *spec,
                                 enum activation activation, struct critic *critic)
{
  (void)activation;
  struct encoder *const sides[2] = {&critic->x, &critic->y};
  for (int side = 0; side < 2; side++) {
    sides[side]->kind = &encoder_quadratic;
    sides[side]->inputs = side ? spec->dy : spec->dx;
    sides[side]->embedding = spec->dy;
    sides[side]->map = side == 0;
    sides[side]->quadratic = spec->quadratic;
  }
  return NULL;
}

static const char *make_separable(const struct critic_spec *spec,
                                  enum activation activation, struct critic *critic)
{
  if (spec->embedding < 1) return "the embedding has no columns";
  struct encoder *const sides[2] = {&critic->x, &critic->y};
  for (int side = 0; side < 2; side++) {
    struct encoder *e = sides[side];
    e->inputs = side ? spec->dy : spec->dx;
    e->embedding = spec->embedding;
    e->skip = spec->skip;
    encoder_make_dense(e, spec->depth, spec->widths, activation);
  }
  return NULL;
}

const struct critic_kind critic_bilinear = {"bilinear", make_bilinear, parameters, init,
                                            work_bytes, pairs,         matrix,     loss};
const struct critic_kind critic_separable = {
    "separable", make_separable, parameters, init, work_bytes, pairs, matrix, loss};
