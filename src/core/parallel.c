#if defined(_OPENMP) && !defined(_WIN32)
#define _POSIX_C_SOURCE 200112L
#include <pthread.h>
#define AFTER_FORK 1
#endif

#include "parallel.h"

#ifdef _OPENMP
#include <omp.h>
#endif

static int in_forked_child = 0;

#ifdef AFTER_FORK
static void note_fork(void)
{
  in_forked_child = 1;
}
#endif

void parallel_init(void)
{
#ifdef AFTER_FORK
  pthread_atfork(NULL, NULL, note_fork);
#endif
}

int parallel_available(void)
{
#ifdef _OPENMP
  return in_forked_child ? 1 : omp_get_num_procs();
#else
  return 1;
#endif
}

/* Some fifty microseconds' worth; starting and joining threads takes a few when cores are
 * free, and far more when they are not. */
#define WORTH_THREADS 1e7

double parallel_seconds(void)
{
#ifdef _OPENMP
  return omp_get_wtime();
#else
  return 0.0;
#endif
}

void parallel_for(int threads, double operations, size_t tasks, parallel_task *run,
                  void *context)
{
#ifdef _OPENMP
  if (threads > 1 && tasks > 1 && operations > WORTH_THREADS && !in_forked_child) {
    const int n = (int)tasks;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int task = 0; task < n; task++)
      run(context, (size_t)task);
    return;
  }
#endif
  (void)threads;
  (void)operations;
  (void)in_forked_child;
  for (size_t task = 0; task < tasks; task++)
    run(context, task);
}

void parallel_jobs(int threads, size_t jobs, parallel_task *run, void *context)
{
#ifdef _OPENMP
  if (threads > 1 && jobs > 1 && !in_forked_child) {
    const int n = (int)jobs;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (int job = 0; job < n; job++)
      run(context, (size_t)job);
    return;
  }
#endif
  (void)threads;
  for (size_t job = 0; job < jobs; job++)
    run(context, job);
}

int parallel_is_caller(void)
{
#ifdef _OPENMP
  return omp_get_thread_num() == 0;
#else
  return 1;
#endif
}
