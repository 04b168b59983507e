/* Times the kernels of every set that this machine has, beside what a loop of nothing but
 * multiplications and additions does with vectors of the same length. Prints lines of
 * comma-separated numbers for bench/speed/run.R, each the best of five times:
 *   kernels.c's program: seconds  ->  isa,what,rows,width,value
 * value: GFLOP/s of the peak and of products, nanoseconds a number of everything else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../src/core/adam.h"
#include "../../src/core/linear.h"

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds that one run takes; each of the five times lasts `seconds` or more. */
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

/* ---- the peak --------------------------------------------------------------------------
 * Fourteen chains that don't wait for one another: as many as are under way at a time where
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

/* ---- what is timed --------------------------------------------------------------------- */

/* Kernels run over the same numbers again and again: what they read must not become so small
 * that processors slow down. */
static real *random_reals(struct arena *arena, size_t count)
{
  real *at = arena_reals(arena, count);
  for (size_t i = 0; i < count; i++)
    at[i] = (real)(rand() / (double)RAND_MAX - 0.5);
  return at;
}

struct layer {
  struct linear map;
  size_t panels;
  real *packed, *gradient;
  struct block x, z, dx, dz;
};

static struct block random_block(struct arena *arena, size_t rows, size_t features)
{
  return (struct block){random_reals(arena, block_size(rows, features)),
                        panel_size(features)};
}

static struct layer layer_of(struct arena arena, size_t rows, size_t width)
{
  struct extent end = {0, 0};
  struct layer l;
  l.map = linear_make(width, width, 1, &end);
  l.panels = panel_count(rows);
  l.packed = random_reals(&arena, end.packed);
  l.gradient = random_reals(&arena, end.packed);
  l.x = random_block(&arena, rows, linear_inputs(&l.map));
  l.dx = random_block(&arena, rows, width);
  l.z = random_block(&arena, rows, width);
  l.dz = random_block(&arena, rows, width);
  return l;
}

static void forward(void *context)
{
  const struct layer *l = context;
  linear_forward(&l->map, l->packed, l->panels, l->x, l->z, 0);
}

static void backward(void *context)
{
  const struct layer *l = context;
  linear_backward(&l->map, l->packed, l->panels, l->dz, l->dx);
}

static void gradient(void *context)
{
  const struct layer *l = context;
  for (size_t piece = 0; piece < linear_pieces(&l->map); piece++)
    linear_gradient(&l->map, piece, l->panels, l->x, l->dz, 0,
                    l->gradient + linear_span(&l->map, piece).first);
}

#define FEATURES 256
#define CANDIDATES 128
#define NUMBERS (2 * PANEL * (FEATURES + 1)) /* what training hands to adam at a time */

struct vectors {
  real *z, *slope;
  double *scores, *e;
  real *gradient, *m, *v, *theta, *mean;
};

static struct vectors vectors_of(struct arena arena)
{
  struct vectors v;
  v.z = random_reals(&arena, panel_size(FEATURES));
  v.slope = random_reals(&arena, panel_size(FEATURES));
  /* silu works in place: numbers so large remain what they are */
  for (size_t i = 0; i < panel_size(FEATURES); i++)
    v.z[i] += REAL_C(30.0);
  v.scores = arena_doubles(&arena, CANDIDATES);
  v.e = arena_doubles(&arena, CANDIDATES);
  for (size_t i = 0; i < CANDIDATES; i++)
    v.scores[i] = rand() / (double)RAND_MAX;
  v.gradient = random_reals(&arena, NUMBERS);
  v.m = random_reals(&arena, NUMBERS);
  v.v = random_reals(&arena, NUMBERS);
  v.theta = random_reals(&arena, NUMBERS);
  v.mean = random_reals(&arena, NUMBERS);
  for (size_t i = 0; i < NUMBERS; i++)
    v.v[i] *= v.v[i];
  return v;
}

static void silu(void *context)
{
  const struct vectors *v = context;
  kernels()->activate(ACTIVATION_SILU, panel_size(FEATURES), v->z, v->slope);
}

static void exponentials(void *context)
{
  const struct vectors *v = context;
  kernels()->exponentials(CANDIDATES, 1.0, 1.0, v->scores, v->e);
}

static void adam(void *context)
{
  static const struct adam rule = {5e-4, 0.0, 0.9, 0.999, 1e-8, 0.98};
  const struct vectors *v = context;
  const struct adam_rates rates = adam_rates(&rule, 1000);
  kernels()->adam(&rates, NUMBERS, v->gradient, v->m, v->v, v->theta, v->mean);
}

/* ---- the lines ------------------------------------------------------------------------- */

static void print(const char *what, size_t rows, size_t width, double value)
{
  printf("%s,%s,%d,%d,%.4f\n", kernels()->name, what, (int)rows, (int)width, value);
  fflush(stdout);
}

static void print_layer(struct arena arena, size_t rows, size_t width, double seconds)
{
  static const struct {
    const char *what;
    void (*run)(void *);
  } ways[] = {{"forward", forward}, {"backward", backward}, {"gradient", gradient}};
  struct layer layer = layer_of(arena, rows, width);
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    /* nobody wants the gradient of the ones behind the inputs */
    const size_t inputs = ways[i].run == backward ? width : linear_inputs(&layer.map);
    print(ways[i].what, rows, width,
          2e-9 * (double)(rows * inputs * width) / time_of(ways[i].run, &layer, seconds));
  }
}

int main(int argc, char **argv)
{
  void *memory = malloc((size_t)1 << 23);
  if (argc < 2 || !memory) return 1;
  const double seconds = atof(argv[1]);
  const struct arena arena = arena_on(memory);
  for (size_t i = 0; kernels_listed(i); i++) {
    if (!kernels_use(kernels_listed(i)->name)) continue;
    print("peak", 0, 0, peak_of(kernels()->name, seconds));
    for (size_t rows = 64; rows <= 256; rows *= 2)
      print_layer(arena, rows, FEATURES, seconds);
    print_layer(arena, 128, 64, seconds);
    struct vectors vectors = vectors_of(arena);
    print("silu", PANEL, FEATURES,
          1e9 * time_of(silu, &vectors, seconds) / panel_size(FEATURES));
    print("exponentials", 1, CANDIDATES,
          1e9 * time_of(exponentials, &vectors, seconds) / CANDIDATES);
    print("adam", 1, NUMBERS, 1e9 * time_of(adam, &vectors, seconds) / NUMBERS);
  }
  free(memory);
  return 0;
}
