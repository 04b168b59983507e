#if defined(_OPENMP) && !defined(_WIN32)
#define _POSIX_C_SOURCE 200112L
#include <pthread.h>
#include <time.h>
#define AFTER_FORK 1
#elif defined(_OPENMP)
#include <windows.h>
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
#ifndef WORTH_THREADS /* tests want threads for anything */
#define WORTH_THREADS 1e7
#endif

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

#ifdef _OPENMP
static void sleep_microseconds(int pause)
{
#ifdef _WIN32
  Sleep((DWORD)pause / 1000);
#else
  const struct timespec time = {0, 1000L * pause};
  nanosleep(&time, NULL);
#endif
}
#endif

void parallel_jobs(int threads, size_t jobs, parallel_task *run,
                   void (*meanwhile)(void *context), const struct host *host,
                   void *context)
{
#ifdef _OPENMP
  if (threads > 1 && jobs > 1 && !in_forked_child) {
    size_t next = 0, ended = 0;
#pragma omp parallel num_threads(threads)
    {
      if (meanwhile && parallel_is_caller()) meanwhile(context);
      for (;;) {
        size_t job;
#pragma omp atomic capture
        job = next++;
        if (job >= jobs) break;
        run(context, job);
#pragma omp atomic
        ended++;
      }
      /* Others are at work still, and only this thread hears that the host wants a stop. It
       * notices the last one's end late by a small share of what it waited. */
      for (int pause = 16; parallel_is_caller(); pause += pause < 20000 ? pause / 8 : 0) {
        size_t so_far;
#pragma omp atomic read
        so_far = ended;
        if (so_far == jobs) break;
        host_stops(host);
        sleep_microseconds(pause);
      }
    }
    return;
  }
#endif
  (void)threads;
  (void)host;
  if (meanwhile) meanwhile(context);
  for (size_t job = 0; job < jobs; job++)
    run(context, job);
}

void parallel_raise(int *flag)
{
#ifdef _OPENMP
#pragma omp atomic write
#endif
  *flag = 1;
}

int parallel_raised(const int *flag)
{
  int value;
#ifdef _OPENMP
#pragma omp atomic read
#endif
  value = *flag;
  return value;
}

int parallel_is_caller(void)
{
#ifdef _OPENMP
  return omp_get_thread_num() == 0;
#else
  return 1;
#endif
}
