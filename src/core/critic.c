#include <string.h>
#include "critic.h"

static const struct critic_kind *const kinds[] = {
    &critic_bilinear,
    &critic_separable,
    &critic_joint,
};

struct name {
  const char *name;
  int value;
};

static const struct name activations[] = {
    {"relu", ACTIVATION_RELU},
    {"silu", ACTIVATION_SILU},
    {"tanh", ACTIVATION_TANH},
    {NULL, -1},
};

static const struct name heads[] = {
    {"log_ratio", HEAD_LOG_RATIO},
    {"ratio", HEAD_RATIO},
    {"cosine", HEAD_COSINE},
    {NULL, -1},
};

static int find_name(const struct name *names, const char *name)
{
  while (names->name && strcmp(names->name, name) != 0)
    names++;
  return names->value;
}

/* The second network is like the critic's own: quadratic beside a bilinear one, and dense
 * with the critic's hidden layers beside networks. */
static void make_second(const struct critic_spec *spec, enum activation activation,
                        struct critic *critic)
{
  struct encoder *e = &critic->second;
  critic->second_of = spec->second;
  if (spec->second == SECOND_NONE) return;
  e->inputs = spec->dx + (spec->second == SECOND_OF_PAIR ? spec->dy : 0);
  e->embedding = 0;
  if (spec->depth == 0) {
    e->kind = &encoder_quadratic;
    e->map = 1;
    e->quadratic = 1;
  } else {
    encoder_make_dense(e, spec->depth, spec->widths, activation);
    e->skip = 1;
  }
}

const char *critic_make(const struct critic_spec *spec, struct critic *critic)
{
  memset(critic, 0, sizeof *critic);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i]->name, spec->kind) == 0) critic->kind = kinds[i];
  if (!critic->kind) return "there is no critic of that name";
  if (spec->dx < 1 || spec->dy < 1) return "x and y need at least one column";
  if (spec->depth > MLP_MAX_LAYERS - 1) return "there are too many hidden layers";
  for (size_t l = 0; l < spec->depth; l++)
    if (spec->widths[l] < 1) return "a hidden layer has no units";
  const int activation = find_name(activations, spec->activation);
  const int head = find_name(heads, spec->head);
  if (activation < 0) return "there is no activation of that name";
  if (head < 0) return "there is no head of that name";
  if (head == HEAD_COSINE && critic->kind != &critic_separable)
    return "only separable critics have embeddings for a cosine";
  if (head == HEAD_COSINE && !(spec->temperature > 0.0))
    return "the temperature is not positive";
  critic->dx = spec->dx;
  critic->dy = spec->dy;
  critic->head = (enum head)head;
  critic->temperature = spec->temperature;
  const char *wrong = critic->kind->make(spec, (enum activation)activation, critic);
  if (wrong) return wrong;
  make_second(spec, (enum activation)activation, critic);
  critic->own = critic->kind->parameters(critic);
  critic->parameters = critic->own;
  if (critic->second_of)
    critic->parameters += critic->second.kind->parameters(&critic->second);
  return NULL;
}

void critic_init(const struct critic *critic, uint64_t seed, real *theta)
{
  critic->kind->init(critic, seed, theta);
  if (critic->second_of)
    critic->second.kind->init(&critic->second, seed, critic->own, theta + critic->own);
}

size_t critic_row_work(size_t rows)
{
  return 2 * rows + objective_work(rows);
}

void critic_row(const struct kind_call *kind_call, size_t i, real *scores, double *work)
{
  const struct critic_call *call = kind_call->call;
  const size_t n = call->rows;
  const double offset = head_offset(call->critic), scale = 1.0 / (double)n;
  double *in = work, *gradient = call->gradient ? work + n : NULL, d_second = 0.0;
  for (size_t j = 0; j < n; j++)
    in[j] = (double)scores[j] + offset;
  kind_call->row_loss[i] = objective_local_row(
      call->objective, n, i, in, kind_call->second ? kind_call->second[i] : 0.0, gradient,
      gradient ? &d_second : NULL, work + 2 * n);
  if (!gradient) return;
  for (size_t j = 0; j < n; j++)
    scores[j] = flush_tiny((real)(scale * gradient[j]));
  if (kind_call->d_second) kind_call->d_second[i] = scale * d_second;
}

void whole_layout(const struct objective *objective, size_t rows, struct arena *arena,
                  struct whole *whole)
{
  memset(whole, 0, sizeof *whole);
  if (!objective || objective_is_local(objective)) return;
  whole->scores = arena_reals(arena, rows * rows);
  whole->matrix = arena_doubles(arena, rows * rows);
  whole->gradient = arena_doubles(arena, rows * rows);
  whole->work = arena_doubles(arena, objective_matrix_work(objective, rows));
}

enum status whole_loss(const struct kind_call *kind_call, const struct whole *whole)
{
  const struct critic_call *call = kind_call->call;
  const size_t n = call->rows;
  const double offset = head_offset(call->critic);
  for (size_t i = 0; i < n * n; i++)
    whole->matrix[i] = (double)whole->scores[i] + offset;
  const struct matrix_loss loss = {call->objective,
                                   n,
                                   whole->matrix,
                                   kind_call->second,
                                   call->gradient ? whole->gradient : NULL,
                                   call->gradient ? kind_call->d_second : NULL,
                                   kind_call->row_loss,
                                   call->state,
                                   whole->work};
  const enum status status = objective_matrix(&loss, call->host);
  if (status != STATUS_OK || !call->gradient) return status;
  for (size_t i = 0; i < n * n; i++)
    whole->scores[i] = flush_tiny((real)whole->gradient[i]);
  return STATUS_OK;
}

struct space {
  void *kind;
  double *row_loss;
  /* Of the second network. */
  struct encoder_space encoder;
  real *in, *out;
  double *second, *d_second;
};

static void layout(const struct critic *critic, const struct objective *objective,
                   size_t rows, struct arena *arena, struct space *space)
{
  memset(space, 0, sizeof *space);
  space->kind = arena_take(arena, critic->kind->work_bytes(critic, objective, rows));
  space->row_loss = arena_doubles(arena, rows);
  if (!critic->second_of) return;
  const struct encoder *e = &critic->second;
  e->kind->layout(e, rows, arena, &space->encoder);
  space->in = arena_reals(arena, rows * e->inputs);
  space->out = arena_reals(arena, rows);
  space->second = arena_doubles(arena, rows);
  space->d_second = arena_doubles(arena, rows);
}

size_t critic_work_bytes(const struct critic *critic, const struct objective *objective,
                         size_t rows)
{
  struct arena arena = {NULL, 0};
  struct space space;
  layout(critic, objective, rows, &arena, &space);
  return arena.used;
}

static void second_forward(const struct critic *critic, const real *theta, size_t rows,
                           const real *x, const real *y, struct space *space)
{
  const struct encoder *e = &critic->second;
  for (size_t i = 0; i < rows; i++) {
    real *in = space->in + i * e->inputs;
    memcpy(in, x + i * critic->dx, critic->dx * sizeof *in);
    if (critic->second_of == SECOND_OF_PAIR)
      memcpy(in + critic->dx, y + i * critic->dy, critic->dy * sizeof *in);
  }
  e->kind->forward(e, theta + critic->own, rows, space->in, &space->encoder, space->out);
}

enum status critic_loss(const struct critic_call *call, double *loss)
{
  const struct critic *critic = call->critic;
  const size_t n = call->rows;
  struct arena arena = {call->work, 0};
  struct space space;
  layout(critic, call->objective, n, &arena, &space);
  if (call->gradient)
    memset(call->gradient, 0, critic->parameters * sizeof *call->gradient);
  if (critic->second_of) {
    second_forward(critic, call->theta, n, call->x, call->y, &space);
    for (size_t i = 0; i < n; i++)
      space.second[i] = (double)space.out[i];
  }
  const struct kind_call kind_call = {call, space.second, space.d_second, space.row_loss,
                                      space.kind};
  const enum status status = critic->kind->loss(&kind_call);
  if (status != STATUS_OK) return status;
  if (critic->second_of && call->gradient) {
    for (size_t i = 0; i < n; i++)
      space.out[i] = (real)space.d_second[i];
    critic->second.kind->backward(&critic->second, call->theta + critic->own, n, space.in,
                                  &space.encoder, space.out,
                                  call->gradient + critic->own);
  }
  *loss = 0.0;
  for (size_t i = 0; i < n; i++)
    *loss += space.row_loss[i];
  *loss /= (double)n;
  return STATUS_OK;
}

void critic_pairs(const struct critic *critic, const real *theta, size_t rows,
                  const real *x, const real *y, void *work, real *scores, real *second)
{
  struct arena arena = {work, 0};
  struct space space;
  layout(critic, NULL, rows, &arena, &space);
  critic->kind->pairs(critic, theta, rows, x, y, space.kind, scores);
  for (size_t i = 0; i < rows; i++)
    scores[i] += (real)head_offset(critic);
  if (!second) return;
  if (critic->second_of) second_forward(critic, theta, rows, x, y, &space);
  for (size_t i = 0; i < rows; i++)
    second[i] = critic->second_of ? space.out[i] : REAL_C(0.0);
}

void critic_matrix(const struct critic *critic, const real *theta, size_t rows,
                   const real *x, const real *y, void *work, real *scores)
{
  struct arena arena = {work, 0};
  struct space space;
  layout(critic, NULL, rows, &arena, &space);
  critic->kind->matrix(critic, theta, rows, x, y, space.kind, scores);
  for (size_t i = 0; i < rows * rows; i++)
    scores[i] += (real)head_offset(critic);
}
