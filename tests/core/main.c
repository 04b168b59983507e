#include <stdlib.h>
#include "check.h"
#include "../../src/core/kernels.h"
#include "../../src/core/parallel.h"
#include "../../src/core/random.h"

int cases_passed, cases_failed, case_failures;
static int case_open;

static void end_case(void)
{
  if (!case_open) return;
  if (case_failures)
    cases_failed++;
  else
    cases_passed++;
  case_failures = 0;
  case_open = 0;
}

void next_case(void)
{
  end_case();
  case_open = 1;
}

double test_normal(unsigned long long i)
{
  const double u = random_uniform(7, RANDOM_INIT, 1, 2 * i);
  const double v = random_uniform(7, RANDOM_INIT, 1, 2 * i + 1);
  return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

real *random_numbers(size_t count, unsigned long long first)
{
  real *a = malloc((count + 1) * sizeof *a);
  for (size_t i = 0; i < count; i++)
    a[i] = (real)test_normal(first + i);
  return a;
}

/* With an argument, everything is tested with every instruction set that is here. */
int main(int argc, char **argv)
{
  parallel_init();
  test_parallel();
  test_random();
  test_kernels();
  (void)argv;
  for (size_t i = 0; kernels_listed(i); i++) {
    if (!kernels_use(argc > 1 ? kernels_listed(i)->name : NULL)) continue;
    test_closed();
    test_objective();
    test_critic();
    test_train();
    if (argc == 1) break;
  }
  end_case();
  printf("%d passed, %d failed\n", cases_passed, cases_failed);
  return cases_failed != 0;
}
