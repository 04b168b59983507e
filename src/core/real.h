/* The number type of critics. Training runs in single precision; the core's own
 * tests compile it a second time with -DREAL_IS_DOUBLE, so that gradients can be
 * compared with finite differences to many digits. Losses and scores' means are summed
 * in double in both. */
#ifndef CORE_REAL_H
#define CORE_REAL_H

#include <math.h>
#include <stddef.h>

#ifdef REAL_IS_DOUBLE
typedef double real;
#define REAL_C(x) (x)
#else
typedef float real;
#define REAL_C(x) (x##f)
#endif

#endif
