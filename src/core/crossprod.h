/* A'B of two tall matrices: single precision within a few hundred rows, double across them. */
#ifndef CORE_CROSSPROD_H
#define CORE_CROSSPROD_H

#include "host.h"
#include "real.h"

size_t crossprod_bytes(size_t of_a, size_t of_b);

/* out (of_a x of_b, row-major) of rows x of_a and rows x of_b, both row-major. */
enum status crossprod(size_t rows, size_t of_a, const real *a, size_t of_b, const real *b,
                      const struct host *host, void *work, double *out);

#endif
