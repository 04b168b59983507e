#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "../../src/core/linear.h"

static const double tolerance = sizeof(real) == 4 ? 2e-5 : 1e-13;

static double left_at(const struct product *p, size_t i, size_t k)
{
  return (double)p->a[p->left == LEFT_DOWN ? i / 16 * p->jump + k * 16 + i % 16
                                           : k / 16 * p->jump + i * 16 + k % 16];
}

/* Every edge of the tiling against plain sums, in all three ways; memory that starts
 * off the vectors' alignment, and must be left alone behind the last row. */
static void products(const struct kernels *set, size_t m, size_t panels, size_t k,
                     enum left left, enum into into, size_t off)
{
  const size_t jump = left == LEFT_DOWN ? (k + 3) * 16 : (m + 2) * 16;
  const size_t a_size = ((left == LEFT_DOWN ? m : k) / 16 + 1) * jump;
  const size_t b_panel = (k + 1) * 16, c_panel = (m + 2) * 16;
  real *a = random_numbers(a_size + off, 1),
       *b = random_numbers(panels * b_panel + off, 5000);
  real *c = random_numbers(panels * c_panel + off, 9000);
  real *before = random_numbers(panels * c_panel + off, 9000);
  const struct product p = {m,       k,       panels,  left,    a + off, jump,
                            b + off, b_panel, c + off, c_panel, into};
  double worst = 0.0;
  set->product(&p);
  for (size_t q = 0; q < panels; q++)
    for (size_t i = 0; i < m + 2; i++)
      for (size_t j = 0; j < 16; j++) {
        const size_t at = off + q * c_panel + i * 16 + j;
        if (i >= m) {
          if (c[at] != before[at]) worst = INFINITY; /* padding touched */
          continue;
        }
        double sum = 0.0, size = 0.0;
        for (size_t l = 0; l < k; l++) {
          const double term =
              left_at(&p, i, l) * (double)b[off + q * b_panel + l * 16 + j];
          sum += term;
          size += fabs(term);
        }
        if (into == INTO_ADD) sum += (double)before[at];
        if (into == INTO_MULTIPLY) sum *= (double)before[at];
        worst = fmax(worst, fabs(sum - (double)c[at]) / fmax(size, 1.0));
      }
  CHECK(worst <= tolerance, "%s: %d x %d panels x %d, left %d, into %d: error %g",
        set->name, (int)m, (int)panels, (int)k, (int)left, (int)into, worst);
  free(a), free(b), free(c), free(before);
}

static void turned(const struct kernels *set, size_t n)
{
  real *from = random_numbers(2 * 20 * 16, 1), to[2 * 256];
  set->turn(n, 2, from, 20 * 16, to);
  for (size_t p = 0; p < 2; p++)
    for (size_t r = 0; r < 16; r++)
      for (size_t j = 0; j < 16; j++)
        CHECK(to[p * 256 + r * 16 + j] == (j < n ? from[p * 320 + j * 16 + r] : 0),
              "%s: turn of %d columns", set->name, (int)n);
  free(from);
}

static double activation_at(enum activation activation, double z)
{
  switch (activation) {
  case ACTIVATION_RELU:
    return z > 0.0 ? z : 0.0;
  case ACTIVATION_SILU:
    return z / (1.0 + exp(-z));
  case ACTIVATION_TANH:
    return tanh(z);
  }
  return 0.0;
}

static double slope_at(enum activation activation, double z)
{
  const double gate = 1.0 / (1.0 + exp(-z)), t = tanh(z);
  switch (activation) {
  case ACTIVATION_RELU:
    return z > 0.0;
  case ACTIVATION_SILU:
    return gate * (1.0 + z * (1.0 - gate));
  case ACTIVATION_TANH:
    return 1.0 - t * t;
  }
  return 0.0;
}

static void activations(const struct kernels *set)
{
  const double relative = sizeof(real) == 4 ? 3e-6 : 1e-9;
  for (int kind = ACTIVATION_RELU; kind <= ACTIVATION_TANH; kind++)
    for (int i = -400; i < 400; i++) {
      const enum activation activation = (enum activation)kind;
      const double z = (double)(real)(i % 2 ? 0.3 * i : 1e-3 * i);
      real at[16], slope[16], of_y[16], of_x = (real)z, joined[16], joined_slope[16];
      for (int r = 0; r < 16; r++)
        at[r] = (real)z, of_y[r] = 0;
      set->activate(activation, 16, at, slope);
      CHECK(close_to((double)at[i & 15], activation_at(activation, z), relative, 1e-30),
            "%s: activation %d at %g: %g", set->name, kind, z, (double)at[i & 15]);
      CHECK(fabs((double)slope[i & 15] - slope_at(activation, z)) < relative,
            "%s: slope %d at %g: %g", set->name, kind, z, (double)slope[i & 15]);
      set->join(activation, 1, of_y, &of_x, 1, joined, joined_slope);
      CHECK(memcmp(joined, at, sizeof at) == 0 &&
                memcmp(joined_slope, slope, sizeof at) == 0,
            "%s: join %d at %g", set->name, kind, z);
    }
  real z[16] = {0}, slope[16];
  for (int kind = ACTIVATION_RELU; kind <= ACTIVATION_TANH; kind++) {
    z[3] = (real)NAN;
    set->activate((enum activation)kind, 16, z, slope);
    CHECK(isnan(z[3]), "%s: activation %d hides what is no number", set->name, kind);
  }
}

static void small_sums(const struct kernels *set)
{
  real *a = random_numbers(320, 1), *b = random_numbers(320, 400), out[48];
  real *d = random_numbers(320, 1), *d_y = random_numbers(320, 800), d_x[40] = {0};
  for (int i = 0; i < 48; i++)
    out[i] = 1;
  set->dots(3, 2, 2, a, 160, b, 160, 1, out);
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 16; j++) {
      double sum = 1.0;
      for (size_t p = 0; p < 2; p++)
        for (size_t r = 0; r < 16 && j < 2; r++)
          sum += (double)a[p * 160 + i * 16 + r] * (double)b[p * 160 + j * 16 + r];
      CHECK(close_to(sum, (double)out[i * 16 + j], tolerance, 10.0), "%s: dots",
            set->name);
    }
  set->part(10, 2, d, 160, d_y, 160, d_x, 2);
  for (size_t f = 0; f < 10; f++) {
    double sum = 0.0;
    for (size_t at = f * 16; at < 320; at += at % 16 == 15 ? 145 : 1) {
      sum += (double)d[at];
      CHECK(close_to((double)d_y[at], test_normal(800 + at) + (double)d[at], tolerance,
                     1.0),
            "%s: part", set->name);
    }
    CHECK(close_to((double)d_x[2 * f], sum, tolerance, 10.0), "%s: part's sum",
          set->name);
  }
  free(a), free(b), free(d), free(d_y);
}

/* Exponentials and logarithms to the last digits, of any number of them. */
static void losses(const struct kernels *set)
{
  double v[70], e[70], inverse[70], l[70];
  for (size_t n = 0; n <= 70; n++) {
    double sum = 0.0, high = -INFINITY;
    for (size_t j = 0; j < n; j++) {
      v[j] = (n % 3 ? 2.0 : 150.0) * test_normal(100 * n + j);
      sum += exp(0.7 * v[j] - 2.0);
      high = fmax(high, v[j]);
    }
    CHECK(set->largest(n, v) == high, "%s: largest of %d", set->name, (int)n);
    CHECK(close_to(set->exponentials(n, 0.7, 2.0, v, e), sum, 1e-13, 0.0),
          "%s: sum of %d", set->name, (int)n);
    for (size_t j = 0; j < n; j++) {
      const double expected = exp(0.7 * v[j] - 2.0);
      /* a product's last digit counts for more in the exponential of a large number */
      CHECK(close_to(e[j], expected, 3e-16 * (3.0 + fabs(0.7 * v[j])), 1e-300),
            "%s: exp(%.17g) is %.17g, not %.17g", set->name, 0.7 * v[j] - 2.0, e[j],
            expected);
      v[j] = exp(v[j]);
    }
    set->leave_out(n, v, 0.0, -1.0, 0.0, 0.0, inverse, l);
    for (size_t j = 0; j < n; j++)
      CHECK(close_to(l[j], log(v[j]), 4e-16, 1e-3) && inverse[j] == -1.0 / v[j],
            "%s: log(%.17g) is %.17g, not %.17g", set->name, v[j], l[j], log(v[j]));
    const double total = 1.0 + set->sum(n, e); /* no less than any of them */
    set->leave_out(n, e, total, 0.5, 3.0, 2.0, inverse, l);
    for (size_t j = 0; j < n; j++) {
      const double left = 0.5 * (total - e[j]) + 3.0;
      CHECK(close_to(l[j], 2.0 + log(left), 1e-14, 1.0) &&
                close_to(inverse[j], 0.5 / left, 1e-14, 0.0),
            "%s: sum without number %d of %d", set->name, (int)j, (int)n);
    }
    double shares = 0.0, all = 0.0, d[70];
    const double returned = set->shares(n, e, inverse, 2.0, 0.25, 0.125, d);
    for (size_t j = 0; j < n; j++) {
      const double share = e[j] * (2.0 - inverse[j]);
      shares += share;
      all += inverse[j];
      CHECK(close_to(d[j], 0.25 * share + 0.125 * e[j], 1e-14, 0.0), "%s: share %d of %d",
            set->name, (int)j, (int)n);
    }
    CHECK(close_to(returned, shares, 1e-13, 0.0), "%s: sum of %d shares", set->name,
          (int)n);
    CHECK(close_to(set->sum(n, inverse), all, 1e-13, 0.0), "%s: sum of %d", set->name,
          (int)n);
  }
}

/* Log-mean-exp of 1 to 5 components, of all sizes, and its shares. */
static void mixtures(const struct kernels *set)
{
  enum { N = 48, MOST = 5 };
  const double tolerance = sizeof(real) == sizeof(double) ? 1e-14 : 1e-6;
  for (size_t count = 1; count <= MOST; count++) {
    real *parts = random_numbers(MOST * (N + 3), count), mean[N], *d;
    double sums[N];
    for (size_t k = 0; k < count; k++)
      for (size_t i = 0; i < N; i++)
        parts[k * (N + 3) + i] *= (real)(i % 3 == 0 ? 1.0 : i % 3 == 1 ? 0.01 : 60.0);
    real *before = malloc(MOST * (N + 3) * sizeof *before);
    memcpy(before, parts, MOST * (N + 3) * sizeof *before);
    set->mix(count, N + 3, N, parts, mean);
    for (size_t i = 0; i < N; i++) {
      double high = -INFINITY;
      for (size_t k = 0; k < count; k++)
        high = fmax(high, (double)before[k * (N + 3) + i]);
      sums[i] = 0.0;
      for (size_t k = 0; k < count; k++)
        sums[i] += exp((double)before[k * (N + 3) + i] - high);
      CHECK(
          close_to((double)mean[i], high + log(sums[i] / (double)count), tolerance, 1.0),
          "%s: mean of %d components", set->name, (int)count);
      for (size_t k = 0; k < count; k++) {
        const size_t at = k * (N + 3) + i;
        CHECK(close_to((double)parts[at], exp((double)before[at] - high) / sums[i],
                       100.0 * tolerance, 1e-3),
              "%s: share of component %d", set->name, (int)k);
      }
    }
    memcpy(before, parts, MOST * (N + 3) * sizeof *before);
    d = random_numbers(N, 7);
    set->unmix(count, N + 3, N, parts, d);
    for (size_t i = 0; i < count * (N + 3); i++)
      CHECK(parts[i] == (i % (N + 3) < N ? before[i] * d[i % (N + 3)] : before[i]),
            "%s: unmix", set->name);
    free(parts), free(before), free(d);
  }
}

/* Weighted second moments and squared lengths of rows, term by term. */
static void normals(const struct kernels *set, size_t features)
{
  enum { PANELS = 3, ROWS = PANELS * PANEL };
  const size_t panel = (features + 1) * PANEL;
  real *z = random_numbers(PANELS * panel + 1, features), share[ROWS], out[ROWS];
  real *moments = random_numbers(features * features, 5);
  double worst = 0.0;
  for (size_t r = 0; r < ROWS; r++)
    share[r] = (real)fabs(test_normal(700 + r));
  set->scatter(features, PANELS, z + 1, panel, share, moments);
  for (size_t i = 0; i < features; i++)
    for (size_t j = 0; j <= i; j++) {
      double sum = 0.0;
      for (size_t r = 0; r < ROWS; r++) {
        const real *row = z + 1 + r / PANEL * panel + r % PANEL;
        sum += (double)share[r] * (double)row[i * PANEL] * (double)row[j * PANEL];
      }
      worst = fmax(worst, fabs(sum - (double)moments[i * features + j]) / ROWS);
    }
  CHECK(worst < tolerance, "%s: scatter of %d: error %g", set->name, (int)features,
        worst);
  set->heights(features, PANELS, REAL_C(3.0), z + 1, panel, out);
  worst = 0.0;
  for (size_t r = 0; r < ROWS; r++) {
    double height = 3.0;
    for (size_t j = 0; j < features; j++) {
      const double u = (double)z[1 + r / PANEL * panel + j * PANEL + r % PANEL];
      height -= 0.5 * u * u;
    }
    worst = fmax(worst, fabs(height - (double)out[r]) / (1.0 + (double)features));
  }
  CHECK(worst < tolerance, "%s: heights of %d: error %g", set->name, (int)features,
        worst);
  free(z), free(moments);
}

/* A row of scores out of panels and back. */
static void rows(const struct kernels *set)
{
  real *scores = random_numbers(3 * 40, 1);
  double row[48];
  scores[5] = (real)1e-20;
  set->take(3, scores + 2, 40, row);
  for (size_t j = 0; j < 48; j++)
    CHECK(row[j] == (double)scores[2 + j / 16 * 40 + j % 16], "%s: take", set->name);
  set->put(3, row, -0.5, scores + 2, 40);
  for (size_t j = 0; j < 48; j++)
    CHECK(scores[2 + j / 16 * 40 + j % 16] == (j == 3 ? 0 : (real)(-0.5 * row[j])),
          "%s: put", set->name);
  row[17] = NAN;
  set->put(3, row, 1.0, scores + 2, 40);
  CHECK(isnan(scores[2 + 40 + 1]), "%s: put hides what is no number", set->name);
  CHECK(scores[1] == (real)test_normal(2) && scores[18] == (real)test_normal(19),
        "%s: put beside the row", set->name);
  free(scores);
}

/* Through every map, the packed form and the flat one say the same. */
static void maps(size_t in, size_t out, int bias)
{
  next_case();
  const size_t rows = 37, panels = panel_count(rows);
  struct extent end = {0, 0};
  const struct linear l = linear_make(in, out, bias, &end);
  real *flat = random_numbers(end.flat, 1), *packed = calloc(end.packed, sizeof *packed);
  real *back = calloc(end.flat, sizeof *back),
       *gradient = calloc(end.packed, sizeof *back);
  real *x = random_numbers(block_size(rows, in + 1), 2000);
  real *z = calloc(block_size(rows, out), sizeof *z),
       *d = calloc(block_size(rows, in), sizeof *d);
  const struct block bx = {x, panel_size(in + 1)}, bz = {z, panel_size(out)};
  double worst = 0.0;
  linear_pack(&l, flat, packed);
  linear_unpack(&l, packed, back);
  CHECK(memcmp(flat, back, end.flat * sizeof *flat) == 0, "packed and back");
  block_fill(bx, panels, in, REAL_C(1.0));
  linear_forward(&l, packed, panels, bx, bz, INTO_SET);
  for (size_t r = 0; r < rows; r++)
    for (size_t o = 0; o < out; o++) {
      double sum = bias ? (double)flat[in * out + o] : 0.0;
      for (size_t i = 0; i < in; i++)
        sum += (double)x[block_index(in + 1, r, i)] * (double)flat[i * out + o];
      worst = fmax(worst, fabs(sum - (double)z[block_index(out, r, o)]));
    }
  for (size_t i = rows; i < panels * 16; i++)
    for (size_t o = 0; o < out; o++)
      z[block_index(out, i, o)] = 0;
  for (size_t i = 0; i < block_size(rows, in); i++)
    d[i] = REAL_C(0.5);
  linear_backward(&l, packed, panels, bz, (struct block){d, panel_size(in)});
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < in; i++) {
      double sum = 0.0;
      for (size_t o = 0; o < out; o++)
        sum += (double)z[block_index(out, r, o)] * (double)flat[i * out + o];
      worst = fmax(worst, fabs(0.5 * sum - (double)d[block_index(in, r, i)]) / 10.0);
    }
  for (size_t piece = 0; piece < linear_pieces(&l); piece++)
    linear_gradient(&l, piece, panels, bx, bz, INTO_SET, gradient);
  linear_unpack(&l, gradient, back);
  for (size_t i = 0; i < linear_inputs(&l); i++)
    for (size_t o = 0; o < out; o++) {
      double sum = 0.0;
      for (size_t r = 0; r < rows; r++)
        sum += (double)x[block_index(in + 1, r, i)] * (double)z[block_index(out, r, o)];
      worst = fmax(worst, fabs(sum - (double)back[i * out + o]) / 40.0);
    }
  CHECK(worst < 200.0 * tolerance, "map of %d to %d, bias %d: error %g", (int)in,
        (int)out, bias, worst);
  linear_pack(&l, back, packed);
  CHECK(memcmp(packed, gradient, end.packed * sizeof *packed) == 0,
        "map of %d to %d: what fills up a panel has a gradient", (int)in, (int)out);
  free(flat), free(packed), free(back), free(gradient), free(x), free(z), free(d);
}

/* An upper map without what it doesn't need is the same map. */
static void upper_maps(size_t out)
{
  next_case();
  const size_t in = out + 1, rows = 37, panels = panel_count(rows);
  struct extent end = {0, 0};
  const struct linear l = linear_make(in, out, 0, &end);
  real *flat = random_numbers(end.flat, 1), *packed = calloc(end.packed, sizeof *packed);
  real *x = random_numbers(block_size(rows, in), 2000);
  real *z = calloc(block_size(rows, out), sizeof *z);
  real *wanted = calloc(block_size(rows, out), sizeof *z);
  const struct block bx = {x, panel_size(in)}, bz = {z, panel_size(out)};
  double worst = 0.0;
  for (size_t o = 0; o < out; o++)
    for (size_t i = o + 2; i < in; i++)
      flat[i * out + o] = REAL_C(0.0);
  linear_pack(&l, flat, packed);
  linear_forward_upper(&l, packed, panels, bx, bz);
  linear_forward(&l, packed, panels, bx, (struct block){wanted, panel_size(out)},
                 INTO_SET);
  for (size_t i = 0; i < block_size(rows, out); i++)
    worst = fmax(worst, fabs((double)z[i] - (double)wanted[i]));
  CHECK(worst < tolerance, "upper map to %d: error %g", (int)out, worst);
  free(flat), free(packed), free(x), free(z), free(wanted);
}

void test_kernels(void)
{
  static const size_t some[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 70};
  const size_t count = sizeof some / sizeof *some;
  size_t sets = 0;
  for (; kernels_listed(sets); sets++) {
    const struct kernels *set = kernels_listed(sets);
    if (!set->available()) continue;
    for (size_t m = 1; m <= 70; m++) {
      next_case();
      for (size_t k = 0; k < count; k++)
        for (int left = 0; left < 2; left++)
          products(set, m, 1 + (m + k) % 4, some[k], (enum left)left,
                   (enum into)((m + k) % 3), (m + k) % 3);
    }
    for (size_t n = 1; n <= 16; n++) {
      next_case();
      turned(set, n);
    }
    next_case();
    activations(set);
    for (size_t features = 1; features <= 70; features++) {
      next_case();
      normals(set, features);
    }
    next_case();
    small_sums(set);
    next_case();
    losses(set);
    next_case();
    mixtures(set);
    rows(set);
    next_case();
    CHECK(kernels_use(set->name) && kernels() == set, "%s can't be chosen", set->name);
  }
  next_case();
  CHECK(sets >= 1 && !kernels_use("nonsense") && kernels_use(NULL), "choice of a set");
  for (size_t i = 0; i < count; i++)
    for (size_t o = 0; o < count; o++)
      maps(some[i], some[o], (int)(i + o) % 2);
  for (size_t out = 1; out <= 40; out++)
    upper_maps(out);
}
