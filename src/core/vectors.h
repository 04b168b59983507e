/* Vector types of VECTOR_BYTES, for kernels_vector.h and the square roots beside it. */
#ifndef CORE_VECTORS_H
#define CORE_VECTORS_H

#include <stdint.h>
#include "real.h"

#define OF_VECTOR __attribute__((vector_size(VECTOR_BYTES)))
#define ANYWHERE(type) aligned(sizeof(type)), may_alias

typedef real vec __attribute__((vector_size(VECTOR_BYTES), ANYWHERE(real)));
typedef double dvec __attribute__((vector_size(VECTOR_BYTES), ANYWHERE(double)));
typedef int64_t dmask OF_VECTOR;
typedef uint64_t dbits OF_VECTOR;
#ifndef REAL_IS_DOUBLE
typedef int32_t mask OF_VECTOR;
typedef uint32_t bits OF_VECTOR;
#endif

#endif
