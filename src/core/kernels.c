#include "kernels.h"

/* Vectors of 16 bytes are in every 64-bit x86 and ARM; wider ones need dispatch at run
 * time. Other compilers get vectors of one. */
#if defined(__GNUC__)
typedef real vec __attribute__((vector_size(16), aligned(sizeof(real)), may_alias));
#define LANES (16 / sizeof(real))
#else
typedef real vec;
#define LANES 1
#endif

#define TILE_ROWS 4
#define TILE_COLS (2 * LANES)

#define LOAD(p) (*(const vec *)(p))

/* TILE_ROWS x TILE_COLS of C in registers; written out, for -O2 unrolls nothing. */
static void tile(size_t k, const real *a, size_t row_a, size_t col_a, const real *b,
                 size_t ldb, real *c, size_t ldc, int accumulate)
{
  real *const c1 = c + ldc, *const c2 = c1 + ldc, *const c3 = c2 + ldc;
  vec s00 = {0}, s01 = {0}, s10 = {0}, s11 = {0};
  vec s20 = {0}, s21 = {0}, s30 = {0}, s31 = {0};
  if (accumulate) {
    s00 = LOAD(c), s01 = LOAD(c + LANES);
    s10 = LOAD(c1), s11 = LOAD(c1 + LANES);
    s20 = LOAD(c2), s21 = LOAD(c2 + LANES);
    s30 = LOAD(c3), s31 = LOAD(c3 + LANES);
  }
  for (size_t p = 0; p < k; p++) {
    const real *ap = a + p * col_a, *bp = b + p * ldb;
    const vec b0 = LOAD(bp), b1 = LOAD(bp + LANES);
    const real a0 = ap[0], a1 = ap[row_a], a2 = ap[2 * row_a], a3 = ap[3 * row_a];
    s00 += a0 * b0, s01 += a0 * b1;
    s10 += a1 * b0, s11 += a1 * b1;
    s20 += a2 * b0, s21 += a2 * b1;
    s30 += a3 * b0, s31 += a3 * b1;
  }
  *(vec *)c = s00, *(vec *)(c + LANES) = s01;
  *(vec *)c1 = s10, *(vec *)(c1 + LANES) = s11;
  *(vec *)c2 = s20, *(vec *)(c2 + LANES) = s21;
  *(vec *)c3 = s30, *(vec *)(c3 + LANES) = s31;
}

/* What is left at the right and lower edges. */
static void edge(size_t m, size_t n, size_t k, const real *a, size_t row_a, size_t col_a,
                 const real *b, size_t ldb, real *c, size_t ldc, int accumulate)
{
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      real sum = accumulate ? c[i * ldc + j] : REAL_C(0.0);
      for (size_t p = 0; p < k; p++)
        sum += a[i * row_a + p * col_a] * b[p * ldb + j];
      c[i * ldc + j] = sum;
    }
}

void gemm(size_t m, size_t n, size_t k, const real *a, size_t row_a, size_t col_a,
          const real *b, size_t ldb, real *c, size_t ldc, int accumulate)
{
  const size_t rows = m - m % TILE_ROWS, cols = n - n % TILE_COLS;
  for (size_t i = 0; i < rows; i += TILE_ROWS)
    for (size_t j = 0; j < cols; j += TILE_COLS)
      tile(k, a + i * row_a, row_a, col_a, b + j, ldb, c + i * ldc + j, ldc, accumulate);
  edge(rows, n - cols, k, a, row_a, col_a, b + cols, ldb, c + cols, ldc, accumulate);
  edge(m - rows, n, k, a + rows * row_a, row_a, col_a, b, ldb, c + rows * ldc, ldc,
       accumulate);
}

void transpose(size_t rows, size_t cols, const real *from, size_t ldf, real *to)
{
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++)
      to[j * rows + i] = from[i * ldf + j];
}

double dot(size_t n, const real *a, const real *b)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += (double)a[i] * (double)b[i];
  return sum;
}

void column_sums(size_t rows, size_t cols, const real *a, size_t lda, real *out,
                 int accumulate)
{
  if (!accumulate)
    for (size_t j = 0; j < cols; j++)
      out[j] = REAL_C(0.0);
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < cols; j++)
      out[j] += a[i * lda + j];
}

void activate(enum activation activation, size_t n, real *z, real *slope)
{
  const real one = REAL_C(1.0), zero = REAL_C(0.0);
  switch (activation) {
  case ACTIVATION_RELU:
    for (size_t i = 0; i < n; i++) {
      const int off = z[i] <= zero; /* not `on = z > 0`: a NaN must stay one */
      if (slope) slope[i] = off ? zero : one;
      if (off) z[i] = zero;
    }
    break;
  case ACTIVATION_SILU:
    for (size_t i = 0; i < n; i++) {
      const real gate = one / (one + real_exp(-z[i]));
      if (slope) slope[i] = gate * (one + z[i] * (one - gate));
      z[i] *= gate;
    }
    break;
  case ACTIVATION_TANH:
    for (size_t i = 0; i < n; i++) {
      z[i] = real_tanh(z[i]);
      if (slope) slope[i] = one - z[i] * z[i];
    }
    break;
  }
}
