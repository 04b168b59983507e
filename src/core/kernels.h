/* The arithmetic that training spends its time on. Everything above calls these and
 * nothing else for matrix work, so a faster set can take their place. Matrices are
 * row-major; ld* is the distance between rows. Nothing here allocates; all of it may
 * run in several threads on different outputs. An element of a product is summed over
 * k in order, wherever it lies. */
#ifndef CORE_KERNELS_H
#define CORE_KERNELS_H

#include <stddef.h>
#include "real.h"

/* C (m x n) = A (m x k) B (k x n), or C += A B if `accumulate`. A's element (i, p) is
 * a[i * row_a + p * col_a], so a transposed A needs no copy. */
void gemm(size_t m, size_t n, size_t k, const real *a, size_t row_a, size_t col_a,
          const real *b, size_t ldb, real *c, size_t ldc, int accumulate);

/* to (cols x rows, dense) = transpose of from (rows x cols, ldf). */
void transpose(size_t rows, size_t cols, const real *from, size_t ldf, real *to);

/* sum_i a[i] b[i], in double. */
double dot(size_t n, const real *a, const real *b);

/* out[j] = or += the sum of column j of A (rows x cols, lda). */
void column_sums(size_t rows, size_t cols, const real *a, size_t lda, real *out,
                 int accumulate);

enum activation { ACTIVATION_RELU, ACTIVATION_SILU, ACTIVATION_TANH };

/* z -> activation in place; its derivative into slope[0..n-1] unless that is NULL. */
void activate(enum activation activation, size_t n, real *z, real *slope);

#endif
