/* Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019), and a
 * running average of the parameters. The arithmetic is a kernel's. */
#ifndef CORE_ADAM_H
#define CORE_ADAM_H

#include "kernels.h"

struct adam {
  double learn_rate;
  double weight_decay; /* each step shrinks parameters by learn_rate * weight_decay */
  double beta1, beta2, epsilon;
  double average; /* in [0, 1): weight of the past in the running average */
};

/* What the kernel needs at step number `step`, from 1. The average's memory grows to its
 * full length over the first steps, so that it doesn't begin with the initial parameters. */
static inline struct adam_rates adam_rates(const struct adam *adam, size_t step)
{
  const double t = (double)step, growing = (t - 1.0) / (t + 9.0);
  const double unbias1 = 1.0 - pow(adam->beta1, t), unbias2 = 1.0 - pow(adam->beta2, t);
  return (struct adam_rates){(real)adam->beta1,
                             (real)adam->beta2,
                             (real)(adam->learn_rate * sqrt(unbias2) / unbias1),
                             (real)(adam->epsilon * sqrt(unbias2)),
                             (real)(1.0 - adam->learn_rate * adam->weight_decay),
                             (real)(growing < adam->average ? growing : adam->average)};
}

#endif
