/* A case is one situation that a test looks at; it passes if none of its checks fails. A
 * check that fails says where and what. */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>
#include "../../src/core/objective.h"
#include "../../src/core/real.h"

extern int cases_passed, cases_failed, case_failures;

/* Ends the case before and begins the next; main ends the last. */
void next_case(void);

#define CHECK(condition, ...)                                                            \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      case_failures++;                                                                   \
      fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                    \
      fprintf(stderr, __VA_ARGS__);                                                      \
      fprintf(stderr, "\n");                                                             \
    }                                                                                    \
  } while (0)

/* |a - b| at most tol times the larger of the two and `floor`. */
static inline int close_to(double a, double b, double tol, double floor)
{
  const double size = fmax(fmax(fabs(a), fabs(b)), floor);
  return fabs(a - b) <= tol * size;
}

/* An anchored objective, or another kind with `alpha` its own. */
static inline struct objective anchored(const char *score, double alpha, double nu,
                                        size_t k)
{
  struct objective o = {0};
  o.kind = objective_find("anchor");
  score_find(score, alpha, &o.score);
  o.nu = nu;
  o.candidates = k;
  o.scale = 1.0;
  return o;
}

static inline struct objective unanchored(const char *kind, double alpha)
{
  struct objective o = {0};
  o.kind = objective_find(kind);
  o.nu = 1.0;
  o.alpha = alpha;
  o.scale = 1.0;
  return o;
}

/* The members of the family that the tests go through. */
#define FAMILY 26
struct objective family_member(int i);

void test_closed(void);
void test_parallel(void);
void test_random(void);
void test_kernels(void);
void test_objective(void);
void test_critic(void);
void test_train(void);

/* Numbers that look random and are the same everywhere: standard normal draw i. */
double test_normal(unsigned long long i);
/* `count` of them from draw `first` on, and room for one more; to be freed. */
real *random_numbers(size_t count, unsigned long long first);

#endif
