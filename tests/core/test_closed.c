/* What closed forms and stacks take from the core: cross-products, mixtures of normals, points
 * near lines, sums of kernels, and the loss of a weighted sum. */
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "../../src/core/crossprod.h"
#include "../../src/core/lines.h"
#include "../../src/core/normals.h"
#include "../../src/core/smooth.h"
#include "../../src/core/stack.h"

static const double tolerance = sizeof(real) == 4 ? 1e-5 : 1e-12;

static void crossprods(size_t rows, size_t of_a, size_t of_b)
{
  real *a = random_numbers(rows * of_a, 1), *b = random_numbers(rows * of_b, 70000);
  double *out = malloc(of_a * of_b * sizeof *out);
  double *again = malloc(of_a * of_b * sizeof *out);
  void *work = malloc(crossprod_bytes(of_a, of_b));
  const struct host one = {1, NULL, NULL}, three = {3, NULL, NULL};
  double worst = 0.0;
  next_case();
  CHECK(crossprod(rows, of_a, a, of_b, b, &one, work, out) == STATUS_OK, "failed");
  for (size_t i = 0; i < of_a; i++)
    for (size_t j = 0; j < of_b; j++) {
      double sum = 0.0;
      for (size_t r = 0; r < rows; r++)
        sum += (double)a[r * of_a + i] * (double)b[r * of_b + j];
      worst = fmax(worst, fabs(sum - out[i * of_b + j]) / sqrt((double)rows));
    }
  CHECK(worst < tolerance, "%d rows, %d and %d columns: error %g", (int)rows, (int)of_a,
        (int)of_b, worst);
  crossprod(rows, of_a, a, of_b, b, &three, work, again);
  CHECK(memcmp(out, again, of_a * of_b * sizeof *out) == 0, "threads matter");
  free(a), free(b), free(out), free(again), free(work);
}

#define MOST 8 /* columns, components */

struct mixture {
  struct normals normals;
  double weights[MOST], means[MOST * MOST], roots[MOST * MOST * MOST];
};

static void on_its_own(struct mixture *m, size_t columns, size_t size)
{
  memset(m, 0, sizeof *m);
  m->normals = (struct normals){columns, size, m->weights, m->means, m->roots};
}

/* Log density of component k times its weight, by substitution. */
static double plain_log(const struct normals *n, size_t k, const real *z)
{
  const size_t d = n->columns;
  const double *root = n->roots + k * d * d;
  double u[MOST], out = log(n->weights[k]) - 0.5 * (double)d * log(6.283185307179586);
  for (size_t j = 0; j < d; j++) {
    u[j] = (double)z[j] - n->means[k * d + j];
    for (size_t i = 0; i < j; i++)
      u[j] -= root[i * d + j] * u[i];
    u[j] /= root[j * d + j];
    out -= 0.5 * u[j] * u[j] + log(root[j * d + j]);
  }
  return out;
}

/* One step after another in plain double arithmetic; covariances in place of roots. */
static double plain_step(struct mixture *m, size_t rows, const real *z, double *share,
                         double pooling)
{
  const size_t d = m->normals.columns, size = m->normals.size;
  double common[MOST * MOST] = {0}, scatter[MOST][MOST * MOST] = {{0}}, count[MOST] = {0};
  double fit = 0.0;
  for (size_t k = 0; k < size; k++) {
    double *mean = m->means + k * d;
    memset(mean, 0, d * sizeof *mean);
    for (size_t r = 0; r < rows; r++)
      count[k] += share[r * size + k];
    for (size_t r = 0; r < rows; r++)
      for (size_t i = 0; i < d; i++)
        mean[i] += share[r * size + k] * (double)z[r * d + i] / (count[k] + 1e-9);
    for (size_t r = 0; r < rows; r++)
      for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
          scatter[k][i * d + j] += share[r * size + k] *
                                   ((double)z[r * d + i] - mean[i]) *
                                   ((double)z[r * d + j] - mean[j]);
    for (size_t i = 0; i < d * d; i++)
      common[i] += scatter[k][i] / (double)rows;
    m->weights[k] = (count[k] + 0.1) / ((double)rows + 0.1 * (double)size);
  }
  for (size_t i = 0; i < d; i++)
    common[i * d + i] += 1e-3;
  for (size_t k = 0; k < size; k++) {
    double *root = m->roots + k * d * d;
    for (size_t i = 0; i < d; i++)
      for (size_t j = i; j < d; j++) {
        double s =
            (scatter[k][i * d + j] + pooling * common[i * d + j]) / (count[k] + pooling);
        for (size_t l = 0; l < i; l++)
          s -= root[l * d + i] * root[l * d + j];
        root[i * d + j] = i == j ? sqrt(s) : s / root[i * d + i];
      }
  }
  for (size_t r = 0; r < rows; r++) {
    double total = 0.0;
    for (size_t k = 0; k < size; k++)
      total += share[r * size + k] = exp(plain_log(&m->normals, k, z + r * d));
    for (size_t k = 0; k < size; k++)
      share[r * size + k] /= total;
    fit += log(total) / (double)rows;
  }
  return fit;
}

static void trajectory(size_t rows, size_t d, size_t size, double pooling)
{
  struct mixture ours, again, plain;
  real *z = random_numbers(rows * d, 3);
  double *start = malloc(rows * size * sizeof *start);
  double *share = malloc(rows * size * sizeof *share);
  double fit = 0.0, fit_again = 0.0, of_plain = 0.0;
  void *work = malloc(normals_fit_bytes(rows, d, size));
  next_case();
  for (size_t r = 0; r < rows; r++) {
    double total = 0.0;
    if (r % 3 == 0) z[r * d] = (real)(3.0 + 0.2 * (double)z[r * d]);
    for (size_t k = 0; k < size; k++)
      total += start[r * size + k] = exp(test_normal(90000 + r * size + k));
    for (size_t k = 0; k < size; k++)
      share[r * size + k] = start[r * size + k] /= total;
  }
  on_its_own(&ours, d, size), on_its_own(&again, d, size), on_its_own(&plain, d, size);
  struct normals_job job = {rows, z,         start,           pooling,
                            20,   -INFINITY, {1, NULL, NULL}, work};
  CHECK(normals_fit(&job, &ours.normals, &fit) == STATUS_OK, "failed");
  job.host.threads = 3;
  normals_fit(&job, &again.normals, &fit_again);
  CHECK(memcmp(ours.roots, again.roots, sizeof ours.roots) == 0 && fit == fit_again,
        "threads matter");
  for (int step = 0; step < 20; step++)
    of_plain = plain_step(&plain, rows, z, share, pooling);
  CHECK(close_to(fit, of_plain, 100 * tolerance, 1.0),
        "%d x %d, %d: fit %.9g, plain %.9g", (int)rows, (int)d, (int)size, fit, of_plain);
  double worst = 0.0;
  for (size_t i = 0; i < size * d; i++)
    worst = fmax(worst, fabs(ours.means[i] - plain.means[i]));
  for (size_t k = 0; k < size; k++)
    for (size_t i = 0; i < d; i++)
      for (size_t j = i; j < d; j++)
        worst = fmax(worst, fabs(ours.roots[(k * d + i) * d + j] -
                                 plain.roots[(k * d + i) * d + j]));
  CHECK(worst < 1000 * tolerance, "%d x %d, %d: means or roots off by %g", (int)rows,
        (int)d, (int)size, worst);
  free(z), free(start), free(share), free(work);
}

/* Log densities of rows and of all pairs, term by term. */
static void densities(size_t rows, size_t of_x, size_t of_y, size_t size)
{
  const size_t d = of_x + of_y;
  struct mixture m;
  real *x = random_numbers(rows * of_x, 11), *y = random_numbers(rows * of_y, 5011);
  double *logs = malloc(rows * size * sizeof *logs);
  double *pairs = malloc(rows * rows * sizeof *pairs),
         *minus = malloc(rows * sizeof *minus);
  next_case();
  on_its_own(&m, d, size);
  for (size_t k = 0; k < size; k++) {
    m.weights[k] = 1.0 / (double)size;
    for (size_t i = 0; i < d; i++) {
      m.means[k * d + i] = test_normal(200 + k * d + i);
      for (size_t j = i; j < d; j++)
        m.roots[(k * d + i) * d + j] =
            i == j ? 0.5 + 0.1 * (double)i : 0.3 * test_normal(300 + (k * d + i) * d + j);
    }
  }
  for (size_t i = 0; i < rows; i++)
    minus[i] = test_normal(7000 + i);
  void *work = malloc(normals_logs_bytes(&m.normals));
  void *of_pairs = malloc(normals_matrix_bytes(&m.normals, of_x, rows));
  normals_matrix(&m.normals, of_x, rows, x, y, minus, minus, of_pairs, pairs);
  real *z = malloc(rows * d * sizeof *z);
  double worst = 0.0, worst_pair = 0.0;
  for (size_t shift = 0; shift < rows; shift++) {
    for (size_t i = 0; i < rows; i++) {
      memcpy(z + i * d, x + i * of_x, of_x * sizeof *z);
      memcpy(z + i * d + of_x, y + (i + shift) % rows * of_y, of_y * sizeof *z);
    }
    normals_logs(&m.normals, rows, z, work, logs);
    for (size_t i = 0; i < rows; i++) {
      double total = 0.0;
      for (size_t k = 0; k < size; k++) {
        const double plain = plain_log(&m.normals, k, z + i * d);
        worst = fmax(worst, fabs(plain - logs[k * rows + i]) / fmax(1.0, fabs(plain)));
        total += exp(plain);
      }
      const size_t j = (i + shift) % rows;
      const double wanted = log(total) - minus[i] - minus[j];
      worst_pair =
          fmax(worst_pair, fabs(pairs[i * rows + j] - wanted) / fmax(1.0, fabs(wanted)));
    }
  }
  CHECK(worst < 10 * tolerance, "%d + %d columns: logs off by %g", (int)of_x, (int)of_y,
        worst);
  CHECK(worst_pair < 10 * tolerance, "%d + %d columns: pairs off by %g", (int)of_x,
        (int)of_y, worst_pair);
  free(x), free(y), free(z), free(logs), free(pairs), free(minus), free(work),
      free(of_pairs);
}

static int says_stop(void *context)
{
  return ++*(int *)context > 2;
}

static void refusals(void)
{
  struct mixture m;
  const size_t rows = 40;
  real z[80];
  double share[80], fit = 0.0;
  void *work = malloc(normals_fit_bytes(rows, 2, 2));
  int asked = 0;
  struct normals_job job = {rows, z, share, 0.0, 20, -INFINITY, {1, NULL, NULL}, work};
  on_its_own(&m, 2, 2);
  next_case();
  for (size_t i = 0; i < 80; i++) {
    z[i] = (real)NAN;
    share[i] = 0.5;
  }
  CHECK(normals_fit(&job, &m.normals, &fit) == STATUS_OK && fit == -INFINITY,
        "what is no number has a fit: %g", fit);
  for (size_t i = 0; i < 80; i++)
    z[i] = (real)test_normal(i);
  job.pooling = 2.0;
  job.host = (struct host){1, says_stop, &asked};
  CHECK(normals_fit(&job, &m.normals, &fit) == STATUS_INTERRUPTED, "doesn't stop");
  free(work);
}

/* A stack's loss beside that of its sum, and its slopes beside differences. */
static void stacked(size_t parts)
{
  /* more blocks than shares of them, of which some have more than others */
  const size_t rows[] = {7, 12, 5, 2, 9, 3, 11, 4, 8, 6, 10}, blocks = 11, most = 12 * 12;
  const struct objective o = anchored("log", 0.0, 3.0, 0);
  double *numbers = malloc(parts * blocks * most * sizeof *numbers);
  const double **scores = malloc(parts * blocks * sizeof *scores);
  double weights[6], slopes[6], again[6], ahead[6], wanted = 0.0;
  next_case();
  for (size_t i = 0; i < parts * blocks * most; i++)
    numbers[i] = test_normal(400 + i);
  for (size_t i = 0; i < parts * blocks; i++)
    scores[i] = numbers + i * most;
  for (size_t p = 0; p <= parts; p++)
    weights[p] = 0.3 + 0.2 * (double)p;
  struct stack_loss stack = {&o,     blocks,  parts,           rows,
                             scores, weights, {1, NULL, NULL}, NULL};
  stack.work = malloc(stack_bytes(&stack));
  const double loss = stack_loss(&stack, slopes);
  for (size_t b = 0; b < blocks; b++) {
    double sum[12 * 12], of_rows[12];
    void *work = malloc(objective_matrix_work(&o, rows[b]) * sizeof(double));
    for (size_t i = 0; i < rows[b]; i++)
      for (size_t j = 0; j < rows[b]; j++) {
        sum[i * rows[b] + j] = weights[parts];
        for (size_t p = 0; p < parts; p++)
          sum[i * rows[b] + j] += weights[p] * scores[p * blocks + b][i * rows[b] + j];
      }
    const struct matrix_loss plain = {.objective = &o,
                                      .batch = rows[b],
                                      .scores = sum,
                                      .row_loss = of_rows,
                                      .work = work};
    objective_matrix(&plain, &stack.host);
    for (size_t i = 0; i < rows[b]; i++)
      wanted += of_rows[i] / 77.0;
    free(work);
  }
  CHECK(close_to(loss, wanted, 1e-12, 1.0), "%d parts: %g, not %g", (int)parts, loss,
        wanted);
  for (size_t p = 0; p <= parts; p++) {
    const double at = weights[p], h = 1e-5;
    weights[p] = at + h;
    const double above = stack_loss(&stack, ahead);
    weights[p] = at - h;
    const double below = stack_loss(&stack, ahead);
    weights[p] = at;
    CHECK(close_to(slopes[p], (above - below) / (2.0 * h), 1e-7, 1.0), "slope %d",
          (int)p);
  }
  stack.host.threads = 3;
  CHECK(stack_loss(&stack, again) == loss &&
            memcmp(again, slopes, (parts + 1) * sizeof *slopes) == 0,
        "threads matter");
  free(numbers), free(scores), free(stack.work);
}

static double *as_doubles(size_t count, unsigned from)
{
  real *numbers = random_numbers(count, from);
  double *out = malloc(count * sizeof *out);
  for (size_t i = 0; i < count; i++)
    out[i] = (double)numbers[i];
  free(numbers);
  return out;
}

/* Of the foot of each perpendicular, which the distance is not computed by. */
static void near_lines(size_t points)
{
  double *x = as_doubles(points, 5), *y = as_doubles(points, 90000);
  const double intercepts[] = {0.0, -0.4, 2.0}, slopes[] = {1.0, -0.01, 40.0};
  const double widths[] = {0.5, 0.1, 0.0};
  const struct lines lines = {3, intercepts, slopes};
  double near[9];
  next_case();
  lines_near(&lines, points, x, y, 3, widths, near);
  for (size_t l = 0; l < 3; l++)
    for (size_t w = 0; w < 3; w++) {
      double count = 0.0;
      for (size_t p = 0; p < points; p++) {
        const double foot =
            (x[p] + slopes[l] * (y[p] - intercepts[l])) / (1.0 + slopes[l] * slopes[l]);
        count += hypot(x[p] - foot, y[p] - intercepts[l] - slopes[l] * foot) < widths[w];
      }
      CHECK(near[3 * l + w] == count, "line %d, width %g: %g, not %g", (int)l, widths[w],
            near[3 * l + w], count);
    }
  free(x), free(y);
}

static void kernel_sums(size_t kernels)
{
  double *centre = as_doubles(kernels, 11), *width = as_doubles(kernels, 30000);
  const double at[] = {-30.0, -0.3, 0.0, 1.0, 12.0};
  double out[5];
  for (size_t k = 0; k < kernels; k++)
    width[k] = 0.05 + fabs(width[k]);
  next_case();
  smooth_sums(kernels, centre, width, 5, at, out);
  for (size_t p = 0; p < 5; p++) {
    double sum = 0.0;
    for (size_t k = 0; k < kernels; k++)
      sum += exp(-0.5 * pow((at[p] - centre[k]) / width[k], 2.0)) / width[k];
    CHECK(fabs(out[p] - sum) <= 1e-12 * (1.0 + sum), "at %g: %g, not %g", at[p], out[p],
          sum);
  }
  free(centre), free(width);
}

void test_closed(void)
{
  near_lines(1), near_lines(500);
  kernel_sums(1), kernel_sums(200);
  const size_t shapes[] = {1, 2, 5, 16, 17, 33, 70};
  for (size_t i = 0; i < 7; i++)
    for (size_t j = 0; j < 7; j++)
      crossprods(i % 2 ? 300 : 7 * (j + 1), shapes[i], shapes[j]);
  for (size_t d = 1; d <= 7; d++)
    for (size_t size = 1; size <= 5; size += 2)
      trajectory(d % 2 ? 2500 : 130, d, size, d % 3 ? 2.0 : 50.0);
  for (size_t of_x = 1; of_x <= 4; of_x++)
    for (size_t of_y = 1; of_y <= 4; of_y++)
      densities(3 + 10 * of_y, of_x, of_y, of_x);
  refusals();
  for (size_t parts = 1; parts <= 5; parts++)
    stacked(parts);
}
