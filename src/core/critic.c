#include <string.h>
#include "critic.h"
#include "parallel.h"

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
                        struct critic *critic, struct extent *end)
{
  struct encoder *e = &critic->second;
  critic->second_of = spec->second;
  if (spec->second == SECOND_NONE) return;
  e->inputs = spec->dx - spec->known +
              (spec->second == SECOND_OF_PAIR ? spec->dy - spec->known : 0);
  e->embedding = 0;
  if (spec->depth == 0) {
    e->kind = &encoder_quadratic;
    e->has_map = 1;
    e->quadratic = 1;
  } else {
    encoder_set_dense(e, spec->depth, spec->widths, activation);
    e->skip = 1;
  }
  e->kind->make(e, end);
}

const char *critic_make(const struct critic_spec *spec, struct critic *critic)
{
  struct extent end = {0, 0};
  memset(critic, 0, sizeof *critic);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i]->name, spec->kind) == 0) critic->kind = kinds[i];
  if (!critic->kind) return "there is no critic of that name";
  if (spec->dx <= spec->known || spec->dy <= spec->known)
    return "x and y need at least one column";
  if (spec->depth > MLP_MAX_LAYERS - 1) return "there are too many hidden layers";
  for (size_t l = 0; l < spec->depth; l++)
    if (spec->widths[l] < 1) return "a hidden layer has no units";
  const int activation = find_name(activations, spec->activation);
  const int head = find_name(heads, spec->head);
  if (head == HEAD_RATIO && spec->known > 0)
    return "a known part of the score goes with a log ratio";
  if (activation < 0) return "there is no activation of that name";
  if (head < 0) return "there is no head of that name";
  if (head == HEAD_COSINE && critic->kind != &critic_separable)
    return "only separable critics have embeddings for a cosine";
  if (head != HEAD_LOG_RATIO && spec->components > 1)
    return "components are mixed as log ratios";
  if (head == HEAD_COSINE && !(spec->temperature > 0.0))
    return "the temperature is not positive";
  critic->dx = spec->dx;
  critic->dy = spec->dy;
  critic->known = spec->known;
  critic->head = (enum head)head;
  critic->temperature = spec->temperature;
  const char *wrong = critic->kind->make(spec, (enum activation)activation, critic, &end);
  if (wrong) return wrong;
  make_second(spec, (enum activation)activation, critic, &end);
  critic->parameters = end.flat;
  critic->packed = end.packed;
  return NULL;
}

void critic_init(const struct critic *critic, uint64_t seed, real *flat)
{
  critic->kind->init(critic, seed, flat);
  if (critic->second_of) critic->second.kind->init(&critic->second, seed, flat);
}

/* ---- rows -------------------------------------------------------------------------- */

void row_put(size_t n, double *row, double times, struct block scores)
{
  for (size_t j = n; j < row_room(n); j++)
    row[j] = 0.0;
  kernels()->put(panel_count(n), row, times, scores.at, scores.panel);
}

/* The known part of x's scores with every y, added to them. */
static void add_known(const struct critic *critic, const real *x, size_t rows,
                      struct block known, double *scores)
{
  x += critic->dx - critic->known;
  for (size_t p = 0; p < panel_count(rows); p++)
    for (size_t f = 0; f < critic->known; f++)
      for (size_t r = 0; r < PANEL; r++)
        scores[p * PANEL + r] +=
            (double)x[f] * (double)known.at[p * known.panel + f * PANEL + r];
}

/* Fills the block of y's known columns. */
static void known_of_rows(const struct critic *critic, size_t rows, const real *y,
                          struct block known)
{
  if (critic->known > 0)
    block_of_rows(rows, critic->dy, critic->known, y + critic->dy - critic->known, known);
}

size_t critic_row_work(size_t rows)
{
  return 2 * row_room(rows) + objective_work(rows);
}

void critic_row(const struct kind_call *kind_call, size_t i, struct block scores,
                double *work)
{
  const struct critic_call *call = kind_call->call;
  const size_t n = call->rows, room = row_room(n);
  const double offset = head_offset(call->critic), scale = 1.0 / (double)n;
  double *row = work, *gradient = call->gradient ? row + room : NULL, d_second = 0.0;
  kernels()->take(panel_count(n), scores.at, scores.panel, row);
  for (size_t j = 0; offset != 0.0 && j < n; j++)
    row[j] += offset;
  if (call->critic->known > 0)
    add_known(call->critic, call->x + i * call->critic->dx, n, kind_call->known, row);
  kind_call->row_loss[i] = objective_local_row(
      call->objective, n, i, row, kind_call->second ? kind_call->second[i] : 0.0,
      gradient, gradient ? &d_second : NULL, work + 2 * room);
  if (!gradient) return;
  row_put(n, gradient, scale, scores);
  if (kind_call->d_second) kind_call->d_second[i] = scale * d_second;
}

void whole_layout(const struct objective *objective, size_t rows, struct arena *arena,
                  struct whole *whole)
{
  memset(whole, 0, sizeof *whole);
  if (!objective || objective_is_local(objective)) return;
  whole->matrix = arena_items(arena, rows, rows * sizeof(double));
  whole->gradient = arena_items(arena, rows, rows * sizeof(double));
  whole->row = arena_doubles(arena, row_room(rows));
  whole->work = arena_doubles(arena, objective_matrix_work(objective, rows));
}

void whole_take(const struct whole *whole, size_t n, size_t i, struct block scores)
{
  for (size_t j = 0; j < n; j++)
    whole->matrix[i * n + j] = (double)scores.at[j / PANEL * scores.panel + j % PANEL];
}

void whole_put(const struct whole *whole, size_t n, size_t i, double *row,
               struct block scores)
{
  memcpy(row, whole->gradient + i * n, n * sizeof *row);
  row_put(n, row, 1.0, scores);
}

enum status whole_loss(const struct kind_call *kind_call, const struct whole *whole)
{
  const struct critic_call *call = kind_call->call;
  const size_t n = call->rows;
  const double offset = head_offset(call->critic);
  for (size_t i = 0; i < n * n; i++)
    whole->matrix[i] += offset;
  for (size_t i = 0; call->critic->known > 0 && i < n; i++) {
    double *known = whole->row;
    memset(known, 0, row_room(n) * sizeof *known);
    add_known(call->critic, call->x + i * call->critic->dx, n, kind_call->known, known);
    for (size_t j = 0; j < n; j++)
      whole->matrix[i * n + j] += known[j];
  }
  const struct matrix_loss loss = {call->objective,
                                   n,
                                   whole->matrix,
                                   kind_call->second,
                                   call->gradient ? whole->gradient : NULL,
                                   call->gradient ? kind_call->d_second : NULL,
                                   kind_call->row_loss,
                                   call->state,
                                   whole->work};
  return objective_matrix(&loss, call->host);
}

/* ---- calls ------------------------------------------------------------------------- */

struct space {
  void *kind;
  double *row_loss;
  struct block known; /* columns of y, and ones */
  double *row;        /* of known parts */
  /* Of the second network. */
  struct encoder_space encoder;
  struct block in, out;
  double *second, *d_second;
};

static struct space layout(const struct critic *critic, const struct objective *objective,
                           size_t rows, struct arena *arena)
{
  struct space space;
  memset(&space, 0, sizeof space);
  space.kind = arena_take(arena, critic->kind->work_bytes(critic, objective, rows));
  space.row_loss = arena_doubles(arena, rows);
  space.known = arena_block(arena, rows, critic->known > 0 ? critic->known + 1 : 0);
  space.row = arena_doubles(arena, row_room(rows));
  if (!critic->second_of) return space;
  const struct encoder *e = &critic->second;
  e->kind->layout(e, rows, arena, &space.encoder);
  space.in = arena_block(arena, rows, e->inputs + 1);
  space.out = arena_block(arena, rows, 1);
  space.second = arena_doubles(arena, row_room(rows));
  space.d_second = arena_doubles(arena, row_room(rows));
  return space;
}

size_t critic_work_bytes(const struct critic *critic, const struct objective *objective,
                         size_t rows)
{
  struct arena arena = {NULL, 0};
  layout(critic, objective, rows, &arena);
  return arena_bytes(&arena);
}

static void all_uses(const struct critic *critic, const struct objective *objective,
                     size_t rows, const struct space *space, struct uses *uses)
{
  uses->count = 0;
  critic->kind->uses(critic, objective, rows, space->kind, uses);
  if (critic->second_of)
    critic->second.kind->uses(&critic->second, &space->encoder, space->in, space->out,
                              uses);
}

/* The maps alone. */
static void maps(const struct critic *critic, struct uses *uses)
{
  struct arena arena = {NULL, 0};
  const struct space space = layout(critic, NULL, 0, &arena);
  all_uses(critic, NULL, 0, &space, uses);
}

void critic_pack(const struct critic *critic, const real *flat, real *packed)
{
  struct uses uses;
  maps(critic, &uses);
  for (size_t i = 0; i < uses.count; i++)
    linear_pack(uses.use[i].map, flat, packed);
}

void critic_unpack(const struct critic *critic, const real *packed, real *flat)
{
  struct uses uses;
  maps(critic, &uses);
  for (size_t i = 0; i < uses.count; i++)
    linear_unpack(uses.use[i].map, packed, flat);
}

static void second_forward(const struct critic *critic, const real *packed, size_t rows,
                           const real *x, const real *y, struct space *space)
{
  const struct encoder *e = &critic->second;
  const size_t d = critic->dx - critic->known;
  for (size_t i = 0; i < panel_count(rows) * PANEL; i++) {
    real *in = space->in.at + i / PANEL * space->in.panel + i % PANEL;
    for (size_t j = 0; j < e->inputs; j++)
      in[j * PANEL] = i >= rows ? REAL_C(0.0)
                      : j < d   ? x[i * critic->dx + j]
                                : y[i * critic->dy + (j - d)];
    in[e->inputs * PANEL] = REAL_C(1.0);
  }
  e->kind->prepare(e, rows, &space->encoder);
  e->kind->forward(e, packed, (struct stretch){0, panel_count(rows)}, space->in,
                   &space->encoder, space->out);
}

/* One piece of a map's gradient. */
struct pieces {
  const struct critic_call *call;
  struct uses uses;
};

static void piece(void *context, size_t task)
{
  const struct pieces *pieces = context;
  const struct critic_call *call = pieces->call;
  const struct use *use = pieces->uses.use;
  for (; task >= linear_pieces(use->map); use++)
    task -= linear_pieces(use->map);
  real *gradient = call->gradient + use->map->packed;
  struct span span = linear_span(use->map, task);
  if (use->sums) {
    real *to = gradient + span.first;
    memcpy(to, use->sums + span.first, span.count * sizeof *to);
    for (size_t s = 1; s < use->count; s++)
      kernels()->add(span.count, use->sums + s * use->apart + span.first, to);
  } else {
    linear_gradient(use->map, task, panel_count(call->rows), use->x, use->dz, INTO_SET,
                    gradient);
  }
  span.first += use->map->packed;
  if (call->ready) call->ready(call->context, span);
}

enum status critic_loss(const struct critic_call *call, double *loss)
{
  const struct critic *critic = call->critic;
  const size_t n = call->rows;
  struct arena arena = arena_on(call->work);
  struct space space = layout(critic, call->objective, n, &arena);
  if (critic->second_of) {
    second_forward(critic, call->packed, n, call->x, call->y, &space);
    kernels()->take(panel_count(n), space.out.at, space.out.panel, space.second);
  }
  const struct kind_call kind_call = {call,           space.second, space.d_second,
                                      space.row_loss, space.known,  space.kind};
  known_of_rows(critic, n, call->y, space.known);
  const enum status status = critic->kind->loss(&kind_call);
  if (status != STATUS_OK) return status;
  *loss = 0.0;
  for (size_t i = 0; i < n; i++)
    *loss += space.row_loss[i];
  *loss /= (double)n;
  if (!call->gradient) return STATUS_OK;

  if (critic->second_of) {
    row_put(n, space.d_second, 1.0, space.out);
    critic->second.kind->backward(&critic->second, call->packed,
                                  (struct stretch){0, panel_count(n)}, space.in,
                                  &space.encoder, space.out);
  }
  struct pieces pieces = {.call = call};
  size_t count = 0;
  all_uses(critic, call->objective, n, &space, &pieces.uses);
  for (size_t i = 0; i < pieces.uses.count; i++)
    count += linear_pieces(pieces.uses.use[i].map);
  parallel_for(call->host->threads, 2.0 * (double)n * (double)critic->packed, count,
               piece, &pieces);
  return STATUS_OK;
}

static double known_of_pair(const struct critic *critic, const real *x, const real *y,
                            size_t i)
{
  double sum = 0.0;
  for (size_t f = 1; f <= critic->known; f++)
    sum += (double)x[(i + 1) * critic->dx - f] * (double)y[(i + 1) * critic->dy - f];
  return sum;
}

void critic_pairs(const struct critic *critic, const real *packed, size_t rows,
                  const real *x, const real *y, void *work, real *scores, real *second)
{
  struct arena arena = arena_on(work);
  struct space space = layout(critic, NULL, rows, &arena);
  critic->kind->pairs(critic, packed, rows, x, y, space.kind, scores);
  for (size_t i = 0; i < rows; i++)
    scores[i] += (real)(head_offset(critic) + known_of_pair(critic, x, y, i));
  if (!second) return;
  if (critic->second_of) second_forward(critic, packed, rows, x, y, &space);
  for (size_t i = 0; i < rows; i++)
    second[i] = critic->second_of ? space.out.at[i] : REAL_C(0.0);
}

void critic_matrix(const struct critic *critic, const real *packed, size_t rows,
                   const real *x, const real *y, void *work, real *scores)
{
  struct arena arena = arena_on(work);
  const struct space space = layout(critic, NULL, rows, &arena);
  critic->kind->matrix(critic, packed, rows, x, y, space.kind, scores);
  known_of_rows(critic, rows, y, space.known);
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < rows; j++)
      space.row[j] = (double)scores[i * rows + j] + head_offset(critic);
    add_known(critic, x + i * critic->dx, rows, space.known, space.row);
    for (size_t j = 0; j < rows; j++)
      scores[i * rows + j] = (real)space.row[j];
  }
}
