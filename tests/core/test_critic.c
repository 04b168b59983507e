#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "../../src/core/critic.h"

#define ROWS 13

static const struct host one_thread = {1, NULL, NULL};

/* Losses with and without gradient agree; in double precision the gradient agrees with
 * finite differences. */
static void check_critic(struct critic_spec spec, double nu, size_t k)
{
  next_case();
  struct critic critic;
  const char *wrong = critic_make(&spec, &critic);
  CHECK(wrong == NULL, "%s", wrong);
  const struct objective objective = {objective_find("anchor_log"), nu, k};
  const size_t p = critic.parameters;
  real *theta = calloc(p, sizeof *theta), *gradient = calloc(p, sizeof *gradient);
  real *x = calloc(ROWS * spec.dx, sizeof *x), *y = calloc(ROWS * spec.dy, sizeof *y);
  real scores[ROWS];
  double loss[ROWS], again[ROWS];
  void *work = malloc(critic.kind->work_bytes(&critic, ROWS));
  for (size_t i = 0; i < ROWS * spec.dx; i++)
    x[i] = (real)test_normal(i);
  for (size_t i = 0; i < ROWS * spec.dy; i++)
    y[i] = (real)test_normal(1000 + i);

  critic.kind->pairs(&critic, theta, ROWS, x, y, work, scores);
  for (size_t i = 0; i < ROWS; i++)
    CHECK(scores[i] == 0, "%s: all parameters 0 is not independence", spec.kind);

  critic.kind->init(&critic, 5, theta);
  for (size_t i = 0; i < p; i++)
    theta[i] += (real)(0.2 * test_normal(2000 + i));
  critic.kind->losses(&critic, theta, ROWS, x, y, &objective, &one_thread, work, loss);
  critic.kind->gradient(&critic, theta, ROWS, x, y, &objective, &one_thread, work,
                        gradient, again);
  for (size_t i = 0; i < ROWS; i++)
    CHECK(loss[i] == again[i], "%s row %d: %g, %g", spec.kind, (int)i, loss[i], again[i]);

#ifdef REAL_IS_DOUBLE
  const double h = 1e-5;
  for (size_t i = 0; i < p; i++) {
    const double at = theta[i];
    double value[2] = {0.0, 0.0};
    for (int up = 0; up < 2; up++) {
      theta[i] = at + (up ? h : -h);
      critic.kind->losses(&critic, theta, ROWS, x, y, &objective, &one_thread, work,
                          loss);
      for (size_t row = 0; row < ROWS; row++)
        value[up] += loss[row] / ROWS;
    }
    theta[i] = at;
    CHECK(close_to((value[1] - value[0]) / (2.0 * h), gradient[i], 1e-6, 1e-2),
          "%s %s nu %g k %d: parameter %d of %d: difference %.9g, gradient %.9g",
          spec.kind, spec.activation, nu, (int)k, (int)i, (int)p,
          (value[1] - value[0]) / (2.0 * h), gradient[i]);
  }
#endif
  free(theta), free(gradient), free(x), free(y), free(work);
}

static void bad_specs(void)
{
  next_case();
  const struct critic_spec good = {"separable", 3, 2, 1, {4}, 2, "relu", 0, 0};
  struct critic_spec bad;
  struct critic critic;
  CHECK(critic_make(&good, &critic) == NULL, "a good spec");
  bad = good, bad.kind = "nonsense";
  CHECK(critic_make(&bad, &critic) != NULL, "kind");
  bad = good, bad.activation = "nonsense";
  CHECK(critic_make(&bad, &critic) != NULL, "activation");
  bad = good, bad.dx = 0;
  CHECK(critic_make(&bad, &critic) != NULL, "no columns");
  bad = good, bad.widths[0] = 0;
  CHECK(critic_make(&bad, &critic) != NULL, "no units");
  bad = good, bad.embedding = 0;
  CHECK(critic_make(&bad, &critic) != NULL, "no embedding");
  bad = good, bad.depth = 100;
  CHECK(critic_make(&bad, &critic) != NULL, "too deep");
  bad = good, bad.kind = "joint", bad.depth = 0;
  CHECK(critic_make(&bad, &critic) != NULL, "joint without a layer");
}

void test_critic(void)
{
  static const char *const activations[] = {"silu", "tanh", "relu"};
  static const double nus[] = {1.0, 10.0};
  for (int v = 0; v < 2; v++)
    for (size_t k = 0; k < 4; k += 3) {
      for (int a = 0; a < 3; a++)
        for (int skip = 0; skip < 2; skip++) {
          check_critic(
              (struct critic_spec){
                  "separable", 3, 2, 2, {6, 5}, 4, activations[a], skip, 0},
              nus[v], k);
          check_critic(
              (struct critic_spec){
                  "joint", 3, 2, 1 + (size_t)skip, {6, 5}, 0, activations[a], 0, 0},
              nus[v], k);
        }
      check_critic((struct critic_spec){"bilinear", 3, 2, 0, {0}, 0, "relu", 0, 1},
                   nus[v], k);
      check_critic((struct critic_spec){"bilinear", 2, 4, 0, {0}, 0, "relu", 0, 0},
                   nus[v], k);
    }
  bad_specs();
}
