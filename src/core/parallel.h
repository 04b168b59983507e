/* Loops over tasks. What a task computes may not depend on the thread that runs it, and
 * callers cut work into tasks by size alone: so results are the same bits for any number
 * of threads. Without OpenMP the loop is a plain one. */
#ifndef CORE_PARALLEL_H
#define CORE_PARALLEL_H

#include <stddef.h>
#include "host.h"

typedef void parallel_task(void *context, size_t task);

/* Runs task 0, ..., tasks - 1 on at most `threads` threads; on one if all of them take so
 * few arithmetic operations, roughly counted, that starting threads isn't worth it.
 * Neighbouring tasks run on the same thread: loops over the same tasks find in its cache
 * what the one before left there. */
void parallel_for(int threads, double operations, size_t tasks, parallel_task *run,
                  void *context);

/* The same for a few long tasks of their own: a thread that is done with one takes the next.
 * They ask the host themselves whether to stop; where none is left for the caller's thread, it
 * goes on asking for them. Before it takes any, that thread runs `meanwhile`, unless it is NULL. */
void parallel_jobs(int threads, size_t jobs, parallel_task *run,
                   void (*meanwhile)(void *context), const struct host *host,
                   void *context);

/* A flag that one thread raises for others to see. */
void parallel_raise(int *flag);
int parallel_raised(const int *flag);

/* Whether this is the thread that called parallel_for or parallel_jobs. */
int parallel_is_caller(void);

/* How many threads this machine offers; 1 without OpenMP. */
int parallel_available(void);

/* Wall-clock seconds since some fixed moment; 0 without OpenMP, where no one asks. */
double parallel_seconds(void);

/* Call once when the library is loaded: a process forked after a parallel loop would
 * hang in GNU's OpenMP, so children run on one thread. */
void parallel_init(void);

#endif
