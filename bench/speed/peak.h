/* What a core can do at most, beside which kernels and steps are measured: a loop of nothing but
 * multiplications and additions, with vectors of a set's length. */
#include <math.h>
#include <string.h>
#include <time.h>

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds that one run takes, the best of five times, each of which lasts `seconds` or more. */
static double time_of(void (*run)(void *), void *context, double seconds)
{
  double best = INFINITY;
  size_t runs = 1;
  for (int i = 0; i < 5;) {
    const double began = now();
    for (size_t r = 0; r < runs; r++)
      run(context);
    const double took = now() - began;
    if (took < seconds) {
      runs *= 2;
      continue;
    }
    if (took / (double)runs < best) best = took / (double)runs;
    i++;
  }
  return best;
}

/* Fourteen chains that don't wait for one another: as many as are under way at a time where
 * sums follow products, and few enough for sixteen registers. The numbers tend to 1. */
#define EACH(f) f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9) f(10) f(11) f(12) f(13)
#define CHAINS 14.0
#define LINKS 10000
#define START(i) vector s##i = one * (i);
#define LINK(i) s##i = s##i * half + half;
#define SUM(i) +s##i

static volatile float sink; /* or the compiler would leave the loop out */

#define PEAK(name, bytes, target)                                                        \
  target static void name(void *unused)                                                  \
  {                                                                                      \
    typedef float vector __attribute__((vector_size(bytes)));                            \
    const vector zero = {0}, one = zero + 1.0f, half = zero + 0.5f;                      \
    (void)unused;                                                                        \
    EACH(START)                                                                          \
    for (int link = 0; link < LINKS; link++) {                                           \
      EACH(LINK)                                                                         \
    }                                                                                    \
    const vector sum = zero EACH(SUM);                                                   \
    sink = sum[0];                                                                       \
  }

PEAK(peak_16, 16, )
#if defined(__x86_64__) && defined(__GNUC__)
PEAK(peak_32, 32, __attribute__((target("avx2,fma"))))
PEAK(peak_64, 64, __attribute__((target("avx512f,avx2,fma"))))
#endif

/* GFLOP/s of a set by its name. */
static double peak_of(const char *isa, double seconds)
{
  void (*run)(void *) = peak_16;
  double lanes = 4.0;
#if defined(__x86_64__) && defined(__GNUC__)
  if (strcmp(isa, "avx2") == 0) run = peak_32, lanes = 8.0;
  if (strcmp(isa, "avx512") == 0) run = peak_64, lanes = 16.0;
#endif
  return 2.0 * lanes * CHAINS * LINKS / time_of(run, NULL, seconds) / 1e9;
}
