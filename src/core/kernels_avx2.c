/* AVX2 and FMA: vectors of 32 bytes; of 16 on Windows, where GCC may spill wider ones to
 * places on the stack that aren't aligned for them (GCC bug 54412). */
#include "kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define KERNELS kernels_avx2
#define KERNELS_NAME "avx2"
#define TARGET __attribute__((target("avx2,fma")))
#define TILE_ACROSS 6
#define TILE_DOWN 6
#ifdef _WIN32
#define VECTOR_BYTES 16
#else
#define VECTOR_BYTES 32
#endif

static int kernels_available(void)
{
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#include "kernels_vector.h"
#else
typedef int this_machine_has_no_avx2;
#endif
