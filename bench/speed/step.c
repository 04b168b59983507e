/* Times steps of training of the literature's critics, without R. Prints lines of
 * comma-separated numbers for bench/speed/run.R: the median and the best of some times
 * (five), each of so many seconds or more; and the median of what share of the core's peak,
 * measured right after each, one thread's products take.
 *   step.c's program: isa threads seconds [cases [times]]
 *     ->  kind,isa,threads,batch,columns,median_ms,best_ms,gflops,of_peak
 * cases: beginning of a kind, number of a case, or all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../src/core/parallel.h"
#include "../../src/core/source.h"
#include "../../src/core/train.h"
#include "peak.h"

static int by_size(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Operations of a step's products: two for each weight and row forward, and as many for
 * the weights' gradient and for the layers' but the first. */
static double operations(const struct critic_spec *spec, double batch)
{
  const int joint = strcmp(spec->kind, "joint") == 0;
  const double inputs = joint ? (double)(spec->dx + spec->dy) : (double)spec->dx;
  const double outputs = joint ? 1.0 : (double)spec->embedding;
  double from = (double)spec->widths[0], later = 0.0;
  for (size_t l = 1; l <= spec->depth; l++) {
    const double to = l < spec->depth ? (double)spec->widths[l] : outputs;
    later += from * to;
    from = to;
  }
  const double first = inputs * (double)spec->widths[0];
  if (joint) return batch * 4.0 * first + batch * batch * 6.0 * later;
  return 2.0 * batch * (4.0 * first + 6.0 * later) + 6.0 * batch * batch * outputs;
}

/* Seconds that a run takes. */
static double run_time(struct train_job *job)
{
  struct train_state state;
  job->check_every = job->max_steps;
  if (train_prepare(job, &state) != STATUS_OK) exit(3);
  const double began = now();
  train_run(job, &state);
  const double took = now() - began;
  train_free(&state);
  return took;
}

static void time_steps(const struct critic_spec *spec, size_t batch, int threads,
                       double seconds, double *times, double *shares, int count)
{
  const double products = 1e-9 * operations(spec, (double)batch);
  const size_t n = 4 * batch + 64;
  struct critic critic;
  struct objective objective = {0};
  objective.kind = objective_find("anchor");
  score_find("log", 1.0, &objective.score);
  objective.nu = 1.0;
  objective.scale = 1.0;
  const char *wrong = critic_make(spec, &critic);
  if (wrong) exit(2);
  real *x = malloc(n * spec->dx * sizeof *x), *y = malloc(n * spec->dy * sizeof *y);
  for (size_t i = 0; i < n * spec->dx; i++)
    x[i] = (real)(rand() / (double)RAND_MAX - 0.5);
  for (size_t i = 0; i < n * spec->dy; i++)
    y[i] = (real)(rand() / (double)RAND_MAX - 0.5);
  struct train_job job = {0};
  job.critic = &critic;
  job.objective = &objective;
  job.train = (struct rows){n, x, y};
  job.valid = (struct rows){2, x, y};
  job.adam = (struct adam){5e-4, 0.0, 0.9, 0.999, 1e-8, 0.0};
  job.batch = batch;
  job.patience = 1000;
  job.host.threads = threads;
  real *start = malloc(critic.parameters * sizeof *start); /* drawing them takes time */
  critic_init(&critic, 1, start);
  job.start = start;
  job.max_steps = 1;
  run_time(&job), run_time(&job); /* after two runs the C library keeps the memory */
  /* a training tries one thread first, for three steps: they must not count for much */
  for (job.max_steps = threads > 1 ? 32 : 2; run_time(&job) < seconds;)
    job.max_steps *= 2;
  /* what a run costs beside its steps isn't theirs: a run of one step has it, too */
  const size_t steps = job.max_steps;
  for (int i = 0; i < count; i++) {
    job.max_steps = 1;
    const double first = run_time(&job);
    job.max_steps = 1 + steps;
    const double took = (run_time(&job) - first) / (double)steps;
    times[i] = 1e3 * took;
    shares[i] = products / took / peak_of(kernels()->name, 0.1 * seconds);
  }
  free(x), free(y), free(start);
}

static int is_wanted(const char *wanted, size_t number, const char *kind)
{
  return strcmp(wanted, "all") == 0 || strncmp(wanted, kind, strlen(wanted)) == 0 ||
         strtoul(wanted, NULL, 10) == number;
}

#define MOST 99 /* times */

int main(int argc, char **argv)
{
  if (argc < 4 || !kernels_use(strcmp(argv[1], "best") == 0 ? NULL : argv[1])) return 1;
  const int threads = atoi(argv[2]);
  const double seconds = atof(argv[3]);
  const char *wanted = argc > 4 ? argv[4] : "all";
  const int count = argc > 5 ? atoi(argv[5]) : 5;
  if (count < 1 || count > MOST) return 1;
  static const struct {
    const char *kind;
    size_t batch, columns;
  } cases[] = {{"separable", 64, 20},   {"separable", 128, 20}, {"separable", 256, 20},
               {"separable", 1024, 20}, {"joint", 64, 20},      {"joint", 128, 20},
               {"joint", 128, 100},     {"joint", 128, 784},    {"joint", 256, 20}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    if (!is_wanted(wanted, c + 1, cases[c].kind)) continue;
    double times[MOST], shares[MOST];
    const struct critic_spec spec = {cases[c].kind,
                                     cases[c].columns,
                                     cases[c].columns,
                                     2,
                                     {256, 256},
                                     32,
                                     "relu",
                                     0,
                                     0,
                                     "log_ratio",
                                     1.0,
                                     SECOND_NONE};
    time_steps(&spec, cases[c].batch, threads, seconds, times, shares, count);
    qsort(times, (size_t)count, sizeof *times, by_size);
    qsort(shares, (size_t)count, sizeof *shares, by_size);
    printf("%s,%s,%d,%d,%d,%.4f,%.4f,%.1f,%.3f\n", cases[c].kind, kernels()->name,
           threads, (int)cases[c].batch, (int)cases[c].columns, times[count / 2],
           times[0], operations(&spec, (double)cases[c].batch) / times[count / 2] / 1e6,
           shares[count / 2]);
    fflush(stdout);
  }
  return 0;
}
