/* What a host (R, a test) lends to a long computation, and what comes back from it.
 * The core itself never prints, exits or jumps. */
#ifndef CORE_HOST_H
#define CORE_HOST_H

enum status {
  STATUS_OK = 0,
  STATUS_NO_MEMORY,
  STATUS_INTERRUPTED /* the host asked to stop */
};

struct host {
  int threads; /* at most so many; results don't depend on it */

  /* Called several times a second unless batches have many thousand rows; by jobs that run
   * side by side (parallel.h) on each one's thread, else on the calling one. Returns non-zero to
   * stop. It may also jump, if there are no such jobs and whoever started the computation frees
   * what the computation owns. NULL: never stops. */
  int (*stop)(void *context);
  void *context;
};

static inline int host_stops(const struct host *host)
{
  return host->stop && host->stop(host->context);
}

#endif
