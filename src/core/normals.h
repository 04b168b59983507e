/* A mixture of normals for rows of few columns, fitted by expectation and maximisation.
 * With W the inverse of a component's root, its log density is that of (z - mean) W, which is
 * standard normal: so a mixture works as a bank of linear maps. */
#ifndef CORE_NORMALS_H
#define CORE_NORMALS_H

#include "host.h"
#include "real.h"

struct normals {
  size_t columns, size;
  double *weights; /* size */
  double *means;   /* size x columns */
  double *roots;   /* size x columns x columns, row-major: upper R, R'R the covariance */
};

/* Row-major rows of z, and where to begin: each row's share in every component. */
struct normals_job {
  size_t rows;
  const real *z;       /* rows x columns */
  const double *share; /* rows x size */
  double pooling;      /* rows that the common covariance counts for in each component */
  size_t steps;        /* at most */
  double least_gain;   /* a step that gains less in `fit` is the last */
  struct host host;
  void *work; /* normals_fit_bytes */
};

size_t normals_fit_bytes(size_t rows, size_t columns, size_t size);

/* Fills the numbers of `normals`; `fit` becomes its mean log density of the rows, or
 * -infinity where a covariance has no root. */
enum status normals_fit(const struct normals_job *job, struct normals *normals,
                        double *fit);

size_t normals_logs_bytes(const struct normals *normals);

/* logs[k * rows + i]: log of component k's weight times its density at row i. */
void normals_logs(const struct normals *normals, size_t rows, const real *z, void *work,
                  double *logs);

size_t normals_matrix_bytes(const struct normals *normals, size_t of_x, size_t rows);

/* out[i * rows + j]: log density at (x_i, y_j) less minus_x[i] and minus_y[j]. x are the
 * first `of_x` of the columns. */
void normals_matrix(const struct normals *normals, size_t of_x, size_t rows,
                    const real *x, const real *y, const double *minus_x,
                    const double *minus_y, void *work, double *out);

#endif
