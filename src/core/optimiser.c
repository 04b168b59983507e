#include "optimiser.h"

void adam_step(const struct adam *adam, size_t step, size_t count, const real *gradient,
               real *m, real *v, real *theta)
{
  const double t = (double)step;
  const double unbias1 = 1.0 - pow(adam->beta1, t);
  const double unbias2 = 1.0 - pow(adam->beta2, t);
  const real b1 = (real)adam->beta1, b2 = (real)adam->beta2, one = REAL_C(1.0);
  const real rate = (real)(adam->learn_rate * sqrt(unbias2) / unbias1);
  const real epsilon = (real)(adam->epsilon * sqrt(unbias2));
  const real keep = (real)(1.0 - adam->learn_rate * adam->weight_decay);
  for (size_t i = 0; i < count; i++) {
    const real g = flush_tiny(gradient[i]);
    m[i] = flush_tiny(b1 * m[i] + (one - b1) * g);
    v[i] = b2 * v[i] + (one - b2) * g * g;
    if (v[i] < REAL_C(1e-30)) v[i] = REAL_C(0.0);
    theta[i] = flush_tiny(keep * theta[i] - rate * m[i] / (real_sqrt(v[i]) + epsilon));
  }
}
