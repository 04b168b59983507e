#include <stdlib.h>
#include "check.h"
#include "../../src/core/kernels.h"

static const double tolerance = sizeof(real) == 4 ? 2e-5 : 1e-13;

static real *random_matrix(size_t count, unsigned long long first)
{
  real *a = malloc((count + 1) * sizeof *a);
  for (size_t i = 0; i < count; i++)
    a[i] = (real)test_normal(first + i);
  return a;
}

/* Every edge of the tiling, A plain and transposed, padded rows, overwriting and adding. */
static void products(size_t m, size_t n, size_t k, int turned, int accumulate)
{
  next_case();
  const size_t ldb = n + 3, ldc = n + 1, row_a = turned ? 1 : k + 2;
  const size_t col_a = turned ? m + 2 : 1;
  real *a = random_matrix((m + 2) * (k + 2), 1), *b = random_matrix(k * ldb, 5000);
  real *c = random_matrix(m * ldc, 9000), *before = random_matrix(m * ldc, 9000);
  double worst = 0.0;
  gemm(m, n, k, a, row_a, col_a, b, ldb, c, ldc, accumulate);
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++) {
      double sum = accumulate ? (double)before[i * ldc + j] : 0.0, size = fabs(sum);
      for (size_t p = 0; p < k; p++) {
        const double term = (double)a[i * row_a + p * col_a] * (double)b[p * ldb + j];
        sum += term;
        size += fabs(term);
      }
      worst = fmax(worst, fabs(sum - (double)c[i * ldc + j]) / fmax(size, 1.0));
    }
    if (c[i * ldc + n] != before[i * ldc + n]) worst = INFINITY; /* padding touched */
  }
  CHECK(worst <= tolerance, "%d x %d x %d, turned %d, accumulate %d: error %g", (int)m,
        (int)n, (int)k, turned, accumulate, worst);
  free(a), free(b), free(c), free(before);
}

static void activations(void)
{
  next_case();
  const double h = 1e-3;
  for (int kind = ACTIVATION_RELU; kind <= ACTIVATION_TANH; kind++)
    for (double z = -6.05; z < 6.0; z += 0.5) {
      real at[3] = {(real)z, (real)(z - h), (real)(z + h)}, slope[3];
      activate((enum activation)kind, 3, at, slope);
      const double difference = ((double)at[2] - (double)at[1]) / (2.0 * h);
      CHECK(fabs(difference - (double)slope[0]) < 1e-3, "kind %d at %g: %g, slope %g",
            kind, z, difference, (double)slope[0]);
    }
}

void test_kernels(void)
{
  static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 70};
  const size_t count = sizeof sizes / sizeof *sizes;
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < count; j++)
      for (size_t p = 0; p < count; p += 3)
        for (int turned = 0; turned < 2; turned++)
          products(sizes[i], sizes[j], sizes[p], turned, (int)(i + j + p) % 2);
  activations();

  next_case();
  const real from[6] = {1, 2, 3, 4, 5, 6};
  real to[6], sums[3];
  transpose(2, 3, from, 3, to);
  CHECK(to[0] == 1 && to[1] == 4 && to[2] == 2 && to[5] == 6, "transpose");
  column_sums(2, 3, from, 3, sums, 0);
  CHECK(sums[0] == 5 && sums[1] == 7 && sums[2] == 9, "column sums");
  CHECK(dot(3, from, from + 3) == 32.0, "dot");
}
