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
#define real_exp exp
#define real_tanh tanh
#define real_sqrt sqrt
#define real_fabs fabs
#else
typedef float real;
#define REAL_C(x) (x##f)
#define real_exp expf
#define real_tanh tanhf
#define real_sqrt sqrtf
#define real_fabs fabsf
#endif

/* Numbers on their way to where processors slow down manyfold (subnormal) say nothing in
 * training: they are taken as 0. */
static inline real flush_tiny(real x)
{
  return real_fabs(x) < REAL_C(1e-18) ? REAL_C(0.0) : x;
}

#endif
