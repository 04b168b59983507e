/* A small training that is the same each time, for guard.sh to count the instructions of.
 * Prints the instruction set and the compiler. valgrind doesn't know AVX-512: AVX2 if there
 * is, or else what every machine has. */
#include <stdio.h>
#include <stdlib.h>
#include "../../src/core/train.h"

#define COLUMNS 10
#define ROWS 512

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#if defined(__clang__)
#define COMPILER "clang-" TEXT(__clang_major__)
#elif defined(__GNUC__)
#define COMPILER "gcc-" TEXT(__GNUC__)
#else
#define COMPILER "unknown"
#endif

static real x[ROWS * COLUMNS], y[ROWS * COLUMNS];

/* Uniform on (-0.5, 0.5), cheaply: it is the training that is to be counted. */
static real draw(void)
{
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return (real)(state >> 8) / REAL_C(16777216.0) - REAL_C(0.5);
}

static void train(const struct critic_spec *spec, size_t batch, size_t steps)
{
  struct critic critic;
  struct objective objective = {
      .kind = objective_find("anchor"), .nu = 10.0, .scale = 1.0};
  const size_t valid = ROWS / 4, first = (ROWS - valid) * COLUMNS;
  const struct train_job job = {.critic = &critic,
                                .objective = &objective,
                                .train = {ROWS - valid, x, y},
                                .valid = {valid, x + first, y + first},
                                .seed = 1,
                                .adam = {.learn_rate = 1e-3,
                                         .weight_decay = 1.0,
                                         .beta1 = 0.9,
                                         .beta2 = 0.999,
                                         .epsilon = 1e-8,
                                         .average = 0.98},
                                .batch = batch,
                                .max_steps = steps,
                                .check_every = 10,
                                .patience = steps,
                                .host = {.threads = 1}};
  struct train_state state;
  if (!score_find("log", 1.0, &objective.score) || critic_make(spec, &critic)) exit(2);
  if (train_prepare(&job, &state) != STATUS_OK) exit(3);
  if (train_run(&job, &state) != STATUS_OK || state.steps != steps) exit(4);
  train_free(&state);
}

int main(void)
{
  size_t last = 0;
  while (kernels_listed(last + 1))
    last++;
  if (!kernels_use("avx2") && !kernels_use(kernels_listed(last)->name)) return 1;
  const struct critic_spec separable = {.kind = "separable",
                                        .dx = COLUMNS,
                                        .dy = COLUMNS,
                                        .depth = 2,
                                        .widths = {64, 64},
                                        .embedding = 32,
                                        .activation = "silu",
                                        .skip = 1,
                                        .head = "log_ratio",
                                        .temperature = 1.0};
  struct critic_spec joint = separable;
  joint.kind = "joint";
  joint.widths[0] = joint.widths[1] = 32;
  joint.embedding = 0;
  joint.skip = 0;
  for (size_t i = 0; i < ROWS * COLUMNS; i++) {
    x[i] = draw();
    y[i] = x[i] + draw();
  }
  train(&separable, 128, 20);
  train(&joint, 64, 3);
  printf("%s %s\n", kernels()->name, COMPILER);
  return 0;
}
