/* Vectors of 16 bytes, which every 64-bit x86, ARM and POWER has. */
#include "kernels.h"

#define KERNELS kernels_portable
#define TARGET
#define VECTOR_BYTES 16
#define TILE_ACROSS 6
#define TILE_DOWN 6
#include "vectors.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#define KERNELS_NAME "neon"
#ifdef REAL_IS_DOUBLE
#define ROOTS(v) (vec) vsqrtq_f64((float64x2_t)(v))
#else
#define ROOTS(v) (vec) vsqrtq_f32((float32x4_t)(v))
#endif
#elif defined(__SSE2__)
#include <emmintrin.h>
#define KERNELS_NAME "sse2"
#ifdef REAL_IS_DOUBLE
#define ROOTS(v) (vec) _mm_sqrt_pd((__m128d)(v))
#else
#define ROOTS(v) (vec) _mm_sqrt_ps((__m128)(v))
#endif
#else
#define KERNELS_NAME "portable"
#endif

static inline vec vec_sqrt(vec v)
{
#ifdef ROOTS
  return ROOTS(v);
#else
  for (size_t l = 0; l < VECTOR_BYTES / sizeof(real); l++)
    v[l] = real_sqrt(v[l]);
  return v;
#endif
}

static int kernels_available(void)
{
  return 1;
}

#include "kernels_vector.h"
