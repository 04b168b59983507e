#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "../../src/core/source.h"
#include "../../src/core/train.h"

#define N 500
#define DX 3
#define DY 2

static real x[N * DX], y[N * DY];

/* Dependent rows: y follows x's first columns. */
static void make_data(void)
{
  for (size_t i = 0; i < N * DX; i++)
    x[i] = (real)test_normal(i);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < DY; j++)
      y[i * DY + j] = x[i * DX + j] + (real)(0.5 * test_normal(50000 + i * DY + j));
}

static const struct critic_spec specs[] = {
    {"bilinear", DX, DY, 0, {0}, 0, "relu", 0, 1, "log_ratio", 1.0, SECOND_NONE},
    {"separable", DX, DY, 2, {9, 7}, 5, "silu", 1, 0, "log_ratio", 1.0, SECOND_NONE},
    {"joint", DX, DY, 2, {9, 7}, 0, "tanh", 0, 0, "log_ratio", 1.0, SECOND_NONE},
};

static struct train_job make_job(const struct critic *critic,
                                 const struct objective *objective)
{
  struct train_job job = {0};
  job.critic = critic;
  job.objective = objective;
  job.train = (struct rows){200, x, y};
  job.valid = (struct rows){300, x + 200 * DX, y + 200 * DY};
  job.seed = 12345;
  job.adam = (struct adam){0.01, 0.5, 0.9, 0.999, 1e-8, 0.6};
  job.batch = 32;
  job.max_steps = 20;
  job.check_every = 20;
  job.patience = 10;
  job.host.threads = 1;
  return job;
}

/* Twenty steps against the same loop written out plainly, with Adam in double. */
static void trajectory(const struct train_job *job, double tolerance)
{
  next_case();
  const struct critic *critic = job->critic;
  const size_t p = critic->parameters;
  real *theta = calloc(p, sizeof *theta), *gradient = calloc(p, sizeof *gradient);
  real *packed = calloc(critic->packed, sizeof *packed);
  real *packed_gradient = calloc(critic->packed, sizeof *packed);
  double *m = calloc(p, sizeof *m), *v = calloc(p, sizeof *v), loss, worst = 0.0;
  double *mean = calloc(p, sizeof *mean);
  void *work = malloc(critic_work_bytes(critic, job->objective, job->batch));
  real xb[32 * DX], yb[32 * DY];
  uint32_t order[200];
  struct source source = source_make(x, y, 200, DX, DY, 32, job->seed, order);
  struct objective_state moving = {0};
  critic_init(critic, job->seed, theta);
  for (int t = 1; t <= 20; t++) {
    source_next(&source, xb, yb);
    critic_pack(critic, theta, packed);
    const struct critic_call call = {.critic = critic,
                                     .packed = packed,
                                     .rows = 32,
                                     .x = xb,
                                     .y = yb,
                                     .objective = job->objective,
                                     .state = &moving,
                                     .gradient = packed_gradient,
                                     .host = &job->host,
                                     .work = work};
    critic_loss(&call, &loss);
    critic_unpack(critic, packed_gradient, gradient);
    for (size_t i = 0; i < p; i++) {
      const double g = (double)gradient[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const double move =
          m[i] / (1.0 - pow(0.9, t)) / (sqrt(v[i] / (1.0 - pow(0.999, t))) + 1e-8);
      theta[i] = (real)((double)theta[i] * (1.0 - 0.01 * 0.5) - 0.01 * move);
      const double keep = fmin(0.6, (t - 1.0) / (t + 9.0));
      mean[i] = keep * mean[i] + (1.0 - keep) * (double)theta[i];
    }
  }
  struct train_state state;
  CHECK(train_prepare(job, &state) == STATUS_OK, "memory");
  CHECK(train_run(job, &state) == STATUS_OK, "run");
  CHECK(state.best_step == 20 && state.n_checks == 2, "%s: best step %d",
        critic->kind->name, (int)state.best_step);
  for (size_t i = 0; i < p; i++)
    worst = fmax(worst, fabs((double)state.best[i] - mean[i]));
  CHECK(worst < tolerance, "%s, %s: off by %g", critic->kind->name,
        job->objective->kind->name, worst);
  train_free(&state);
  free(theta), free(gradient), free(packed), free(packed_gradient);
  free(m), free(v), free(mean), free(work);
}

static void same_for_any_threads(struct critic_spec spec, size_t batch,
                                 struct objective objective)
{
  next_case();
  struct critic critic;
  spec.second = objective.kind->second;
  critic_make(&spec, &critic);
  struct train_job job = make_job(&critic, &objective);
  struct train_state first, other;
  job.batch = batch;
  job.max_steps = 7;
  job.check_every = 3;
  train_prepare(&job, &first);
  train_run(&job, &first);
  for (int threads = 2; threads < 5; threads++) {
    job.host.threads = threads;
    train_prepare(&job, &other);
    train_run(&job, &other);
    CHECK(memcmp(first.best, other.best, job.critic->parameters * sizeof(real)) == 0,
          "%s: parameters on %d threads", job.critic->kind->name, threads);
    for (size_t c = 1; c < first.n_checks; c++)
      CHECK(first.checks[c].valid == other.checks[c].valid &&
                first.checks[c].train == other.checks[c].train,
            "%s: scores on %d threads", job.critic->kind->name, threads);
    train_free(&other);
  }
  train_free(&first);
}

static int stop_after(void *context)
{
  int *calls = context;
  return --*calls < 0;
}

/* Stopped anywhere, it says so and leaks nothing (the sanitiser looks). */
static void interrupted(struct train_job job)
{
  next_case();
  for (int calls = 0; calls < 60; calls += 7) {
    int left = calls;
    struct train_state state;
    job.host.stop = stop_after;
    job.host.context = &left;
    job.max_steps = 1000;
    train_prepare(&job, &state);
    CHECK(train_run(&job, &state) == STATUS_INTERRUPTED, "%s after %d calls",
          job.critic->kind->name, calls);
    train_free(&state);
    train_free(&state); /* harmless */
  }
}

static void stops(struct train_job job)
{
  next_case();
  struct train_state state;
  job.max_steps = 3000;
  job.check_every = 10;
  job.patience = 3;
  train_prepare(&job, &state);
  train_run(&job, &state);
  CHECK(state.stop == STOP_PATIENCE, "%s: stop %d", job.critic->kind->name, state.stop);
  CHECK(state.steps == state.best_step + 30, "%s: %d steps, best %d",
        job.critic->kind->name, (int)state.steps, (int)state.best_step);
  for (size_t c = 0; c < state.n_checks; c++)
    CHECK(state.checks[c].step <= state.best_step ||
              state.checks[c].valid >= state.checks[state.best_step / 10].valid,
          "%s: the best state is not the best", job.critic->kind->name);
  const size_t steps = state.steps, best_step = state.best_step;
  const double best = state.checks[best_step / 10].valid;
  const double first = state.checks[1].valid;
  train_free(&state);

  /* Gains too small to count add up: the rule again, on the scores as they were. */
  job.min_delta = (first - best) / 6.0;
  train_prepare(&job, &state);
  train_run(&job, &state);
  double since = INFINITY;
  size_t better = 0, look = 0, patience = 0;
  while (look == 0 || (look - better < patience && look + 1 < state.n_checks)) {
    const double valid = state.checks[++look].valid;
    if (valid < since - job.min_delta) since = valid, better = look;
    patience = better + (better + 1) / 2 < 3 ? 2 : 3;
  }
  CHECK(state.stop == STOP_PATIENCE && look == state.n_checks - 1 &&
            look - better == patience,
        "%s: %d looks, %d by the rule", job.critic->kind->name, (int)state.n_checks - 1,
        (int)look);
  train_free(&state);
  job.min_delta = 0.0;

  job.drops = 1;
  train_prepare(&job, &state);
  train_run(&job, &state);
  CHECK(state.steps > steps && state.checks[best_step / 10].valid == best,
        "%s: %d steps without a drop of the rate, %d with one", job.critic->kind->name,
        (int)steps, (int)state.steps);
  const size_t looks = state.best_step > steps ? (state.best_step - steps) / 10 : 0;
  const size_t longer = looks + (looks + 1) / 2;
  const size_t wait = longer < 2 ? 2 : longer > 3 ? 3 : longer;
  const size_t expected = steps + 10 * (looks + wait); /* a bilinear critic takes long */
  const int runs_out = expected > job.max_steps;
  CHECK(state.stop == (runs_out ? STOP_MAX_STEPS : STOP_PATIENCE) &&
            state.steps == (runs_out ? job.max_steps : expected),
        "%s: %d steps after a drop, best after %d", job.critic->kind->name,
        (int)(state.steps - steps), (int)(10 * looks));
  train_free(&state);

  job.drops = 0;
  job.min_delta = 1e9; /* the first look is the last that is better */
  train_prepare(&job, &state);
  train_run(&job, &state);
  CHECK(state.stop == STOP_PATIENCE && state.steps == 30 && state.n_checks == 4,
        "%s: %d steps without a gain that counts", job.critic->kind->name,
        (int)state.steps);
  for (size_t c = 1; c < state.n_checks; c++)
    CHECK(state.checks[c].valid >= state.checks[state.best_step / 10].valid,
          "%s: a better state was not kept", job.critic->kind->name);
  train_free(&state);

  job.adam.learn_rate = 1e30;
  job.patience = 1000;
  train_prepare(&job, &state);
  train_run(&job, &state);
  CHECK(state.stop == STOP_DIVERGED, "%s: stop %d", job.critic->kind->name, state.stop);
  for (size_t i = 0; i < job.critic->parameters; i++)
    CHECK(isfinite(state.best[i]), "%s: parameter %d", job.critic->kind->name, (int)i);
  train_free(&state);
}

/* Every epoch shows each row at most once, rows stay with their partners. */
static void batches(void)
{
  next_case();
  uint32_t order[10];
  real px[10], py[10], xb[3], yb[3];
  for (int i = 0; i < 10; i++)
    px[i] = (real)i, py[i] = (real)(100 + i);
  struct source source = source_make(px, py, 10, 1, 1, 3, 99, order);
  for (int epoch = 0; epoch < 50; epoch++) {
    unsigned seen = 0;
    for (int b = 0; b < 3; b++) {
      source_next(&source, xb, yb);
      for (int i = 0; i < 3; i++) {
        CHECK(yb[i] == xb[i] + 100, "partners parted");
        CHECK(!(seen >> (int)xb[i] & 1u), "row %d twice in epoch %d", (int)xb[i], epoch);
        seen |= 1u << (int)xb[i];
      }
    }
  }
}

void test_train(void)
{
  make_data();
  batches();
  const struct critic_spec wide[] = {
      {"separable", DX, DY, 2, {64, 64}, 32, "silu", 1, 0, "log_ratio", 1.0, SECOND_NONE},
      {"joint", DX, DY, 2, {48, 32}, 0, "tanh", 0, 0, "log_ratio", 1.0, SECOND_NONE}};
  static const int threaded[] = {0, 14, 21, 24}; /* rows, columns, a normaliser, second */
  for (int w = 0; w < 2; w++)
    for (int t = 0; t < 4; t++)
      same_for_any_threads(wide[w], w ? 50 : 150, family_member(threaded[t]));
  for (size_t s = 0; s < sizeof specs / sizeof *specs; s++)
    for (int member = 0; member < FAMILY; member++) {
      struct critic critic;
      struct critic_spec spec = specs[s];
      struct objective objective = family_member(member);
      if (member == 0 && s == 1) objective.candidates = 7;
      if (member == 21) objective.decay = 0.8; /* MINE */
      spec.second = objective.kind->second;
      if (objective.ratio) spec.head = "ratio";
      critic_make(&spec, &critic);
      const struct train_job job = make_job(&critic, &objective);
      /* Without an anchor some directions have no slope but rounding's, which Adam blows
       * up: only double precision can follow. */
      const int open = objective.nu == 0.0 || member == 20 || member == 21 ||
                       member == 22 || member == 24;
      if (sizeof(real) == 8 || !open) trajectory(&job, sizeof(real) == 4 ? 5e-5 : 1e-8);
      if (member % 7 == 0) interrupted(job);
      if (member == 0) stops(job);
    }
}
