/* Critics whose score is an inner product of two encodings: s(x, y) = <g(x), h(y)> + u(x)
 * + w(y). Bilinear critics encode by linear maps, separable ones by networks. Separable
 * ones may have several such components, and their log-mean-exp as the score.
 *
 * For each component, encodings have two features more than the embedding has, (g, u, 1) of
 * x and (h, 1, w) of y, so that the score is one inner product and its gradient two
 * products. Scores are a block too: rows are the y's, features the x's. */
#include <string.h>
#include "critic.h"
#include "parallel.h"

struct side {
  const struct encoder *encoder;
  const real *rows;
  struct encoder_space space;
  struct block in;
  struct block e;   /* encoding; with a cosine, directions */
  struct block d_e; /* its gradient */
  real *norm;       /* cosine: lengths of the embeddings */
};

/* One call's arguments and work memory, as tasks see them. */
struct job {
  const struct kind_call *call; /* NULL: no loss */
  const struct critic *critic;
  const real *packed;
  size_t rows;
  struct side x, y;
  struct block scores; /* y's by x's, to become their gradient */
  struct block part;   /* of each component: scores, shares, gradient; one: `scores` */
  size_t apart;        /* numbers from one component to the next */
  struct block turned; /* the gradient, x's by y's */
  double *row;         /* for each stretch: critic_row's work */
  struct whole whole;
  size_t first, count; /* the stretches of the group that is running */
};

/* Of one component, and of all. */
static size_t width(const struct critic *critic)
{
  return critic->embedding + 2;
}

static size_t features(const struct critic *critic)
{
  return critic->components * width(critic);
}

static void side_layout(struct side *side, const struct critic *critic, size_t rows,
                        struct arena *arena)
{
  const struct encoder *e = side->encoder;
  e->kind->layout(e, rows, arena, &side->space);
  side->in = arena_block(arena, rows, e->inputs + 1);
  side->e = arena_block(arena, rows, features(critic));
  side->d_e = arena_block(arena, rows, features(critic));
  side->norm = arena_reals(arena, panel_count(rows) * PANEL);
}

static void layout(struct job *job, const struct critic *critic,
                   const struct objective *objective, size_t rows, struct arena *arena)
{
  memset(job, 0, sizeof *job);
  job->critic = critic;
  job->rows = rows;
  job->x.encoder = &critic->x;
  job->y.encoder = &critic->y;
  side_layout(&job->x, critic, rows, arena);
  side_layout(&job->y, critic, rows, arena);
  job->scores = job->part = arena_block(arena, rows, rows);
  job->apart = block_size(rows, rows);
  if (critic->components > 1) {
    job->part.at = arena_items(arena, critic->components, job->apart * sizeof(real));
  }
  job->turned = arena_block(arena, rows, panel_count(rows) * PANEL);
  whole_layout(objective, rows, arena, &job->whole);
  job->row = arena_items(arena, stretches(rows), critic_row_work(rows) * sizeof(double));
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
  critic->x.kind->uses(&critic->x, &job.x.space, job.x.in, job.x.d_e, uses);
  critic->y.kind->uses(&critic->y, &job.y.space, job.y.in, job.y.d_e, uses);
}

/* Moves features of one panel. */
static void move_features(real *panel, size_t count, size_t from, size_t to)
{
  memmove(panel + to * PANEL, panel + from * PANEL, count * PANEL * sizeof(real));
}

/* Both embeddings get this length, so that their product is the cosine over temperature. */
static real direction_length(const struct critic *critic)
{
  return (real)(1.0 / sqrt(critic->temperature));
}

/* One panel: embeddings become directions, their lengths are kept. The small number makes 0
 * the direction of 0. */
static void normalise(size_t embedding, real length, real *e, real *norm)
{
  for (size_t r = 0; r < PANEL; r++) {
    double sum = 1e-12;
    for (size_t f = 0; f < embedding; f++)
      sum += (double)e[f * PANEL + r] * (double)e[f * PANEL + r];
    norm[r] = (real)sqrt(sum);
    for (size_t f = 0; f < embedding; f++)
      e[f * PANEL + r] *= length / norm[r];
  }
}

/* The same backward: gradients of directions become those of embeddings. */
static void normalise_back(size_t embedding, real length, const real *e, const real *norm,
                           real *d)
{
  for (size_t r = 0; r < PANEL; r++) {
    double sum = 0.0;
    for (size_t f = 0; f < embedding; f++)
      sum += (double)e[f * PANEL + r] * (double)d[f * PANEL + r];
    const real along = (real)sum / (length * length);
    for (size_t f = 0; f < embedding; f++) {
      real *at = d + f * PANEL + r;
      *at = (*at - along * e[f * PANEL + r]) * length / norm[r];
    }
  }
}

static void encode(struct job *job, struct side *side, struct stretch panels)
{
  const struct encoder *e = side->encoder;
  e->kind->forward(e, job->packed, panels, side->in, &side->space, side->e);
  const size_t embedding = job->critic->embedding;
  for (size_t p = panels.first; p < panels.first + panels.count; p++) {
    real *panel = side->e.at + p * side->e.panel;
    for (size_t k = job->critic->components; k-- > 0;) { /* room is made from behind */
      real *to = panel + k * width(job->critic) * PANEL;
      move_features(panel, embedding + 1, k * (embedding + 1), k * width(job->critic));
      if (side == &job->y) move_features(to, 1, embedding, embedding + 1);
      for (size_t r = 0; r < PANEL; r++)
        to[(embedding + (side == &job->x)) * PANEL + r] = REAL_C(1.0);
    }
    if (job->critic->head == HEAD_COSINE)
      normalise(embedding, direction_length(job->critic), panel, side->norm + p * PANEL);
  }
}

/* From the encoding's gradient to the deltas of the encoder's maps. */
static void decode(struct job *job, struct side *side, struct stretch panels)
{
  const struct encoder *e = side->encoder;
  const size_t embedding = job->critic->embedding;
  for (size_t p = panels.first; p < panels.first + panels.count; p++) {
    real *d = side->d_e.at + p * side->d_e.panel;
    if (job->critic->head == HEAD_COSINE)
      normalise_back(embedding, direction_length(job->critic),
                     side->e.at + p * side->e.panel, side->norm + p * PANEL, d);
    for (size_t k = 0; k < job->critic->components; k++) {
      const size_t from = k * width(job->critic);
      if (side == &job->y) move_features(d, 1, from + embedding + 1, from + embedding);
      move_features(d, embedding + 1, from, k * (embedding + 1));
    }
  }
  e->kind->backward(e, job->packed, panels, side->in, &side->space, side->d_e);
}

/* Lays out the work memory for one call. */
static void job_start(struct job *job, const struct critic *critic, const real *packed,
                      size_t rows, const real *x, const real *y,
                      const struct objective *objective, void *work)
{
  struct arena arena = arena_on(work);
  layout(job, critic, objective, rows, &arena);
  job->packed = packed;
  block_of_rows(rows, critic->dx, critic->x.inputs, x, job->x.in);
  block_of_rows(rows, critic->dy, critic->y.inputs, y, job->y.in);
  critic->x.kind->prepare(&critic->x, rows, &job->x.space);
  critic->y.kind->prepare(&critic->y, rows, &job->y.space);
}

/* A component's scores. */
static struct block part_of(const struct job *job, size_t component)
{
  struct block part = job->part;
  part.at += component * job->apart;
  return part;
}

/* How many rows of x a stretch has. */
static size_t stretch_rows_of(const struct job *job, struct stretch panels)
{
  const size_t left = job->rows - panels.first * PANEL;
  return left < panels.count * PANEL ? left : panels.count * PANEL;
}

/* Scores of a stretch of x with all rows of y. */
static void score_stretch(struct job *job, struct stretch panels)
{
  const size_t components = job->critic->components, wide = width(job->critic);
  const size_t rows = stretch_rows_of(job, panels), count = panel_count(job->rows);
  for (size_t k = 0; k < components; k++) {
    const struct block ex = block_from(job->x.e, panels.first, k * wide);
    const struct block ey = block_from(job->y.e, 0, k * wide);
    const struct block to = block_from(part_of(job, k), 0, panels.first * PANEL);
    const struct product product = {rows,  wide,     count, LEFT_DOWN, ex.at,   ex.panel,
                                    ey.at, ey.panel, to.at, to.panel,  INTO_SET};
    kernels()->product(&product);
  }
  for (size_t p = 0; components > 1 && p < count; p++) {
    const size_t at = p * job->scores.panel + panels.first * PANEL * PANEL;
    kernels()->mix(components, job->apart, rows * PANEL, job->part.at + at,
                   job->scores.at + at);
  }
}

/* Tasks of a group: its stretches of x, and, where both sides have work, then those of y:
 * so a thread of two keeps to one side, whose numbers stay in its cache. */
static struct stretch stretch_of(const struct job *job, size_t task)
{
  return stretch_at(job->rows, job->first + task % job->count);
}

static struct side *side_of(struct job *job, size_t task)
{
  return task < job->count ? &job->x : &job->y;
}

static void stretch_encode(void *context, size_t task)
{
  encode(context, side_of(context, task), stretch_of(context, task));
}

static void stretch_scores(void *context, size_t task)
{
  score_stretch(context, stretch_of(context, task));
}

/* Scores and losses of a stretch of x and, if asked for, the scores' gradient. */
static void stretch_rows(void *context, size_t task)
{
  struct job *job = context;
  const struct stretch panels = stretch_of(job, task);
  const size_t n = job->rows, last = (panels.first + panels.count) * PANEL;
  double *work = job->row + (job->first + task) * critic_row_work(n);
  score_stretch(job, panels);
  for (size_t i = panels.first * PANEL; i < n && i < last; i++)
    critic_row(job->call, i, block_from(job->scores, 0, i), work);
}

/* From the scores' gradient to that of the components', for a stretch of x. */
static void stretch_unmix(void *context, size_t task)
{
  struct job *job = context;
  const struct stretch panels = stretch_of(job, task);
  for (size_t p = 0; p < panel_count(job->rows); p++) {
    const size_t at = p * job->scores.panel + panels.first * PANEL * PANEL;
    kernels()->unmix(job->critic->components, job->apart,
                     stretch_rows_of(job, panels) * PANEL, job->part.at + at,
                     job->scores.at + at);
  }
}

/* A component's gradient the other way round: a stretch of x's by y's. */
static void turn_stretch(const struct job *job, struct stretch panels,
                         struct block scores)
{
  for (size_t p = panels.first; p < panels.first + panels.count; p++) {
    const size_t left = job->rows - p * PANEL;
    kernels()->turn(left < PANEL ? left : PANEL, panel_count(job->rows),
                    scores.at + p * PANEL * PANEL, scores.panel,
                    job->turned.at + p * job->turned.panel);
  }
}

/* The way back from the scores' gradient: it times the other side's encodings, and from
 * there on to the deltas of the encoder's maps. */
static void stretch_back(void *context, size_t task)
{
  struct job *job = context;
  struct side *side = side_of(job, task);
  const struct side *other = side == &job->x ? &job->y : &job->x;
  const struct stretch panels = stretch_of(job, task);
  for (size_t k = 0; k < job->critic->components; k++) {
    const size_t at = k * width(job->critic);
    const struct block part = part_of(job, k), e = block_from(other->e, 0, at);
    if (side == &job->x) turn_stretch(job, panels, part);
    const struct block d =
        block_from(side == &job->x ? job->turned : part, panels.first, 0);
    const struct block to = block_from(side->d_e, panels.first, at);
    const struct product product = {width(job->critic),
                                    job->rows,
                                    panels.count,
                                    LEFT_ACROSS,
                                    e.at,
                                    e.panel,
                                    d.at,
                                    d.panel,
                                    to.at,
                                    to.panel,
                                    INTO_SET};
    kernels()->product(&product);
  }
  decode(job, side, panels);
}

/* Runs a task for every stretch of one side or both, a group at a time, asking the host
 * between. */
static enum status for_stretches(struct job *job, const struct host *host, size_t sides,
                                 double operations, parallel_task *task)
{
  const size_t n = stretches(job->rows), group = 16;
  for (job->first = 0; job->first < n; job->first += group) {
    const size_t left = n - job->first;
    job->count = left < group ? left : group;
    if (host_stops(host)) return STATUS_INTERRUPTED;
    parallel_for(host->threads, operations * (double)job->count / (double)n,
                 sides * job->count, task, job);
  }
  return STATUS_OK;
}

/* Loss and gradient by scores of an objective that wants them all. */
static enum status whole_rows(struct job *job, const struct kind_call *call)
{
  const size_t n = job->rows;
  for (size_t i = 0; i < n; i++)
    whole_take(&job->whole, n, i, block_from(job->scores, 0, i));
  const enum status status = whole_loss(call, &job->whole);
  for (size_t i = 0; call->call->gradient && i < n; i++)
    whole_put(&job->whole, n, i, job->row, block_from(job->scores, 0, i));
  return status;
}

static enum status loss(const struct kind_call *kind_call)
{
  const struct critic_call *call = kind_call->call;
  const struct host *host = call->host;
  const double n = (double)call->rows, wide = (double)features(call->critic);
  const double encoding = 2.0 * n * (double)call->critic->packed;
  const double scoring = n * n * (2.0 * wide + 600.0); /* mostly the loss */
  struct job job;
  job_start(&job, call->critic, call->packed, call->rows, call->x, call->y,
            call->objective, kind_call->work);
  job.call = kind_call;
  if (for_stretches(&job, host, 2, encoding, stretch_encode) != STATUS_OK)
    return STATUS_INTERRUPTED;
  if (objective_is_local(call->objective)) {
    if (for_stretches(&job, host, 1, scoring, stretch_rows) != STATUS_OK)
      return STATUS_INTERRUPTED;
  } else {
    if (for_stretches(&job, host, 1, scoring, stretch_scores) != STATUS_OK ||
        whole_rows(&job, kind_call) != STATUS_OK)
      return STATUS_INTERRUPTED;
  }
  if (!call->gradient) return STATUS_OK;
  if (call->critic->components > 1 &&
      for_stretches(&job, host, 1, scoring, stretch_unmix) != STATUS_OK)
    return STATUS_INTERRUPTED;
  return for_stretches(&job, host, 2, scoring + encoding, stretch_back);
}

static void encode_all(struct job *job)
{
  const struct stretch all = {0, panel_count(job->rows)};
  encode(job, &job->x, all);
  encode(job, &job->y, all);
}

static void pairs(const struct critic *critic, const real *packed, size_t rows,
                  const real *x, const real *y, void *work, real *scores)
{
  struct job job;
  job_start(&job, critic, packed, rows, x, y, NULL, work);
  encode_all(&job);
  for (size_t i = 0; i < rows; i++) {
    double high = -INFINITY, total = 0.0; /* of the components so far, exp(-high) times */
    for (size_t k = 0; k < critic->components; k++) {
      const size_t at = block_index(features(critic), i, k * width(critic));
      double sum = 0.0;
      for (size_t f = 0; f < width(critic); f++)
        sum += (double)job.x.e.at[at + f * PANEL] * (double)job.y.e.at[at + f * PANEL];
      total = sum > high ? total * exp(high - sum) + 1.0 : total + exp(sum - high);
      high = sum > high ? sum : high;
    }
    scores[i] = (real)(high + log(total / (double)critic->components));
  }
}

static void matrix(const struct critic *critic, const real *packed, size_t rows,
                   const real *x, const real *y, void *work, real *scores)
{
  struct job job;
  job_start(&job, critic, packed, rows, x, y, NULL, work);
  encode_all(&job);
  score_stretch(&job, (struct stretch){0, panel_count(rows)});
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < rows; j++)
      scores[i * rows + j] = job.scores.at[block_index(rows, j, i)];
}

static void init(const struct critic *critic, uint64_t seed, real *flat)
{
  critic->x.kind->init(&critic->x, seed, flat);
  critic->y.kind->init(&critic->y, seed, flat);
}

static const char *make_bilinear(const struct critic_spec *spec,
                                 enum activation activation, struct critic *critic,
                                 struct extent *end)
{
  (void)activation;
  critic->embedding = spec->dy - spec->known;
  critic->components = 1;
  struct encoder *const sides[2] = {&critic->x, &critic->y};
  for (int side = 0; side < 2; side++) {
    sides[side]->kind = &encoder_quadratic;
    sides[side]->inputs = (side ? spec->dy : spec->dx) - spec->known;
    sides[side]->embedding = critic->embedding;
    sides[side]->has_map = side == 0;
    sides[side]->quadratic = spec->quadratic;
    sides[side]->kind->make(sides[side], end);
  }
  return NULL;
}

static const char *make_separable(const struct critic_spec *spec,
                                  enum activation activation, struct critic *critic,
                                  struct extent *end)
{
  if (spec->embedding < 1) return "the embedding has no columns";
  critic->embedding = spec->embedding;
  critic->components = spec->components > 0 ? spec->components : 1;
  struct encoder *const sides[2] = {&critic->x, &critic->y};
  for (int side = 0; side < 2; side++) {
    struct encoder *e = sides[side];
    e->inputs = (side ? spec->dy : spec->dx) - spec->known;
    e->embedding = critic->components * (spec->embedding + 1) - 1;
    e->skip = spec->skip;
    encoder_set_dense(e, spec->depth, spec->widths, activation);
    e->kind->make(e, end);
  }
  return NULL;
}

const struct critic_kind critic_bilinear = {"bilinear", make_bilinear, init,   work_bytes,
                                            uses,       pairs,         matrix, loss};
const struct critic_kind critic_separable = {
    "separable", make_separable, init, work_bytes, uses, pairs, matrix, loss};
