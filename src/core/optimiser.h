/* Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019). */
#ifndef CORE_OPTIMISER_H
#define CORE_OPTIMISER_H

#include <stddef.h>
#include "real.h"

struct adam {
  double learn_rate;
  double weight_decay; /* each step shrinks parameters by learn_rate * weight_decay */
  double beta1, beta2, epsilon;
};

/* Step number `step` (from 1): moves theta[0..count-1] against `gradient`; m and v are
 * the moments, zero before the first step. */
void adam_step(const struct adam *adam, size_t step, size_t count, const real *gradient,
               real *m, real *v, real *theta);

#endif
