#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "../../src/core/critic.h"

#define ROWS 19 /* more than a panel, and not two */

static const struct host one_thread = {1, NULL, NULL};

static double loss_of(const struct critic *critic, const real *theta, const real *x,
                      const real *y, const struct objective *objective, void *work,
                      real *gradient)
{
  real *packed = calloc(2 * critic->packed, sizeof *packed);
  real *packed_gradient = packed + critic->packed;
  const struct critic_call call = {.critic = critic,
                                   .packed = packed,
                                   .rows = ROWS,
                                   .x = x,
                                   .y = y,
                                   .objective = objective,
                                   .gradient = gradient ? packed_gradient : NULL,
                                   .host = &one_thread,
                                   .work = work};
  double loss;
  critic_pack(critic, theta, packed);
  CHECK(critic_loss(&call, &loss) == STATUS_OK, "status");
  if (gradient) critic_unpack(critic, packed_gradient, gradient);
  free(packed);
  return loss;
}

/* Losses with and without gradient agree, and pairs with the matrix; in double precision
 * the gradient agrees with finite differences. */
static void check_critic(struct critic_spec spec, struct objective objective)
{
  next_case();
  struct critic critic;
  spec.second = objective.kind->second;
  objective.ratio = strcmp(spec.head, "ratio") == 0;
  const char *wrong = critic_make(&spec, &critic);
  CHECK(wrong == NULL, "%s", wrong);
  const size_t p = critic.parameters;
  real *theta = calloc(p, sizeof *theta), *gradient = calloc(p, sizeof *gradient);
  real *x = calloc(ROWS * spec.dx, sizeof *x), *y = calloc(ROWS * spec.dy, sizeof *y);
  real scores[ROWS], second[ROWS], matrix[ROWS * ROWS];
  void *work = malloc(critic_work_bytes(&critic, &objective, ROWS));
  for (size_t i = 0; i < ROWS * spec.dx; i++)
    x[i] = (real)test_normal(i);
  for (size_t i = 0; i < ROWS * spec.dy; i++)
    y[i] = (real)test_normal(1000 + i);

  real *packed = calloc(critic.packed, sizeof *packed);
  critic_pairs(&critic, packed, ROWS, x, y, work, scores, second);
  for (size_t i = 0; i < ROWS; i++) {
    double known = objective.ratio ? 1.0 : 0.0;
    for (size_t f = 1; f <= spec.known; f++)
      known += (double)x[(i + 1) * spec.dx - f] * (double)y[(i + 1) * spec.dy - f];
    CHECK(close_to((double)scores[i], known, 1e-6, 0.0) && second[i] == 0,
          "%s: all parameters 0 is not independence, or what is known", spec.kind);
  }

  critic_init(&critic, 5, theta);
  for (size_t i = 0; i < p; i++)
    theta[i] += (real)(0.2 * test_normal(2000 + i));
  critic_pack(&critic, theta, packed);
  critic_pairs(&critic, packed, ROWS, x, y, work, scores, NULL);
  critic_matrix(&critic, packed, ROWS, x, y, work, matrix);
  for (size_t i = 0; i < ROWS; i++)
    CHECK(close_to((double)scores[i], (double)matrix[i * ROWS + i], 1e-4, 1.0),
          "%s pair %d: %g, %g", spec.kind, (int)i, (double)scores[i],
          (double)matrix[i * ROWS + i]);
  const double value = loss_of(&critic, theta, x, y, &objective, work, NULL);
  const double again = loss_of(&critic, theta, x, y, &objective, work, gradient);
  CHECK(value == again, "%s: %g, %g", spec.kind, value, again);

#ifdef REAL_IS_DOUBLE
  const double h = 1e-5;
  for (size_t i = 0; i < p; i++) {
    const double at = theta[i];
    theta[i] = at + h;
    const double up = loss_of(&critic, theta, x, y, &objective, work, NULL);
    theta[i] = at - h;
    const double down = loss_of(&critic, theta, x, y, &objective, work, NULL);
    theta[i] = at;
    CHECK(close_to((up - down) / (2.0 * h), gradient[i], 1e-6,
                   1e-2 * fmax(1.0, fabs(value))),
          "%s %s %s %s: parameter %d of %d: difference %.9g, gradient %.9g", spec.kind,
          spec.activation, spec.head, objective.kind->name, (int)i, (int)p,
          (up - down) / (2.0 * h), gradient[i]);
  }
#endif
  free(theta), free(gradient), free(packed), free(x), free(y), free(work);
}

static void bad_specs(void)
{
  next_case();
  const struct critic_spec good = {"separable", 3, 2, 1,           {4}, 2,
                                   "relu",      0, 0, "log_ratio", 1.0, SECOND_NONE};
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
  bad = good, bad.head = "nonsense";
  CHECK(critic_make(&bad, &critic) != NULL, "head");
  bad = good, bad.head = "cosine", bad.temperature = 0.0;
  CHECK(critic_make(&bad, &critic) != NULL, "temperature");
  bad = good, bad.head = "cosine", bad.kind = "joint";
  CHECK(critic_make(&bad, &critic) != NULL, "no embeddings for a cosine");
  bad = good, bad.known = 2;
  CHECK(critic_make(&bad, &critic) != NULL, "all columns known");
  bad = good, bad.head = "ratio", bad.known = 1;
  CHECK(critic_make(&bad, &critic) != NULL, "a ratio with a known part");
  bad = good, bad.head = "cosine", bad.components = 2;
  CHECK(critic_make(&bad, &critic) != NULL, "cosines mixed");
  bad = good, bad.kind = "joint", bad.depth = 0;
  CHECK(critic_make(&bad, &critic) != NULL, "joint without a layer");
}

void test_critic(void)
{
  static const char *const activations[] = {"silu", "tanh", "relu"};
  static const double nus[] = {1.0, 10.0};
  for (int v = 0; v < 2; v++)
    for (size_t k = 0; k < 4; k += 3) {
      const struct objective o = anchored("log", 1.0, nus[v], k);
      for (int a = 0; a < 3; a++)
        for (int skip = 0; skip < 2; skip++) {
          const size_t depth = 1 + (size_t)skip;
          check_critic((struct critic_spec){"separable",
                                            3,
                                            2,
                                            2,
                                            {6, 5},
                                            4,
                                            activations[a],
                                            skip,
                                            0,
                                            "log_ratio",
                                            1.0,
                                            SECOND_NONE},
                       o);
          check_critic((struct critic_spec){"joint",
                                            3,
                                            2,
                                            depth,
                                            {6, 5},
                                            0,
                                            activations[a],
                                            0,
                                            0,
                                            "log_ratio",
                                            1.0,
                                            SECOND_NONE},
                       o);
        }
      check_critic(
          (struct critic_spec){
              "bilinear", 3, 2, 0, {0}, 0, "relu", 0, 1, "log_ratio", 1.0, SECOND_NONE},
          o);
      check_critic(
          (struct critic_spec){
              "bilinear", 2, 4, 0, {0}, 0, "relu", 0, 0, "log_ratio", 1.0, SECOND_NONE},
          o);
    }
  for (int member = 0; member < FAMILY; member++) {
    const struct objective o = family_member(member);
    const char *head = o.ratio ? "ratio" : "log_ratio";
    check_critic((struct critic_spec){"separable",
                                      3,
                                      2,
                                      1,
                                      {5},
                                      3,
                                      "silu",
                                      1,
                                      0,
                                      o.ratio ? head : "cosine",
                                      0.5,
                                      SECOND_NONE},
                 o);
    check_critic(
        (struct critic_spec){
            "joint", 3, 2, 2, {5, 4}, 0, "tanh", 0, 0, head, 1.0, SECOND_NONE},
        o);
    check_critic(
        (struct critic_spec){
            "bilinear", 3, 2, 0, {0}, 0, "relu", 0, 1, head, 1.0, SECOND_NONE},
        o);
    if (o.ratio) continue; /* what follows is for log ratios */
    struct critic_spec more = {"separable", 5, 4,    1,   {5},         2, "silu",
                               1,           0, head, 0.5, SECOND_NONE, 3};
    for (more.known = 0; more.known < 4; more.known += 2)
      check_critic(more, o);
    more.components = 1;
    more.known = 2;
    more.kind = "joint";
    check_critic(more, o);
    more.kind = "bilinear";
    more.depth = 0;
    check_critic(more, o);
  }
  bad_specs();
}
