#include "check.h"
#include "../../src/core/parallel.h"

struct waiting {
  int told; /* what the host says on the caller's thread */
  struct host host;
};

static int tell(void *context)
{
  struct waiting *all = context;
  if (parallel_is_caller()) parallel_raise(&all->told);
  return parallel_raised(&all->told);
}

/* All but one job end at once; that one goes on until it is told to stop. */
static void wait_for_word(void *context, size_t job)
{
  struct waiting *all = context;
  const double begun = parallel_seconds();
  if (job > 0) return;
  while (!host_stops(&all->host) && parallel_seconds() - begun < 20.0) {
  }
}

/* Whoever has the long job, the caller hears the host for it. */
static void jobs_are_stopped(int threads)
{
  next_case();
  struct waiting all = {0, {1, tell, NULL}};
  const double begun = parallel_seconds();
  all.host.context = &all;
  parallel_jobs(threads, 5, wait_for_word, NULL, &all.host, &all);
  CHECK(parallel_raised(&all.told), "%d threads: the host was not asked", threads);
  CHECK(parallel_seconds() - begun < 10.0, "%d threads: it was not heard", threads);
}

static void count_up(void *context, size_t job)
{
  ((int *)context)[job]++;
}

static void note_caller(void *context)
{
  ((int *)context)[100] += parallel_is_caller() ? 1 : 2;
}

void test_parallel(void)
{
  for (int threads = 1; threads < 5; threads++) {
    int times[101] = {0}, done = 0;
    const struct host host = {1, NULL, NULL};
    for (int round = 0; round < 5; round++)
      jobs_are_stopped(threads);
    next_case();
    parallel_jobs(threads, 100, count_up, note_caller, &host, times);
    CHECK(times[100] == 1, "%d threads: meanwhile ran %d times", threads, times[100]);
    parallel_for(threads, 1e9, 100, count_up, times);
    for (int i = 0; i < 100; i++)
      done += times[i] == 2;
    CHECK(done == 100, "%d threads: %d tasks of 100 ran once", threads, done);
  }
}
