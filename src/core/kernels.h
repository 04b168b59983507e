/* The arithmetic that training spends its time on: one set of functions for each
 * instruction set, made from one source (kernels_vector.h), chosen when the program runs.
 * Nothing here allocates; all of it may run in several threads on different outputs.
 * Blocks lie in panels, see panel.h. Sums are taken in an order that doesn't depend on
 * how the work is cut, so that results are the same bits for any number of threads.
 * To add an instruction set: a file that sets its vectors, a line in kernels.c. */
#ifndef CORE_KERNELS_H
#define CORE_KERNELS_H

#include <stddef.h>
#include "panel.h"
#include "real.h"

enum activation { ACTIVATION_RELU, ACTIVATION_SILU, ACTIVATION_TANH };

/* Where element (i, p) of a product's left matrix lies. */
enum left {
  LEFT_DOWN,  /* a[(i / 16) * jump + p * 16 + i % 16]: a row's numbers 16 apart */
  LEFT_ACROSS /* a[(p / 16) * jump + i * 16 + p % 16]: a row's numbers side by side */
};

/* What becomes of C: A B, C plus that, or C times that number by number. */
enum into { INTO_SET, INTO_ADD, INTO_MULTIPLY };

/* C (m x 16 panels) from A (m x k) and B (k x 16 panels). Panel q of B begins at
 * b + q * b_panel, its rows 16 apart; C likewise. */
struct product {
  size_t m, k, panels;
  enum left left;
  const real *a;
  size_t jump;
  const real *b;
  size_t b_panel;
  real *c;
  size_t c_panel;
  enum into into;
};

struct adam_rates {
  real beta1, beta2, rate, epsilon;
  real keep; /* what weight decay leaves */
  real mean; /* weight of the past in the running average */
};

struct kernels {
  const char *name;
  int (*available)(void);

  void (*product)(const struct product *product);

  /* For few columns: out[i * 16 + j] = or += sum over rows r of a block's feature i times
   * another's feature j; i < m, j < n. */
  void (*dots)(size_t m, size_t n, size_t panels, const real *a, size_t a_panel,
               const real *b, size_t b_panel, int accumulate, real *out);

  /* to[r * 16 + j] = from[j * 16 + r], j < n <= 16, and 0 for the other j, in every panel of
   * 16 x 16; `from`'s are from_panel apart, `to`'s follow one another. */
  void (*turn)(size_t n, size_t panels, const real *from, size_t from_panel, real *to);

  /* For normals: out[r] = top less half the sum of a row's squared features. */
  void (*heights)(size_t features, size_t panels, real top, const real *u, size_t u_panel,
                  real *out);
  /* out[i * features + j], j <= i: sum over rows r of share[r] times features i and j. What
   * else of `out` is written is undefined. */
  void (*scatter)(size_t features, size_t panels, const real *z, size_t z_panel,
                  const real *share, real *out);

  /* z -> activation in place; its derivative into slope unless that is NULL. n here and
   * below: a multiple of 16. */
  void (*activate)(enum activation activation, size_t n, real *z, real *slope);

  /* a += b. */
  void (*add)(size_t n, const real *b, real *a);

  /* First layer of a row of pairs: to = activation(y's half + x's half, which is one
   * number a feature, `step` apart), and its slope. One panel of `features`. */
  void (*join)(enum activation activation, size_t features, const real *of_y,
               const real *of_x, size_t step, real *to, real *slope);
  /* Backward, all panels: d_y += d; d_x[feature * step] = the sum of d over all rows. */
  void (*part)(size_t features, size_t panels, const real *d, size_t d_panel, real *d_y,
               size_t d_y_panel, real *d_x, size_t step);

  /* For log-mean-exp over `count` blocks of n numbers, `apart` from one another: the result
   * into mean[i], and every number becomes its share of the sum. Backward: shares times the
   * mean's derivative. */
  void (*mix)(size_t count, size_t apart, size_t n, real *parts, real *mean);
  void (*unmix)(size_t count, size_t apart, size_t n, real *parts, const real *d_mean);

  /* One step of Adam, and of the running average unless it is NULL. */
  void (*adam)(const struct adam_rates *rates, size_t n, const real *gradient, real *m,
               real *v, real *theta, real *mean);

  /* For losses, in double, any n. The largest of v; -infinity if n is 0. */
  double (*largest)(size_t n, const double *v);
  /* e[j] = exp(scale v[j] - shift), of exponents up to 700; returns their sum. */
  double (*exponentials)(size_t n, double scale, double shift, const double *v,
                         double *e);
  /* From exponentials e and their total, for every sum without one of them,
   * c (total - e[j]) + d: inverse[j] = c over that, logs[j] = shift + its logarithm. Where
   * it isn't a normal positive number the result is undefined. */
  void (*leave_out)(size_t n, const double *e, double total, double c, double d,
                    double shift, double *inverse, double *logs);
  /* With share = e[j] (a - inverse[j]): d[j] = each share + by_all e[j]; returns the sum of
   * shares. */
  double (*shares)(size_t n, const double *e, const double *inverse, double a,
                   double each, double by_all, double *d);
  double (*sum)(size_t n, const double *v);

  /* A row of scores, 16 in every panel, to doubles that follow one another and back, times
   * a number and without what is too small to matter. `row` has room for whole panels. */
  void (*take)(size_t panels, const real *scores, size_t panel, double *row);
  void (*put)(size_t panels, const double *row, double times, real *scores, size_t panel);
};

/* The set in use: the first time the best that this machine has. */
const struct kernels *kernels(void);

/* Uses the set of this name from now on; NULL: the best. 0 if the machine doesn't have it,
 * and nothing changes. Not while a computation runs. */
int kernels_use(const char *name);

/* Set i that this build has, best first; NULL behind the last. */
const struct kernels *kernels_listed(size_t i);

#endif
