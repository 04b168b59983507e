/* Sums of normal kernels: densities of numbers, but for a factor. */
#ifndef CORE_SMOOTH_H
#define CORE_SMOOTH_H

#include <stddef.h>

/* out[p]: of the kernels at `at[p]`, each exp(-z^2 / 2) / width with z widths from its centre. */
void smooth_sums(size_t kernels, const double *centre, const double *width, size_t places,
                 const double *at, double *out);

#endif
