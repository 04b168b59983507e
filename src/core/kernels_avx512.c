/* AVX-512: vectors of 64 bytes, and twice the registers. Not on Windows, see
 * kernels_avx2.c. */
#include "kernels.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(_WIN32)
#define KERNELS kernels_avx512
#define KERNELS_NAME "avx512"
#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")))
#define VECTOR_BYTES 64
#define TILE_ACROSS 12
#define TILE_DOWN 8

static int kernels_available(void)
{
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("fma");
}

#include "kernels_vector.h"
#else
typedef int this_machine_has_no_avx512;
#endif
