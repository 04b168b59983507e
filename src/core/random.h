/* A counter-based generator: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel
 * random numbers: as easy as 1, 2, 3"). A draw is a pure function of (seed, stream,
 * counter), so results can't depend on the order of evaluation or on threads. */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* One stream per use, so that no two uses share draws. */
enum random_stream { RANDOM_INIT = 1, RANDOM_SHUFFLE = 2 };

/* The generator itself: four 32-bit words from a 128-bit counter and a 64-bit key. */
void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Uniform on (0, 1); `block` and `index` number the draw within its stream. */
double random_uniform(uint64_t seed, enum random_stream stream, uint32_t block,
                      uint64_t index);

/* A uniformly random permutation of 0, ..., n - 1 in order[0..n-1]; n < 2^32. */
void random_permutation(uint64_t seed, enum random_stream stream, uint32_t block,
                        size_t n, uint32_t *order);

#endif
