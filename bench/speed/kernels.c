/* Times the kernels of every set that this machine has, beside its peak. Prints lines of
 * comma-separated numbers for bench/speed/run.R, each the best of five times:
 *   kernels.c's program: seconds  ->  isa,what,rows,width,value,of_peak
 * value: GFLOP/s of the peak and of products, nanoseconds a number of everything else; of_peak:
 * of products, the share of the peak, measured right before. */
#include <stdio.h>
#include <stdlib.h>
#include "../../src/core/adam.h"
#include "../../src/core/linear.h"
#include "peak.h"

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
  /* backward multiplies what is there: by 1, so that it remains */
  for (size_t i = 0; i < end.packed; i++)
    l.packed[i] = REAL_C(1.0) / (real)width;
  for (size_t i = 0; i < block_size(rows, width); i++)
    l.dz.at[i] = REAL_C(1.0);
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

static void print(const char *what, size_t rows, size_t width, double value, double peak)
{
  printf("%s,%s,%d,%d,%.4f,%.3f\n", kernels()->name, what, (int)rows, (int)width, value,
         value / peak);
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
    const double peak = peak_of(kernels()->name, seconds);
    print(ways[i].what, rows, width,
          2e-9 * (double)(rows * inputs * width) / time_of(ways[i].run, &layer, seconds),
          peak);
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
    print("peak", 0, 0, peak_of(kernels()->name, seconds), NAN);
    for (size_t rows = 64; rows <= 256; rows *= 2)
      print_layer(arena, rows, FEATURES, seconds);
    print_layer(arena, 128, 64, seconds);
    struct vectors vectors = vectors_of(arena);
    print("silu", PANEL, FEATURES,
          1e9 * time_of(silu, &vectors, seconds) / panel_size(FEATURES), NAN);
    print("exponentials", 1, CANDIDATES,
          1e9 * time_of(exponentials, &vectors, seconds) / CANDIDATES, NAN);
    print("adam", 1, NUMBERS, 1e9 * time_of(adam, &vectors, seconds) / NUMBERS, NAN);
  }
  free(memory);
  return 0;
}
