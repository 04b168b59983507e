#include <float.h>
#include <string.h>
#include "linear.h"
#include "normals.h"
#include "parallel.h"

/* ---- small matrices ------------------------------------------------------------------ */

/* Upper R with R'R = a, in place; 0 if there is none. What is below the diagonal is left. */
static int cholesky(size_t d, double *a)
{
  for (size_t i = 0; i < d; i++) {
    for (size_t l = 0; l < i; l++)
      for (size_t j = i; j < d; j++)
        a[i * d + j] -= a[l * d + i] * a[l * d + j];
    if (!(a[i * d + i] > 0.0) || !isfinite(a[i * d + i])) return 0;
    const double root = sqrt(a[i * d + i]);
    for (size_t j = i; j < d; j++)
      a[i * d + j] /= root;
  }
  return 1;
}

/* The inverse of an upper matrix, 0 below the diagonal. */
static void invert(size_t d, const double *root, double *inverse)
{
  memset(inverse, 0, d * d * sizeof *inverse);
  for (size_t i = d; i-- > 0;) {
    double *row = inverse + i * d;
    row[i] = 1.0;
    for (size_t l = i + 1; l < d; l++)
      for (size_t j = l; j < d; j++)
        row[j] -= root[i * d + l] * inverse[l * d + j];
    for (size_t j = i; j < d; j++)
      row[j] /= root[i * d + i];
  }
}

/* Log of a component's weight times its density at the mean. */
static double height(const struct normals *normals, size_t k)
{
  const size_t d = normals->columns;
  const double log_two_pi = 1.8378770664093453;
  double out = log(normals->weights[k]) - 0.5 * (double)d * log_two_pi;
  for (size_t i = 0; i < d; i++)
    out -= log(normals->roots[(k * d + i) * d + i]);
  return out;
}

/* ---- the bank of maps ---------------------------------------------------------------- */

/* Rows are worked on in stretches of so many panels. */
#define MIXED_PANELS 16
#define MIXED_ROWS (MIXED_PANELS * PANEL)

/* Rows with ones before their columns: W is upper, so that its first columns need the first
 * features only. (Those behind them are block_of_rows'.) */
static struct block mixed_block(struct arena *arena, size_t rows, size_t columns)
{
  return arena_block(arena, rows, columns + 2);
}

static void mixed_rows(size_t rows, size_t columns, const real *from, struct block to)
{
  block_fill(to, panel_count(rows), 0, REAL_C(1.0));
  block_of_rows(rows, columns, columns, from, block_from(to, 0, 1));
}

struct bank {
  size_t columns, size;
  struct linear *maps; /* from (1, z) to (z - mean) W */
  double *heights;     /* size */
  real *flat, *packed;
  double *inverse; /* columns x columns */
};

/* What a stretch of rows needs. */
struct mixing_space {
  struct block u;
  real *logs;  /* size x MIXED_ROWS, to become shares */
  real *total; /* MIXED_ROWS: log of the components' mean */
};

static void bank_layout(size_t columns, size_t size, struct arena *arena,
                        struct bank *bank)
{
  struct extent end = {0, 0};
  bank->columns = columns;
  bank->size = size;
  bank->maps = arena_items(arena, size, sizeof *bank->maps);
  for (size_t k = 0; k < size; k++) {
    const struct linear map = linear_make(columns + 1, columns, 0, &end);
    if (arena->base) bank->maps[k] = map;
  }
  bank->heights = arena_doubles(arena, size);
  bank->flat = arena_reals(arena, end.flat);
  bank->packed = arena_reals(arena, end.packed);
  bank->inverse = arena_doubles(arena, columns * columns);
}

static void space_layout(size_t columns, size_t size, struct arena *arena,
                         struct mixing_space *space)
{
  space->u = arena_block(arena, MIXED_ROWS, columns);
  space->logs = arena_reals(arena, size * MIXED_ROWS);
  space->total = arena_reals(arena, MIXED_ROWS);
}

static void bank_fill(struct bank *bank, const struct normals *normals)
{
  const size_t d = bank->columns;
  for (size_t k = 0; k < bank->size; k++) {
    const double *mean = normals->means + k * d;
    real *flat = bank->flat + bank->maps[k].flat;
    invert(d, normals->roots + k * d * d, bank->inverse);
    for (size_t j = 0; j < d; j++) {
      double bias = 0.0;
      for (size_t i = 0; i < d; i++) {
        flat[(i + 1) * d + j] = (real)bank->inverse[i * d + j];
        bias -= mean[i] * bank->inverse[i * d + j];
      }
      flat[j] = (real)bias;
    }
    linear_pack(&bank->maps[k], bank->flat, bank->packed);
    bank->heights[k] = height(normals, k);
  }
}

/* Each component's log density times its weight, of a stretch of rows. */
static void bank_logs(const struct bank *bank, size_t panels, struct block z,
                      const struct mixing_space *space)
{
  for (size_t k = 0; k < bank->size; k++) {
    linear_forward_upper(&bank->maps[k], bank->packed, panels, z, space->u);
    kernels()->heights(bank->columns, panels, (real)bank->heights[k], space->u.at,
                       space->u.panel, space->logs + k * MIXED_ROWS);
  }
}

static size_t stretch_rows(size_t rows, size_t first)
{
  return rows - first < MIXED_ROWS ? rows - first : MIXED_ROWS;
}

/* ---- expectation and maximisation ---------------------------------------------------- */

/* Stretches are shared out to a fixed number of sums, so that threads don't matter. */
#define SUMS 8

struct sum {
  struct mixing_space space;
  real *scatter;   /* of one component and one stretch */
  double *moments; /* size x features^2: sums of share (1, z)'(1, z), its lower half */
  double logs;     /* sum of the rows' log densities */
};

struct fitting {
  const struct normals_job *job;
  const double *share; /* NULL: expectations by `bank` */
  size_t features;     /* columns + 1 */
  struct block z;
  struct bank bank;
  size_t used; /* sums that have a stretch */
  struct sum sums[SUMS];
  double *common; /* columns x columns */
};

static void fitting_layout(size_t rows, size_t columns, size_t size, struct arena *arena,
                           struct fitting *fitting)
{
  const size_t stretches = rows > 0 ? (rows + MIXED_ROWS - 1) / MIXED_ROWS : 1;
  fitting->features = columns + 1;
  fitting->used = stretches < SUMS ? stretches : SUMS;
  fitting->z = mixed_block(arena, rows, columns);
  bank_layout(columns, size, arena, &fitting->bank);
  for (size_t s = 0; s < fitting->used; s++) {
    struct sum *sum = &fitting->sums[s];
    const size_t area = fitting->features * fitting->features;
    space_layout(columns, size, arena, &sum->space);
    sum->scatter = arena_reals(arena, area);
    sum->moments = arena_doubles(arena, size * area);
  }
  fitting->common = arena_doubles(arena, columns * columns);
}

size_t normals_fit_bytes(size_t rows, size_t columns, size_t size)
{
  struct arena arena = {NULL, 0};
  struct fitting fitting;
  fitting_layout(rows, columns, size, &arena, &fitting);
  return arena_bytes(&arena);
}

static void sum_rows(void *context, size_t task)
{
  struct fitting *fitting = context;
  const struct normals_job *job = fitting->job;
  const size_t size = fitting->bank.size, features = fitting->features;
  const size_t area = features * features;
  struct sum *sum = &fitting->sums[task];
  const struct mixing_space *space = &sum->space;
  memset(sum->moments, 0, size * area * sizeof *sum->moments);
  sum->logs = 0.0;
  for (size_t first = task * MIXED_ROWS; first < job->rows; first += SUMS * MIXED_ROWS) {
    const size_t rows = stretch_rows(job->rows, first), panels = panel_count(rows);
    const struct block z = block_from(fitting->z, first / PANEL, 0);
    if (fitting->share) {
      for (size_t k = 0; k < size; k++)
        for (size_t i = 0; i < rows; i++)
          space->logs[k * MIXED_ROWS + i] = (real)fitting->share[(first + i) * size + k];
    } else {
      bank_logs(&fitting->bank, panels, z, space);
      kernels()->mix(size, MIXED_ROWS, panels * PANEL, space->logs, space->total);
      for (size_t i = 0; i < rows; i++)
        sum->logs += (double)space->total[i];
    }
    for (size_t k = 0; k < size; k++) {
      real *share = space->logs + k * MIXED_ROWS;
      double *moments = sum->moments + k * area;
      for (size_t i = rows; i < panels * PANEL; i++)
        share[i] = REAL_C(0.0);
      kernels()->scatter(features, panels, z.at, z.panel, share, sum->scatter);
      for (size_t i = 0; i < features; i++)
        for (size_t j = 0; j <= i; j++)
          moments[i * features + j] += (double)sum->scatter[i * features + j];
    }
  }
}

/* All moments into those of the first sum; returns the mean log density of the rows. */
static double sum_all(struct fitting *fitting)
{
  const struct normals_job *job = fitting->job;
  const double d = (double)fitting->bank.columns, size = (double)fitting->bank.size;
  const size_t count = fitting->bank.size * fitting->features * fitting->features;
  parallel_for(job->host.threads, 2.0 * (double)job->rows * size * d * d, fitting->used,
               sum_rows, fitting);
  for (size_t s = 1; s < fitting->used; s++) {
    fitting->sums[0].logs += fitting->sums[s].logs;
    for (size_t i = 0; i < count; i++)
      fitting->sums[0].moments[i] += fitting->sums[s].moments[i];
  }
  return fitting->sums[0].logs / (double)job->rows + log(size);
}

#define RIDGE 1e-3         /* added to the common variances */
#define ROWS_OF_WEIGHT 0.1 /* added to each component's weight */
/* Of a squared mean: moments are that exact, so that a thin normal far from the centre may have
 * less variance than rounding takes. */
#define ROUNDING (4.0 * (sizeof(real) == sizeof(float) ? FLT_EPSILON : DBL_EPSILON))

/* Weights, means and roots from moments; 0 if a covariance has no root. */
static int maximise(const struct fitting *fitting, struct normals *normals)
{
  const size_t d = normals->columns, size = normals->size;
  const size_t features = fitting->features, area = features * features;
  const double rows = (double)fitting->job->rows, pooling = fitting->job->pooling;
  double *common = fitting->common;
  for (size_t i = 0; i < d * d; i++)
    common[i] = i % (d + 1) == 0 ? RIDGE : 0.0;
  for (size_t k = 0; k < size; k++) {
    const double *moments = fitting->sums[0].moments + k * area, count = moments[0];
    double *mean = normals->means + k * d, *scatter = normals->roots + k * d * d;
    normals->weights[k] =
        (count + ROWS_OF_WEIGHT) / (rows + ROWS_OF_WEIGHT * (double)size);
    for (size_t i = 0; i < d; i++)
      mean[i] = moments[(i + 1) * features] / (count + 1e-9);
    for (size_t i = 0; i < d; i++)
      for (size_t j = i; j < d; j++) {
        scatter[i * d + j] =
            moments[(j + 1) * features + i + 1] - count * mean[i] * mean[j];
        common[i * d + j] += scatter[i * d + j] / rows;
      }
  }
  for (size_t k = 0; k < size; k++) {
    const double count = fitting->sums[0].moments[k * area];
    double *root = normals->roots + k * d * d;
    const double *mean = normals->means + k * d;
    for (size_t i = 0; i < d; i++) {
      for (size_t j = i; j < d; j++)
        root[i * d + j] =
            (root[i * d + j] + pooling * common[i * d + j]) / (count + pooling);
      root[i * d + i] += ROUNDING * mean[i] * mean[i];
    }
    if (!cholesky(d, root)) return 0;
  }
  return 1;
}

enum status normals_fit(const struct normals_job *job, struct normals *normals,
                        double *fit)
{
  struct arena arena = arena_on(job->work);
  struct fitting fitting;
  double last = -INFINITY;
  fitting_layout(job->rows, normals->columns, normals->size, &arena, &fitting);
  mixed_rows(job->rows, normals->columns, job->z, fitting.z);
  fitting.job = job;
  fitting.share = job->share;
  sum_all(&fitting);
  fitting.share = NULL;
  for (size_t step = 1;; step++) {
    if (!maximise(&fitting, normals)) break;
    if (host_stops(&job->host)) return STATUS_INTERRUPTED;
    bank_fill(&fitting.bank, normals);
    *fit = sum_all(&fitting);
    if (!isfinite(*fit)) break;
    if (step >= job->steps || *fit - last < job->least_gain) return STATUS_OK;
    last = *fit;
  }
  *fit = -INFINITY;
  return STATUS_OK;
}

/* ---- densities ----------------------------------------------------------------------- */

static void logs_layout(const struct normals *normals, struct arena *arena,
                        struct bank *bank, struct block *z, struct mixing_space *space)
{
  *z = mixed_block(arena, MIXED_ROWS, normals->columns);
  bank_layout(normals->columns, normals->size, arena, bank);
  space_layout(normals->columns, normals->size, arena, space);
}

size_t normals_logs_bytes(const struct normals *normals)
{
  struct arena arena = {NULL, 0};
  struct bank bank;
  struct block z;
  struct mixing_space space;
  logs_layout(normals, &arena, &bank, &z, &space);
  return arena_bytes(&arena);
}

void normals_logs(const struct normals *normals, size_t rows, const real *z, void *work,
                  double *logs)
{
  struct arena arena = arena_on(work);
  struct bank bank;
  struct block stretch;
  struct mixing_space space;
  logs_layout(normals, &arena, &bank, &stretch, &space);
  bank_fill(&bank, normals);
  for (size_t first = 0; first < rows; first += MIXED_ROWS) {
    const size_t count = stretch_rows(rows, first);
    mixed_rows(count, normals->columns, z + first * normals->columns, stretch);
    bank_logs(&bank, panel_count(count), stretch, &space);
    for (size_t k = 0; k < normals->size; k++)
      for (size_t i = 0; i < count; i++)
        logs[k * rows + first + i] = (double)space.logs[k * MIXED_ROWS + i];
  }
}

/* For pairs the exponent falls into parts: with u = (x - mean) W and v = (y - mean) W, of x
 * and of y alone, |u + v|^2 = |u|^2 + |v|^2 + 2 uv; and W is upper, so that v, and the sum
 * in uv, have y's columns only. */
struct halves {
  double *inverse;
  double *u, *v;       /* size x rows x of_y; size x of_y x rows */
  double *of_x, *of_y; /* size x rows: half the squares, of_x with the height */
  double *whole;       /* of one row: all columns of u */
  double *row;         /* rows */
  real *parts, *mean;  /* size x row_room; row_room */
};

static void matrix_layout(const struct normals *normals, size_t of_x, size_t rows,
                          struct arena *arena, struct halves *h)
{
  const size_t d = normals->columns, of_y = d - of_x, size = normals->size;
  h->inverse = arena_doubles(arena, d * d);
  h->u = arena_doubles(arena, size * rows * of_y);
  h->v = arena_doubles(arena, size * rows * of_y);
  h->of_x = arena_doubles(arena, size * rows);
  h->of_y = arena_doubles(arena, size * rows);
  h->whole = arena_doubles(arena, d);
  h->row = arena_doubles(arena, rows);
  h->parts = arena_reals(arena, size * row_room(rows));
  h->mean = arena_reals(arena, row_room(rows));
}

size_t normals_matrix_bytes(const struct normals *normals, size_t of_x, size_t rows)
{
  struct arena arena = {NULL, 0};
  struct halves halves;
  matrix_layout(normals, of_x, rows, &arena, &halves);
  return arena_bytes(&arena);
}

/* (z - mean) W of one row's columns `first` to `last`; returns half its square. */
static double half(const double *inverse, size_t d, size_t first, size_t last,
                   const real *z, const double *mean, double *out)
{
  double square = 0.0;
  memset(out, 0, d * sizeof *out);
  for (size_t i = first; i < last; i++) {
    const double apart = (double)z[i - first] - mean[i];
    for (size_t j = i; j < d; j++)
      out[j] += apart * inverse[i * d + j];
  }
  for (size_t j = first; j < d; j++)
    square += out[j] * out[j];
  return 0.5 * square;
}

static void halve(const struct normals *normals, size_t k, size_t of_x, size_t rows,
                  const real *x, const real *y, struct halves *h)
{
  const size_t d = normals->columns, of_y = d - of_x;
  const double *mean = normals->means + k * d, top = height(normals, k);
  invert(d, normals->roots + k * d * d, h->inverse);
  for (size_t i = 0; i < rows; i++) {
    h->of_x[k * rows + i] =
        top - half(h->inverse, d, 0, of_x, x + i * of_x, mean, h->whole);
    for (size_t j = 0; j < of_y; j++)
      h->u[(k * rows + i) * of_y + j] = h->whole[of_x + j];
    h->of_y[k * rows + i] = half(h->inverse, d, of_x, d, y + i * of_y, mean, h->whole);
    for (size_t j = 0; j < of_y; j++)
      h->v[(k * of_y + j) * rows + i] = h->whole[of_x + j];
  }
}

void normals_matrix(const struct normals *normals, size_t of_x, size_t rows,
                    const real *x, const real *y, const double *minus_x,
                    const double *minus_y, void *work, double *out)
{
  const size_t of_y = normals->columns - of_x, size = normals->size,
               room = row_room(rows);
  struct arena arena = arena_on(work);
  struct halves h;
  matrix_layout(normals, of_x, rows, &arena, &h);
  memset(h.parts, 0, size * room * sizeof *h.parts);
  for (size_t k = 0; k < size; k++)
    halve(normals, k, of_x, rows, x, y, &h);
  for (size_t i = 0; i < rows; i++) {
    for (size_t k = 0; k < size; k++) {
      const double *u = h.u + (k * rows + i) * of_y, *v = h.v + k * of_y * rows;
      for (size_t j = 0; j < rows; j++)
        h.row[j] = h.of_x[k * rows + i] - h.of_y[k * rows + j] - minus_x[i] - minus_y[j];
      for (size_t l = 0; l < of_y; l++)
        for (size_t j = 0; j < rows; j++)
          h.row[j] -= u[l] * v[l * rows + j];
      for (size_t j = 0; j < rows; j++)
        h.parts[k * room + j] = (real)h.row[j];
    }
    kernels()->mix(size, room, room, h.parts, h.mean);
    for (size_t j = 0; j < rows; j++)
      out[i * rows + j] = (double)h.mean[j] + log((double)size);
  }
}
